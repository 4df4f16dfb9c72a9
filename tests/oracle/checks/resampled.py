"""Reads at any size and place, against rasterio's `read` and `dataset_mask`."""
import collections
import itertools
import pathlib
import warnings

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import Resampling
from rasterio.windows import Window

from .bench import Bench, Report

METHODS = {"nearest": "nearest", "average": "average", "mode": "mode", "rms": "rms", "gauss": "gauss", "bilinear": "bilinear",
           "cubic": "cubic", "cubicspline": "cubic_spline", "lanczos": "lanczos"}
TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64")
# Bands, interleaving, validity.
LAYOUTS = ((1, "pixel", None), (1, "pixel", "nodata"), (1, "pixel", "mask"), (3, "pixel", None), (3, "pixel", "nodata"),
           (3, "band", "mask"), (3, "pixel", "mask"), (4, "pixel", "alpha"), (2, "band", "nodata"))
CASES_EACH = 1
SIZE = (331, 277)
LARGE = (1700, 1300)
# Floats may be apart by this part of the largest sample; integers by this much, where kernels are sums of many roundings.
FLOAT_TOLERANCE = {"float32": 2e-7, "float64": 1e-12}


def resampled_reads(bench: Bench, report: Report) -> None:
    """Type, method, ratio, window, overviews, validity and boundless, from a seed."""
    rng = bench.random(11)
    table = collections.defaultdict(collections.Counter)
    with warnings.catch_warnings(), rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        warnings.simplefilter("ignore")
        for path in files(bench, rng):
            with rasterio.open(path) as raster:
                for method in METHODS:
                    for _ in range(CASES_EACH):
                        one(bench, report, table, raster, path, method, rng)
    print(f"{'method':12} cases   equal  within 1  boundless  failed")
    for method, row in table.items():
        print(f"{method:12} {row['cases']:5} {row['equal']:7} {row['near']:9} {row['boundless']:10} {row['cases'] - row['passed']:7}")


def files(bench: Bench, rng: np.random.Generator):
    """One file of each type and layout, every other with overviews; and some of several blocks."""
    for number, (name, layout) in enumerate(itertools.product(TYPES, LAYOUTS)):
        if layout[2] == "alpha" and name not in ("uint8", "uint16"):
            continue
        yield make(bench.folder / f"{number}-{name}-{'-'.join(map(str, layout))}.tif", name, layout, SIZE, number, rng)
    for number, name in enumerate(("uint8", "uint16", "int16", "float32", "float64")):
        for layout in (LAYOUTS[0], LAYOUTS[1], LAYOUTS[6]):
            yield make(bench.folder / f"large-{number}-{name}-{'-'.join(map(str, layout))}.tif", name, layout, LARGE, number, rng)


