"""`convert` on every file at hand: what GDAL and tifffile read of the source, they read of the COG."""
import collections
import concurrent.futures
import json
import os
import pathlib
import re
from dataclasses import dataclass, field, replace

import numpy as np
import rasterio
import rasterio.shutil
import tifffile
from makers import expect, facts

from .bench import Bench, Program, Report
from .reading import Level, gdal
from .validate import gdal_verdicts, strict_verdict

# Ways to convert beside the plain one, for every file whose number they divide.
MANNERS = {"": 1, "--compress deflate --interleave band": 4, "--sparse": 3, "--bigtiff yes": 5,
           "--compress zstd --interleave tile --overview-compress lzw": 6}
# Every fact comes from the file itself, and its sidecars of overviews and masks.
INTERNAL = {"GDAL_PAM_ENABLED": "NO", "GDAL_GEOREF_SOURCES": "INTERNAL", "GDAL_NUM_THREADS": "1"}
NO_ANSWER = "GDAL cannot read the source"
# Domains of other pictures in the file, and of the camera, which no GeoTIFF writer keeps.
NOT_KEPT = ("SUBDATASETS", "EXIF")
EXTREMES = ("TIFFTAG_MINSAMPLEVALUE", "TIFFTAG_MAXSAMPLEVALUE")


@dataclass
class Converted:
    """One file converted in one way."""
    source: pathlib.Path
    manner: str
    output: pathlib.Path
    notes: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"convert {self.source.parent.name}/{self.source.name} {self.manner}".strip()


def conversions(bench: Bench, report: Report) -> None:
    """Every file of the conformance set and of testdata: pixels, masks, overviews and facts kept, validators clean."""
    done = all_converted(bench)
    written = [each for each in done if each.output.exists()]
    for each, verdict in zip(written, gdal_verdicts([each.output for each in written])):
        if verdict != [[], []]:
            each.wrong.append(f"GDAL's validator: {verdict}")
    tally = collections.Counter()
    for each in done:
        with report.case(str(each)):
            assert not each.wrong, "; ".join(each.wrong)
        tally.update(each.notes)
    for note, count in sorted(tally.items()):
        print(f"  {count:4} {note}")
    assert tally[NO_ANSWER] < len(done) // 50, "GDAL reads too few files"
    assert len(written) > 300, f"only {len(written)} files were written"


def all_converted(bench: Bench) -> list[Converted]:
    files = sorted(bench.root.glob("testdata/*/*.tif"))
    if bench.shared:
        folder = bench.shared / "conformance"
        files += [folder / "files" / name for name in sorted(json.loads((folder / "expected.json").read_text())["expected"])]
    jobs = [Converted(path, manner, bench.folder / f"{number}-{len(manner)}.tif")
            for number, path in enumerate(files) for manner, each in MANNERS.items() if number % each == 0]
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(tried, [bench.program] * len(jobs), jobs, chunksize=8))


def tried(program: Program, job: Converted) -> Converted:
    try:
        with rasterio.Env(**INTERNAL):
            convert(program, job)
    except Exception as error:  # noqa: BLE001 - any way to fail is a failed case
        job.wrong.append(str(error) if isinstance(error, AssertionError) else repr(error))
    return job


