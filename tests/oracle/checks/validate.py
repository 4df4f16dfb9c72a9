"""The verdicts of `validate`, against GDAL's script and rio-cogeo's strict validation."""
import collections
import json
import pathlib
import re
import struct
import subprocess
import warnings

import numpy as np
import rasterio
import rasterio.shutil
from makers.samples import noise
from rasterio.enums import Resampling
from rasterio.transform import from_origin
from rasterio.windows import Window
from rio_cogeo.cogeo import cog_translate, cog_validate
from rio_cogeo.profiles import cog_profiles

from .bench import Bench, Report

# GDAL's script with its full check, for many files in one process: errors and warnings, or why it cannot open a file.
GDAL = """
import json, sys
from osgeo import gdal
from osgeo_utils.samples.validate_cloud_optimized_geotiff import validate
gdal.PushErrorHandler("CPLQuietErrorHandler")
for path in json.load(sys.stdin):
    try:
        warnings, errors, _ = validate(path, full_check=True)
        print(json.dumps([errors, warnings]), flush=True)
    except BaseException as error:
        print(json.dumps(str(error) or type(error).__name__), flush=True)
"""

# What the peers say, and the rule that it is here; the first that fits counts.
RULES = {
    r"external .ovr|.ovr file": "external-overviews",
    r"not tiled": "not-tiled",
    r"recommended to include internal overviews": "no-overviews",
    r"KNOWN_INCOMPATIBLE_EDITION=YES|used to have optimizations": "incompatible-edition",
    r"main IFD should be <": "far-first-ifd",
    r"main IFD should be": "first-ifd",
    r"larger dimension": "overview-order",
    r"Overviews should be sorted|Invalid Decimation": "overview-factor",
    r"offset of the IFD for overview": "ifd-order",
    r"should be after its IFD": "data-before-ifd",
    r"should be after the one of the overview": "level-order",
    r"mask block size": "mask-tiles",
    r"^Mask of .*(smaller than previous block|was expected)": "mask-placement",
    r"smaller than previous block": "tile-order",
    r"size in leader bytes": "leader",
    r"trailer bytes are invalid": "trailer",
}
# Rules of ours that a peer says nothing of, and why.
BEYOND_GDAL = {
    "broken-directory": "passes over directories that cannot be read",
    "tile-range": "does not ask whether a tile lies in the file",
}
BEYOND_RIO_COGEO = {
    "array-placement": "does not look at arrays",
    "broken-directory": "passes over directories that cannot be read",
    "byte-counts": "does not look at byte counts",
    "data-before-ifd": "looks at the smallest level only",
    "empty-tile": "does not look at byte counts",
    "first-ifd": "accepts any place within 300 bytes",
    "layout-claim": "does not look at the claims of the ghost area",
    "leader": "does not read around tiles",
    "level-order": "sees no tiles of an overview whose side it divides to less than a pixel",
    "mask-format": "does not look at masks",
    "mask-pairing": "does not look at masks",
    "mask-placement": "does not look at masks",
    "other-directory": "looks at those that GDAL takes for levels only",
    "overlap": "does not compare the places of tiles",
    "overview-order": "looks at widths only, rounded to factors",
    "tile-order": "looks at the first tile of a level only",
    "tile-range": "looks at the first tile of a level only",
    "trailer": "does not read around tiles",
    "value-placement": "does not ask where the values of tags stand",
}
# What GDAL's script says where it compares offsets in the .ovr file with those in the file itself.
ACROSS_FILES = {"data-before-ifd", "ifd-order", "level-order"}


