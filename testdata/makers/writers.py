"""The two writers: GDAL (libtiff) and tifffile, which shares no code with it."""
import pathlib
import warnings

import numpy as np
import rasterio
import tifffile
from affine import Affine
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning

LEFT, TOP, STEP = 600000.0, 5000040.0, 10.0
LAEA = "+proj=laea +lat_0=48.5 +lon_0=9.25 +x_0=100 +y_0=200 +ellps=GRS80 +units=m"
CODECS = {"none": None, "deflate": "ADOBE_DEFLATE", "deflate32946": "DEFLATE", "lzw": "LZW", "zstd": "ZSTD",
          "packbits": "PACKBITS"}

warnings.filterwarnings("ignore", category=NotGeoreferencedWarning)


def write_gdal(path: pathlib.Path, case, samples: np.ndarray) -> None:
    options = gdal_options(case) | gdal_geo(case.geo)
    tags = options.pop("tags", {})
    if samples.dtype == np.float16:
        samples, options = samples.astype(np.float32), options | {"nbits": 16}
    bands, height, width = samples.shape
    with rasterio.Env(GDAL_TIFF_OVR_BLOCKSIZE="64", GDAL_TIFF_INTERNAL_MASK=True):
        with rasterio.open(path, "w", width=width, height=height, count=bands, dtype=samples.dtype.name,
                           **options) as raster:
            raster.update_tags(**tags)
            raster.write(samples)
        if case.overviews == "add":
            with rasterio.open(path, "r+") as raster:
                raster.build_overviews([2, 4, 8] if width > 1 else [2, 4], Resampling.nearest)


def gdal_options(case) -> dict:
    options = {"compress": case.codec, "bigtiff": {"big": "YES", "classic": "NO"}[case.form]}
    if case.predictor > 1:
        options["predictor"] = case.predictor
    if case.sparse:
        options["sparse_ok"] = True
    if case.nodata is not None:
        options["nodata"] = int(case.nodata) if "int" in case.dtype else float(case.nodata)
    if case.overviews == "cog":
        return options | {"driver": "COG", "blocksize": 128, "overview_resampling": "NEAREST",
                          "predictor": "YES" if case.predictor > 1 else "NO"}
    return options | {
        "driver": "GTiff", "tiled": True, "blockxsize": case.tile[0], "blockysize": case.tile[1],
        "interleave": {1: "pixel", 2: "band"}[case.planar], "endianness": case.endian,
    }


def gdal_geo(kind: str) -> dict:
    """Creation options of a georeferencing kind."""
    north_up = Affine(STEP, 0, LEFT, 0, -STEP, TOP)
    rotated = Affine(9.5, 2.25, LEFT, 1.75, -9.75, TOP)
    return {
        "projected": {"crs": "EPSG:32631", "transform": north_up},
        "geographic": {"crs": "EPSG:4326", "transform": Affine(0.001, 0, 4.25, 0, -0.0005, 45.125)},
        "none": {},
        "no-crs": {"transform": north_up},
        "rotated": {"crs": "EPSG:32631", "transform": rotated},
        "south-up": {"crs": "EPSG:32631", "transform": Affine(STEP, 0, LEFT, 0, STEP, TOP)},
        "point": {"crs": "EPSG:32631", "transform": north_up, "tags": {"AREA_OR_POINT": "Point"}},
        "point-rotated": {"crs": "EPSG:32631", "transform": rotated, "tags": {"AREA_OR_POINT": "Point"}},
        "user-crs": {"crs": LAEA, "transform": north_up},
        "version-1-1": {"crs": "EPSG:4326", "transform": Affine(0.5, 0, -10, 0, -0.5, 60), "geotiff_version": "1.1"},
    }[kind]


def write_tifffile(path: pathlib.Path, case, samples: np.ndarray) -> None:
    if case.planar == 1 and case.bands > 1:
        samples = np.moveaxis(samples, 0, -1)
    elif case.bands == 1:
        samples = samples[0]
    order = {"big": ">", "little": "<"}[case.endian]
    tags = tifffile_geo(case.geo)
    if case.nodata is not None:
        tags.append((42113, "s", 0, case.nodata, True))
    more = {"planarconfig": {1: "contig", 2: "separate"}[case.planar]} if case.bands > 1 else {}
    if case.predictor > 1:
        more["predictor"] = case.predictor
    with tifffile.TiffWriter(path, bigtiff=case.form == "big", byteorder=order) as tiff:
        tiff.write(np.ascontiguousarray(samples), tile=case.tile[::-1], photometric="minisblack", metadata=None,
                   compression=CODECS[case.codec], software=False, extratags=tags, **more)


def tifffile_geo(kind: str) -> list[tuple]:
    """The GeoTIFF tags of a kind, written by hand."""
    def scale(x, y):
        return (33550, "d", 3, (x, y, 0.0), True)

    def ties(*values):
        return (33922, "d", len(values), values, True)

    def keys(*entries):
        directory = (1, 1, 0, len(entries)) + tuple(number for entry in entries for number in entry)
        return (34735, "H", len(directory), directory, True)

    area, point = (1025, 0, 1, 1), (1025, 0, 1, 2)
    utm = ((1024, 0, 1, 1), area, (3072, 0, 1, 32631))
    matrix = (34264, "d", 16, (9.5, 2.25, 0, LEFT, 1.75, -9.75, 0, TOP, 0, 0, 0, 0, 0, 0, 0, 1.0), True)
    corners = (0, 0, 0, LEFT, TOP, 0, 70, 0, 0, LEFT + 700, TOP + 5, 0, 0, 50, 0, LEFT - 5, TOP - 500, 0)
    return list({
        "projected": (scale(STEP, STEP), ties(0, 0, 0, LEFT, TOP, 0), keys(*utm)),
        "tie-inside": (scale(STEP, STEP), ties(5, 7, 0, LEFT, TOP, 0), keys(*utm)),
        "tie-inside-point": (scale(STEP, 2 * STEP), ties(5, 7, 0, LEFT, TOP, 0), keys(utm[0], point, utm[2])),
        "matrix": (matrix, keys(*utm)),
        "matrix-and-scale": (scale(STEP, STEP), ties(0, 0, 0, LEFT, TOP, 0), matrix, keys(*utm)),
        "gcps": (ties(*(float(v) for v in corners)), keys(*utm)),
    }[kind])
