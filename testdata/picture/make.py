#!/usr/bin/env python3
"""Make expected.json of this folder again: pictures of the shipped files by rasterio and numpy.

    python testdata/picture/make.py

Needs tests/oracle/requirements.txt and, for a few colours of each map, matplotlib 3.11. Pixels are read by GDAL at the
picture's size; percentiles are numpy's, classes and colour tables are looked up. cogwork has no part in them.
"""
import hashlib
import json
import pathlib

import matplotlib
import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.windows import Window, from_bounds

HERE = pathlib.Path(__file__).resolve().parent
MAPS = ["viridis", "magma", "inferno", "plasma", "cividis", "turbo"]
SCL = ["000000", "ff0000", "2f2f2f", "643200", "00a000", "ffe65a", "0000ff", "808080", "c0c0c0", "ffffff", "64c8ff", "ff96ff"]

# File, and what cogwork is told: the names are those of `cogwork quicklook`.
CASES = [
    ("scene/visual.tif", {}),
    ("scene/visual.tif", {"size": 200}),
    ("scene/visual.tif", {"size": 97, "resampling": "bilinear"}),
    ("scene/visual.tif", {"window": [100, 50, 64, 32]}),
    ("scene/visual.tif", {"bands": [3, 2, 1], "stretch": "percentile:2,98", "size": 150}),
    ("scene/visual.tif", {"bands": [2], "size": 150}),
    ("scene/B08.tif", {"size": 128}),
    ("scene/B08.tif", {"size": 128, "stretch": "1000,4000"}),
    ("scene/B08.tif", {"size": 128, "stretch": "minmax"}),
    ("scene/B08.tif", {"size": 300, "stretch": "percentile:10,90.5"}),
    ("scene/B08.tif", {"bounds": [601003, 4995001, 604999, 4998777], "size": 111}),
    ("scene/B08.tif", {"size": 24, "colormap": "viridis", "resampling": "average"}),
    ("scene/B08.tif", {"size": 24, "colormap": "turbo", "stretch": "0,3000", "resampling": "cubic"}),
    ("scene/SCL.tif", {"size": 100, "colormap": "scl"}),
    ("facts/palette.tif", {}),
    ("facts/white.tif", {}),
    ("facts/rgba.tif", {}),
    ("facts/rgba16.tif", {}),
    ("facts/gray-alpha.tif", {}),
    ("facts/rgb.tif", {}),
]


def main():
    report = {"maps": {name: colors(name) for name in MAPS}, "cases": [case(*of) for of in CASES]}
    (HERE / "expected.json").write_text(json.dumps(report, indent=1) + "\n")


def colors(name):
    """Every 17th of the 256 colours, rounded."""
    table = np.rint(matplotlib.colormaps[name](np.arange(0, 256, 17))[:, :3] * 255)
    return table.astype(int).tolist()


def case(name, options):
    with rasterio.open(HERE.parent / name) as raster:
        size, samples, opacity, table = read(raster, options)
    colors_of = table_of(options, table)
    if colors_of is not None:
        rgba = np.zeros(opacity.shape + (4,), np.uint8)
        known = (samples[0] < len(colors_of)) & (opacity > 0)
        rgba[known] = colors_of[samples[0][known]]
        rgba[rgba[..., 3] == 0] = 0
        return entry(name, options, size, rgba)
    shares = [share(band, valid, options, samples.dtype == np.uint8 and len(samples) == 3)
              for band, valid in zip(samples.astype("float64"), valid_of(name, samples, opacity))]
    if options.get("colormap") in MAPS:
        steps = np.minimum((shares[0] * 256).astype(int), 255)
        return {"file": name, "options": options, "size": size, "steps": np.where(opacity > 0, steps, -1).ravel().tolist()}
    planes = [np.floor(part * 255 + 0.5).astype(np.uint8) for part in shares]
    rgba = np.stack((planes * 3 if len(planes) == 1 else planes) + [opacity.astype(np.uint8)], axis=-1)
    rgba[opacity == 0] = 0
    return entry(name, options, size, rgba)


def entry(name, options, size, rgba):
    return {"file": name, "options": options, "size": size, "sha256": hashlib.sha256(rgba.tobytes()).hexdigest()}


def read(raster, options):
    """Width and height, the bands of colours, the opacity, and the colour table."""
    table = raster.colormap(1) if raster.colorinterp[0].name == "palette" else None
    if table is None and raster.tags(ns="IMAGE_STRUCTURE").get("MINISWHITE") == "YES":
        table = {value: (255 - value,) * 3 + (255,) for value in range(256)}
    window = Window(*options["window"]) if "window" in options else Window(0, 0, raster.width, raster.height)
    if "bounds" in options:
        window = from_bounds(*options["bounds"], transform=raster.transform)
    width, height = (int(np.floor(length + 0.5)) for length in (window.width, window.height))
    longest = options.get("size", 1024)
    if max(width, height) > longest:
        ratio = longest / max(width, height)
        width, height = max(1, round(width * ratio)), max(1, round(height * ratio))
    nearest = table is not None or options.get("colormap") == "scl"
    method = Resampling[options.get("resampling", "nearest" if nearest else "average")]
    alphas = [band for band, color in enumerate(raster.colorinterp, 1) if color.name == "alpha"]
    shown = options.get("bands") or [band for band in raster.indexes if band not in alphas]
    shown = shown[:3] if len(shown) >= 3 else shown[:1]
    read = lambda bands: raster.read(bands, window=window, out_shape=(len(bands), height, width), resampling=method)
    samples = read(shown)
    opacity = np.full((height, width), 255, np.uint8)
    if alphas:
        alpha = read(alphas)[0]
        opacity = np.floor(alpha / 257 + 0.5).astype(np.uint8) if alpha.dtype == np.uint16 else alpha
    if raster.nodata is not None:
        opacity[(samples == raster.nodata).all(axis=0)] = 0
    return [width, height], samples, opacity, table


def table_of(options, table):
    if options.get("colormap") == "scl":
        return np.array([[int(text[at:at + 2], 16) for at in (0, 2, 4)] + [255] for text in SCL], np.uint8)
    if table is None:
        return None
    return np.array([table.get(value, (0, 0, 0, 0)) for value in range(max(table) + 1)], np.uint8)


def valid_of(name, samples, opacity):
    """The samples that a stretch goes by: those of the scene that are 0 are nodata."""
    for band in samples:
        yield (opacity > 0) & (band != 0) if name.startswith("scene/") else opacity > 0


def share(band, valid, options, is_picture):
    text = options.get("stretch", "none" if is_picture else "percentile:2,98")
    if text == "none":
        low, high = 0.0, 255.0
    elif not valid.any():
        return np.zeros_like(band)
    elif text == "minmax":
        low, high = band[valid].min(), band[valid].max()
    elif text.startswith("percentile:"):
        low, high = np.percentile(band[valid], [float(part) for part in text.removeprefix("percentile:").split(",")])
    else:
        low, high = (float(part) for part in text.split(","))
    return np.clip((band - low) / (high - low), 0, 1) if low < high else (band > high).astype(float)


if __name__ == "__main__":
    main()
