"""Files about meaning: metadata, colours, keys, control points, texts; by GDAL, and by tifffile where GDAL won't."""
import pathlib

import numpy as np
import rasterio
import rasterio.shutil
import tifffile
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp
from rasterio.rpc import RPC

from .expect import transform
from .writers import LAEA

SIZE = 24
NORTH_UP = Affine(10, 0, 600000, 0, -10, 5000040)
UTM = {"crs": "EPSG:32631", "transform": NORTH_UP}
PROJECTED, AREA, POINT, ZONE = (1024, 0, 1, 1), (1025, 0, 1, 1), (1025, 0, 1, 2), (3072, 0, 1, 32631)
TIES = (0.0, 0, 0, 600000, 5000040, 7, 20, 3, 0, 600200, 5000000, 8, 2, 21, 0, 600010, 4999800, 9)
RPC_NUMBERS = [n / 8 for n in range(92)]


def make(folder: pathlib.Path) -> list[str]:
    for name, (options, change) in gdal_cases().items():
        write_gdal(folder / f"{name}.tif", options, change)
    for name, (extra, more) in tifffile_cases().items():
        write_tifffile(folder / f"{name}.tif", extra, more)
    cog(folder / "bands.tif", folder / "bands-cog.tif")
    return sorted(path.name for path in folder.glob("*.tif"))


def samples(bands: int, dtype: str) -> np.ndarray:
    return np.arange(bands * SIZE * SIZE).reshape(bands, SIZE, SIZE).__mod__(100).astype(dtype)


def write_gdal(path: pathlib.Path, options: dict, change) -> None:
    profile = {"driver": "GTiff", "width": SIZE, "height": SIZE, "count": 1, "dtype": "uint8", "compress": "deflate",
               "tiled": True, "blockxsize": 16, "blockysize": 16} | options
    with rasterio.open(path, "w", **profile) as raster:
        change(raster)
        raster.write(samples(raster.count, raster.dtypes[0]))


def cog(source: pathlib.Path, path: pathlib.Path) -> None:
    """GDAL's own copy, with statistics."""
    rasterio.shutil.copy(source, path, driver="COG", blocksize=128, statistics="YES")
    pathlib.Path(f"{source}.aux.xml").unlink(missing_ok=True)


def gdal_cases() -> dict:
    def bands(raster):
        raster.descriptions = ("one & <two>", None, " blank first")
        raster.scales, raster.offsets, raster.units = (0.1, 1, 2), (0, -273.15, 1e-7), ("m", None, "K & °C")
        raster.colorinterp = (ColorInterp.blue, ColorInterp.undefined, ColorInterp.alpha)
        raster.update_tags(A="x & <y> \"q\" 'z'", B="two\nlines\tand ü", TIFFTAG_SOFTWARE="a maker", TIFFTAG_ARTIST="nobody",
                           TIFFTAG_DATETIME="2020:01:02 03:04:05", TIFFTAG_IMAGEDESCRIPTION="what it is",
                           TIFFTAG_COPYRIGHT="none", TIFFTAG_DOCUMENTNAME="doc", TIFFTAG_HOSTCOMPUTER="here",
                           TIFFTAG_XRESOLUTION="300", TIFFTAG_YRESOLUTION="28.5", TIFFTAG_RESOLUTIONUNIT="2", LEAD=" blank")
        raster.update_tags(ns="DOMAIN", K="v & w")
        raster.update_tags(2, STATISTICS_MINIMUM="1", STATISTICS_MAXIMUM="9.5", STATISTICS_MEAN="3", note="second band")
        raster.update_tags(3, ns="DOMAIN", K="third band")

    def palette(raster):
        raster.write_colormap(1, {n: (n, 255 - n, (7 * n) % 256, 255) for n in range(100)})

    def gcps(raster):
        points = [GroundControlPoint(row=r, col=c, x=600000 + 10 * c + r, y=5000000 - 9 * r, z=r) for c, r in ((0, 0), (20.5, 3), (2, 21))]
        raster.gcps = (points, "EPSG:32631")

    def point_gcps(raster):
        raster.update_tags(AREA_OR_POINT="Point")
        gcps(raster)

    def rpc(raster):
        n = RPC_NUMBERS
        raster.rpcs = RPC(n[6], n[11], n[4], n[9], n[32:52], n[12:32], n[2], n[7], n[5], n[10], n[72:92], n[52:72], n[3], n[8], n[0], n[1])

    def nothing(raster):
        pass

    return {
        "bands": ({"count": 3, "dtype": "int16"} | UTM, bands),
        "palette": ({"photometric": "palette", "nodata": 7} | UTM, palette),
        "gray-alpha": ({"count": 2, "alpha": "yes"} | UTM, nothing),
        "rgb": ({"count": 3, "photometric": "rgb"} | UTM, nothing),
        "rgba": ({"count": 4, "photometric": "rgb", "alpha": "unspecified"} | UTM, nothing),
        "rgba16": ({"count": 5, "photometric": "rgb", "alpha": "yes", "dtype": "uint16"} | UTM, nothing),
        "cmyk16": ({"count": 4, "photometric": "cmyk", "dtype": "uint16"} | UTM, nothing),
        "white": ({"photometric": "miniswhite"} | UTM, nothing),
        "gcps": ({}, gcps),
        "gcps-point": ({}, point_gcps),
        "rpc": ({}, rpc),
        "rpc-big-endian": ({"endianness": "big"}, rpc),
        "user-crs": ({"crs": LAEA, "transform": NORTH_UP}, nothing),
        "vertical": ({"crs": "EPSG:32631+5773", "transform": NORTH_UP}, lambda raster: setattr(raster, "scales", (0.5,))),
        "vertical-geographic": ({"crs": "EPSG:4326+5773", "transform": Affine(0.1, 0, 4, 0, -0.1, 45)}, nothing),
        "rotated": ({"crs": "EPSG:32631", "transform": Affine(9.5, 2.25, 600000, 1.75, -9.75, 5000040)}, nothing),
        "south-up": ({"crs": "EPSG:32631", "transform": Affine(10, 0, 600000, 0, 10, 5000040)}, nothing),
    }


