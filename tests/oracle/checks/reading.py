"""Reading: thousands of files of mixed properties, every level against GDAL."""
import collections
import concurrent.futures
import os
import pathlib
import tempfile
from dataclasses import dataclass

import numpy as np
import rasterio
from makers import expect
from makers.reading import AXES, NODATA, Case, chosen, write_nodata
from rasterio.enums import MaskFlags

from .bench import Bench, Report

CASES = 1200


def mixed_files(bench: Bench, report: Report) -> None:
    """Writers x types x codecs x layouts x validity x overviews: every legal pair of values in some file."""
    counts = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for case, failure in pool.map(lambda case: (case, outcome(bench, case)), chosen(CASES)):
            with report.case(f"reading {case.file_name()}"):
                assert failure is None, failure
            if failure is None:
                counts.update((name, getattr(case, name)) for name in AXES)
    for name, values in AXES.items():
        print(f"  {name}: " + ", ".join(f"{value} {counts[name, value]}" for value in values))


def nodata_texts(bench: Bench, report: Report) -> None:
    """Nodata at the ends of each type, beyond 2^53, out of range, NaN, and in every way to write a number."""
    for number, (dtype, text) in enumerate((dtype, text) for dtype, texts in NODATA.items() for text in texts):
        reason = NODATA_APART.get((dtype, text))
        with report.case(f"nodata {dtype} {text!r}"):
            path = bench.folder / "case.tif"
            write_nodata(path, dtype, text, big_endian=number % 2 == 1)
            if reason is None:
                same_as_gdal(bench, path, bench.folder)
            else:
                assert not same(bench, path), f"it needs no exception ({reason})"
                print(f"  {dtype} {text!r} is not read as by GDAL: {reason}")


# What is read in another way on purpose, and why.
NODATA_APART = {
    ("int64", "1e3"): "GDAL stops at the e and takes 1; it is no integer's text here",
    ("uint64", "-1"): "GDAL wraps it to 2^64 - 1; here it is out of range and matches nothing",
    ("uint8", "7.5"): "GDAL cuts it to 7; no sample is 7.5",
    ("uint8", "abc"): "GDAL takes what is no number for 0",
    ("float32", "-nan"): "GDAL takes it for 0",
    ("float32", "3.4e38"): "GDAL's comparison overflows and the largest float counts as equal",
    ("float32", "-1.79769313486231571e+308"): "GDAL makes it -inf; here it is out of range and matches nothing",
}


def same(bench: Bench, path: pathlib.Path) -> bool:
    try:
        same_as_gdal(bench, path, bench.folder)
    except (AssertionError, ValueError):
        return False
    return True


def outcome(bench: Bench, case: Case) -> str | None:
    """What is wrong with a case."""
    with tempfile.TemporaryDirectory(dir=bench.folder) as name:
        folder = pathlib.Path(name)
        try:
            path = case.write(folder)
        except Exception as error:  # noqa: BLE001 - a case that cannot be made is no case passed
            return f"cannot be written: {error!r}"
        try:
            same_as_gdal(bench, path, folder, near=2 if case.codec == "jpeg" else 0)
        except Exception as error:  # noqa: BLE001 - any way to fail is a failed case
            return str(error) if isinstance(error, AssertionError) else repr(error)
    return None


@dataclass(frozen=True)
class Level:
    samples: np.ndarray
    valid: np.ndarray


def same_as_gdal(bench: Bench, path: pathlib.Path, folder: pathlib.Path, near: int = 0) -> None:
    """Type, nodata, sizes, samples and validity of every level. `near` is what samples may differ by."""
    levels, nodata = gdal(path)
    told = bench.program.info(path)
    kind = levels[0].samples.dtype
    assert told["dtype"] == kind.name, f"type {told['dtype']}, expected {kind.name}"
    same_nodata(told["nodata"], nodata, kind)
    found = [(level["width"], level["height"]) for level in told["levels"]]
    sizes = [level.samples.shape[:0:-1] for level in levels]
    assert found == sizes, f"levels {found}, expected {sizes}"
    for index, level in enumerate(levels):
        options = ("--overview", index - 1) if index else ()
        samples, valid = bench.program.read(path, *options, folder=folder)
        same_samples(np.frombuffer(samples, kind), level.samples.ravel(), near, index)
        wrong = np.flatnonzero(np.frombuffer(valid, np.uint8) != level.valid.ravel())
        assert not wrong.size, f"level {index}: another validity at {wrong.size} pixels, first {wrong[0]}"


def gdal(path: pathlib.Path) -> tuple[list[Level], str | None]:
    """Every level, and the base's nodata as text."""
    with rasterio.open(path) as raster:
        levels, count = [level_of(raster)], len(raster.overviews(1))
        nodata = expect.nodata_text(raster, path)
    for index in range(count):
        with rasterio.open(path, overview_level=index) as raster:
            levels.append(level_of(raster))
    return levels, nodata


def level_of(raster) -> Level:
    """Valid is what the mask of the dataset calls valid, or else that of any band: rasterio's `dataset_mask` without its
    own rule for four bands with nodata."""
    whole = MaskFlags.per_dataset in raster.mask_flag_enums[0]
    masks = raster.read_masks(1)[None] if whole else raster.read_masks()
    return Level(raster.read(), (masks != 0).any(axis=0).astype(np.uint8))


def same_samples(found: np.ndarray, expected: np.ndarray, near: int, index: int) -> None:
    assert found.size == expected.size, f"level {index}: {found.size} samples, expected {expected.size}"
    if near:
        apart = int(np.abs(found.astype(int) - expected).max())
        assert apart <= near, f"level {index}: samples {apart} apart"
    elif found.tobytes() != expected.tobytes():
        wrong = np.flatnonzero((found != expected) & ~(np.isnan(found) & np.isnan(expected)))
        assert not wrong.size, f"level {index}: {wrong.size} other samples, at {wrong[0]} {found[wrong[0]]} for {expected[wrong[0]]}"


def same_nodata(told, expected: str | None, kind: np.dtype) -> None:
    """Integers by their digits, floats by their value in the file's type."""
    if told is None or expected is None or kind.kind in "iu":
        same = (told is None) == (expected is None) and (told is None or str(told) == expected)
    else:
        same = np.array_equal(kind.type(float(told)), kind.type(float(expected)), equal_nan=True)
    assert same, f"nodata {told!r}, expected {expected!r}"
