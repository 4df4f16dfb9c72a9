"""Overviews of whole files against GDAL's COG driver: every method, type, kind of validity and odd size, all levels."""
import collections
import concurrent.futures
import itertools
import os
import pathlib
import random
import tempfile
from dataclasses import dataclass

import numpy as np
import rasterio
import rasterio.shutil
from kernels import METHODS, TYPES, content, holes

from .bench import Bench, Program, Report

SIZES = [(1, 1), (2, 3), (300, 260), (513, 300), (512, 256), (511, 257), (257, 129), (129, 513), (1, 700), (700, 1), (531, 133),
         (1025, 65), (2049, 3), (3, 1000), (127, 128)]
KINDS = ("few", "full", "smooth")
VALIDITY = ("none", "nodata", "mask", "mask and nodata")
BLOCK = 128
EACH = 3


@dataclass(frozen=True)
class Case:
    method: str
    dtype: str
    validity: str
    size: tuple[int, int]
    kind: str
    seed: int

    def __str__(self) -> str:
        return f"overviews {self.method} {self.dtype} {self.validity} {self.size[0]}x{self.size[1]} {self.kind} seed {self.seed}"


def overviews(bench: Bench, report: Report) -> None:
    """Overviews by every method x type x validity x odd size: values, masks and alpha as GDAL's COG driver, pixel for pixel."""
    counts = collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        chosen = cases()
        for case, (levels, left_out, wrong) in zip(chosen, pool.map(outcome, [bench] * len(chosen), chosen, chunksize=16)):
            with report.case(str(case)):
                assert wrong is None, wrong
            counts["levels compared"] += levels
            counts.update(left_out)
    with report.case("overviews of large pixel-interleaved files whose tiles differ in size only"):
        tiles_of_the_source(bench)
    for what, count in sorted(counts.items()):
        print(f"  {count:5} {what}")
    assert counts["levels compared"] > 3 * EACH * len(METHODS) * len(TYPES), f"too few levels: {counts}"


def tiles_of_the_source(bench: Bench) -> None:
    """GDAL takes means of means, but of a file in larger tiles some means of the base, so that the same pixels have other
    overviews. Ours are means of means, whatever the tiles: those that GDAL makes of the smaller tiles."""
    pixels = bench.random(4096).integers(0, 256, (3, 4096, 4096), "uint8")
    gdals, ours = [], []
    with tempfile.TemporaryDirectory(dir=bench.folder) as name:
        source, reference, output = (pathlib.Path(name) / f"{each}.tif" for each in ("source", "reference", "output"))
        for block in (256, 1024):
            with rasterio.open(source, "w", driver="GTiff", width=4096, height=4096, count=3, dtype="uint8", nodata=0, tiled=True,
                               blockxsize=block, blockysize=block, interleave="pixel") as made:
                made.write(pixels)
            rasterio.shutil.copy(source, reference, driver="COG", compress="NONE", overview_resampling="average")
            bench.program.succeed("convert", source, "-o", output, "--compress", "none", "--blocksize", 512, "--resampling", "average")
            gdals.append([level[0] for level in levels(reference)])
            ours.append([level[0] for level in levels(output)])
    assert len(ours[0]) == len(gdals[0]) > 2
    for small, large, reference in zip(*ours, gdals[0]):
        assert np.array_equal(small, reference) and np.array_equal(large, reference)
    assert not np.array_equal(gdals[0][2], gdals[1][2]), "GDAL's no longer depend on the tiles: compare with both"


def cases() -> list[Case]:
    """Some sizes and contents for each method, type and kind of validity."""
    kinds = [(dtype, validity) for dtype in TYPES for validity in VALIDITY]
    kinds += [(dtype, "NaN nodata") for dtype in ("float32", "float64")]
    kinds += [(dtype, f"alpha of {bands}") for dtype in ("uint8", "uint16") for bands in (2, 4)]
    pick, chosen = random.Random(5), []
    for method, (dtype, validity) in itertools.product(METHODS, kinds):
        for size in pick.sample(SIZES, EACH):
            chosen.append(Case(method, dtype, validity, size, pick.choice(KINDS), len(chosen)))
    return chosen