def tifffile_cases() -> dict:
    def keys(*entries):
        directory = (1, 1, 1, len(entries)) + tuple(number for entry in entries for number in entry)
        return (34735, "H", len(directory), directory, True)

    def xml(text: bytes):
        return (42112, "s", 0, text, True)

    def ties(*values):
        return (33922, "d", len(values), values, True)

    scale = (33550, "d", 3, (10.0, 10.0, 2.0), True)
    place = [scale, ties(*TIES[:6])]
    shifted = np.array([[n * 256 for n in range(256)]] * 3, "uint16")
    unscaled = np.array([list(range(256))] * 3, "uint16")
    items = b'<GDALMetadata><Item name="a" sample="0" role="description">caf\xc3\xa9</Item><Item name="k">&amp;lt;v&#33;</Item>'
    return {
        "heights": ([*place, keys(PROJECTED, AREA, ZONE, (4096, 0, 1, 5773))], {}),
        "heights-without-system": ([*place, keys(PROJECTED, AREA, ZONE)], {}),
        "no-model-type": ([*place, keys(AREA, ZONE)], {}),
        "geocentric": ([*place, keys((1024, 0, 1, 3), (2048, 0, 1, 4978))], {}),
        "ties-point-big-endian": ([ties(*TIES), keys(PROJECTED, POINT, ZONE)], {"byteorder": ">"}),
        "one-tie": ([ties(*TIES[:6]), keys(PROJECTED, AREA, ZONE)], {}),
        "xml-good": ([xml(items + b"</GDALMetadata>"), *place, keys(PROJECTED, ZONE)], {}),
        "xml-cut": ([xml(items), *place, keys(PROJECTED, ZONE)], {}),
        "xml-junk": ([xml(b"& <not xml"), *place, keys(PROJECTED, ZONE)], {}),
        "keys-past-end": ([*place, keys(PROJECTED, (1026, 34737, 60000, 0), (2049, 34736, 3, 9), ZONE)], {}),
        "colors-shifted": ([*place], {"colormap": shifted, "photometric": "palette"}),
        "colors-unscaled": ([*place], {"colormap": unscaled, "photometric": "palette"}),
        "inks": ([*place], {"pixels": np.moveaxis(samples(4, "uint8"), 0, -1), "photometric": "separated"}),
        "inks-alpha": ([*place], {"pixels": np.moveaxis(samples(5, "uint16"), 0, -1), "photometric": "separated", "extrasamples": [2]}),
        "gray-four": ([*place], {"pixels": np.moveaxis(samples(4, "uint8"), 0, -1), "planarconfig": "contig", "extrasamples": [0, 1, 0]}),
        "texts-big-endian": ([(270, "s", 0, "described", True), (315, "s", 0, "painter", True)],
                             {"byteorder": ">", "software": "soft", "datetime": "2020:01:02 03:04:05", "resolution": (72, 28.5), "resolutionunit": 3,
                              "iccprofile": b"no real profile"}),
    }


def write_tifffile(path: pathlib.Path, extra: list[tuple], more: dict) -> None:
    more = {"photometric": "minisblack", "software": False} | more
    with tifffile.TiffWriter(path, byteorder=more.pop("byteorder", "<")) as tiff:
        pixels = more.pop("pixels", samples(1, "uint8")[0])
        tiff.write(pixels, tile=(16, 16), metadata=None, extratags=extra, compression="ADOBE_DEFLATE", **more)


def expected(folder: pathlib.Path, names: list[str]) -> dict:
    return {"oracle": f"GDAL {rasterio.__gdal_version__} through rasterio {rasterio.__version__}",
            "files": {name: entry(folder / name) for name in names}}


def entry(path: pathlib.Path) -> dict:
    """Everything that GDAL says of a file beside its pixels."""
    with rasterio.open(path) as raster:
        points, system = raster.gcps
        rpcs = raster.rpcs
        colors = raster.colormap(1) if raster.colorinterp[0] == ColorInterp.palette else None
        namespaces = [ns for ns in raster.tag_namespaces() if ns not in ("IMAGE_STRUCTURE", "DERIVED_SUBDATASETS", "COLOR_PROFILE", "RPC")]
        return {
            "transform": transform(raster), "epsg": raster.crs.to_epsg() if raster.crs else None,
            "gcps": [[p.col, p.row, p.x, p.y, p.z] for p in points], "gcp_epsg": system.to_epsg() if system else None,
            "rpc": list(rpcs.to_gdal().values()) if rpcs else None,
            "tags": {ns: raster.tags(ns=ns) for ns in ["", *namespaces]},
            "band_tags": [raster.tags(band) for band in raster.indexes],
            "descriptions": list(raster.descriptions), "units": list(raster.units), "scales": list(raster.scales),
            "offsets": list(raster.offsets), "colorinterp": [color.name for color in raster.colorinterp],
            "colormap": "".join("%02x%02x%02x%02x" % tuple(color) for color in colors.values()) if colors else None,
            "icc": "SOURCE_ICC_PROFILE" in raster.tags(ns="COLOR_PROFILE"),
        }
