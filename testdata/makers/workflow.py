"""The main job as a Python user does it today, in rioxarray on GDAL: checksums of every step.

Checksums are sha256 of little-endian, band-sequential samples.
"""
import pathlib
import tempfile

import numpy as np
import pystac
import rasterio
import rioxarray

from .expect import sha256

METHODS = ("nearest", "average", "bilinear", "cubic", "mode", "rms", "cubicspline", "lanczos", "gauss")


def expected(folder: pathlib.Path, blocksize: int) -> dict:
    asset = last_item_assets(folder)
    visual = rioxarray.open_rasterio(asset["visual"], overview_level=0).load()
    classes = rioxarray.open_rasterio(asset["SCL"]).load()
    assert classes.rio.resolution() == visual.rio.resolution()
    cloud = classes.squeeze("band", drop=True).isin([8, 9]).assign_coords(x=visual.x, y=visual.y)
    clear = visual.where(~cloud, other=visual.rio.nodata)
    return {
        "oracle": f"rioxarray {rioxarray.__version__}, GDAL {rasterio.__gdal_version__}",
        "blocksize": blocksize,
        "resolution": list(visual.rio.resolution()),
        "visual_overview0": {"shape": list(visual.shape), "sha256": sha256(visual.values)},
        "scl": {"shape": list(classes.shape), "sha256": sha256(classes.values)},
        "cloud_pixels": int(cloud.sum()),
        "masked": {"shape": list(clear.shape), "sha256": sha256(clear.values), "nodata": float(visual.rio.nodata)},
        "overviews": {method: overviews(clear, method, blocksize) for method in METHODS},
        "ndvi": ndvi(asset),
    }


def last_item_assets(folder: pathlib.Path) -> dict[str, str]:
    last = pystac.ItemCollection.from_file(str(folder / "mysearch.json")).items[-1]
    return {key: str(folder / asset.href) for key, asset in last.assets.items()}


def overviews(clear, method: str, blocksize: int) -> list[dict]:
    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder) / "masked.tif")
        clear.rio.to_raster(path, driver="COG", compress="DEFLATE", blocksize=blocksize, overview_resampling=method)
        with rasterio.open(path) as raster:
            count = len(raster.overviews(1))
        levels = []
        for index in range(count):
            with rasterio.open(path, overview_level=index) as level:
                levels.append({"shape": [level.count, level.height, level.width], "sha256": sha256(level.read())})
        return levels


def ndvi(asset: dict[str, str]) -> dict:
    red = rioxarray.open_rasterio(asset["B04"], masked=True)
    near_infrared = rioxarray.open_rasterio(asset["B08"], masked=True)
    index = ((near_infrared - red) / (near_infrared + red)).values
    return {"dtype": str(index.dtype), "shape": list(index.shape), "nan": int(np.isnan(index).sum()),
            "mean": float(np.nanmean(index.astype("f8"))), "min": float(np.nanmin(index)), "max": float(np.nanmax(index)),
            "sha256": sha256(index)}
