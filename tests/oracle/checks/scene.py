"""The main job on the shipped scene and on the large one, against rioxarray and GDAL's COG driver."""
import json
import pathlib

from makers.workflow import METHODS

from .bench import Bench, Report
from .compare import digest, same_georeferencing, same_levels, valid_cog

REQUIRED = ("nearest", "average", "mode", "bilinear", "cubic")


def masks_both_scenes(bench: Bench, report: Report) -> None:
    """Every resampling method on both scenes: pixels of every level, validators, georeferencing."""
    masks_scene(bench, report, "shipped", bench.scene, bench.scene / "expected.json")
    if bench.shared:
        masks_scene(bench, report, "shared", bench.shared / "scene" / "data", bench.shared / "scene" / "expected.json")


def masks_scene(bench: Bench, report: Report, name: str, scene: pathlib.Path, expectation: pathlib.Path) -> None:
    expected = json.loads(expectation.read_text())
    image, classes = f"{scene}/mysearch.json#-1/visual", f"{scene}/mysearch.json#-1/SCL"
    for key, source, options in (("visual_overview0", image, ("--overview", 0)), ("scl", classes, ())):
        with report.case(f"{name} {key}"):
            samples, _ = bench.program.read(source, *options, folder=bench.folder)
            assert digest(samples) == expected[key]["sha256"], "other samples"
    for method in METHODS:
        output = bench.folder / f"{name}-{method}.tif"
        options = ("--overview", 0, "--blocksize", expected.get("blocksize", 256), "--resampling", method)
        done = bench.program.run("mask", image, "--by", classes, "--values", "8,9", "-o", output, *options)
        if method not in REQUIRED and done.returncode == 2:
            print(f"  {name} {method}: not offered")
            continue
        with report.case(f"{name} {method}"):
            assert done.returncode == 0, done.stderr.decode().strip()
            same_levels(output, [expected["masked"]["sha256"]] + [o["sha256"] for o in expected["overviews"][method]])
            same_georeferencing(output, scene / "visual.tif", overview=0)
        with report.case(f"{name} {method} validators"):
            valid_cog(output)


def stac_references(bench: Bench, report: Report) -> None:
    """An item by index, from the end and by id, and the plain path: the same bytes."""
    search, plain = bench.scene / "mysearch.json", bench.folder / "plain.tif"
    with report.case("plain paths"):
        bench.program.mask(bench.scene / "visual.tif", bench.scene / "SCL.tif", plain, "--overview", 0)
    for item in ("-1", "1", "S2A_31TFK_20200328_0_L2A"):
        with report.case(f"item {item}"):
            output = bench.program.mask(f"{search}#{item}/visual", f"{search}#{item}/SCL", bench.folder / "item.tif", "--overview", 0)
            assert output.read_bytes() == plain.read_bytes(), "other bytes than with plain paths"


def same_bytes_for_any_threads(bench: Bench, report: Report) -> None:
    """1, 2 and 8 threads and a second run: byte for byte the same file."""
    for options in (("--compress", "deflate"), ("--compress", "zstd", "--blocksize", 64, "--resampling", "cubic"),
                    ("--compress", "lzw", "--blocksize", 32, "--resampling", "mode"), ("--compress", "none", "--bigtiff", "yes")):
        with report.case(f"threads {' '.join(str(o) for o in options)}"):
            outputs = [bench.program.mask(bench.scene / "visual.tif", bench.scene / "SCL.tif", bench.folder / f"{run}.tif",
                                          "--overview", 0, "--threads", threads, *options).read_bytes()
                       for run, threads in enumerate((1, 2, 8, 8))]
            assert len(set(outputs)) == 1, f"files of {[len(o) for o in outputs]} bytes that differ"
