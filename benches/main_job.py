#!/usr/bin/env python3
"""The main job as a whole process: ours, and what Python offers for it, in turn on the same scene.

    VENV/bin/python benches/main_job.py target/release/cogwork SCENE_DIR [RUNS] [--only NAME,..] [cogwork options ..]

SCENE_DIR holds visual.tif, SCL.tif and mysearch.json. Each run is a new process; Python's times count from after its imports,
ours is the whole process. The contenders:

- eager: rioxarray loads all, GDAL's COG driver writes with ALL_CPUS;
- dask: rioxarray in chunks, written chunk by chunk under a lock. GDAL's COG driver cannot be written so: a tiled GeoTIFF
  without overviews, which is no COG;
- odc: the same chunks by odc-geo's save_cog_with_dask, where odc-geo is installed.

Prints medians, ratios of medians, CPU seconds, peak memory, and our tiles; then checks that the outputs hold the same pixels
at full resolution, and that the eager one's overviews are ours."""
import argparse
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

LESSON = r"""
import sys, time, json, os, threading
import rioxarray, pystac, dask.array
{imports}
scene, out = sys.argv[1:3]
os.chdir(scene)
started = time.monotonic()
assets = pystac.ItemCollection.from_file("mysearch.json")[-1].assets
visual = rioxarray.open_rasterio(assets["visual"].href, overview_level=0{chunks})
scl = rioxarray.open_rasterio(assets["SCL"].href{chunks})
mask = scl.squeeze("band", drop=True).isin([8, 9]).assign_coords(x=visual.x, y=visual.y)
clear = visual.where(~mask, other=visual.rio.nodata)
{write}
print(json.dumps({{"wall": time.monotonic() - started}}))
"""

CHUNKS = ", chunks=(-1, 2048, 2048), lock=False"

PYTHON = {
    "eager": LESSON.format(imports="", chunks="", write="""
clear.load().rio.to_raster(out, driver="COG", compress="DEFLATE", predictor="YES", blocksize=1024, num_threads="ALL_CPUS",
                           overview_resampling="cubic")"""),
    "dask": LESSON.format(imports="", chunks=CHUNKS, write="""
clear.rio.to_raster(out, driver="GTiff", tiled=True, blockxsize=1024, blockysize=1024, compress="DEFLATE", predictor=2,
                    lock=threading.Lock())"""),
    "odc": LESSON.format(imports="import odc.geo.xr, odc.geo.cog", chunks=CHUNKS, write="""
del clear.attrs["_FillValue"]  # odc-geo stumbles over it
odc.geo.cog.save_cog_with_dask(clear, out, compression="DEFLATE", predictor=2, blocksize=1024,
                               overview_resampling="cubic").compute()"""),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("scene")
    parser.add_argument("runs", nargs="?", type=int, default=5)
    parser.add_argument("--only", default="eager,dask,odc")
    known, options = parser.parse_known_args()
    binary, scene = (str(pathlib.Path(path).resolve()) for path in (known.binary, known.scene))
    others = [name for name in known.only.split(",") if name != "odc" or importlib.util.find_spec("odc")]
    with tempfile.TemporaryDirectory() as folder:
        files = {name: f"{folder}/{name}.tif" for name in ("cogwork", *others)}
        commands = {
            "cogwork": [binary, "mask", f"{scene}/mysearch.json#-1/visual", "--overview", "0", "--by",
                        f"{scene}/mysearch.json#-1/SCL", "--values", "8,9", "-o", files["cogwork"], "--timing", *options],
            **{name: [sys.executable, "-c", PYTHON[name], scene, files[name]] for name in others},
        }
        report(in_turn(commands, known.runs), files)


def in_turn(commands: dict, runs: int) -> dict:
    """The measurements of each command, of which one is run after the other, and all so many times."""
    rows = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            row = measured(command)
            if run:  # the first warms the page cache
                rows[name].append(row)
    return rows


def measured(command: list[str]) -> dict:
    """Wall and CPU seconds and peak memory of one process, and what it says of itself."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        errors.seek(0)
        complaint = errors.read()
    assert status == 0, (command, complaint)
    said = json.loads(said or complaint.splitlines()[-1])
    return {"wall": wall, **said, "cpu": usage.ru_utime + usage.ru_stime, "MB": usage.ru_maxrss / 1024}


def report(rows: dict, files: dict) -> None:
    import numpy
    import rasterio
    wall = {name: statistics.median(row["wall"] for row in runs) for name, runs in rows.items()}
    for name, runs in rows.items():
        figures = ", ".join(f"{key} {statistics.median(row[key] for row in runs):.3f}" for key in ("wall", "cpu", "MB"))
        size = pathlib.Path(files[name]).stat().st_size
        ratio = wall[name] / wall["cogwork"]
        print(f"{name:8} {figures}, file {size / 1e6:.1f} MB, {ratio:.2f} times our wall, median of {len(runs)}")
    tiles = {key: value for key, value in rows["cogwork"][0].items() if key.startswith("tiles")}
    print("ours:", ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in tiles.items()))
    with rasterio.open(files["cogwork"]) as ours:
        pixels = ours.read()
        for name, file in files.items():
            with rasterio.open(file) as theirs:
                found = theirs.read()
                assert numpy.array_equal(pixels, found[:, :ours.height, :ours.width]), f"{name}: the pixels differ"
                if found.shape != pixels.shape or theirs.nodata != ours.nodata:  # odc-geo pads, and forgets nodata
                    print(f"{name}: {found.shape[1:]} pixels with nodata {theirs.nodata}, not {pixels.shape[1:]} with {ours.nodata}")
                if name == "eager":
                    assert ours.overviews(1) == theirs.overviews(1), "the overviews differ"
    print("same pixels")


if __name__ == "__main__":
    main()