def convert(program: Program, job: Converted) -> None:
    try:
        levels, nodata = gdal(job.source)
        said, source = facts.entry(job.source), Source.of(job.source)
    except Exception:  # noqa: BLE001 - whatever GDAL says of a file that it cannot read
        job.notes.add(NO_ANSWER)
        return
    done = program.run("--timing", "convert", job.source, "-o", job.output, *job.manner.split())
    message = done.stderr.decode(errors="replace").strip()
    if done.returncode:
        reason = refused(message)
        job.notes.add(reason)
        readable = program.run("read", job.source, "--raw", os.devnull).returncode == 0
        if readable or "refused: unsupported" not in reason:
            job.wrong.append(message)
        return
    copied = json.loads(message.splitlines()[-1])["tiles_decoded"] == 0
    job.wrong += not_valid(program, job)
    found, found_nodata = gdal(job.output)
    job.notes.add("tiles copied" if copied else "pixels encoded anew")
    if source.lossy and not copied:
        job.notes.add("lossy pixels encoded anew, as they are read")
        levels = [replace(level, samples=as_read(program, job, index, level)) for index, level in enumerate(levels)]
    job.wrong += different_levels(job, source, nodata, pyramid(levels), found)
    if nodata != found_nodata:
        job.wrong.append(f"nodata {found_nodata}, expected {nodata}")
    again = facts.entry(job.output)
    for entry in (said, again):
        comparable(entry, source, copied)
    job.wrong += [f"{what} {again[what]}, expected {said[what]}" for what in said if said[what] != again[what]]
    job.wrong += tifffile_differs(job, found)


@dataclass(frozen=True)
class Source:
    """How the samples of a source are stored."""
    lossy: bool
    bits: int
    half_floats: bool

    @staticmethod
    def of(path: pathlib.Path) -> "Source":
        with tifffile.TiffFile(path) as tiff:
            page = tiff.pages[0]
            bits = page.bitspersample if isinstance(page.bitspersample, int) else page.bitspersample[0]
            return Source(int(page.compression) in (6, 7, 34887, 50001), bits, bits == 16 and int(page.sampleformat or 1) == 3)


def pyramid(levels: list[Level]) -> list[Level]:
    """What a valid COG can hold: each overview smaller than the one before it."""
    kept = levels[:1]
    for level in sorted(levels[1:], key=lambda level: -level.valid.size):
        before, size = kept[-1].valid.shape, level.valid.shape
        if size != before and size[0] <= before[0] and size[1] <= before[1]:
            kept.append(level)
    return kept


def as_read(program: Program, job: Converted, index: int, level: Level) -> np.ndarray:
    """What `read` gives; that it is within a rounding of GDAL's is for the check of reading."""
    options = ("--overview", index - 1) if index else ()
    raw = program.succeed("read", job.source, *options, "--raw", "-")
    return np.frombuffer(raw, level.samples.dtype).reshape(level.samples.shape)


def not_valid(program: Program, job: Converted) -> list[str]:
    """What our validator, strict, and rio-cogeo say. A side of one pixel cannot be halved, which they call no overview."""
    told = json.loads(program.run("validate", job.output, "--json", "--strict", "--full=yes").stdout)
    ours = [each["message"] for each in told["findings"] if each["severity"] != "note"]
    verdict = strict_verdict(job.output)
    theirs = [verdict] if isinstance(verdict, str) else verdict[0]
    with rasterio.open(job.output) as raster:
        if raster.width >> len(raster.overviews(1)) == 0:
            job.notes.add("an overview as narrow as the level before it: one pixel")
            ours = [message for message in ours if "times as wide" not in message]
            theirs = [message for message in theirs if "Invalid Decimation" not in message]
    return [f"cogwork validate: {message}" for message in ours] + [f"rio-cogeo: {message}" for message in theirs]


def comparable(entry: dict, source: Source, copied: bool) -> None:
    """Without what says nothing of the image itself, and what encoding anew changes on purpose."""
    entry["tags"] = {domain: items for domain, items in entry["tags"].items() if domain not in NOT_KEPT}
    if not copied:
        facts_of_bands = [{name: text for name, text in items.items() if not name.startswith("STATISTICS_")} for items in entry["band_tags"]]
        entry["band_tags"] = facts_of_bands
        entry["tags"][""] = {name: text for name, text in entry["tags"][""].items() if name not in EXTREMES}
    if entry["colormap"] and source.bits < 8:
        entry["colormap"] = entry["colormap"][:8 << source.bits]
    if entry["colormap"] and 8 < source.bits < 16 and not copied:
        entry["colormap"] = "MinIsWhite of samples that were widened to 16 bits"


