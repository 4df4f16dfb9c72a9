#!/usr/bin/env python3
"""A cloud-free median of many scenes as a whole process: ours and xarray with Dask, in turn on the same stack.

    VENV/bin/python benches/stack_job.py target/release/cogwork SCENE_DIR [RUNS] [--scenes 60]

SCENE_DIR holds B04.tif (uint16, nodata 0) and SCL.tif at half its resolution. The stack is made of them: each scene is B04
moved, with another gain, and its classes, moved elsewhere and at B04's resolution, both as COGs in tiles of 512. Pixels of
classes 8 and 9 and of nodata are left out; the result is float32 with NaN, a COG of ours and a tiled GeoTIFF of Dask's. Prints
medians, CPU seconds and peak memory; then checks that both hold the same pixels."""
import argparse
import pathlib
import statistics
import sys
import tempfile

from main_job import in_turn

DASK = r"""
import sys, time, json, threading
import numpy, rioxarray, xarray, dask
folder, scenes, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
started = time.monotonic()
chunks = {"band": 1, "y": 512, "x": 512}
def scene(index):
    red = rioxarray.open_rasterio(f"{folder}/red{index}.tif", chunks=chunks, lock=False)
    classes = rioxarray.open_rasterio(f"{folder}/classes{index}.tif", chunks=chunks, lock=False)
    return red.where((red != 0) & ~classes.isin([8, 9])).astype("float32")
stack = xarray.concat([scene(index) for index in range(scenes)], dim="time").chunk({"time": -1})
median = stack.median("time", skipna=True)
median.rio.to_raster(out, driver="GTiff", tiled=True, blockxsize=512, blockysize=512, compress="DEFLATE", predictor=3,
                     lock=threading.Lock())
print(json.dumps({"wall": time.monotonic() - started}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("scene")
    parser.add_argument("runs", nargs="?", type=int, default=3)
    parser.add_argument("--scenes", type=int, default=60)
    known = parser.parse_args()
    binary = str(pathlib.Path(known.binary).resolve())
    with tempfile.TemporaryDirectory() as folder:
        make_stack(pathlib.Path(known.scene), pathlib.Path(folder), known.scenes)
        inputs, terms = [], []
        for index in range(known.scenes):
            inputs += ["--in", f"r{index}={folder}/red{index}.tif", "--in", f"c{index}={folder}/classes{index}.tif"]
            terms.append(f"mask(r{index}, is_in(c{index}, 8, 9))")
        files = {"cogwork": f"{folder}/ours.tif", "dask": f"{folder}/dask.tif"}
        commands = {
            "cogwork": [binary, "calc", f"median({', '.join(terms)})", *inputs, "-o", files["cogwork"], "--timing"],
            "dask": [sys.executable, "-c", DASK, folder, str(known.scenes), files["dask"]],
        }
        report(in_turn(commands, known.runs), files)


def make_stack(scene: pathlib.Path, folder: pathlib.Path, scenes: int) -> None:
    import numpy
    import rasterio
    with rasterio.open(scene / "B04.tif") as red, rasterio.open(scene / "SCL.tif") as classes:
        pixels, profile = red.read(1), red.profile
        clouds = classes.read(1).repeat(2, 0).repeat(2, 1)
    form = dict(driver="COG", compress="DEFLATE", predictor="YES", blocksize=512, width=profile["width"],
                height=profile["height"], count=1, crs=profile["crs"], transform=profile["transform"])
    for index in range(scenes):
        moved = numpy.roll(pixels, (37 * index, 91 * index), (0, 1))
        moved = (moved * (1 + 0.01 * (index % 7))).astype("uint16")
        with rasterio.open(folder / f"red{index}.tif", "w", dtype="uint16", nodata=0, **form) as file:
            file.write(moved, 1)
        with rasterio.open(folder / f"classes{index}.tif", "w", dtype="uint8", **form) as file:
            file.write(numpy.roll(clouds, (53 * index, 17 * index), (0, 1)), 1)


def report(rows: dict, files: dict) -> None:
    import numpy
    import rasterio
    wall = {name: statistics.median(row["wall"] for row in runs) for name, runs in rows.items()}
    for name, runs in rows.items():
        figures = ", ".join(f"{key} {statistics.median(row[key] for row in runs):.3f}" for key in ("wall", "cpu", "MB"))
        print(f"{name:8} {figures}, {wall[name] / wall['cogwork']:.2f} times our wall, median of {len(runs)}")
    pixels = []
    for file in files.values():
        with rasterio.open(file) as raster:
            pixels.append(raster.read())
    assert pixels[0].dtype == pixels[1].dtype == "float32", [p.dtype for p in pixels]
    assert numpy.array_equal(*pixels, equal_nan=True), "the pixels differ"
    print("same pixels,", int(numpy.isnan(pixels[0]).sum()), "of them in no scene")


if __name__ == "__main__":
    main()
