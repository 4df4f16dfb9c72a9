"""What GDAL reads from a TIFF, with tifffile as second witness, in a form that JSON can hold."""
import hashlib
import json
import logging
import pathlib
import warnings

import numpy as np
import rasterio
import tifffile
from rasterio.errors import NotGeoreferencedWarning

COMPRESSION = {1: "none", 5: "lzw", 8: "deflate", 32773: "packbits", 32946: "deflate", 50000: "zstd"}

warnings.filterwarnings("ignore", category=NotGeoreferencedWarning)
logging.getLogger("rasterio").setLevel(logging.CRITICAL)
logging.getLogger("tifffile").setLevel(logging.CRITICAL)


def sha256(pixels: np.ndarray) -> str:
    little = np.ascontiguousarray(pixels).astype(pixels.dtype.newbyteorder("<"), copy=False)
    return hashlib.sha256(little.tobytes()).hexdigest()


def write_json(path: pathlib.Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")


def expected(folder: pathlib.Path, names: list[str]) -> dict:
    """One entry for each file: {"oracle": .., "files": {name: entry}}."""
    oracle = f"GDAL {rasterio.__gdal_version__} through rasterio {rasterio.__version__}; tifffile {tifffile.__version__}"
    return {"oracle": oracle, "files": {name: entry(folder / name) for name in names}}


def entry(path: pathlib.Path) -> dict:
    """The file as GDAL decodes it, its storage as the tags say, and where tifffile differs."""
    levels = gdal_levels(path)
    with rasterio.open(path) as raster:
        described = {
            "width": raster.width, "height": raster.height, "bands": raster.count, "dtype": levels[0].dtype.name,
            "nodata": nodata_text(raster, path), "transform": transform(raster), "epsg": raster.crs.to_epsg() if raster.crs else None,
        }
        # GDAL's dataset mask: a pixel is invalid where every band is nodata.
        described["valid_sha256"] = sha256((raster.dataset_mask() != 0).astype(np.uint8))
    described |= storage(path)
    described["levels"] = [{"width": a.shape[2], "height": a.shape[1], "sha256": sha256(a)} for a in levels]
    note = tifffile_differs(path, levels)
    return described | ({"note": note} if note else {})


def gdal_levels(path: pathlib.Path) -> list[np.ndarray]:
    """The samples of the base level and of every overview as (bands, rows, columns)."""
    with rasterio.open(path) as raster:
        levels, count = [raster.read()], len(raster.overviews(1))
    for index in range(count):
        with rasterio.open(path, overview_level=index) as level:
            levels.append(level.read())
    return levels


def tifffile_levels(path: pathlib.Path) -> list[np.ndarray]:
    """The same by tifffile: it shares no code with libtiff."""
    with tifffile.TiffFile(path) as tiff:
        pages = [page for page in tiff.pages if not page.subfiletype & 4]
        return [band_sequential(page) for page in pages]


def band_sequential(page: tifffile.TiffPage) -> np.ndarray:
    pixels = page.asarray()
    if pixels.ndim == 2:
        return pixels[None]
    return np.moveaxis(pixels, -1, 0) if page.planarconfig == 1 else pixels


def tifffile_differs(path: pathlib.Path, levels: list[np.ndarray]) -> str | None:
    try:
        seconds = tifffile_levels(path)
    except Exception as error:  # noqa: BLE001 - whatever a second reader cannot do is only a note
        return f"tifffile cannot read it: {error}"
    if [a.shape for a in levels] != [a.shape for a in seconds]:
        return f"tifffile sees {[a.shape for a in seconds]}"
    wrong = [index for index, (ours, theirs) in enumerate(zip(levels, seconds))
             if not np.array_equal(ours, theirs.astype(ours.dtype), equal_nan=ours.dtype.kind == "f")]
    return f"tifffile reads other samples at levels {wrong}" if wrong else None


def nodata_text(raster, path: pathlib.Path) -> str | None:
    """The nodata value as exact text: an integer's digits, a float's shortest form, `nan`.

    rasterio hands 64-bit integers over as doubles, so theirs is the tag's own text.
    """
    value = raster.nodatavals[0]
    if raster.dtypes[0] in ("int64", "uint64"):
        with tifffile.TiffFile(path) as tiff:
            tag = tiff.pages[0].tags.get(42113)
        return str(int(tag.value)) if tag else None
    if value is None:
        return None
    return str(int(value)) if "int" in raster.dtypes[0] else repr(float(value))


def transform(raster) -> list[float] | None:
    """(a, b, c, d, e, f) of x = a*col + b*row + c, y = d*col + e*row + f."""
    return None if raster.transform.is_identity else list(raster.transform)[:6]


def storage(path: pathlib.Path) -> dict:
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[0]
        return {"compression": COMPRESSION[int(page.compression)], "predictor": int(page.predictor),
                "interleave": "band" if 2 == int(page.planarconfig) or page.samplesperpixel == 1 else "pixel",
                "byte_order": "big" if tiff.byteorder == ">" else "little", "bigtiff": bool(tiff.is_bigtiff),
                "tile": [page.tilewidth, page.tilelength]}
