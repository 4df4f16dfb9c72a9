"""Makes expected.json: what rasterio and numpy say of the scene. Usage: make.py, from anywhere."""

import hashlib
import json
import pathlib

import numpy
import rasterio

HERE = pathlib.Path(__file__).resolve().parent
TESTDATA = HERE.parent.parent / "testdata"


def sha256(array):
    little = array.astype(array.dtype.newbyteorder("<"))
    return hashlib.sha256(numpy.ascontiguousarray(little).tobytes()).hexdigest()


def picture(name, most):
    """Pixel by pixel, without alpha and with it."""
    with rasterio.open(TESTDATA / "scene" / name, overview_level=0) as source:
        samples, mask = source.read(), source.dataset_mask()
    pixels = numpy.moveaxis(samples, 0, -1)
    alpha = numpy.where(mask != 0, most, 0).astype(samples.dtype)
    return {
        "size": [samples.shape[2], samples.shape[1]],
        "plain": sha256(pixels),
        "alpha": sha256(numpy.dstack([pixels, alpha])),
        "invalid": int((mask == 0).sum()),
        "samples": [[band, row, column, int(samples[band, row, column])]
                    for band, row, column in PLACES if band < len(samples)],
    }


def bounds(path):
    """The rectangle that holds the four corners."""
    with rasterio.open(TESTDATA / path) as source:
        transform, width, height = source.transform, source.width, source.height
    corners = [transform * corner for corner in [(0, 0), (width, 0), (0, height), (width, height)]]
    x, y = zip(*corners)
    return [min(x), min(y), max(x), max(y)]


PLACES = [(0, 100, 200), (1, 390, 386), (2, 0, 0), (2, 17, 386)]
BOUNDED = ["scene/visual.tif", "formats/geo-rotated.tif", "formats/geo-south-up.tif", "formats/geo-geographic.tif"]

expected = {
    "visual": picture("visual.tif", 255),
    "B04": picture("B04.tif", 65535),
    "bounds": {path: bounds(path) for path in BOUNDED},
}
(HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
