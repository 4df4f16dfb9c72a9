"""Complex samples: small TIFFs of every complex type, what GDAL reads from them, the overviews that its COG driver makes of
them, and numpy's measures of some numbers."""
import pathlib
import tempfile
import zlib

import numpy as np
import rasterio
import rasterio.shutil
import tifffile

from . import expect
from .by_hand import tiff

# GDAL's types by rasterio's names; the type of the parts, and what rasterio hands over.
TYPES = {"complex_int16": ("i2", np.complex64), "complex_int32": ("i4", np.complex64),
         "complex64": ("f4", np.complex64), "complex128": ("f8", np.complex128)}
METHODS = ("nearest", "average", "rms", "mode")
WIDTH, HEIGHT = 150, 131
NUMBERS = np.array([0, 3 + 4j, -3 + 4j, 5 - 12j, -1, 1j, -1j, 1e-3 + 2e3j, -7.5 - 0.25j], np.complex128)


def make(folder: pathlib.Path) -> dict:
    read = {}
    for name, write in files():
        write(folder / name)
        read[name] = entry(folder / name)
    reduced = [reduction(folder / f"levels-{dtype}.tif", method) for dtype in TYPES for method in METHODS]
    reduced += [reduction(folder / f"levels-{dtype}-nodata.tif", method) for dtype in TYPES for method in METHODS]
    return {"oracle": f"GDAL {rasterio.__gdal_version__} through rasterio {rasterio.__version__}; numpy {np.__version__}",
            "files": read, "reductions": reduced, "numbers": numbers()}


def files():
    for dtype in ("complex_int16", "complex64", "complex128"):
        for number, (codec, predictor, endian, bands, planar) in enumerate((
                ("none", 1, "little", 1, "pixel"), ("none", 1, "big", 2, "pixel"), ("deflate", 1, "big", 1, "pixel"),
                ("deflate", 2, "little", 2, "pixel"), ("lzw", 2, "big", 2, "band"), ("zstd", 2, "big", 3, "pixel"),
                ("packbits", 1, "big", 2, "band"))):
            if predictor == 2 and dtype == "complex128":
                predictor = 1
            name = f"{dtype}-{codec}-p{predictor}-{endian}-{bands}{planar[0]}.tif"
            options = {"compress": codec, "endianness": endian, "interleave": planar, "nodata": (None, 3)[number % 2]}
            yield name, gdal(dtype, bands, 37, 29, predictor=predictor, blockxsize=16, blockysize=16, tiled=True, **options)
    for dtype in ("complex64", "complex128"):
        yield f"{dtype}-tifffile.tif", by_tifffile(dtype)
    for endian in "<>":
        name = {"<": "little", ">": "big"}[endian]
        yield f"complex_int32-{name}.tif", by_hand("complex_int32", 37, 29, endian, None)
        yield f"complex_int16-{name}.tif", by_hand("complex_int16", 37, 29, endian, b"nan\0")
    for dtype in TYPES:
        yield f"levels-{dtype}.tif", by_hand(dtype, WIDTH, HEIGHT, "<", None, deflate=True)
        yield f"levels-{dtype}-nodata.tif", by_hand(dtype, WIDTH, HEIGHT, "<", b"1\0", deflate=True)


def pixels(dtype: str, bands: int, width: int, height: int) -> np.ndarray:
    """Few values, so that modes exist and nodata is hit; fractions in floats."""
    band, row, column = np.indices((bands, height, width))
    step = 1 if "int" in dtype else 0.375
    re = ((row // 3 * 7 + column * column // 5 + 11 * band) % 5 - 1).astype(np.float64)
    im = ((row * column // 4 + column + 3 * band) % 7 - 3) * step
    samples = (re + 1j * im).astype(TYPES[dtype][1])
    if "int" not in dtype:
        samples[0, 5, 3:6] = [complex(np.nan, 2), complex(2, np.nan), complex(1e30, -1e-30)]
    return samples


def gdal(dtype, bands, width, height, **options):
    def write(path):
        with rasterio.open(path, "w", driver="GTiff", width=width, height=height, count=bands, dtype=dtype, **options) as raster:
            raster.write(pixels(dtype, bands, width, height))
    return write


def by_tifffile(dtype):
    def write(path):
        samples = pixels(dtype, 1, 37, 29)[0]
        tifffile.imwrite(path, samples, byteorder=">", tile=(16, 16), compression="ADOBE_DEFLATE", metadata=None, software=False)
    return write


def by_hand(dtype, width, height, endian, nodata, deflate=False):
    """One strip: what neither writer has a name for."""
    def write(path):
        samples = pixels(dtype, 1, width, height)[0]
        kind = np.dtype(TYPES[dtype][0]).newbyteorder(endian)
        parts = np.stack([samples.real, samples.imag], axis=-1).astype(kind).tobytes()
        parts = zlib.compress(parts, 9) if deflate else parts
        sample_format = 5 if "int" in dtype else 6
        tags = [(256, "H", [width]), (257, "H", [height]), (258, "H", [16 * kind.itemsize]), (259, "H", [8 if deflate else 1]), (262, "H", [1]),
                (273, "I", [8]), (277, "H", [1]), (278, "H", [height]), (279, "I", [len(parts)]), (339, "H", [sample_format])]
        if nodata:
            tags.append((42113, "s", nodata))
        path.write_bytes(tiff(tags, parts, endian))
    return write


def entry(path: pathlib.Path) -> dict:
    with rasterio.open(path) as raster:
        samples, valid = raster.read(), (raster.dataset_mask() != 0).astype(np.uint8)
        nodata = raster.nodata
    return {"dtype": samples.dtype.name, "nodata": None if nodata is None else repr(float(nodata)),
            "sha256": expect.sha256(samples), "valid_sha256": expect.sha256(valid)}


def reduction(source: pathlib.Path, method: str) -> dict:
    """The levels of GDAL's COG of a file. NaN has no bits of its own, so it is told apart from the samples."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "cog.tif"
        rasterio.shutil.copy(source, path, driver="COG", blocksize=128, compress="DEFLATE", overview_count=3,
                             overview_resampling=method)
        levels = expect.gdal_levels(path)
    return {"file": source.name, "method": method, "levels": [expect.sha256(plain(level)) for level in levels]}


def plain(samples: np.ndarray) -> np.ndarray:
    """Every NaN with the same bits."""
    parts = samples.view(samples.real.dtype)
    return np.where(np.isnan(parts), np.nan, parts).astype(parts.dtype).view(samples.dtype)


def numbers() -> dict:
    """Numbers and what numpy makes of them, part by part."""
    other = NUMBERS[::-1] + 2

    def parts(values):
        values = np.asarray(values, np.complex128)
        return [values.real.tolist(), values.imag.tolist()]
    return {"a": parts(NUMBERS), "b": parts(other), "abs": np.abs(NUMBERS).tolist(), "phase": np.angle(NUMBERS).tolist(),
            "intensity": (NUMBERS.real**2 + NUMBERS.imag**2).tolist(), "add": parts(NUMBERS + other), "sub": parts(NUMBERS - other),
            "mul": parts(NUMBERS * other), "div": parts(NUMBERS / other), "neg": parts(-NUMBERS)}
