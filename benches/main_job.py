#!/usr/bin/env python3
"""The main job as a whole process, ours and rioxarray's with GDAL's COG driver, in turn on the same scene.

    VENV/bin/python benches/main_job.py target/release/cogwork SCENE_DIR [RUNS] [cogwork options ..]

SCENE_DIR holds visual.tif, SCL.tif and mysearch.json. Each run is a new process. rioxarray's time counts from after its
imports; ours is the whole process. Prints medians, the ratio of medians, CPU seconds and peak memory; then checks that
both outputs hold the same pixels at full resolution."""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

RIOXARRAY = r"""
import sys, time, json
import rioxarray, pystac, os
scene, out = sys.argv[1:3]
os.chdir(scene)
started = time.monotonic()
assets = pystac.ItemCollection.from_file("mysearch.json")[-1].assets
visual = rioxarray.open_rasterio(assets["visual"].href, overview_level=0).load()
scl = rioxarray.open_rasterio(assets["SCL"].href).load()
mask = scl.squeeze("band", drop=True).isin([8, 9]).assign_coords(x=visual.x, y=visual.y)
clear = visual.where(~mask, other=visual.rio.nodata)
clear.rio.to_raster(out, driver="COG", compress="DEFLATE", predictor="YES", blocksize=1024, num_threads="ALL_CPUS",
                    overview_resampling="cubic")
print(json.dumps({"wall": time.monotonic() - started}))
"""


def main() -> None:
    binary, scene = (str(pathlib.Path(a).resolve()) for a in sys.argv[1:3])
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    options = sys.argv[4:]
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = f"{folder}/ours.tif", f"{folder}/theirs.tif"
        commands = {
            "cogwork": [binary, "mask", f"{scene}/mysearch.json#-1/visual", "--overview", "0", "--by",
                        f"{scene}/mysearch.json#-1/SCL", "--values", "8,9", "-o", ours, *options],
            "rioxarray": [sys.executable, "-c", RIOXARRAY, scene, theirs],
        }
        rows = {name: [] for name in commands}
        for run in range(runs + 1):
            for name, command in commands.items():
                row = measured(command)
                if run:  # the first warms the page cache
                    rows[name].append(row)
        report(rows, ours, theirs)


def measured(command: list[str]) -> dict:
    """Wall and CPU seconds and peak memory of one process."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    assert status == 0, command
    said = json.loads(said) if said.strip() else {}
    return {"wall": said.get("wall", wall), "cpu": usage.ru_utime + usage.ru_stime, "MB": usage.ru_maxrss / 1024}


def report(rows: dict, ours: str, theirs: str) -> None:
    import numpy
    import rasterio
    for name, runs in rows.items():
        figures = ", ".join(f"{key} {statistics.median(r[key] for r in runs):.3f}" for key in ("wall", "cpu", "MB"))
        size = pathlib.Path(ours if name == "cogwork" else theirs).stat().st_size
        print(f"{name:10} {figures}, file {size / 1e6:.1f} MB, median of {len(runs)}")
    wall = {name: statistics.median(r["wall"] for r in runs) for name, runs in rows.items()}
    print(f"rioxarray / cogwork: {wall['rioxarray'] / wall['cogwork']:.2f}")
    with rasterio.open(ours) as a, rasterio.open(theirs) as b:
        assert numpy.array_equal(a.read(), b.read()), "the pixels differ"
        assert a.overviews(1) == b.overviews(1), "the overviews differ"
    print("same pixels")


if __name__ == "__main__":
    main()