def refused(message: str) -> str:
    """The reason without places and numbers."""
    reason = message.splitlines()[-1].split(": ", 2)[-1]
    return "refused: " + re.sub(r"\d+", "N", reason)


def different_levels(job: Converted, source: Source, nodata: str | None, levels: list[Level], found: list[Level]) -> list[str]:
    """The base and the overviews that there were; where there were none, those that GDAL's COG driver computes."""
    if len(levels) == 1 and len(found) > 1:
        reason = not_as_gdal(source, nodata, levels[0])
        job.notes.add(f"computed overviews not compared: {reason}" if reason else "computed overviews as GDAL's")
        levels = levels + (found[1:] if reason else computed_by_gdal(job, found))
    if len(levels) != len(found):
        return [f"{len(found)} levels, expected {len(levels)}"]
    return [f"level {index}: {what}" for index, pair in enumerate(zip(found, levels)) for what in different(*pair)]


def not_as_gdal(source: Source, nodata: str | None, base: Level) -> str | None:
    if source.lossy:
        return "GDAL decodes the lossy base by rounding otherwise"
    if source.half_floats:
        return "GDAL rounds them to half floats again"
    if nodata is not None and base.samples.dtype.itemsize == 8 and base.samples.dtype.kind in "iu":
        return "GDAL compares nodata of 64 bits as doubles, and writes none into overviews"
    return None


def computed_by_gdal(job: Converted, found: list[Level]) -> list[Level]:
    with rasterio.open(job.output) as raster:
        block = raster.block_shapes[0][0]
    method = {"overview_resampling": "nearest"} if found[0].samples.dtype.kind == "c" else {}
    reference = job.output.with_suffix(".reference.tif")
    try:
        rasterio.shutil.copy(job.source, reference, driver="COG", blocksize=block, compress="DEFLATE", overview_count=len(found) - 1,
                             **method)
        return gdal(reference)[0][1:]
    finally:
        reference.unlink(missing_ok=True)


def different(found: Level, wanted: Level) -> list[str]:
    ours, theirs = found.samples, wanted.samples
    if (ours.shape, ours.dtype) != (theirs.shape, theirs.dtype):
        return [f"{ours.dtype} {ours.shape}, expected {theirs.dtype} {theirs.shape}"]
    wrong = []
    if ours.tobytes() != theirs.tobytes():
        equal = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs)) if ours.dtype.kind in "fc" else ours == theirs
        if not equal.all():
            place = tuple(int(axis[0]) for axis in np.nonzero(~equal))
            wrong.append(f"{np.count_nonzero(~equal)} other samples, at {place} {ours[place]} for {theirs[place]}")
    if not np.array_equal(found.valid, wanted.valid):
        wrong.append(f"another validity at {np.count_nonzero(found.valid != wanted.valid)} pixels")
    return wrong


def tifffile_differs(job: Converted, levels: list[Level]) -> list[str]:
    """tifffile reads what GDAL reads, or else what it reads of the source."""
    try:
        found = expect.tifffile_levels(job.output)
    except Exception as error:  # noqa: BLE001 - what a second reader cannot do is counted
        job.notes.add(f"tifffile cannot read it: {re.sub(r'[0-9]+', 'N', str(error))[:60]}")
        return []
    def same(a, b):
        return a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    wrong = [index for index, (a, b) in enumerate(zip(found, levels)) if not same(a, b.samples)]
    if len(found) == len(levels) and not wrong:
        job.notes.add("tifffile reads it as GDAL does")
        return []
    try:
        source = expect.tifffile_levels(job.source)
        if same(found[0], source[0]):
            job.notes.add("tifffile reads it otherwise than GDAL, but as it reads the source")
            return []
    except Exception:  # noqa: BLE001
        pass
    return [f"tifffile reads other samples at levels {wrong} of {len(found)}"]
