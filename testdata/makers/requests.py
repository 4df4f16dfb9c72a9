"""What rasterio reads at other sizes and places, of files that are here already: digests and places."""
import hashlib
import itertools
import pathlib
import warnings

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.windows import Window, from_bounds

METHODS = {"nearest": "nearest", "average": "average", "mode": "mode", "rms": "rms", "gauss": "gauss", "bilinear": "bilinear",
           "cubic": "cubic", "cubicspline": "cubic_spline", "lanczos": "lanczos"}
# A file, windows, and sizes: halves, odd ratios, larger, one of each.
FILES = ("scene/SCL.tif", "scene/visual.tif", "formats/levels-ceil-planar.tif", "formats/nodata-int16-lowest.tif",
         "formats/nodata-float32-nan.tif", "facts/gray-alpha.tif", "facts/rgba.tif", "formats/one-pixel.tif",
         "formats/levels-one-pixel-wide.tif")
BOUNDS = ("scene/SCL.tif", "formats/geo-south-up.tif", "formats/geo-geographic.tif")


def expected(here: pathlib.Path) -> dict:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {"gdal": rasterio.__gdal_version__,
                "reads": [read for name in FILES for read in reads(here, name)],
                "bounds": [bounds(here, name) for name in BOUNDS]}


def reads(here: pathlib.Path, name: str) -> list[dict]:
    with rasterio.open(here / name) as raster:
        width, height = raster.width, raster.height
        inner = (width // 3, height // 4, max(1, width // 2), max(1, height // 3))
        whole = (0, 0, width, height)
        places = [(whole, (-(-width // 2), -(-height // 2))), (whole, (max(1, width * 3 // 17), max(1, height * 5 // 23))),
                  (inner, (inner[2] * 2 + 1, max(1, inner[3] // 3)))]
        if min(inner[2:]) > 2:
            moved = (inner[0] + 0.375, inner[1] + 0.75, inner[2] - 1.5, inner[3] - 1.25)
            places.append((moved, (inner[2] // 2, inner[3] * 2)))
        found = [read(raster, name, window, size, method, False)
                 for (window, size), method in itertools.product(places, METHODS)]
        # rasterio is asked where it does not go through virtual overviews, which move pixels of the first band.
        if not raster.overviews(1) and raster.nodata is None and width > 4:
            beyond = (-width // 4, height // 2, width, height)
            found += [read(raster, name, beyond, (width // 2 + 1, height * 2), method, True) for method in METHODS]
        return found


def read(raster, name: str, window, size, method: str, boundless: bool) -> dict:
    how = dict(window=Window(*window), boundless=boundless, resampling=Resampling[METHODS[method]])
    shape = (size[1], size[0])
    samples = raster.read(out_shape=(raster.count, *shape), **how)
    case = {"file": name, "window": list(window), "size": list(size), "resampling": method, "boundless": boundless,
            "samples": digest(samples.astype(samples.dtype.newbyteorder("<")))}
    if not boundless:
        valid = raster.dataset_mask(out_shape=shape, **how)
        case["valid"] = digest((valid != 0).astype("u1"))
    return case


def bounds(here: pathlib.Path, name: str) -> dict:
    """Bounds that cut pixels, their window, and the transform of 7 x 5 pixels between them."""
    with rasterio.open(here / name) as raster:
        edges = [raster.transform * place for place in ((0.25, 1.5), (raster.width * 0.75, raster.height - 0.5))]
        (left, one), (right, other) = edges
        bottom, top = min(one, other), max(one, other)
        low, high = (bottom, top) if raster.transform.e < 0 else (top, bottom)
        window = from_bounds(left, low, right, high, raster.transform)
        transform = raster.window_transform(window) * rasterio.Affine.scale(window.width / 7, window.height / 5)
        return {"file": name, "bounds": [left, bottom, right, top], "size": [7, 5],
                "window": [window.col_off, window.row_off, window.width, window.height], "transform": list(transform)[:6]}


def digest(array: np.ndarray) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()
