"""Complex samples: `info`, `read` and the mask job of every complex type, overviews by every method that GDAL has for them."""
import json
import pathlib

import numpy as np
import rasterio
import rasterio.shutil
from makers.complexes import METHODS, pixels, plain
from makers.expect import gdal_levels

from .bench import Bench, Report
from .compare import valid_cog

WIDTH, HEIGHT, BLOCKSIZE = 301, 263, 128
PARTS = {"complex_int16": np.int16, "complex64": np.float32, "complex128": np.float64}


def complex_samples(bench: Bench, report: Report) -> None:
    """`info`, `read`, the mask job and overviews of every complex type, as GDAL makes them."""
    folder = bench.root / "testdata" / "complex"
    for name in json.loads((folder / "expected.json").read_text())["files"]:
        if "int32" not in name:  # rasterio hands these on as complex64, which loses bits
            with report.case(f"complex {name}"):
                read_right(bench, folder / name)
    row, column = np.indices((HEIGHT, WIDTH))
    classes = ((row // 8 + column // 8) % 12).astype(np.uint8)[None]
    write(bench.folder / "classes.tif", classes, "uint8", nodata=0)
    for dtype in PARTS:
        nodata = float("nan") if dtype == "complex128" else 3
        image = pixels(dtype, 2, WIDTH, HEIGHT)
        write(bench.folder / f"{dtype}.tif", image, dtype, nodata=nodata)
        masked = np.where(np.isin(classes, (8, 9)), image.dtype.type(nodata), image)
        for method in METHODS:
            with report.case(f"complex mask {dtype} {method}"):
                same_as_gdal(bench, dtype, method, masked, nodata)


def read_right(bench: Bench, path: pathlib.Path) -> None:
    """`info` names the type; `read` gives the parts in its own type and GDAL's mask."""
    dtype = bench.program.info(path)["dtype"]
    with rasterio.open(path) as raster:
        expected, mask = raster.read(), raster.dataset_mask()
        assert dtype == raster.dtypes[0], f"info says {dtype}, GDAL {raster.dtypes[0]}"
    samples, valid = bench.program.read(path, folder=bench.folder)
    parts = np.stack([expected.real, expected.imag], axis=-1).astype(PARTS[dtype])
    assert samples == parts.tobytes(), "other samples"
    assert np.array_equal(np.frombuffer(valid, np.uint8).reshape(mask.shape) != 0, mask != 0), "another validity"


def same_as_gdal(bench: Bench, dtype: str, method: str, masked: np.ndarray, nodata: float) -> None:
    flat, reference = bench.folder / "flat.tif", bench.folder / "reference.tif"
    write(flat, masked, dtype, nodata=nodata)
    rasterio.shutil.copy(flat, reference, driver="COG", blocksize=BLOCKSIZE, compress="DEFLATE", overview_resampling=method)
    output = bench.program.mask(bench.folder / f"{dtype}.tif", bench.folder / "classes.tif", bench.folder / "out.tif",
                                "--blocksize", BLOCKSIZE, "--resampling", method)
    with rasterio.open(output) as raster:
        assert raster.dtypes == (dtype,) * 2, f"types {raster.dtypes}"
        assert np.array_equal(raster.nodata, nodata, equal_nan=True), f"nodata {raster.nodata}"
    found, wanted = gdal_levels(output), gdal_levels(reference)
    assert len(found) == len(wanted), f"{len(found)} levels, expected {len(wanted)}"
    wrong = [index for index, (a, b) in enumerate(zip(found, wanted)) if plain(a).tobytes() != plain(b).tobytes()]
    assert not wrong, f"other samples at levels {wrong}"
    valid_cog(output)


def write(path: pathlib.Path, samples: np.ndarray, dtype: str, nodata) -> None:
    with rasterio.open(path, "w", driver="GTiff", count=len(samples), width=WIDTH, height=HEIGHT, dtype=dtype, nodata=nodata,
                       tiled=True, blockxsize=64, blockysize=64) as raster:
        raster.write(samples)
