"""The mask job on every data type, with nodata of the image and with nodata given."""
import pathlib
import zlib

import numpy as np
import rasterio
from makers.expect import sha256
from makers.samples import noise
from rasterio.transform import from_origin

from .bench import Bench, Report
from .compare import close_levels, gdal_masked_cog, same_levels, valid_cog

TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64")
WIDTH, HEIGHT, BLOCKSIZE = 301, 263, 128
PLACE = {"crs": "EPSG:32631", "transform": from_origin(600000, 5000040, 20, 20), "width": WIDTH, "height": HEIGHT,
         "tiled": True, "blockxsize": 64, "blockysize": 64}


def mask_of_every_type(bench: Bench, report: Report) -> None:
    """Each data type with each predictor that it may have; overviews by GDAL's COG driver."""
    rng = bench.random(31)
    classes = rng.integers(0, 12, (1, HEIGHT // 8 + 1, WIDTH // 8 + 1), dtype=np.uint8).repeat(8, 1).repeat(8, 2)[:, :HEIGHT, :WIDTH]
    write(bench.folder / "classes.tif", classes, nodata=0)
    for dtype in TYPES:
        nodata = float("nan") if dtype == "float64" else 3
        image = samples(dtype)
        write(bench.folder / f"{dtype}.tif", image, nodata=nodata)
        masked = np.where(np.isin(classes, (8, 9)), np.dtype(dtype).type(nodata), image)
        for predictor in ("none", "2", "3") if "float" in dtype else ("none", "2"):
            # GDAL computes the means of 64-bit integers in doubles; nearest asks nothing of it.
            method = "nearest" if "64" in dtype and "int" in dtype else "average"
            one(bench, report, dtype, predictor, method, masked)


def one(bench: Bench, report: Report, dtype: str, predictor: str, method: str, masked: np.ndarray) -> None:
    with report.case(f"type {dtype} predictor {predictor} {method}"):
        source = bench.folder / f"{dtype}.tif"
        levels = gdal_masked_cog(masked, source, None, bench.folder / "reference.tif", blocksize=BLOCKSIZE, overview_resampling=method)
        output = bench.program.mask(source, bench.folder / "classes.tif", bench.folder / "out.tif", "--compress", "deflate",
                                    "--predictor", predictor, "--blocksize", BLOCKSIZE, "--resampling", method)
        if "float" in dtype:
            close_levels(output, levels, ulps=1)
        else:
            same_levels(output, [sha256(level) for level in levels])
        valid_cog(output)


def samples(dtype: str) -> np.ndarray:
    rng = np.random.default_rng(zlib.crc32(dtype.encode()))
    row, column = np.indices((HEIGHT, WIDTH))
    image = (20 + (row + 2 * column) // 12).astype(dtype)[None].repeat(2, 0)
    image[:, 100:140, 60:170] = noise(rng, np.dtype(dtype), (2, 40, 110))
    return image


def write(path: pathlib.Path, pixels: np.ndarray, nodata) -> None:
    with rasterio.open(path, "w", driver="GTiff", count=len(pixels), dtype=pixels.dtype.name, nodata=nodata, **PLACE) as raster:
        raster.write(pixels)
