"""Small TIFFs of the codecs that are only read: JPEG, WebP, LERC, CCITT, LZMA.

GDAL writes most, tifffile the JPEG subsamplings, Pillow (libtiff) the kinds of CCITT Group 3. What GDAL reads is expected:
by sha256, and for lossy files pixel by pixel, in `NAME-expected.tif`. But YCbCr is what tifffile reads through libjpeg-turbo:
rasterio's wheel has the IJG's libjpeg 9, which enlarges colour in another way than the GDAL of any distribution.
"""
import pathlib

import numpy as np
import rasterio
import tifffile

from .expect import sha256

SIZE = (75, 53)
RGB = {"count": 3, "photometric": "RGB"}
TILED = {"tiled": True, "blockxsize": 32, "blockysize": 32}
STRIPS = {"blockysize": 16}
JPEG = {"compress": "JPEG", "JPEG_QUALITY": 80}
WEBP = {"compress": "WEBP"}
LERC = {"compress": "LERC"}

GDAL = {
    "jpeg-ycbcr-420-tables": JPEG | TILED | {"count": 3, "photometric": "YCBCR"},
    "jpeg-ycbcr-420-strips": JPEG | STRIPS | {"count": 3, "photometric": "YCBCR"},
    "jpeg-rgb-tables": JPEG | TILED | RGB,
    "jpeg-rgb-own-tables": JPEG | TILED | RGB | {"JPEGTABLESMODE": 0},
    "jpeg-grey-strips": JPEG | STRIPS | {"count": 1},
    "jpeg-4-bands": JPEG | TILED | {"count": 4, "photometric": "RGB", "ALPHA": "UNSPECIFIED"},
    "jpeg-cmyk": JPEG | STRIPS | {"count": 4, "photometric": "CMYK"},
    "jpeg-planar": JPEG | TILED | RGB | {"interleave": "band"},
    "webp-lossless-3": WEBP | TILED | RGB | {"WEBP_LOSSLESS": True},
    "webp-lossless-4": WEBP | STRIPS | {"count": 4, "photometric": "RGB", "WEBP_LOSSLESS": True},
    "webp-lossy-3": WEBP | STRIPS | RGB | {"WEBP_LEVEL": 80},
    "webp-lossy-4": WEBP | TILED | {"count": 4, "photometric": "RGB", "WEBP_LEVEL": 80},
    "lerc-uint8": LERC | TILED | {"count": 1},
    "lerc-int8": LERC | STRIPS | {"count": 1, "dtype": "int8"},
    "lerc-uint16-3": LERC | TILED | RGB | {"dtype": "uint16", "MAX_Z_ERROR": 40},
    "lerc-int16-big-endian": LERC | TILED | {"count": 1, "dtype": "int16", "ENDIANNESS": "BIG"},
    "lerc-uint32": LERC | STRIPS | {"count": 1, "dtype": "uint32"},
    "lerc-int32-deflate": LERC | TILED | {"count": 1, "dtype": "int32", "compress": "LERC_DEFLATE"},
    "lerc-float32-mask": LERC | TILED | {"count": 1, "dtype": "float32"},
    "lerc-float32-3-masks-zstd": LERC | TILED | {"count": 3, "dtype": "float32", "compress": "LERC_ZSTD", "MAX_Z_ERROR": 0.05},
    "lerc-float64-planar": LERC | TILED | {"count": 2, "dtype": "float64", "interleave": "band", "MAX_Z_ERROR": 0.05},
    "lerc-float32-1": LERC | TILED | {"count": 1, "dtype": "float32", "MAX_Z_ERROR": 1},
    "lerc-alpha-mask": LERC | TILED | {"count": 4, "photometric": "RGB", "ALPHA": "NON-PREMULTIPLIED"},
    "lzma-uint8-3": {"compress": "LZMA"} | TILED | RGB,
    "lzma-uint16-predictor-2": {"compress": "LZMA", "predictor": 2, "count": 1, "dtype": "uint16"} | STRIPS,
    "lzma-float32-predictor-3": {"compress": "LZMA", "predictor": 3, "count": 1, "dtype": "float32"} | TILED,
    "ccitt-rle": {"compress": "CCITTRLE", "nbits": 1, "count": 1} | STRIPS,
    "ccitt-group-3": {"compress": "CCITTFAX3", "nbits": 1, "count": 1} | STRIPS,
    "ccitt-group-4": {"compress": "CCITTFAX4", "nbits": 1, "count": 1} | STRIPS,
    "ccitt-group-4-tiled": {"compress": "CCITTFAX4", "nbits": 1, "count": 1} | TILED,
}
TIFFFILE = {
    "jpeg-ycbcr-444": {"photometric": "ycbcr", "subsampling": (1, 1)},
    "jpeg-ycbcr-422": {"photometric": "ycbcr", "subsampling": (2, 1)},
    "jpeg-ycbcr-411": {"photometric": "ycbcr", "subsampling": (4, 1)},
}
PILLOW = {"ccitt-group-3-marks": 4, "ccitt-group-3-mixed": 1, "ccitt-group-3-mixed-fill": 5}


