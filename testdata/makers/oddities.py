"""TIFFs with odd tags, one oddity each, and what GDAL makes of them: pixels or a refusal."""
import pathlib
import zlib

import numpy as np
import rasterio

from . import expect
from .by_hand import tiff

WIDTH, HEIGHT = 11, 7


def make(folder: pathlib.Path) -> dict:
    entries = {}
    for name, content in files().items():
        path = folder / f"{name}.tif"
        path.write_bytes(content)
        entries[path.name] = entry(path)
    return {"oracle": f"GDAL {rasterio.__gdal_version__} through rasterio {rasterio.__version__}", "files": entries}


def entry(path: pathlib.Path) -> dict:
    try:
        with rasterio.open(path) as raster:
            samples, valid = raster.read(), (raster.dataset_mask() != 0).astype(np.uint8)
    except rasterio.errors.RasterioError:
        return {"refused": True}
    return {"bands": samples.shape[0], "dtype": samples.dtype.name, "sha256": expect.sha256(samples),
            "valid_sha256": expect.sha256(valid)}


def pixels(samples: int, bits: int = 8) -> bytes:
    """Rows of pixels, interleaved; of odd numbers of bits, any bits do."""
    row_bytes = -(-WIDTH * samples * bits // 8)
    return bytes((37 * n + n * n // 3 + n // 50) % 256 for n in range(row_bytes * HEIGHT))


def file(body: bytes, samples: int = 1, bits=(8,), without=(), **tags) -> bytes:
    """A file of one strip; `tags` as t258=("H", [8]) replace or add."""
    base = {256: ("H", [WIDTH]), 257: ("H", [HEIGHT]), 258: ("H", list(bits) * (samples if len(bits) == 1 else 1)),
            259: ("H", [1]), 262: ("H", [1]), 273: ("I", [8]), 277: ("H", [samples]), 278: ("H", [HEIGHT]),
            279: ("I", [len(body)])}
    base |= {int(name[1:]): value for name, value in tags.items()}
    return tiff([(tag, *value) for tag, value in base.items() if tag not in without], body)


def files() -> dict[str, bytes]:
    gray, rgb, four, five = (pixels(n) for n in (1, 3, 4, 5))
    packed = zlib.compress(pixels(1, 16))
    planes = np.frombuffer(four, np.uint8).reshape(-1, 4).T.tobytes()
    return {
        "types-byte": file(gray, t256=("B", [WIDTH]), t257=("B", [HEIGHT]), t258=("B", [8]), t259=("B", [1]), t262=("B", [1])),
        "types-long": file(gray, t258=("I", [8]), t259=("I", [1]), t262=("I", [1]), t277=("I", [1])),
        "types-long8": file(gray, t256=("Q", [WIDTH]), t273=("Q", [8]), t279=("Q", [len(gray)])),
        "types-signed": file(gray, t256=("h", [WIDTH]), t257=("i", [HEIGHT])),
        "no-compression": file(gray, without=(259,)),
        "no-photometric-gray": file(gray, without=(262,)),
        "no-photometric-rgb": file(rgb, 3, without=(262,)),
        "no-bits": file(pixels(1, 1), without=(258,)),
        "no-samples": file(gray, without=(277,)),
        "no-rows-per-strip": file(gray, without=(278,)),
        "no-byte-counts": file(gray, without=(279,)),
        "rows-per-strip-0": file(gray, t278=("I", [0])),
        "rows-per-strip-most": file(gray, t278=("I", [2**32 - 1])),
        "bits-one-for-three": file(rgb, 3, t258=("H", [8]), t262=("H", [2])),
        "bits-mixed": file(four, 3, bits=(8, 8, 16), t262=("H", [2])),
        "format-mixed": file(rgb, 3, t262=("H", [2]), t339=("H", [1, 2, 1])),
        "extra-too-few": file(five, 5, t262=("H", [2]), t338=("H", [2])),
        "extra-none": file(four, 4, t262=("H", [2])),
        "extra-too-many": file(rgb, 3, t262=("H", [2]), t338=("H", [0, 0])),
        "text-not-utf8": file(gray, t305=("s", b"caf\xe9 \xff\0"), t42113=("s", b"37\0")),
        "fill-order-2": file(gray, t266=("H", [2])),
        "format-void": file(gray, t339=("H", [4])),
        "format-unknown": file(gray, t339=("H", [9])),
        "complex-int8": file(pixels(1, 16), bits=(16,), t339=("H", [5])),
        "complex-float16": file(pixels(1, 32), bits=(32,), t339=("H", [6])),
        "complex-int64": file(pixels(1, 128), bits=(128,), t339=("H", [5])),
        "predictor-2-uncompressed": file(gray, t317=("H", [2])),
        "predictor-2-uncompressed-12-bits": file(pixels(1, 12), bits=(12,), t317=("H", [2])),
        "predictor-2-deflate-12-bits": file(zlib.compress(pixels(1, 12)), bits=(12,), t259=("H", [8]), t317=("H", [2])),
        "predictor-3-integers": file(packed, bits=(16,), t259=("H", [8]), t317=("H", [3])),
        "predictor-2-complex-128": file(zlib.compress(pixels(1, 128)), bits=(128,), t259=("H", [8]), t317=("H", [2]), t339=("H", [6])),
        "cmyk-4": file(four, 4, t262=("H", [5])),
        "cmyk-5": file(five, 5, t262=("H", [5]), t338=("H", [2])),
        "cmyk-planar": file(planes, 4, t262=("H", [5]), t278=("H", [HEIGHT]), t284=("H", [2]),
                            t273=("I", [8 + n * WIDTH * HEIGHT for n in range(4)]), t279=("I", [WIDTH * HEIGHT] * 4)),
        "cmyk-4-bits": file(pixels(4, 4), 4, bits=(4,), t262=("H", [5])),
        "inks-3": file(rgb, 3, t262=("H", [5])),
        "inks-other-than-cmyk": file(four, 4, t262=("H", [5]), t332=("H", [2])),
        "cielab": file(rgb, 3, t262=("H", [8])),
        "cielab-16-bits": file(pixels(3, 16), 3, bits=(16,), t262=("H", [8])),
        "ycbcr-1-1": file(rgb, 3, t262=("H", [6]), t530=("H", [1, 1])),
        "ycbcr-2-2": file(pixels(3), 3, t262=("H", [6])),
    }
