"""The options of writing: codec, level, predictor, block size, BigTIFF, overviews."""
import itertools
import pathlib
import random

import numpy as np
import rasterio
import tifffile
from makers.expect import sha256

from .bench import Bench, Report
from .compare import gdal_masked_cog, same_georeferencing, same_levels, valid_cog

CODECS = [("none", None)] + [("deflate", level) for level in (1, 6, 9)] + [("lzw", None)] + [("zstd", level) for level in (1, 9, 19)]
BLOCKSIZES = (16, 32, 64, 128, 256, 512)
CODES = {"none": 1, "deflate": 8, "lzw": 5, "zstd": 50000}
METHODS = ("average", "nearest", "cubic", "mode", "bilinear")
IMAGES = ("visual.tif", "B04.tif")
MOST_LEVELS = 6


def write_options(bench: Bench, report: Report) -> None:
    """Codec x level x predictor x block size, the other options drawn from a seed."""
    expected = {(image, method): expected_levels(bench, image, method) for image in IMAGES for method in METHODS}
    product = itertools.product(CODECS, ("none", "2", "auto"), BLOCKSIZES)
    draw = random.Random(11).choice
    for (codec, level), predictor, blocksize in product:
        if codec == "none" and predictor == "2":
            continue
        image, method = draw(IMAGES), draw(METHODS)
        bigtiff, overviews = draw(("no", "yes", "auto")), draw(("auto", "auto", "none", "2"))
        options = ["--compress", codec, "--predictor", predictor, "--blocksize", blocksize, "--bigtiff", bigtiff,
                   "--overviews", overviews, "--resampling", method] + (["--level", level] if level else [])
        with report.case(f"matrix {image} {' '.join(str(o) for o in options)}"):
            output = bench.program.mask(bench.scene / image, bench.scene / "SCL.tif", bench.folder / "out.tif", "--overview", 0, *options)
            levels = expected[image, method]
            same_levels(output, levels[: 1 + level_count(overviews, blocksize)])
            same_georeferencing(output, bench.scene / image, overview=0)
            as_asked(output, codec, predictor, blocksize, bigtiff)
            valid_cog(output)


def expected_levels(bench: Bench, image: str, method: str) -> list[str]:
    """sha256 of the masked pixels and of more overviews than any block size asks for."""
    with rasterio.open(bench.scene / image, overview_level=0) as raster, rasterio.open(bench.scene / "SCL.tif") as classes:
        masked = np.where(np.isin(classes.read(), (8, 9)), np.uint8(raster.nodata), raster.read()).astype(raster.dtypes[0])
    levels = gdal_masked_cog(masked, bench.scene / image, 0, bench.folder / "reference.tif", blocksize=128,
                             overview_count=MOST_LEVELS, overview_resampling=method)
    assert len(levels) == MOST_LEVELS + 1
    return [sha256(level) for level in levels]


def level_count(overviews: str, blocksize: int, width: int = 387, height: int = 391) -> int:
    """GDAL's rule: halve, rounding down, until one block holds it all."""
    if overviews != "auto":
        return 0 if overviews == "none" else int(overviews)
    count = 0
    while width > blocksize or height > blocksize:
        width, height, count = max(1, width // 2), max(1, height // 2), count + 1
    return count


def as_asked(path: pathlib.Path, codec: str, predictor: str, blocksize: int, bigtiff: str) -> None:
    """The tags say what was asked for, on every level."""
    with tifffile.TiffFile(path) as tiff:
        assert tiff.is_bigtiff == (bigtiff == "yes"), f"BigTIFF is {tiff.is_bigtiff}"
        wanted = {"none": 1, "2": 2, "auto": 1 if codec == "none" else None}[predictor]
        for index, page in enumerate(tiff.pages):
            assert page.compression == CODES[codec], f"compression {page.compression} at level {index}"
            assert wanted in (None, page.predictor), f"predictor {page.predictor} at level {index}"
            assert (page.tilewidth, page.tilelength) == (blocksize, blocksize), f"tiles of {page.tilewidth} at level {index}"
