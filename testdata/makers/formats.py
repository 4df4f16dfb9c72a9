"""Small TIFFs of many kinds: which cases there are. `samples` fills them and `writers` writes them."""
import itertools
import pathlib
import random
from dataclasses import dataclass, replace

from . import writers
from .samples import FLOATS, INTEGERS, pixels

SEED = 1986
PREDICTABLE = ("deflate", "deflate32946", "lzw", "zstd")


@dataclass(frozen=True)
class Case:
    """One file. `label` names what a hand-made case is about; the others are named by their properties."""

    dtype: str = "uint8"
    codec: str = "deflate"
    predictor: int = 1
    bands: int = 1
    planar: int = 1
    endian: str = "little"
    form: str = "classic"
    writer: str = "gdal"
    tile: tuple[int, int] = (16, 16)
    size: tuple[int, int] = (37, 29)
    nodata: str | None = None
    geo: str = "projected"
    overviews: str | None = None
    sparse: bool = False
    label: str | None = None

    def file_name(self) -> str:
        kind = f"{self.dtype}-{self.codec}-p{self.predictor}-{self.bands}{'cs'[self.planar - 1]}"
        store = f"{self.tile[0]}x{self.tile[1]}-{self.endian}-{self.form}-{self.writer}"
        return f"{self.label}.tif" if self.label else f"{kind}-{store}.tif"

    def legal(self) -> bool:
        """Whether its writer can write it and the format allows it."""
        if self.predictor > 1 and self.codec not in PREDICTABLE:
            return False
        if self.predictor == 3 and self.dtype not in FLOATS:
            return False
        if self.planar == 2 and self.bands == 1:
            return False
        if self.writer == "gdal":
            return self.codec != "deflate32946"
        return not (self.predictor == 2 and self.dtype in FLOATS)


def write(case: Case, folder: pathlib.Path) -> pathlib.Path:
    path = folder / case.file_name()
    writer = writers.write_tifffile if case.writer == "tifffile" else writers.write_gdal
    writer(path, case, pixels(case))
    return path


def shipped() -> list[Case]:
    """The cases of testdata/formats: every pair of properties, and the special ones."""
    return pairwise() + special()


