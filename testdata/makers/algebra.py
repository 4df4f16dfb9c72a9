"""What numpy makes of every operator of the algebra, for every pair of data types, at values where mistakes show.

The types of the results are those of the table in src/expr/mod.rs, written down here once more; the numbers are numpy's in
those types, or Python's whole numbers where ours saturate. Samples that numpy has no whole number for (x // 0) are invalid.

`cases.txt` has a line for each case: its name, the types of the operands as numpy has them
for short, that of the result, samples. `cases.bin.zlib` has,
case by case, the operands, the result, and a byte per sample that is 1 where the result is valid; all little-endian.
"""
import pathlib
import warnings
import zlib
from operator import eq, ge, gt, le, lt, ne

import numpy as np

INTEGERS = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]
TYPES = INTEGERS + ["float32", "float64"]
SMALL = {"uint8", "int8", "uint16", "int16", "float32"}
PAIRS = 14
MEMBERS = 5


def values(name: str) -> list:
    if name.startswith("float"):
        return [0.0, 1.0, -1.0, 0.5, -0.5, 2.5, -2.5, 3.0, -7.25, 1e3, 1.5, float("inf"), float("-inf"), float("nan"), 1e30]
    low, high = bounds(name)
    wanted = [0, 1, 2, 3, 7, -1, -2, -7, low, low + 1, high, high - 1, 100, high // 3, 12]
    return [value for value in wanted if low <= value <= high]


def bounds(name: str) -> tuple[int, int]:
    info = np.iinfo(name)
    return int(info.min), int(info.max)


def is_float(name: str) -> bool:
    return name.startswith("float")


def bits(name: str) -> int:
    return np.dtype(name).itemsize * 8


def pairs(a: str, b: str) -> tuple[np.ndarray, np.ndarray]:
    left, right = values(a), values(b)
    picked = [(left[i % len(left)], right[(5 * i + 1 + i // len(left)) % len(right)]) for i in range(PAIRS)]
    return tuple(np.array(side, name) for side, name in zip(zip(*picked), (a, b)))


# The table of types.

def floating(*names: str) -> str:
    return "float32" if set(names) <= SMALL else "float64"


def common(a: str, b: str) -> str:
    if a == b:
        return a
    both = np.result_type(a, b).name
    if {a, b} <= {"float32", "uint8", "int8", "uint16", "int16"} and "float32" in (a, b):
        return "float32"
    if not is_float(a) and not is_float(b) and both == "float64":
        return "int64"
    return both


def result_type(operator: str, a: str, b: str) -> str:
    unsigned = a.startswith("u") and b.startswith("u")
    if operator in ("div", "atan2"):
        return floating(a, b)
    if operator in ("minimum", "maximum"):
        return common(a, b)
    if is_float(a) or is_float(b):
        return floating(a, b)
    if operator in ("rem", "floor_div"):
        return common(a, b)
    if operator == "pow":
        if not b.startswith("u"):
            return floating(a, b)
        return "uint64" if a.startswith("u") else "int64"
    if operator == "mul":
        width = bits(a) + bits(b)
        return "int32" if width <= 24 else "int64" if width <= 48 or not unsigned else "uint64"
    width = max(bits(a), bits(b))
    if operator == "add" and width == 64 and unsigned:
        return "uint64"
    return {8: "int16", 16: "int32"}.get(width, "int64")


# The numbers.

def power(a: int, b: int) -> int:
    return a ** b if abs(a) < 2 or b < 200 else (1 - 2 * (a < 0 and b % 2)) * 2 ** 200


WHOLE = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "pow": power,
         "rem": lambda a, b: a % b, "floor_div": lambda a, b: a // b, "minimum": min, "maximum": max}
FLOAT = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power, "rem": np.remainder,
         "floor_div": np.floor_divide, "minimum": np.minimum, "maximum": np.maximum, "atan2": np.arctan2}
BITS = {"bit_and": np.bitwise_and, "bit_or": np.bitwise_or, "bit_xor": np.bitwise_xor, "shl": np.left_shift,
        "shr": np.right_shift}
COMPARISONS = {"eq": eq, "ne": ne, "lt": lt, "le": le, "gt": gt, "ge": ge}
FUNCTIONS = {"abs": np.abs, "sign": np.sign, "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, "round": np.round,
             "sqrt": np.sqrt, "exp": np.exp, "ln": np.log, "log2": np.log2, "log10": np.log10, "sin": np.sin, "cos": np.cos,
             "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan}
SAME_TYPE = {"abs", "sign", "floor", "ceil", "trunc", "round"}


def saturated(numbers: list[int], name: str) -> np.ndarray:
    low, high = bounds(name)
    return np.array([min(max(number, low), high) for number in numbers], name)


def binary(operator: str, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    name = result_type(operator, a.dtype.name, b.dtype.name)
    valid = np.ones(len(a), bool)
    if is_float(name):
        return FLOAT[operator](a.astype(name), b.astype(name)), valid
    if operator in ("rem", "floor_div"):
        valid = b != 0
    whole = [WHOLE[operator](int(x), int(y)) if ok else 0 for x, y, ok in zip(a, b, valid)]
    return saturated(whole, name), valid


def unary(function: str, a: np.ndarray) -> np.ndarray:
    name = a.dtype.name
    if function == "neg":
        if is_float(name):
            return -a
        wider = {"uint8": "int16", "uint16": "int32", "uint32": "int64", "uint64": "int64"}.get(name, name)
        return saturated([-int(x) for x in a], wider)
    if function == "bit_not":
        return np.bitwise_not(a)
    if function == "abs" and not is_float(name):
        return saturated([abs(int(x)) for x in a], name)
    if function in SAME_TYPE:
        return FUNCTIONS[function](a).astype(name)
    return FUNCTIONS[function](a.astype(floating(name)))


def cast(a: np.ndarray, name: str) -> np.ndarray:
    """Clamped and rounded, halves away from 0."""
    if is_float(name):
        return a.astype(name)
    if not is_float(a.dtype.name):
        return saturated([int(x) for x in a], name)
    low, high = bounds(name)
    finite = [0 if np.isnan(x) else high if x == np.inf else low if x == -np.inf else
              int(np.trunc(x) + (np.sign(x) if abs(x - np.trunc(x)) >= 0.5 else 0)) for x in a.astype("float64")]
    return saturated(finite, name)


def cast_wrapping(a: np.ndarray, name: str) -> np.ndarray:
    """numpy's astype where C defines it: floats to integers by way of int64."""
    if is_float(a.dtype.name) and not is_float(name):
        inside = np.where(np.abs(a.astype("float64")) < 2.0 ** 62, a, 0)
        return inside.astype("int64").astype(name)
    return a.astype(name)


def reduced(reduction: str, members: list[np.ma.MaskedArray]) -> tuple[np.ndarray, np.ndarray]:
    names = [member.dtype.name for member in members]
    name = names[0]
    for other in names[1:]:
        name = common(name, other)
    columns = [[member.data[pixel].item() for member in members if not member.mask[pixel]] for pixel in range(len(members[0]))]
    valid = np.array([bool(column) for column in columns])
    if reduction == "count":
        return np.array([len(column) for column in columns], "uint16"), np.ones(len(columns), bool)
    columns = [column or [0] for column in columns]
    if reduction in ("min", "max", "first"):
        pick = {"min": min, "max": max, "first": lambda column: column[0]}[reduction]
        picked = [pick(column) for column in columns]
        return (np.array(picked, name) if is_float(name) else saturated(picked, name)), valid
    if reduction == "sum":
        if is_float(name):
            return np.array([np.sum(np.array(column, "float64")) for column in columns]), valid
        out = "uint64" if all(other.startswith("u") for other in names) else "int64"
        return saturated([sum(column) for column in columns], out), valid
    compute = {"mean": np.mean, "median": np.median, "std": np.std}[reduction]
    return np.array([compute(np.array(column, "float64")) for column in columns]).astype(floating(*names)), valid


REDUCTIONS = ["min", "max", "mean", "median", "sum", "count", "std", "first"]


def members(a: str, b: str) -> list[np.ma.MaskedArray]:
    """Members of two types by turns; the last pixel is valid in none."""
    found = []
    for member in range(MEMBERS):
        name = (a, b)[member % 2]
        finite = [x for x in values(name) if not is_float(name) or abs(x) < 1e20]
        picked = [finite[(3 * member + 4 * pixel) % len(finite)] for pixel in range(6)]
        hidden = [(member + pixel) % 3 == 0 or pixel == 5 for pixel in range(6)]
        found.append(np.ma.array(np.array(picked, name), mask=hidden))
    return found


class Cases:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.bytes = bytearray()

    def add(self, name: str, operands: list[np.ndarray], result: np.ndarray, valid: np.ndarray | None = None) -> None:
        valid = np.ones(len(result), bool) if valid is None else valid
        result = np.where(valid, result, np.zeros((), result.dtype))
        self.lines.append(" ".join([name, ",".join(a.dtype.str[1:] for a in operands), result.dtype.str[1:], str(len(result))]))
        for array in [*operands, result, valid.astype("uint8")]:
            self.bytes += np.ascontiguousarray(array).tobytes()


def cases() -> Cases:
    made = Cases()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for a in TYPES:
            fill_unary(made, a)
            for b in TYPES:
                fill_binary(made, a, b)
    return made


def fill_unary(made: Cases, a: str) -> None:
    array = np.array(values(a), a)
    for function in [*FUNCTIONS, "neg"] + ([] if is_float(a) else ["bit_not"]):
        made.add(function, [array], unary(function, array))


def fill_binary(made: Cases, a: str, b: str) -> None:
    left, right = pairs(a, b)
    for operator in FLOAT:
        made.add(operator, [left, right], *binary(operator, left, right))
    if not is_float(a) and not is_float(b) and np.result_type(a, b).kind != "f":
        for operator, compute in BITS.items():
            made.add(operator, [left, right], compute(left, right))
    for comparison, holds in COMPARISONS.items():
        # Python's own numbers compare exactly: numpy rounds int64 to float64 first.
        holds = [holds(x, y) for x, y in zip(left.tolist(), right.tolist())]
        made.add(comparison, [left, right], np.array(holds, "uint8"))
    if a != b:
        array = np.array(values(a), a)
        made.add("cast", [array], cast(array, b))
        if not is_float(a) or is_float(b):
            made.add("cast_wrapping", [array], cast_wrapping(array, b))
        else:
            inside = array[np.abs(array) < 1e20]
            made.add("cast_wrapping", [inside], cast_wrapping(inside, b))
    stack = members(a, b)
    flags = [np.ma.getmaskarray(member).astype("uint8") for member in stack]
    for reduction in REDUCTIONS:
        made.add(f"reduce_{reduction}", [member.data for member in stack] + flags, *reduced(reduction, stack))


def write(folder: pathlib.Path) -> None:
    made = cases()
    (folder / "cases.txt").write_text("\n".join(made.lines) + "\n")
    (folder / "cases.bin.zlib").write_bytes(zlib.compress(bytes(made.bytes), 9))