def make(folder: pathlib.Path) -> dict:
    """All files; gives one entry for each."""
    from PIL import Image
    for name, options in GDAL.items():
        write(folder / f"{name}.tif", options)
    for name, options in TIFFFILE.items():
        tifffile.imwrite(folder / f"{name}.tif", np.moveaxis(picture(3, "uint8"), 0, -1), compression="jpeg", tile=(32, 64) if options["subsampling"][0] == 4 else (32, 48),
                         compressionargs={"level": 80}, metadata=None, software=False, **options)
    for name, t4_options in PILLOW.items():
        Image.fromarray(drawing().astype(bool)).save(folder / f"{name}.tif", compression="group3", tiffinfo={292: t4_options, 278: 16})
    names = [*GDAL, *TIFFFILE, *PILLOW]
    return {f"{name}.tif": entry(folder, name) for name in names}


def write(path: pathlib.Path, options: dict) -> None:
    options = {"driver": "GTiff", "width": SIZE[0], "height": SIZE[1], "dtype": "uint8"} | options
    samples = picture(options["count"], options["dtype"])
    if options.get("nbits") == 1:
        samples = drawing()[None]
    with rasterio.open(path, "w", **options) as raster:
        raster.write(samples)


def picture(bands: int, dtype: str) -> np.ndarray:
    """Smooth, with an edge and a little noise; bands differ. Floats have holes, each band its own; a fourth band is 0 or 255."""
    band, row, column = np.indices((bands, SIZE[1], SIZE[0]))
    noise = np.random.default_rng(7).integers(-3, 4, size=band.shape)
    samples = 120 + 70 * np.sin(column / (9 + 3 * band)) + 50 * np.cos((row + 5 * band) / 8) + noise
    samples[:, 10:30, 20:47] += np.array([60, -60, 30, 0])[:bands, None, None]
    limits = np.iinfo(dtype) if np.dtype(dtype).kind in "iu" else None
    if limits is None:
        samples = samples * 0.37
        samples[(row - 20) ** 2 + (column - 40 - 6 * band) ** 2 < 150] = np.nan
        return samples.astype(dtype)
    samples = np.clip(samples, 0, 255) / 255 * (limits.max if limits.max < 1 << 17 else 1e6)
    if bands == 4:
        samples[3] = np.where((row[3] + column[3]) % 64 < 40, 255, 0)
    return samples.astype(dtype)


def drawing() -> np.ndarray:
    """Rings, long runs, dots and an empty part, 0 and 1."""
    row, column = np.indices((SIZE[1], SIZE[0]))
    pixels = ((column - 30) ** 2 + (row - 20) ** 2) % 400 < 150
    pixels[33:37] = np.array([False, True, True, False])[:, None]
    pixels[40:] = False
    pixels[44:47, ::2] = True
    pixels[46:48, :3] = pixels[46:48, -2:] = True
    return pixels.astype(np.uint8)


def entry(folder: pathlib.Path, name: str) -> dict:
    with rasterio.open(folder / f"{name}.tif") as raster:
        samples = raster.read()
    if name.startswith("jpeg-ycbcr"):
        samples = np.moveaxis(tifffile.imread(folder / f"{name}.tif"), -1, 0)
    lossy = name.startswith("jpeg") or name.startswith("webp-lossy")
    if lossy:
        profile = {"driver": "GTiff", "count": samples.shape[0], "dtype": samples.dtype, "compress": "DEFLATE", "predictor": 2,
                   "width": SIZE[0], "height": SIZE[1]}
        with rasterio.open(folder / f"{name}-expected.tif", "w", **profile) as raster:
            raster.write(samples)
    return {"lossy": lossy, "dtype": str(samples.dtype), "bands": samples.shape[0], "sha256": sha256(samples)}
