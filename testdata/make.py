#!/usr/bin/env python3
"""Make everything in this folder again, from seeds: no pixel here comes from anywhere else.

    python testdata/make.py scene        # testdata/scene: a small Sentinel-2-like scene and expected.json
    python testdata/make.py formats      # testdata/formats: small TIFFs of many kinds and expected.json
    python testdata/make.py facts        # testdata/facts: small TIFFs with metadata, colours, keys .. and expected.json
    python testdata/make.py foreign      # testdata/foreign: small TIFFs of the codecs that are only read, and expected.json
    python testdata/make.py directories  # testdata/directories: overviews, masks and pages in every order, and expected.json
    python testdata/make.py scale        # testdata/scale: TIFFs of many tiles by GDAL, compressed as files, and expected.json
    python testdata/make.py complex      # testdata/complex: small TIFFs of complex samples and expected.json
    python testdata/make.py oddities     # testdata/oddities: small TIFFs with odd tags and expected.json
    python testdata/make.py stages       # testdata/stages: crops by rioxarray and matched grids by GDAL's warper, of files made before
    python testdata/make.py golden       # testdata/golden: small COGs by GDAL's driver, compressed as files, and expected.json
    python testdata/make.py              # all

Needs tests/oracle/requirements.txt. The expected values are what GDAL (through rasterio, rioxarray) makes of the files;
cogwork has no part in them. `makers/` holds the work; tests/oracle uses the same functions for larger sets.
"""
import pathlib
import sys

from makers import (complexes, directories, expect, facts, foreign, formats, golden, oddities, requests, scale, scene,
                    stages, workflow)

HERE = pathlib.Path(__file__).resolve().parent


def make_scene() -> None:
    folder = HERE / "scene"
    folder.mkdir(exist_ok=True)
    scene.make(folder)
    expect.write_json(folder / "expected.json", workflow.expected(folder, blocksize=scene.EXPECTED_BLOCKSIZE))


def make_formats() -> None:
    folder = HERE / "formats"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.tif"):
        old.unlink()
    cases = formats.shipped()
    for case in cases:
        formats.write(case, folder)
    expect.write_json(folder / "expected.json", expect.expected(folder, [case.file_name() for case in cases]))


def make_complex() -> None:
    folder = HERE / "complex"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.tif"):
        old.unlink()
    expect.write_json(folder / "expected.json", complexes.make(folder))


def make_oddities() -> None:
    folder = HERE / "oddities"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.tif"):
        old.unlink()
    expect.write_json(folder / "expected.json", oddities.make(folder))


def make_facts() -> None:
    folder = HERE / "facts"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.tif"):
        old.unlink()
    expect.write_json(folder / "expected.json", facts.expected(folder, facts.make(folder)))


def make_foreign() -> None:
    folder = HERE / "foreign"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.tif"):
        old.unlink()
    expect.write_json(folder / "expected.json", foreign.make(folder))


def make_directories() -> None:
    folder = HERE / "directories"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.tif"):
        old.unlink()
    expect.write_json(folder / "expected.json", directories.make(folder))


def make_scale() -> None:
    folder = HERE / "scale"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.tif.zlib"):
        old.unlink()
    expect.write_json(folder / "expected.json", scale.make(folder))


def make_requests() -> None:
    folder = HERE / "requests"
    folder.mkdir(exist_ok=True)
    expect.write_json(folder / "expected.json", requests.expected(HERE))


def make_stages() -> None:
    folder = HERE / "stages"
    folder.mkdir(exist_ok=True)
    expect.write_json(folder / "expected.json", stages.expected(HERE))


def make_golden() -> None:
    folder = HERE / "golden"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.tif.zlib"):
        old.unlink()
    expect.write_json(folder / "expected.json", golden.make(folder))


def main(wanted: list[str]) -> None:
    makers = {"scene": make_scene, "formats": make_formats, "facts": make_facts, "foreign": make_foreign,
              "directories": make_directories, "scale": make_scale, "complex": make_complex, "oddities": make_oddities,
              "requests": make_requests, "stages": make_stages, "golden": make_golden}
    for name in wanted or list(makers):
        makers[name]()
        files = [f for f in (HERE / name).iterdir() if f.is_file()]
        print(f"testdata/{name}: {len(files)} files, {sum(f.stat().st_size for f in files)} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
