#!/usr/bin/env python3
"""Make cases.json and cases.bin of this folder again: summaries by numpy and exact fractions.

    python testdata/statistics/make.py

Needs tests/oracle/requirements.txt. Sums, means and standard deviations are those of Python's fractions, rounded once;
histograms and percentiles are numpy's in float64. Percentiles of types other than integers of 8 and 16 bits are those
of numbers whose mantissas are cut to 11 bits behind the point, and, beside them, the true ones. cogwork has no part in
them.
"""
import fractions
import json
import math
import pathlib

import numpy as np
import rasterio

HERE = pathlib.Path(__file__).resolve().parent
SCENE = HERE.parent / "scene"
PERCENTILES = [0, 2, 25, 50, 90.5, 98, 100]
TYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"]


def main():
    arrays = bytearray()
    report = {"types": [case(dtype, arrays) for dtype in TYPES], "scene": scene()}
    (HERE / "cases.bin").write_bytes(arrays)
    (HERE / "cases.json").write_text(json.dumps(texts(report)) + "\n")


def texts(value):
    """With floating point numbers as text: not every reader of JSON rounds them as Python does."""
    if isinstance(value, dict):
        return {key: texts(part) for key, part in value.items()}
    if isinstance(value, list):
        return [texts(part) for part in value]
    return repr(value) if isinstance(value, float) else value


def case(dtype, arrays):
    """Two bands of 61 x 47 pixels, and how they are summed up: all, without nodata, under a mask."""
    random = np.random.default_rng(TYPES.index(dtype))
    if dtype.startswith("float"):
        pixels = (random.normal(100, 30, (2, 47, 61)) ** 3).astype(dtype)
        nodata = float(pixels[0, 5, 5])
    else:
        limits = np.iinfo(dtype)
        pixels = random.integers(limits.min, limits.max, (2, 47, 61), dtype=dtype, endpoint=True)
        nodata = int(pixels[0, 5, 5])
    pixels[:, 10:20, 30:50] = pixels[0, 5, 5]
    if dtype.startswith("float"):
        pixels[1, 40:, 3] = np.nan
    mask = (random.random((47, 61)) < 0.7).astype("uint8")
    start = len(arrays)
    arrays.extend(pixels.astype(pixels.dtype.newbyteorder("<")).tobytes() + mask.tobytes())
    usual = [(band, np.ones_like(mask, bool)) for band in pixels]
    coded = [(band, band != nodata) for band in pixels]
    masked = [(band, mask > 0) for band in pixels]
    low, high = sorted(float(np.nanpercentile(pixels[0].astype("float64"), part)) for part in (10, 80))
    bins = {"count": 37, "low": low, "high": high}
    summaries = {name: [summary(band[valid], band.size, bins) for band, valid in bands]
                 for name, bands in [("all", usual), ("nodata", coded), ("mask", masked)]}
    return {"type": dtype, "start": start, "size": [61, 47], "invalid": repr(nodata), "bins": bins, **summaries}


def summary(values, pixels, bins):
    values = values[~np.isnan(values)] if values.dtype.kind == "f" else values
    exact = [fractions.Fraction(value.item()) for value in values]
    numbers = values.astype("float64")
    count = len(exact)
    mean = sum(exact) / count
    variance = sum((value - mean) ** 2 for value in exact) / count
    counts, _ = np.histogram(numbers, bins["count"], (bins["low"], bins["high"]))
    small = values.dtype.kind in "iu" and values.dtype.itemsize <= 2
    cut = numbers if small else (numbers.view("uint64") & np.uint64(2**64 - 2**41)).view("float64")
    return {
        "pixels": pixels, "valid": count, "minimum": float(numbers.min()), "maximum": float(numbers.max()),
        "sum": float(sum(exact)), "mean": float(mean), "deviation": root(variance), "counts": counts.tolist(),
        "percentiles": np.percentile(cut, PERCENTILES).tolist(), "true": np.percentile(numbers, PERCENTILES).tolist(),
    }


def root(variance):
    """The root of a fraction, rounded once."""
    return float(fractions.Fraction(math.isqrt(int(variance * 2**400)), 2**200))


def scene():
    """The bands of a picture, and a vegetation index, over the classes of a scene."""
    classes = read("SCL.tif")[0]
    red, near_infrared = (read(name, 0)[0].astype("float32") for name in ("B04.tif", "B08.tif"))
    with np.errstate(invalid="ignore"):
        index = (near_infrared - red) / (near_infrared + red)
    index[(red == 0) | (near_infrared == 0)] = np.nan
    visual = read("visual.tif", 0)
    bins = {"count": 256, "low": -0.5, "high": 255.5}
    spread = {"count": 50, "low": -1.0, "high": 1.0}
    zones = [int(value) for value in np.unique(classes) if value != 0]
    return {
        "bins": bins, "spread": spread,
        "visual": [summary(band[band != 0], band.size, bins) for band in visual],
        "index": {zone: summary(index[classes == zone], int((classes == zone).sum()), spread) for zone in zones},
        "zones": {zone: [summary(band[(classes == zone) & (band != 0)], int((classes == zone).sum()), bins)
                         for band in visual] for zone in zones},
    }


def read(name, overview=None):
    options = {} if overview is None else {"overview_level": overview}
    with rasterio.open(SCENE / name, **options) as raster:
        return raster.read()


if __name__ == "__main__":
    main()