def product() -> list[Case]:
    """Every type with every codec, predictor, planar configuration and byte order: for a temporary folder."""
    axes = {
        "dtype": INTEGERS + FLOATS, "codec": ("none", "deflate", "deflate32946", "lzw", "zstd", "packbits"),
        "predictor": (1, 2, 3), "planar": (1, 2), "endian": ("little", "big"),
    }
    cases = []
    for number, values in enumerate(itertools.product(*axes.values())):
        case = Case(**dict(zip(axes, values)), bands=3, tile=((16, 16), (32, 16), (16, 48))[number % 3],
                    form=("classic", "big")[number // 3 % 2], nodata=(None, "7")[number // 6 % 2])
        candidates = (case, replace(case, writer="tifffile"))
        cases += [c for c in candidates if c.legal()][:1]
    return cases


def pairwise() -> list[Case]:
    """A small set in which every legal pair of values stands in some case, chosen greedily from a seed."""
    axes = {
        "dtype": INTEGERS + FLOATS, "codec": ("none", "deflate", "deflate32946", "lzw", "zstd", "packbits"),
        "predictor": (1, 2, 3), "layout": ((1, 1), (3, 1), (5, 1), (3, 2), (5, 2)), "endian": ("little", "big"),
        "form": ("classic", "big"), "writer": ("gdal", "tifffile"), "tile": ((16, 16), (32, 16), (16, 32)),
        "nodata": (None, "7"),
    }
    options = []
    for values in itertools.product(*axes.values()):
        named = dict(zip(axes, values))
        bands, planar = named.pop("layout")
        case = Case(**named, bands=bands, planar=planar)
        if case.legal():
            options.append((case, frozenset(itertools.combinations(enumerate(values), 2))))
    random.Random(SEED).shuffle(options)
    missing = frozenset().union(*(pairs for _, pairs in options))
    chosen = []
    while missing:
        case, pairs = max(options[: 4000], key=lambda option: len(option[1] & missing))
        if not pairs & missing:
            case, pairs = max(options, key=lambda option: len(option[1] & missing))
        chosen.append(case)
        missing -= pairs
    return sorted(chosen, key=Case.file_name)


def special() -> list[Case]:
    """What a table of pairs does not reach: georeferencing, nodata, sparse tiles, overviews."""
    wide = Case(size=(70, 50), tile=(16, 48))
    geo = [replace(wide, geo=kind, label=f"geo-{kind}", writer=writer) for kind, writer in (
        ("geographic", "gdal"), ("none", "gdal"), ("rotated", "gdal"), ("south-up", "gdal"), ("point", "gdal"),
        ("point-rotated", "gdal"), ("user-crs", "gdal"), ("version-1-1", "gdal"), ("tie-inside", "tifffile"),
        ("tie-inside-point", "tifffile"), ("matrix", "tifffile"), ("matrix-and-scale", "tifffile"),
        ("gcps", "tifffile"), ("no-crs", "gdal"))]
    geo.append(replace(wide, geo="tie-inside", label="geo-tie-inside-big-endian", writer="tifffile", endian="big"))
    nodata = [replace(wide, dtype=dtype, nodata=value, label=f"nodata-{dtype}-{name}", writer=writer)
              for dtype, value, name, writer in (
        ("uint8", "0", "zero", "gdal"), ("uint8", "-9999", "out-of-range", "tifffile"),
        ("uint8", "nan", "nan", "tifffile"),
        ("uint8", " 7 ", "spaces", "tifffile"), ("int8", "-128", "lowest", "gdal"),
        ("uint16", "65535", "highest", "gdal"), ("int16", "-32768", "lowest", "gdal"),
        ("int64", "-9223372036854775807", "exact", "tifffile"), ("uint64", "18446744073709551615", "exact", "tifffile"),
        ("int64", "9007199254740993", "odd", "tifffile"), ("float16", "-1", "one", "gdal"),
        ("float32", "nan", "nan", "gdal"), ("float64", "nan", "nan", "gdal"), ("float32", "-9999", "usual", "gdal"),
        ("float32", "-3.4028234663852886e+38", "lowest", "gdal"), ("float32", "0.1", "tenth", "gdal"),
        ("float64", "1e-300", "tiny", "gdal"), ("float32", "inf", "infinite", "tifffile"))]
    nodata.append(replace(wide, dtype="int16", nodata="-7", bands=3, planar=2, label="nodata-int16-planar"))
    sparse = [replace(wide, sparse=True, **kind) for kind in (
        {"label": "sparse"}, {"label": "sparse-nodata", "nodata": "9"},
        {"label": "sparse-planar", "nodata": "3", "bands": 3, "planar": 2, "dtype": "int16", "codec": "lzw"},
        {"label": "sparse-big", "form": "big", "dtype": "float32", "nodata": "nan", "codec": "zstd", "predictor": 3},
        {"label": "sparse-big-endian", "endian": "big", "dtype": "uint16", "nodata": "40000"},
        {"label": "sparse-float16", "dtype": "float16", "nodata": "-2"})]
    odd = Case(size=(301, 261), tile=(64, 64), nodata="0", bands=3, predictor=2)
    levels = [replace(odd, overviews=kind, label=f"levels-{name}", **more) for kind, name, more in (
        ("add", "ceil", {}), ("cog", "floor", {}), ("cog", "floor-sparse", {"sparse": True, "dtype": "uint16", "bands": 1}),
        ("add", "ceil-planar", {"planar": 2, "codec": "lzw"}),
        ("add", "ceil-big-endian", {"endian": "big", "dtype": "int16", "bands": 1}),
        ("cog", "floor-big", {"form": "big", "bands": 1, "dtype": "float32", "predictor": 3, "codec": "zstd"}),
        ("add", "one-pixel-wide", {"size": (1, 70), "tile": (16, 16), "bands": 1}))]
    whole = [Case(label="one-pixel", size=(1, 1)), Case(label="exact-tiles", size=(64, 32), tile=(32, 16), codec="lzw"),
             Case(label="one-tile-larger-than-image", size=(5, 3), tile=(128, 64), codec="packbits")]
    return geo + nodata + sparse + levels + whole
