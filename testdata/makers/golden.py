"""Small uncompressed COGs by GDAL's COG driver, which the writer reproduces to the byte; kept as zlib streams."""
import pathlib
import tempfile
import zlib

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.transform import from_origin

WIDTH, HEIGHT = 300, 180
METADATA = {"AREA": "north", "TITLE": "odd"}


def make(folder: pathlib.Path) -> dict:
    files = {}
    with tempfile.TemporaryDirectory() as scratch, rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        for name, case in cases().items():
            source, target = (pathlib.Path(scratch) / f"{name}-{which}.tif" for which in ("source", "cog"))
            write(source, **case)
            rasterio.shutil.copy(source, target, driver="COG", BLOCKSIZE=128, COMPRESS="NONE", OVERVIEW_RESAMPLING="AVERAGE",
                                 **case.get("options", {}))
            (folder / f"{name}.tif.zlib").write_bytes(zlib.compress(target.read_bytes(), 9))
            with rasterio.open(target) as raster:
                files[name] = {"bigtiff": case.get("options", {}).get("BIGTIFF") == "YES",
                               "overviews": len(raster.overviews(1)), "length": target.stat().st_size}
    return {"oracle": f"GDAL {rasterio.__gdal_version__} through rasterio {rasterio.__version__}", "files": files}


def cases() -> dict:
    return {
        "masked": dict(dtype="uint8", bands=1, masked=True),
        "five-bands": dict(dtype="uint16", bands=5),
        "big": dict(dtype="int16", bands=1, nodata=-9999, options={"BIGTIFF": "YES"}),
        "nodata-metadata": dict(dtype="uint8", bands=1, nodata=255, metadata=METADATA, system="EPSG:32631"),
        "one-tile-odd-values": dict(dtype="uint8", bands=1, nodata=100, metadata=METADATA, width=100, height=90),
        "one-tile-big": dict(dtype="uint8", bands=3, metadata=METADATA, width=100, height=90, options={"BIGTIFF": "YES"}),
        "rgb-masked": dict(dtype="uint8", bands=3, masked=True),
    }


def write(path: pathlib.Path, dtype: str, bands: int, nodata=None, masked=False, metadata=None, system=None, width=WIDTH, height=HEIGHT,
          options=None) -> None:
    row, column = np.mgrid[:height, :width]
    planes = np.stack([(row // 9 * 7 + column // 11 * 5 + 31 * band) % 251 for band in range(bands)]).astype(dtype)
    place = {"crs": system, "transform": from_origin(600000, 5000040, 20, 20)} if system else {}
    with rasterio.open(path, "w", driver="GTiff", width=width, height=height, count=bands, dtype=dtype, nodata=nodata, **place) as raster:
        raster.write(planes)
        if metadata:
            raster.update_tags(**metadata)
        if masked:
            raster.write_mask((row // 20 + column // 30) % 4 > 0)