def make(path: pathlib.Path, name: str, layout, size, number: int, rng: np.random.Generator) -> pathlib.Path:
    bands, interleave, validity = layout
    (width, height), dtype = size, np.dtype(name)
    values = np.stack([content(dtype, size, rng, few=number % 3 == 0) for _ in range(bands)])
    profile = dict(driver="GTiff", width=width, height=height, count=bands, dtype=name, interleave=interleave,
                   transform=Affine(10, 0, 500000, 0, -10, 4000000), compress="deflate")
    if number % 4 != 3:
        profile |= dict(tiled=True, blockxsize=64, blockysize=48)
    holes = rng.random((height, width)) < 0.15
    holes[height // 4: height // 2, width // 3: 2 * width // 3] = True
    if validity == "nodata":
        profile["nodata"] = nodata = 7 if dtype.kind != "f" or number % 2 else float("nan")
        values[:, holes] = nodata
    if validity == "alpha":
        profile |= dict(photometric="RGB", alpha="YES")
        values[3][holes] = 0
    with rasterio.open(path, "w", **profile) as out:
        out.write(values)
        if validity == "mask":
            out.write_mask(~holes)
        if number % 2:
            out.build_overviews([2, 4, 8] if number % 8 < 6 else [3, 7], Resampling.average)
    return path


def content(dtype: np.dtype, size, rng: np.random.Generator, few: bool) -> np.ndarray:
    width, height = size
    if few:
        return rng.integers(0, 12, (height, width)).astype(dtype)
    y, x = np.mgrid[:height, :width]
    wave = 0.5 + 0.3 * np.sin(x / 7 + y / 11) + 0.19 * (rng.random((height, width)) - 0.5)
    low, high = (np.iinfo(dtype).min, np.iinfo(dtype).max) if dtype.kind in "iu" else (-1e4, 1e4)
    # Sums of 64-bit integers beyond 2^53 are GDAL's doubles.
    low, high = max(low, -2.0**45), min(high, 2.0**45)
    return (low + wave * (float(high) - float(low))).astype(dtype)


def one(bench: Bench, report: Report, table, raster, path, method: str, rng: np.random.Generator) -> None:
    boundless = rng.random() < 0.25
    window = random_window(rng, raster, boundless)
    shape = random_shape(rng, window)
    count = raster.count
    bands = list(range(1, count + 1)) if rng.random() < 0.6 else [int(b) for b in rng.permutation(count)[: rng.integers(1, count + 1)] + 1]
    options = ["--window", ",".join(repr(float(v)) for v in (window.col_off, window.row_off, window.width, window.height)),
               "--size", f"{shape[1]}x{shape[0]}", "--resampling", method, "--bands", ",".join(map(str, bands))]
    options += ["--boundless"] if boundless else []
    if boundless and raster.nodata is None and rng.random() < 0.5:
        options += ["--fill", "5"]
    row = table[method]
    row["cases"] += 1
    row["boundless"] += boundless
    with report.case(f"{path.name} {' '.join(options)}"):
        samples, valid = bench.program.read(path, *options, folder=bench.folder)
        expected, expected_valid = by_rasterio(raster, bands, window, shape, method, boundless, "--fill" in options)
        found = np.frombuffer(samples, expected.dtype).reshape(expected.shape)
        if found.tobytes() == expected.tobytes() or same(found, expected):
            row["equal"] += 1
        else:
            close(found, expected, method)
            row["near"] += 1
        if expected_valid is not None:
            found = np.frombuffer(valid, "u1").reshape(shape)
            assert np.array_equal(found, expected_valid), f"validity of {np.count_nonzero(found != expected_valid)} pixels"
        row["passed"] += 1


def by_rasterio(raster, bands, window: Window, shape, method: str, boundless: bool, fill: bool):
    """Samples, and validity where rasterio's rule for it is that of reads within bounds."""
    how = dict(window=window, resampling=Resampling[METHODS[method]])
    if boundless:
        # rasterio reads through a virtual dataset, whose first band read, and no other, goes through virtual overviews of a
        # rounded size: the same band read again differs. So the first band is read twice, and the second counts.
        filled = {"fill_value": 5} if fill else {}
        return raster.read([bands[0], *bands], out_shape=(len(bands) + 1, *shape), boundless=True, **filled, **how)[1:], None
    samples = raster.read(bands, out_shape=(len(bands), *shape), **how)
    if raster.count == 4 and raster.dtypes[3] == "uint16":
        # GDAL's mask of 16-bit alpha does not know overviews, its alpha band does.
        return samples, raster.read(4, out_shape=shape, **how) != 0
    if raster.nodata is None:
        return samples, raster.dataset_mask(out_shape=shape, **how) != 0
    if samples.dtype.kind == "f":
        # Where a result is nodata by accident GDAL writes the next float, which its own mask then takes for nodata.
        valid = ~np.isnan(samples) if np.isnan(raster.nodata) else samples != samples.dtype.type(raster.nodata)
        return samples, valid.any(axis=0)
    return samples, (raster.read_masks(bands, out_shape=(len(bands), *shape), **how) != 0).any(axis=0)


def same(found: np.ndarray, expected: np.ndarray) -> bool:
    return np.array_equal(found, expected, equal_nan=expected.dtype.kind == "f")


def close(found: np.ndarray, expected: np.ndarray, method: str) -> None:
    assert method not in ("nearest", "mode"), f"{np.count_nonzero(found != expected)} of {found.size} samples differ"
    if expected.dtype.kind == "f":
        assert np.array_equal(np.isnan(found), np.isnan(expected)), "NaN elsewhere"
        scale = np.nanmax(np.abs(expected), initial=1.0)
        apart = np.nanmax(np.abs(found.astype("f8") - expected), initial=0.0) / scale
        assert apart <= FLOAT_TOLERANCE[expected.dtype.name], f"apart by {apart} of the largest"
        return
    larger, smaller = np.maximum(found, expected), np.minimum(found, expected)
    apart = int((larger - smaller).max())
    assert apart <= 1 and method != "average", f"{np.count_nonzero(found != expected)} of {found.size} samples differ, by {apart}"


def random_window(rng: np.random.Generator, raster, boundless: bool) -> Window:
    """All, a part, an edge, a part that does not begin with a pixel; or one that leaves the raster."""
    width, height = raster.width, raster.height
    kind = rng.integers(0, 4)
    if boundless:
        column, row = rng.integers(-width // 2, width - 10), rng.integers(-height // 2, height - 10)
        columns, rows = rng.integers(max(1, 5 - column), width + 100), rng.integers(max(1, 5 - row), height + 100)
        return Window(int(column), int(row), int(columns), int(rows))
    if kind == 0:
        return Window(0, 0, width, height)
    column, row = rng.integers(0, width - 20), rng.integers(0, height - 20)
    columns, rows = rng.integers(10, width - column + 1), rng.integers(10, height - row + 1)
    if kind == 1:
        return Window(int(column), int(row), int(columns), int(rows))
    if kind == 2:
        return Window(int(column), int(row), int(width - column), int(height - row))
    # 64ths: rasterio cuts windows by sums, which are exact for them.
    column, row = column + rng.integers(1, 64) / 64, row + rng.integers(1, 64) / 64
    return Window(column, row, float(columns) - 1.25, float(rows) - 1.25)


def random_shape(rng: np.random.Generator, window: Window) -> tuple[int, int]:
    """A power of two smaller, any ratio smaller or larger, or one of each."""
    def axis(length: float, kind: int) -> int:
        ratio = (2 ** -int(rng.integers(1, 5)), rng.uniform(0.02, 1), rng.uniform(1, 3), 2, 1 / 3, 1)[kind]
        return max(1, round(length * ratio))
    kind = int(rng.integers(0, 6))
    other = kind if rng.random() < 0.7 else int(rng.integers(0, 6))
    return axis(window.height, kind), axis(window.width, other)