def outcome(bench: Bench, case: Case) -> tuple[int, list[str], str | None]:
    """How many levels were compared, why others were not, and what is wrong."""
    with tempfile.TemporaryDirectory(dir=bench.folder) as name, rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True, GDAL_NUM_THREADS="1"):
        try:
            return compared(bench.program, case, pathlib.Path(name))
        except Exception as error:  # noqa: BLE001 - any way to fail is a failed case
            return 0, [], str(error) if isinstance(error, AssertionError) else repr(error)


def compared(program: Program, case: Case, folder: pathlib.Path) -> tuple[int, list[str], str | None]:
    source, reference, output = (folder / f"{name}.tif" for name in ("source", "reference", "output"))
    write(source, case)
    rasterio.shutil.copy(source, reference, driver="COG", blocksize=BLOCK, compress="NONE", overview_resampling=case.method)
    program.succeed("convert", source, "-o", output, "--blocksize", BLOCK, "--compress", "none", "--resampling", case.method)
    found, wanted = levels(output), levels(reference)
    assert [a[0].shape for a in found] == [a[0].shape for a in wanted], f"levels of {[a[0].shape for a in found]}"
    for index, ((ours, our_mask), (gdals, gdal_mask)) in enumerate(zip(found, wanted)):
        reason = undefined(case, found[:index + 1], wanted[:index + 1]) if index else None
        if reason:
            return index - 1, [f"{reason}: left out from there on"], None
        differs = (ours != gdals) & ~((ours != ours) & (gdals != gdals))
        if differs.any():
            place = tuple(int(axis[0]) for axis in np.nonzero(differs))
            return index, [], f"level {index}: {np.count_nonzero(differs)} samples, at {place} {ours[place]}, GDAL has {gdals[place]}"
        if index and case.validity == "nodata" and "int64" in case.dtype:
            # GDAL writes no GDAL_NODATA into overviews of 64-bit integers, so it reads them as all valid.
            assert (gdal_mask == 255).all(), "it needs no exception"
            gdal_mask = np.where(gdals == 2, 0, 255)
        if not np.array_equal(our_mask, gdal_mask):
            return index, [], f"level {index}: another mask at {np.count_nonzero(our_mask != gdal_mask)} pixels"
    return len(found) - 1, [], None


def undefined(case: Case, ours: list, gdals: list) -> str | None:
    """Where GDAL's own answer is none to follow."""
    if case.dtype == "uint64" and "nodata" in case.validity:
        most, least = np.uint64(2 ** 64 - 1), np.uint64(0)
        if any(((a == most) & (b == least)).any() for (a, _), (b, _) in zip(ours, gdals)):
            return "uint64 that a kernel takes beyond 2^64 becomes 0 in GDAL"
    return None


def write(path: pathlib.Path, case: Case) -> None:
    dtype, (width, height) = np.dtype(case.dtype), case.size
    bands = int(case.validity[-1]) if "alpha" in case.validity else 1 + case.seed % 2
    planes = np.stack([content(case.kind, dtype, case.size, case.seed * 4 + band) for band in range(bands)])
    nodata = {"NaN nodata": float("nan"), "nodata": 2, "mask and nodata": 3}.get(case.validity)
    if nodata is not None:
        planes = np.stack([holes(plane, nodata, case.seed + band) for band, plane in enumerate(planes)])
    profile = {"photometric": "RGB" if bands == 4 else "MINISBLACK", "alpha": "YES"} if "alpha" in case.validity else {}
    if "alpha" in case.validity:
        if dtype.itemsize > 1:
            # A fifth is nearly transparent: GDAL weighs alpha by itself otherwise there than other bands.
            faint = np.random.default_rng(case.seed).random(planes[-1].shape) < 0.2
            planes[-1][faint] %= 300
        planes[-1] = holes(planes[-1], 0, case.seed)
    with rasterio.open(path, "w", driver="GTiff", width=width, height=height, count=bands, dtype=case.dtype, nodata=nodata, **profile) as raster:
        raster.write(planes)
        if "mask" in case.validity:
            raster.write_mask(holes(np.full((height, width), 255, "u1"), 0, case.seed))


def levels(path: pathlib.Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Samples and masks of the base and of every overview."""
    with rasterio.open(path) as raster:
        found, count = [(raster.read(), raster.read_masks())], len(raster.overviews(1))
    for index in range(count):
        with rasterio.open(path, overview_level=index) as raster:
            found.append((raster.read(), raster.read_masks()))
    return found