def verdicts(bench: Bench, report: Report) -> None:
    """Every file of the conformance set, of testdata and of many writers: what GDAL's script and rio-cogeo find."""
    files = sorted(bench.root.glob("testdata/*/*.tif")) + generated(bench) + mutated(bench)
    if bench.shared:
        names = json.loads((bench.shared / "conformance" / "expected.json").read_text())["expected"]
        files += [bench.shared / "conformance" / "files" / name for name in sorted(names)]
    tally, table = collections.Counter(), {}
    for path, gdal in zip(files, gdal_verdicts(files)):
        with report.case(f"verdict {path.name}"):
            ours = own_verdict(bench, path)
            for peer, answer, severities, beyond in (("GDAL", gdal, ("error",), BEYOND_GDAL),
                                                     ("rio-cogeo", strict_verdict(path), ("error", "warning"), BEYOND_RIO_COGEO)):
                tally[compare(path, peer, ours, answer, severities, beyond, table)] += 1
    for (peer, rule), names in sorted(table.items()):
        reason = (BEYOND_GDAL if peer == "GDAL" else BEYOND_RIO_COGEO)[rule]
        print(f"  {rule:18} {len(names):3} files  {peer} {reason} ({min(names)[:60]})")
    for name, count in sorted(tally.items()):
        print(f"  {count:4} {name}")
    unused = {("GDAL", rule) for rule in BEYOND_GDAL} | {("rio-cogeo", rule) for rule in BEYOND_RIO_COGEO}
    unused -= set(table)
    assert not (unused and bench.shared), f"no file needs these explanations: {sorted(unused)}"
    assert tally["GDAL: valid, as we say"] > 50 and tally["GDAL: not valid, as we say"] > 50, f"too few verdicts: {tally}"
    assert tally["rio-cogeo: valid, as we say"] > 50 and tally["rio-cogeo: not valid, as we say"] > 50, f"too few verdicts: {tally}"


def own_verdict(bench: Bench, path: pathlib.Path) -> dict | None:
    """The report, or None if the file cannot be opened."""
    done = bench.program.run("validate", path, "--json", "--full=yes")
    if not done.stdout:
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr.decode()
        return None
    told = json.loads(done.stdout)
    assert done.returncode == (0 if told["valid"] else 1), f"exit {done.returncode}, valid is {told['valid']}"
    return told


