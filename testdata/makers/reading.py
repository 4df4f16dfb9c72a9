"""Files of every legal mix of properties, for the check `reading`: three writers, then GDAL adds masks and overviews."""
import itertools
import pathlib
import random
from dataclasses import asdict, dataclass

import numpy as np
import rasterio
import tifffile
from rasterio.enums import Resampling

from . import plain, samples

SEED = 20260
BITS = {"bits1": 1, "bits2": 2, "bits4": 4}
AXES = {
    "writer": ("gdal", "tifffile", "plain"),
    "dtype": samples.INTEGERS + samples.FLOATS + tuple(BITS),
    "codec": ("none", "packbits", "lzw", "deflate", "zstd", "lzma", "lerc", "lerc_deflate", "lerc_zstd", "webp", "jpeg"),
    "predictor": (1, 2, 3),
    "bands": (1, 2, 3, 4, 5),
    "interleave": ("pixel", "band", "tile"),
    "endian": ("little", "big"),
    "block": ("strips of 1", "strips of 7", "one strip", "16x16", "32x16", "128x128", "256x256"),
    "validity": ("none", "nodata", "alpha", "mask", "msk", "mask and nodata", "alpha and nodata"),
    "sparse": (False, True),
    "form": ("classic", "big"),
    "size": ((1, 1), (1, 67), (67, 1), (64, 64), (63, 65), (33, 31), (129, 127), (256, 255)),
    "overviews": ("none", "internal", "ovr"),
}
PREDICTABLE = ("lzw", "deflate", "zstd", "lzma")
TIFFFILE = {"none": None, "packbits": "PACKBITS", "lzw": "LZW", "deflate": "ADOBE_DEFLATE", "zstd": "ZSTD", "lzma": "LZMA"}


