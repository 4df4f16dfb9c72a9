"""Reading: the shipped files, and a larger product of properties made on the fly."""
import json
import pathlib

import numpy as np
from makers import expect
from makers.formats import product, write

from .bench import Bench, Report
from .compare import digest


def shipped_formats(bench: Bench, report: Report) -> None:
    """testdata/formats: `info --json`, and every level's samples and validity."""
    folder = bench.root / "testdata" / "formats"
    against(bench, report, folder, json.loads((folder / "expected.json").read_text())["files"])


def full_product(bench: Bench, report: Report) -> None:
    """Every type x codec x predictor x planar configuration x byte order, as GDAL reads them."""
    folder = bench.folder / "files"
    folder.mkdir()
    against(bench, report, folder, {path.name: expect.entry(path) for path in (write(case, folder) for case in product())})


def against(bench: Bench, report: Report, folder: pathlib.Path, entries: dict) -> None:
    for name, entry in entries.items():
        with report.case(f"{name} info"):
            told_right(bench.program.info(folder / name), entry)
        for index, level in enumerate(entry["levels"]):
            with report.case(f"{name} level {index}"):
                options = () if index == 0 else ("--overview", index - 1)
                samples, valid = bench.program.read(folder / name, *options, folder=bench.folder)
                size = level["width"] * level["height"]
                assert len(samples) == size * entry["bands"] * np.dtype(entry["dtype"]).itemsize, f"{len(samples)} bytes"
                assert digest(samples) == level["sha256"], "other samples"
                assert len(valid) == size and set(valid) <= {0, 1}, "the mask is not one byte 0 or 1 for each pixel"
                assert index or digest(valid) == entry["valid_sha256"], "another validity"


def told_right(told: dict, entry: dict) -> None:
    same = {key: told[key] for key in ("width", "height", "bands", "dtype", "epsg", "byte_order", "bigtiff")}
    same |= {"predictor": number(told["predictor"]),
             "compression": str(told["compression"]).lower(), "interleave": told["interleave"]}
    wrong = {key: value for key, value in same.items() if value != entry[key]}
    assert not wrong, f"info says {wrong}, expected {({key: entry[key] for key in wrong})}"
    assert same_nodata(told["nodata"], entry), f"nodata {told['nodata']!r}, expected {entry['nodata']!r}"
    assert same_transform(told["transform"], entry["transform"]), f"transform {told['transform']}, expected {entry['transform']}"
    sizes = [(level["width"], level["height"]) for level in entry["levels"]]
    assert [(level["width"], level["height"]) for level in told["levels"]] == sizes, f"levels {told['levels']}, expected {sizes}"
    assert list(told["levels"][0]["tile"]) == entry["tile"], f"tile {told['levels'][0]['tile']}, expected {entry['tile']}"


def number(predictor) -> int:
    """`none`, null and 1 are the same predictor."""
    return {None: 1, "none": 1, "horizontal": 2, "float": 3, "floating_point": 3}.get(predictor) or int(predictor)


def same_nodata(told, entry: dict) -> bool:
    """Integers by their digits, floats by their value in the file's type. JSON has no NaN, so text is as good as a number."""
    expected = entry["nodata"]
    if told is None or expected is None:
        return told is None and expected is None
    if "int" in entry["dtype"]:
        return str(told) == expected
    kind = np.dtype(entry["dtype"]).type
    return bool(np.array_equal(kind(float(told)), kind(float(expected)), equal_nan=True))


def same_transform(told, expected) -> bool:
    if told is None or expected is None:
        return told is None and expected is None
    return bool(np.allclose(told, expected, rtol=1e-12, atol=1e-9))