def gdal_verdicts(files: list[pathlib.Path]) -> list:
    done = subprocess.run(["/usr/bin/python3", "-c", GDAL], input=json.dumps([str(path) for path in files]),
                          capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(files), f"GDAL's script answered for {len(answers)} of {len(files)} files"
    return answers


def strict_verdict(path: pathlib.Path) -> list | str:
    """What rio-cogeo finds: errors and warnings, or why it cannot say."""
    try:
        _, errors, warned = cog_validate(str(path), strict=True, quiet=True)
        return [errors + warned, []]
    except Exception as error:  # noqa: BLE001 - any way to fail is no verdict
        return str(error) or type(error).__name__


def compare(path, peer, ours, answer, severities, beyond, table) -> str:
    """The same rules but for those that the peer does not have; the outcome in words."""
    if isinstance(answer, str):
        return f"{peer}: no verdict"
    assert ours is not None, f"we cannot open it, {peer} says {answer}"
    found = {each["rule"] for each in ours["findings"] if each["severity"] in severities}
    theirs = {rule_of(message) for message in answer[0]}
    missed = theirs - found
    if "external-overviews" in found & theirs:
        missed -= ACROSS_FILES
    assert not missed, f"{peer} says {answer[0]}, we do not: {missed}"
    for message in answer[1]:
        assert any(each["rule"] == rule_of(message) for each in ours["findings"]), f"{peer} warns of {message}, we do not"
    unexplained = found - theirs - set(beyond)
    assert not unexplained, f"we say {unexplained}, {peer} does not: {answer[0]}"
    for rule in found - theirs:
        table.setdefault((peer, rule), set()).add(path.name)
    if bool(found) != bool(theirs):
        return f"{peer}: valid, we say it is not, explained above"
    return f"{peer}: {'not valid' if found else 'valid'}, as we say"


def rule_of(message: str) -> str:
    for pattern, rule in RULES.items():
        if re.search(pattern, message):
            return rule
    raise AssertionError(f"which rule is {message!r}?")


def generated(bench: Bench) -> list[pathlib.Path]:
    """COGs and other TIFFs of GDAL's two drivers, of rio-cogeo and of our writer."""
    source = bench.folder / "source.tif"
    place = {"crs": "EPSG:32631", "transform": from_origin(600000, 5000040, 20, 20)}
    pixels = noise(bench.random(9), np.dtype("uint8"), (3, 700, 900))
    with rasterio.open(source, "w", driver="GTiff", width=900, height=700, count=3, dtype="uint8", nodata=0, **place) as raster:
        raster.write(pixels)
    masked = bench.folder / "masked-source.tif"
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        with rasterio.open(masked, "w", driver="GTiff", width=900, height=700, count=3, dtype="uint8", **place) as raster:
            raster.write(pixels)
            raster.write_mask(pixels[0] > 40)
        files = [source, masked]
        for block in (128, 256, 512):
            for compress in ("NONE", "DEFLATE", "LZW", "ZSTD", "JPEG"):
                for bigtiff, image in (("NO", source), ("YES", source), ("NO", masked)):
                    path = bench.folder / f"gdal-{image.stem}-{compress}-{block}-{bigtiff}.tif"
                    rasterio.shutil.copy(image, path, driver="COG", blocksize=block, compress=compress, bigtiff=bigtiff)
                    files.append(path)
        for image in (source, masked):
            path = bench.folder / f"gdal-sparse-{image.stem}.tif"
            rasterio.shutil.copy(holed(bench, image), path, driver="COG", blocksize=128, compress="LZW", sparse_ok="TRUE")
            files.append(path)
        for index, options in enumerate(({}, {"tiled": True}, {"tiled": True, "blockxsize": 1024, "blockysize": 16},
                                         {"compress": "deflate", "tiled": True}, {"tiled": True, "interleave": "band"})):
            for factors in ([], [2, 4], [3], [4, 2]):
                path = bench.folder / f"gtiff-{index}-{len(files)}.tif"
                rasterio.shutil.copy(masked, path, driver="GTiff", **options)
                if factors:
                    with rasterio.open(path, "r+") as raster:
                        raster.build_overviews(factors, Resampling.nearest)
                files.append(path)
                again = path.with_name(f"copied-{path.name}")
                rasterio.shutil.copy(path, again, driver="GTiff", copy_src_overviews=True, **options)
                files.append(again)
        for name in ("deflate", "zstd", "jpeg", "raw"):
            path = bench.folder / f"rio-cogeo-{name}.tif"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                cog_translate(str(source), str(path), cog_profiles.get(name), quiet=True, in_memory=False)
            files.append(path)
    files.append(edited(bench, bench.folder / "gdal-source-DEFLATE-256-NO.tif"))
    files.append(external(bench, source))
    for index, options in enumerate((["--compress", "zstd"], ["--blocksize", 64], ["--bigtiff", "yes"], ["--overviews", "none"])):
        files.append(bench.program.mask(bench.scene / "visual.tif", bench.scene / "SCL.tif",
                                        bench.folder / f"ours-{index}.tif", "--overview", 0, *options))
    return files


def holed(bench: Bench, source: pathlib.Path) -> pathlib.Path:
    """The same with a part that is all nodata, or masked."""
    path = bench.folder / f"holed-{source.name}"
    path.write_bytes(source.read_bytes())
    window = Window(100, 100, 500, 500)
    with rasterio.open(path, "r+") as raster:
        raster.write(np.zeros((3, 500, 500), "uint8"), window=window)
        if raster.nodata is None:
            raster.write_mask(np.zeros((500, 500), bool), window=window)
    return path


def edited(bench: Bench, cog: pathlib.Path) -> pathlib.Path:
    """A COG that GDAL has edited, which moves its directory."""
    path = bench.folder / "edited.tif"
    path.write_bytes(cog.read_bytes())
    with rasterio.open(path, "r+", IGNORE_COG_LAYOUT_BREAK="YES") as raster:
        raster.update_tags(TITLE="a longer title than there was before")
    return path


def external(bench: Bench, source: pathlib.Path) -> pathlib.Path:
    """A tiled file with its overviews beside it."""
    path = bench.folder / "external.tif"
    rasterio.shutil.copy(source, path, driver="GTiff", tiled=True)
    with rasterio.Env(TIFF_USE_OVR=True), rasterio.open(path, "r+") as raster:
        raster.build_overviews([2], Resampling.nearest)
    return path


def mutated(bench: Bench) -> list[pathlib.Path]:
    """COGs with one number of their arrays of tile positions, leaders or trailers changed."""
    files, rng = [], bench.random(17)
    for name in ("gdal-masked-source-DEFLATE-128-NO.tif", "gdal-source-LZW-256-NO.tif"):
        whole = (bench.folder / name).read_bytes()
        for directory, entries in enumerate(directories(whole)):
            for tag in (324, 325):
                kind, count, place = entries[tag]
                width = {3: 2, 4: 4}[kind]
                for how, change in (("zero", lambda _: 0), ("less", lambda n: n - 8), ("more", lambda n: n + 5), ("first", lambda _: 1000)):
                    at = place + width * int(rng.integers(count))
                    number = int.from_bytes(whole[at: at + width], "little")
                    new = (change(number) % 2 ** (8 * width)).to_bytes(width, "little")
                    files.append(put(bench, f"array-{directory}-{tag}-{how}-{name}", whole, at, new))
            tile = int(rng.integers(entries[324][1]))
            offset, size = (number_at(whole, entries[tag], tile) for tag in (324, 325))
            files.append(put(bench, f"leader-{directory}-{name}", whole, offset - 4, struct.pack("<I", size + 1)))
            if entries[324][1] > 1:
                files.append(put(bench, f"swapped-{directory}-{name}", whole, entries[324][2], swapped(whole, entries[324])))
            turned = bytes(byte ^ 1 for byte in whole[offset + size: offset + size + 4])
            files.append(put(bench, f"trailer-{directory}-{name}", whole, offset + size, turned))
        for old, new in ((b"EDITION=NO\n ", b"EDITION=YES\n"), (b"SIZE=0001", b"SIZE=0002"), (b"IFDS_BEFORE_DATA", b"IFDS_BEHIND_DATA")):
            at = whole.index(old)
            files.append(put(bench, f"ghost-{at}-{name}", whole, at, new))
    plain = (bench.folder / "external.tif").read_bytes()
    _, count, place = directories(plain)[0][324]
    files.append(put(bench, "beyond.tif", plain, place + 4 * (count - 1), struct.pack("<I", len(plain) - 10)))
    return files


def swapped(content: bytes, entry: tuple[int, int, int]) -> bytes:
    """The first two values, the other way round."""
    return content[entry[2] + 4: entry[2] + 8] + content[entry[2]: entry[2] + 4]


def put(bench: Bench, name: str, whole: bytes, at: int, new: bytes) -> pathlib.Path:
    path = bench.folder / name
    path.write_bytes(whole[:at] + new + whole[at + len(new):])
    return path


def directories(content: bytes) -> list[dict[int, tuple[int, int, int]]]:
    """Type, count and place of each entry's values, of a little-endian classic TIFF."""
    found, at = [], struct.unpack_from("<I", content, 4)[0]
    while at:
        count = struct.unpack_from("<H", content, at)[0]
        entries = {}
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind, values = struct.unpack_from("<HHI", content, entry)
            inline = values * {3: 2, 4: 4}.get(kind, 8) <= 4
            entries[tag] = (kind, values, entry + 8 if inline else struct.unpack_from("<I", content, entry + 8)[0])
        found.append(entries)
        at = struct.unpack_from("<I", content, at + 2 + 12 * count)[0]
    return found


def number_at(content: bytes, entry: tuple[int, int, int], index: int) -> int:
    kind, _, place = entry
    return struct.unpack_from("<H" if kind == 3 else "<I", content, place + index * (2 if kind == 3 else 4))[0]
