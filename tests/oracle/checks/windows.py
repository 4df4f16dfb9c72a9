"""Windows and bands of `read`, against rasterio."""
import numpy as np
import rasterio
from rasterio.windows import Window

from .bench import Bench, Report

FILES = ("scene/visual.tif", "scene/B04.tif", "scene/SCL.tif", "formats/levels-ceil.tif", "formats/levels-ceil-planar.tif",
         "formats/levels-floor-big.tif", "formats/levels-ceil-big-endian.tif", "formats/sparse-planar.tif",
         "formats/geo-rotated.tif", "formats/one-pixel.tif")
WINDOWS_EACH = 8


def windows_and_bands(bench: Bench, report: Report) -> None:
    """Random windows and band lists on every level, from a seed."""
    rng = bench.random(4)
    for name in FILES:
        path = bench.root / "testdata" / name
        with rasterio.open(path) as raster:
            overviews = len(raster.overviews(1))
        for index in (None, *range(overviews)):
            level = {} if index is None else {"overview_level": index}
            with rasterio.open(path, **level) as raster:
                for _ in range(WINDOWS_EACH):
                    one(bench, report, raster, path, index, random_window(rng, raster), random_bands(rng, raster.count))


def random_window(rng: np.random.Generator, raster) -> Window:
    column, row = rng.integers(0, raster.width), rng.integers(0, raster.height)
    return Window(column, row, rng.integers(1, raster.width - column + 1), rng.integers(1, raster.height - row + 1))


def random_bands(rng: np.random.Generator, count: int) -> list[int]:
    """Any bands in any order; sometimes all."""
    return [int(b) for b in rng.permutation(np.arange(1, count + 1))[: rng.integers(1, count + 1)]]


def one(bench: Bench, report: Report, raster, path, index: int | None, window: Window, bands: list[int]) -> None:
    place = ",".join(str(int(v)) for v in (window.col_off, window.row_off, window.width, window.height))
    options = ["--window", place, "--bands", ",".join(map(str, bands))] + (["--overview", index] if index is not None else [])
    with report.case(f"{path.name} {' '.join(str(o) for o in options)}"):
        samples, _ = bench.program.read(path, *options, folder=bench.folder)
        expected = raster.read(bands, window=window)
        found = np.frombuffer(samples, expected.dtype)
        assert found.size == expected.size, f"{found.size} samples, expected {expected.size}"
        assert found.tobytes() == expected.tobytes(), "other samples"