@dataclass(frozen=True)
class Case:
    writer: str
    dtype: str
    codec: str
    predictor: int
    bands: int
    interleave: str
    endian: str
    block: str
    validity: str
    sparse: bool
    form: str
    size: tuple[int, int]
    overviews: str

    def file_name(self) -> str:
        return " ".join(f"{width}x{height}" if name == "size" else f"{name}={value}" for name, value in asdict(self).items()
                        for width, height in [self.size])

    @property
    def tiled(self) -> bool:
        return "x" in self.block

    @property
    def tile(self) -> tuple[int, int]:
        width, height = self.size
        if self.tiled:
            return tuple(int(side) for side in self.block.split("x"))
        return width, min(height, {"strips of 1": 1, "strips of 7": 7, "one strip": height}[self.block])

    @property
    def nodata(self) -> str | None:
        """0 where empty blocks are left out, as those are read as nodata."""
        if "nodata" not in self.validity:
            return None
        return "0" if self.sparse or self.dtype in BITS else "7"

    def pixels(self) -> np.ndarray:
        kept = samples.pixels(Numbers(self))
        return kept & ((1 << BITS[self.dtype]) - 1) if self.dtype in BITS else kept

    def legal(self) -> bool:
        """Whether the format allows it and its writer can write it."""
        return all((self.format_allows(), self.codec_allows(), self.writer_can()))

    def format_allows(self) -> bool:
        if self.predictor == 3 and self.dtype not in samples.FLOATS:
            return False
        if self.predictor > 1 and (self.codec not in PREDICTABLE or self.dtype in BITS):
            return False
        if self.bands == 1 and self.interleave != "pixel":
            return False
        if "alpha" in self.validity and (self.bands not in (2, 4) or self.dtype in BITS):
            return False
        # GDAL 3.10 makes no overviews of a mask for 64-bit integers with nodata.
        if self.validity == "mask and nodata" and self.dtype in ("uint64", "int64") and self.overviews != "none":
            return False
        return self.overviews == "none" or min(self.size) > 1

    def codec_allows(self) -> bool:
        if self.codec == "webp":
            return self.dtype == "uint8" and self.bands in (3, 4) and self.interleave == "pixel" and not self.sparse
        if self.codec == "jpeg":
            return self.dtype == "uint8" and self.bands in (1, 3) and not self.sparse and "nodata" not in self.validity \
                and (not self.tiled or self.block != "32x16") and self.overviews == "none"
        if self.codec.startswith("lerc"):
            return self.dtype not in (*BITS, "uint64", "int64", "float16")
        return True

    def writer_can(self) -> bool:
        if self.writer == "gdal":
            return self.interleave != "tile" and (self.codec != "jpeg" or self.block not in ("strips of 1", "strips of 7"))
        if self.codec not in TIFFFILE:
            return False
        if self.writer == "tifffile":
            floats = self.dtype in samples.FLOATS and self.predictor == 2
            return self.dtype not in BITS and not floats and not self.sparse and self.interleave != "tile"
        return True

    def write(self, folder: pathlib.Path) -> pathlib.Path:
        path = folder / "case.tif"
        pixels = self.pixels()
        {"gdal": self.write_gdal, "tifffile": self.write_tifffile, "plain": self.write_plain}[self.writer](path, pixels)
        self.finish(path)
        return path

    def write_gdal(self, path: pathlib.Path, pixels: np.ndarray) -> None:
        bands, height, width = pixels.shape
        options = {"compress": self.codec, "bigtiff": {"big": "YES", "classic": "NO"}[self.form], "tiled": self.tiled,
                   "blockysize": self.tile[1], "interleave": self.interleave, "endianness": self.endian,
                   "sparse_ok": self.sparse, "webp_lossless": True, "jpeg_quality": 85}
        options |= {"blockxsize": self.tile[0]} if self.tiled else {}
        options |= {"predictor": self.predictor} if self.predictor > 1 else {}
        options |= {"nodata": int(self.nodata)} if self.nodata else {}
        options |= {"nbits": BITS[self.dtype]} if self.dtype in BITS else {}
        options |= {"alpha": "NON-PREMULTIPLIED"} if "alpha" in self.validity else {}
        rgb = bands - ("alpha" in self.validity) == 3 and self.dtype == "uint8"
        options |= {"photometric": "RGB" if rgb or self.codec == "jpeg" and bands == 3 else "MINISBLACK"}
        if pixels.dtype == np.float16:
            pixels, options = pixels.astype(np.float32), options | {"nbits": 16}
        with rasterio.open(path, "w", driver="GTiff", width=width, height=height, count=bands, dtype=pixels.dtype.name,
                           **options) as raster:
            raster.write(pixels)

    def write_tifffile(self, path: pathlib.Path, pixels: np.ndarray) -> None:
        alpha = "alpha" in self.validity
        more = {"planarconfig": {"pixel": "contig", "band": "separate"}[self.interleave]} if self.bands > 1 else {}
        more |= {"extrasamples": ["unspecified"] * (self.bands - 1 - alpha) + ["unassalpha"] * alpha} if self.bands > 1 else {}
        more |= {"predictor": self.predictor} if self.predictor > 1 else {}
        more |= {"tile": self.tile[::-1]} if self.tiled else {"rowsperstrip": self.tile[1]}
        shaped = pixels[0] if self.bands == 1 else np.moveaxis(pixels, 0, -1) if self.interleave == "pixel" else pixels
        nodata = [(42113, "s", 0, self.nodata, True)] if self.nodata else []
        with tifffile.TiffWriter(path, bigtiff=self.form == "big", byteorder={"big": ">", "little": "<"}[self.endian]) as tiff:
            tiff.write(np.ascontiguousarray(shaped), photometric="minisblack", metadata=None, software=False,
                       compression=TIFFFILE[self.codec], extratags=nodata, **more)

    def write_plain(self, path: pathlib.Path, pixels: np.ndarray) -> None:
        plain.write(path, pixels, codec=self.codec, predictor=self.predictor, interleave=self.interleave, block=self.tile,
                    tiled=self.tiled, big_endian=self.endian == "big", bigtiff=self.form == "big",
                    bits=BITS.get(self.dtype, 8 * pixels.dtype.itemsize), sparse=self.sparse, nodata=self.nodata,
                    alpha="alpha" in self.validity)

    def finish(self, path: pathlib.Path) -> None:
        """GDAL adds overviews, and a mask in the file or, in little-endian, beside it."""
        masked = "mask" in self.validity or self.validity == "msk"
        if not masked and self.overviews == "none":
            return
        settings = {"GDAL_TIFF_INTERNAL_MASK": self.validity != "msk", "TIFF_USE_OVR": self.overviews == "ovr",
                    "WEBP_LOSSLESS_OVERVIEW": True, "GDAL_TIFF_OVR_BLOCKSIZE": 64}
        with rasterio.Env(**settings), rasterio.open(path, "r+") as raster:
            if masked:
                width, height = self.size
                row, column = np.indices((height, width))
                raster.write_mask((row + 2 * column) % 5 > 1)
        if self.overviews != "none":
            with rasterio.Env(**settings), rasterio.open(path, "r+") as raster:
                raster.build_overviews([2, 4], Resampling.nearest)


