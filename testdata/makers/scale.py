"""TIFFs of more tiles than a header's first read can list, by GDAL; kept as zlib streams, for they are mostly zeros."""
import pathlib
import tempfile
import zlib

import numpy as np
import rasterio
from rasterio.windows import Window

from . import expect

SPARSE = dict(driver="GTiff", dtype="uint8", tiled=True, blockxsize=16, blockysize=16, compress="deflate", SPARSE_OK="TRUE")


def make(folder: pathlib.Path) -> dict:
    files = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, made in [("sparse-classic", sparse(False)), ("sparse-big", sparse(True)), ("sparse-planar", sparse(False, 2)),
                           ("cog", cog(False, False)), ("cog-masked", cog(True, False)), ("cog-big", cog(False, True))]:
            path = pathlib.Path(scratch) / f"{name}.tif"
            made(path)
            files[name] = entry(path)
            (folder / f"{name}.tif.zlib").write_bytes(zlib.compress(path.read_bytes(), 9))
    return {"oracle": f"GDAL {rasterio.__gdal_version__} through rasterio {rasterio.__version__}", "files": files}


def sparse(big: bool, bands: int = 1):
    """132,098 tiles of a plane, a few of which have pixels."""
    def make(path: pathlib.Path) -> None:
        options = SPARSE | {"width": 514 * 16 - 3, "height": 257 * 16 - 5, "count": bands, "BIGTIFF": "YES" if big else "NO"}
        options |= {"interleave": "band"} if bands > 1 else {}
        random = np.random.default_rng(7)
        with rasterio.open(path, "w", **options) as raster:
            for column, row in [(0, 0), (513, 0), (200, 100), (201, 100), (0, 256), (513, 256)]:
                window = Window(column * 16, row * 16, 16, 16).intersection(Window(0, 0, raster.width, raster.height))
                for band in range(1, bands + 1):
                    raster.write(random.integers(0, 255, (int(window.height), int(window.width)), dtype=np.uint8), band, window=window)
    return make


def cog(masked: bool, big: bool):
    """12,000 tiles between leaders and trailers: the arrays stand past the first 64 KiB."""
    def make(path: pathlib.Path) -> None:
        rows, columns = np.mgrid[0:100 * 128, 0:120 * 128]
        pixels = ((columns // 128) * 3 + (rows // 128) * 5).astype(np.uint8)
        options = dict(driver="GTiff", dtype="uint8", width=pixels.shape[1], height=pixels.shape[0], count=1, compress="zstd", tiled=True)
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True, GDAL_CACHEMAX=256):
            with rasterio.MemoryFile() as memory:
                with memory.open(**options) as raster:
                    raster.write(pixels, 1)
                    if masked:
                        raster.write_mask(columns % 128 < 64 + columns // 256)
                from rasterio.shutil import copy
                copy(memory.name, str(path), driver="COG", BLOCKSIZE=128, COMPRESS="DEFLATE", OVERVIEWS="NONE", BIGTIFF="YES" if big else "NO")
    return make


def entry(path: pathlib.Path) -> dict:
    with rasterio.open(path) as raster:
        tiles = raster.block_shapes[0]
        across, down = -(-raster.width // tiles[1]), -(-raster.height // tiles[0])
        size = tiles[0]
        windows = [[0, 0, 40, 40], [199 * 16, 99 * 16, 64, 64], [raster.width - 300, 0, 300, 20],
                   [size - 3, 17 * size - 5, 2 * size, size], [raster.width - 40, raster.height - 40, 40, 40]]
        return {"tiles": across * down, "bands": raster.count, "windows": [window(raster, bounds) for bounds in windows]}


def window(raster, bounds: list[int]) -> dict:
    """A window's samples and validity: column, row, width and height."""
    inside = Window(*bounds)
    valid = (raster.dataset_mask(window=inside) != 0).astype(np.uint8)
    return {"window": bounds, "sha256": expect.sha256(raster.read(window=inside)), "valid_sha256": expect.sha256(valid)}
