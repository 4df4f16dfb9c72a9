#!/usr/bin/env python3
"""Conversion as a whole process, ours and GDAL's COG driver (rasterio, NUM_THREADS=ALL_CPUS), in turn on the same files.

    VENV/bin/python benches/convert_job.py target/release/cogwork FILE.. [--runs N]

For Deflate 6, LZW, Zstandard 9 and none: each from the file as it is, overviews computed by average. Then "re-laid": the
file that GDAL made with Deflate is taken apart (GTiff with its overviews copied, no COG layout) and made a COG again, its
tiles and overviews unchanged; GDAL's driver encodes anew, ours copies. GDAL's time counts from after its imports, ours is
the whole process. Prints medians; temporary disk is the most that lay in the folders of output and of scratch files beside
the output itself, looked at every 5 ms. Ends by comparing pixels of every level."""
import argparse
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

GDAL = r"""
import sys, time, json
import rasterio, rasterio.shutil
source, output, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
started = time.monotonic()
rasterio.shutil.copy(source, output, driver="COG", NUM_THREADS="ALL_CPUS", **options)
print(json.dumps({"wall": time.monotonic() - started}))
"""
# What is told to GDAL, and to cogwork.
CODECS = {
    "deflate 6": ({"COMPRESS": "DEFLATE", "LEVEL": 6}, ["--compress", "deflate", "--level", "6"]),
    "lzw": ({"COMPRESS": "LZW"}, ["--compress", "lzw"]),
    "zstd 9": ({"COMPRESS": "ZSTD", "LEVEL": 9}, ["--compress", "zstd", "--level", "9"]),
    "none": ({"COMPRESS": "NONE"}, ["--compress", "none"]),
}
ENCODED = ({"BLOCKSIZE": 512, "OVERVIEW_RESAMPLING": "AVERAGE", "OVERVIEWS": "IGNORE_EXISTING"},
           ["--blocksize", "512", "--resampling", "average"])
PREDICTED = ({"PREDICTOR": "YES"}, ["--predictor", "auto"])
FIGURES = {"wall": "s", "cpu": "cpu s", "MB": "peak MB", "disk": "temp. MB", "size": "file MB"}


def main() -> None:
    options = arguments()
    binary = str(pathlib.Path(options.binary).resolve())
    print(f"{'file':24} {'job':10} {'who':8} " + " ".join(f"{name:>9}" for name in FIGURES.values()))
    for file in options.files:
        source = pathlib.Path(file).resolve()
        with tempfile.TemporaryDirectory(prefix="convert-job-") as folder:
            folder = pathlib.Path(folder)
            for job, (gdal, ours) in CODECS.items():
                predicted = ({}, []) if job == "none" else PREDICTED
                gdal, ours = gdal | ENCODED[0] | predicted[0], ours + ENCODED[1] + predicted[1]
                compare(job, source, folder, binary, gdal, ours, options.runs)
            relaid = folder / "relaid.tif"
            apart(take_apart, source, folder / "cog.tif", relaid)
            gdal = CODECS["deflate 6"][0] | {"BLOCKSIZE": 512, "OVERVIEWS": "FORCE_USE_EXISTING"} | PREDICTED[0]
            compare("re-laid", relaid, folder, binary, gdal, [], options.runs, name=source.name)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", help="the cogwork to measure")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each, after one that warms the page cache")
    return parser.parse_args()


def apart(function, *arguments) -> None:
    """Calls a function in a process of its own: what this one imports would count as memory of all that it starts."""
    process = multiprocessing.get_context("spawn").Process(target=function, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == 0, f"{function.__name__} failed"


def take_apart(source: pathlib.Path, cog: pathlib.Path, path: pathlib.Path) -> None:
    """Makes a tiled file with overviews that is no COG."""
    import rasterio.shutil
    gdal = CODECS["deflate 6"][0] | ENCODED[0] | PREDICTED[0]
    rasterio.shutil.copy(str(source), str(cog), driver="COG", **gdal)
    rasterio.shutil.copy(str(cog), str(path), driver="GTiff", tiled=True, blockxsize=512, blockysize=512, compress="DEFLATE",
                         zlevel=6, predictor=2, copy_src_overviews=True)


def compare(job, source, folder, binary, gdal, ours, runs, name=None) -> None:
    outputs = {"GDAL": folder / "gdal" / "out.tif", "cogwork": folder / "ours" / "out.tif"}
    commands = {"GDAL": [sys.executable, "-c", GDAL, str(source), str(outputs["GDAL"]), json.dumps(gdal)],
                "cogwork": [binary, "convert", str(source), "-o", str(outputs["cogwork"]), *ours]}
    rows = {who: [] for who in commands}
    for run in range(runs + 1):
        for who, command in commands.items():
            row = measured(command, outputs[who])
            if run:  # the first warms the page cache
                rows[who].append(row)
    for who, measurements in rows.items():
        figures = " ".join(f"{statistics.median(row[figure] for row in measurements):9.3f}" for figure in FIGURES)
        print(f"{(name or source.name)[:24]:24} {job:10} {who:8} {figures}", flush=True)
    apart(same_pixels, *outputs.values())


def measured(command: list[str], output: pathlib.Path) -> dict:
    """Wall and CPU seconds, peak memory and temporary disk of one process that writes to an empty folder."""
    folder = output.parent
    folder.mkdir(exist_ok=True)
    output.unlink(missing_ok=True)
    environment = os.environ | {"TMPDIR": str(folder), "CPL_TMPDIR": str(folder)}
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    ended, most = threading.Event(), [0]
    watcher = threading.Thread(target=watch, args=(process.pid, folder, ended, most))
    watcher.start()
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    ended.set()
    watcher.join()
    assert status == 0, command
    said = json.loads(said) if said.strip() else {}
    size = output.stat().st_size
    return {"wall": said.get("wall", wall), "cpu": usage.ru_utime + usage.ru_stime, "MB": usage.ru_maxrss / 1024,
            "disk": max(0, most[0] - size) / 1e6, "size": size / 1e6}


def watch(process: int, folder: pathlib.Path, ended: threading.Event, most: list[int]) -> None:
    """The most bytes in a folder, files that are open but unlinked among them."""
    while not ended.wait(0.005):
        files = {}
        for path in [*folder.iterdir(), *open_files(process)]:
            try:
                status = path.stat()
            except OSError:
                continue  # it is gone by now
            files[status.st_dev, status.st_ino] = status.st_blocks * 512
        most[0] = max(most[0], sum(files.values()))


def open_files(process: int) -> list[pathlib.Path]:
    """Unlinked files that a process holds open."""
    try:
        entries = list(pathlib.Path(f"/proc/{process}/fd").iterdir())
        return [entry for entry in entries if os.readlink(entry).endswith(" (deleted)")]
    except OSError:
        return []


def same_pixels(left: pathlib.Path, right: pathlib.Path) -> None:
    import numpy
    import rasterio
    with rasterio.open(left) as a:
        count = len(a.overviews(1))
    for level in [{}, *({"overview_level": index} for index in range(count))]:
        with rasterio.open(left, **level) as a, rasterio.open(right, **level) as b:
            assert numpy.array_equal(a.read(), b.read()), f"the pixels differ: {level}"
            assert numpy.array_equal(a.dataset_mask(), b.dataset_mask()), f"the masks differ: {level}"


if __name__ == "__main__":
    main()