@dataclass(frozen=True)
class Numbers:
    """A case as `samples.pixels` asks for it."""

    case: Case

    def __getattr__(self, name: str):
        return "uint8" if name == "dtype" and self.case.dtype in BITS else getattr(self.case, name)


def chosen(count: int) -> list[Case]:
    """`count` legal cases drawn from a seed, and more until every pair of values that is legal stands in one."""
    draw = random.Random(SEED)
    cases = {}
    while len(cases) < count:
        cases |= dict.fromkeys(filter(Case.legal, [Case(**{name: draw.choice(values) for name, values in AXES.items()})]))
    covered = set().union(*map(pairs, cases))
    for (first, second) in itertools.combinations(AXES, 2):
        for values in itertools.product(AXES[first], AXES[second]):
            if ((first, values[0]), (second, values[1])) in covered:
                continue
            case = completed(draw, {first: values[0], second: values[1]})
            if case:
                cases[case] = None
                covered |= pairs(case)
    return list(cases)


def completed(draw: random.Random, fixed: dict) -> Case | None:
    """A legal case of these values, if 3000 draws find one."""
    for _ in range(3000):
        case = Case(**{name: fixed.get(name, draw.choice(values)) for name, values in AXES.items()})
        if case.legal():
            return case
    return None


def pairs(case: Case) -> set:
    return set(itertools.combinations(((name, getattr(case, name)) for name in AXES), 2))


NODATA = {
    "int64": ("-9223372036854775808", "9223372036854775807", "9007199254740993", "-9007199254740993", "0", "-0", "1e3"),
    "uint64": ("18446744073709551615", "9223372036854775809", "9007199254740993", "0", "-1"),
    "uint8": ("0", "255", "256", "-1", "nan", "1e20", "7.5", "7.0", " 7", "+7", "1e1", "abc", "", "inf"),
    "int8": ("-128", "127", "-129"), "uint16": ("65535", "65536", "6e4"), "int16": ("-32768", "-32769", "-1e2"),
    "uint32": ("4294967295", "4294967296"), "int32": ("-2147483648", "-2147483649", "2147483647"),
    "float16": ("nan", "-1", "0", "65504", "0.1"),
    "float32": ("nan", "-nan", "inf", "-inf", "1e20", "-1e20", "1.00000002004087734e20", "0.1", "-0.0", "-3.4028234663852886e+38",
                "3.4e38", "-1.79769313486231571e+308", "16777217"),
    "float64": ("nan", "inf", "1e20", "1E+20", "100000000000000000000", "-0.0", "0.1", "-1.7976931348623157e+308", "5e-324"),
}


def write_nodata(path: pathlib.Path, dtype: str, text: str, big_endian: bool) -> None:
    """One band and, in it, the value that the text names where the type has it, and those around it."""
    kind = np.dtype(dtype)
    numbers = samples.extremes(kind)
    row = np.concatenate([numbers, np.arange(20).astype(kind), beside(text, kind)])
    if kind.kind == "f":
        row = np.concatenate([row, np.array([np.nan, -np.inf, 0.0, 1e20 if kind.itemsize > 2 else 1.0], kind)])
    plain.write(path, np.stack([row, row[::-1]])[None], codec="deflate", predictor=1, interleave="pixel", block=(len(row), 1),
                tiled=False, big_endian=big_endian, bigtiff=False, bits=8 * kind.itemsize, sparse=False, nodata=text, alpha=False)


def beside(text: str, kind: np.dtype) -> np.ndarray:
    """The value of a text and its neighbours, as far as the type has them. Floats that GDAL takes for equal, as they are
    within 4 units in the last place or their sum overflows, are no neighbours."""
    if kind.kind == "f":
        with np.errstate(over="ignore"):
            value = kind.type(float(text))
            near = value * kind.type(0.99) if np.isfinite(value + value) else kind.type(0)
        return np.array([value, near, -value], kind)
    try:
        value = int(text)
    except ValueError:
        return np.zeros(0, kind)
    limits = np.iinfo(kind)
    return np.array([n for n in (value - 1, value, value + 1) if limits.min <= n <= limits.max], kind)
