"""Every operator of `cogwork calc` on every pair of data types, with and without nodata values and masks, as numpy has it."""
import warnings
import zlib
from dataclasses import dataclass

import numpy as np
import rasterio
from makers import algebra

from .bench import Bench, Report

SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "rem": "%", "floor_div": "//", "pow": "**", "eq": "==", "ne": "!=",
           "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "bit_and": "&", "bit_or": "|", "bit_xor": "^", "shl": "<<", "shr": ">>"}
# Units in the last place: numpy's own bound for what is not rounded exactly.
INEXACT = 4
EXACT = {"abs", "sign", "floor", "ceil", "trunc", "round", "sqrt"}
COMPARISONS = set(algebra.COMPARISONS)
# Of samples; the values of a case are repeated up to them, so that files have tiles.
WIDTH, HEIGHT = 70, 64


@dataclass(frozen=True)
class Operand:
    """What is written to a file, and where it is valid."""
    samples: np.ndarray
    valid: np.ndarray
    nodata: object = None
    masked: bool = False

    def write(self, path) -> None:
        size = (HEIGHT, WIDTH)
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), \
                rasterio.open(path, "w", driver="GTiff", count=1, width=WIDTH, height=HEIGHT, dtype=self.samples.dtype,
                              nodata=self.nodata, tiled=True, blockxsize=32, blockysize=32) as raster:
            raster.write(np.resize(self.samples, size), 1)
            if self.masked:
                raster.write_mask(np.resize(self.valid, size))


def operators(bench: Bench, report: Report) -> None:
    """Operators x pairs of data types x kinds of validity, against numpy, exact or within 4 units in the last place."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for a in algebra.TYPES:
            for case in unary_cases(a):
                run(bench, report, *case)
            for b in algebra.TYPES:
                for case in binary_cases(a, b):
                    run(bench, report, *case)


def unary_cases(a: str):
    array = np.array(algebra.values(a), a)
    names = [*algebra.FUNCTIONS, "neg"] + ([] if algebra.is_float(a) else ["bit_not"])
    for name in names:
        expression = {"neg": "-a", "bit_not": "~a"}.get(name, f"{name}(a)")
        yield name, expression, [array], algebra.unary(name, array), np.ones(len(array), bool)


def binary_cases(a: str, b: str):
    left, right = algebra.pairs(a, b)
    sides = [left, right]
    always = np.ones(len(left), bool)
    for name in algebra.FLOAT:
        yield name, written(name), sides, *algebra.binary(name, left, right)
    if not algebra.is_float(a) and not algebra.is_float(b) and np.result_type(a, b).kind != "f":
        for name, compute in algebra.BITS.items():
            yield name, written(name), sides, compute(left, right), always
    for name, holds in algebra.COMPARISONS.items():
        result = [holds(x, y) for x, y in zip(left.tolist(), right.tolist())]
        yield name, written(name), sides, np.array(result, "uint8"), always


def written(name: str) -> str:
    return f"a {SYMBOLS[name]} b" if name in SYMBOLS else f"{name}(a, b)"


def run(bench: Bench, report: Report, name: str, expression: str, sides: list, result: np.ndarray, valid: np.ndarray) -> None:
    types = "-".join(side.dtype.name for side in sides)
    for kind in ("none", "nodata", "mask"):
        with report.case(f"operators {name} {types} {kind}"):
            compare(bench, name, expression, [operand(side, at, kind) for at, side in enumerate(sides)], result, valid)


def operand(side: np.ndarray, at: int, kind: str) -> Operand:
    always = np.ones(len(side), bool)
    if kind == "nodata":
        # GDAL's nodata is a double where rasterio sets it.
        nodata = next(value for value in side[1 + at:].tolist() if abs(value) < 2 ** 53)
        return Operand(side, side != nodata, nodata)
    if kind == "mask":
        return Operand(side, (np.arange(len(side)) + at) % 3 != 0, masked=True)
    return Operand(side, always)


def compare(bench: Bench, name: str, expression: str, operands: list[Operand], result: np.ndarray, valid: np.ndarray) -> None:
    inputs = []
    for letter, given in zip("ab", operands):
        path = bench.folder / f"{letter}{zlib.crc32(given.samples.tobytes()):08x}{given.nodata}{given.masked}.tif"
        if not path.exists():
            given.write(path)
        inputs += ["--in", f"{letter}={path}"]
    output = bench.folder / "out.tif"
    bench.program.succeed("calc", expression, *inputs, "-o", output)
    operands_valid = np.logical_and.reduce([given.valid for given in operands])
    with rasterio.open(output) as raster:
        assert raster.dtypes == (result.dtype.name,), f"type {raster.dtypes[0]}, not {result.dtype.name}"
        found, mask, nodata = raster.read(1).ravel(), raster.dataset_mask().ravel() != 0, raster.nodata
    wanted, counts = np.resize(result, found.size), np.resize(operands_valid & valid, found.size)
    if name in COMPARISONS:
        wanted, counts = np.where(counts, wanted, 0), np.ones(found.size, bool)
        mask = counts
    integer = result.dtype.kind != "f"
    lost = np.zeros(found.size, bool)
    # rasterio does not tell of uint64's largest value as nodata: it is no double.
    unsaid = result.dtype == "uint64" and nodata is None and any(given.nodata is not None for given in operands)
    if integer and (unsaid or name in ("rem", "floor_div")):
        nodata = computed_nodata(result.dtype)
    if integer and nodata is not None and name not in COMPARISONS:
        wanted = moved(wanted, int(nodata))
    elif nodata is not None:
        # A valid float that equals the nodata value reads as invalid.
        lost = counts & ((wanted == nodata) | (np.isnan(wanted) & np.isnan(nodata)))
    assert np.array_equal(mask, counts & ~lost), "another validity"
    close(found[mask], wanted[mask], 0 if integer or name in EXACT else allowed(name))


def computed_nodata(dtype: np.dtype) -> int:
    bounds = np.iinfo(dtype)
    return bounds.max if dtype.kind == "u" else bounds.min


def moved(wanted: np.ndarray, nodata: int) -> np.ndarray:
    """A valid whole number that comes out as nodata is moved by one."""
    most = np.iinfo(wanted.dtype).max
    nodata = min(nodata, most)
    off = nodata - 1 if nodata == most else nodata + 1
    return np.where(wanted == nodata, np.array(off, wanted.dtype), wanted)


def allowed(name: str) -> int:
    return INEXACT if name in algebra.FUNCTIONS or name in ("pow", "atan2") else 0


def close(found: np.ndarray, wanted: np.ndarray, units: int) -> None:
    same = (found == wanted) | ((found != found) & (wanted != wanted))
    if units:
        whole = {4: "int32", 8: "int64"}[found.dtype.itemsize]
        a, b = (ordered(side.view(whole)) for side in (found, wanted))
        same |= (np.abs(a - b) <= units) & np.isfinite(found) & np.isfinite(wanted)
    assert same.all(), f"{found[~same][0]} instead of {wanted[~same][0]}, and {np.count_nonzero(~same) - 1} more"


def ordered(places: np.ndarray) -> np.ndarray:
    """The places of floats in their order, as Python's whole numbers, whose differences do not overflow."""
    least = np.iinfo(places.dtype).min
    return np.array([least - place if place < 0 else place for place in places.tolist()], object)
