"""What rioxarray's clip_box and GDAL's warper make of rasters that are here already, on grids of the same coordinate system."""
import pathlib
import warnings

import numpy as np
import rasterio
import rioxarray
from rasterio.enums import Resampling
from rasterio.warp import reproject

METHODS = {"nearest": "nearest", "average": "average", "mode": "mode", "rms": "rms", "bilinear": "bilinear",
           "cubic": "cubic", "cubicspline": "cubic_spline", "lanczos": "lanczos"}
AREAL = ("nearest", "average", "mode", "rms")
# A file, the type that its samples are given in, and grids as (left, top, pixel, columns, rows, methods): finer and coarser
# ones by whole and odd factors, begun anywhere, inside the file and beyond it.
ALL = tuple(METHODS)
GRIDS = (
    ("scene/B04.tif", "uint16", (602000.0, 4996000.0, 20.0, 16, 12, ALL)),
    ("scene/B04.tif", "uint16", (602003.0, 4996001.0, 30.0, 16, 12, ALL)),
    ("scene/B04.tif", "uint16", (602003.7, 4996001.2, 3.1, 16, 12, ALL)),
    ("scene/B04.tif", "float32", (602003.0, 4996001.0, 47.0, 16, 12, ALL)),
    ("scene/B04.tif", "float32", (602000.0, 4996000.0, 10.0, 16, 12, ALL)),
    ("scene/B04.tif", "uint16", (599950.0, 5000105.0, 37.0, 16, 12, AREAL)),
    ("scene/B04.tif", "float32", (607500.0, 4992400.0, 33.0, 16, 12, AREAL)),
    ("scene/SCL.tif", "uint8", (601000.0, 4999000.0, 10.0, 16, 12, ("nearest", "mode"))),
    ("scene/SCL.tif", "uint8", (600000.0, 5000040.0, 320.0, 26, 26, ("nearest", "mode"))),
    ("scene/SCL.tif", "uint8", (590000.0, 5010040.0, 9000.0, 4, 4, ("nearest", "average"))),
)
BOXES = {"scene/SCL.tif": ((601001.0, 4999001.0, 601999.0, 4999999.0), (601000.0, 4999000.0, 602000.0, 5000000.0),
                           (601000.0000001, 4999000.0, 602000.0, 4999999.9999999), (590000.0, 4999000.0, 600100.0, 5100000.0),
                           (600005.0, 4999031.0, 600045.0, 5000039.0)),
         "formats/geo-south-up.tif": ((600013.0, 5000051.0, 600405.0, 5000449.0),)}


def expected(here: pathlib.Path) -> dict:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {"gdal": rasterio.__gdal_version__, "rioxarray": rioxarray.__version__,
                "matched": [match for file, dtype, grid in GRIDS for match in matched(here, file, dtype, grid)],
                "boxes": [box(here, file, bounds) for file, all_bounds in BOXES.items() for bounds in all_bounds]}


def matched(here: pathlib.Path, file: str, dtype: str, grid) -> list[dict]:
    left, top, pixel, columns, rows, methods = grid
    with rasterio.open(here / file) as raster:
        source = raster.read(1).astype(dtype)
        transform = rasterio.Affine(pixel, 0, left, 0, -pixel, top)
        found = []
        for method in methods:
            out = np.zeros((rows, columns), dtype)
            reproject(source, out, src_transform=raster.transform, dst_transform=transform, src_crs=raster.crs,
                      dst_crs=raster.crs, src_nodata=raster.nodata, dst_nodata=raster.nodata or 0,
                      resampling=Resampling[METHODS[method]], num_threads=1, apply_vertical_shift=False)
            if method == "cubicspline" and dtype == "float32" and pixel > raster.transform.a:
                # GDAL leaves out the taps farthest from the centre: 7e-6 of the result. This is the spline itself.
                out = spline(source, ~raster.transform * transform, rows, columns).astype(dtype)
            found.append({"file": file, "dtype": dtype, "method": method, "size": [columns, rows],
                          "transform": list(transform)[:6], "samples": out.ravel().tolist()})
        return found


def spline(source: np.ndarray, affine, rows: int, columns: int) -> np.ndarray:
    """Means weighted by the cubic B-spline, as wide as the pixels of the result."""
    def weights(count: int, length: int, step: float, start: float) -> np.ndarray:
        x = abs(np.arange(length) + 0.5 - (start + (np.arange(count)[:, None] + 0.5) * step)) / step
        weight = np.where(x < 1, (4 - 6 * x**2 + 3 * x**3) / 6, np.clip(2 - x, 0, None) ** 3 / 6)
        return weight / weight.sum(axis=1, keepdims=True)
    down = weights(rows, source.shape[0], affine.e, affine.f)
    return down @ source.astype(float) @ weights(columns, source.shape[1], affine.a, affine.c).T


def box(here: pathlib.Path, file: str, bounds) -> dict:
    """The window that rioxarray cuts, found by its coordinates."""
    with rioxarray.open_rasterio(here / file) as whole:
        cut = whole.rio.clip_box(*bounds, allow_one_dimensional_raster=True)
        column = int(np.argmin(abs(whole.x.values - cut.x.values[0])))
        row = int(np.argmin(abs(whole.y.values - cut.y.values[0])))
        return {"file": file, "bounds": list(bounds), "window": [column, row, cut.rio.width, cut.rio.height],
                "transform": list(cut.rio.transform())[:6]}
