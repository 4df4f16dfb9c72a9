"""`convert` on every file at hand: what GDAL and tifffile read of the source, they read of the COG."""
import collections
import concurrent.futures
import json
import os
import pathlib
import re
from dataclasses import dataclass, field

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
        said = facts.entry(job.source)
    except rasterio.errors.RasterioError:
        job.notes.add("GDAL cannot read the source")
        return
    done = program.run("--timing", "convert", job.source, "-o", job.output, *job.manner.split())
    message = done.stderr.decode(errors="replace").strip()
    if done.returncode:
        job.notes.add(refused(message))
        return
    copied = json.loads(message.splitlines()[-1])["tiles_decoded"] == 0
    told = json.loads(program.run("validate", job.output, "--json", "--strict", "--full=yes").stdout)
    job.wrong += [f"cogwork validate: {each['message']}" for each in told["findings"] if each["severity"] != "note"]
    verdict = strict_verdict(job.output)
    if verdict != [[], []]:
        job.wrong.append(f"rio-cogeo: {verdict}")
    found, found_nodata = gdal(job.output)
    near = 0 if copied or not lossy(job.source) else 2
    job.notes.add("tiles copied" if copied else "pixels encoded anew" if not near else "lossy pixels encoded anew")
    job.wrong += different_levels(job, levels, found, near)
    if nodata != found_nodata:
        job.wrong.append(f"nodata {found_nodata}, expected {nodata}")
    again = facts.entry(job.output)
    job.wrong += [f"{what} {again[what]}, expected {said[what]}" for what in said if said[what] != again[what]]
    job.wrong += tifffile_differs(job, found)


def refused(message: str) -> str:
    """The reason without places and numbers; only a kind of file that is not read, or not written, may be refused."""
    reason = message.splitlines()[-1].split(": ", 2)[-1]
    return "refused: " + re.sub(r"\d+", "N", reason)


def lossy(path: pathlib.Path) -> bool:
    with tifffile.TiffFile(path) as tiff:
        return int(tiff.pages[0].compression) in (6, 7, 34887, 50001)


def different_levels(job: Converted, levels: list[Level], found: list[Level], near: int) -> list[str]:
    """The base and the overviews that there were; where there were none, those that GDAL's COG driver computes."""
    if len(levels) == 1 and len(found) > 1:
        levels = levels + computed_by_gdal(job, found)
    if len(levels) != len(found):
        return [f"{len(found)} levels, expected {len(levels)}"]
    return [f"level {index}: {what}" for index, pair in enumerate(zip(found, levels)) for what in different(*pair, near)]


def computed_by_gdal(job: Converted, found: list[Level]) -> list[Level]:
    with rasterio.open(job.output) as raster:
        block = raster.block_shapes[0][0]
    reference = job.output.with_suffix(".reference.tif")
    try:
        rasterio.shutil.copy(job.source, reference, driver="COG", blocksize=block, compress="DEFLATE", overview_count=len(found) - 1)
        return gdal(reference)[0][1:]
    finally:
        reference.unlink(missing_ok=True)


def different(found: Level, wanted: Level, near: int) -> list[str]:
    ours, theirs = found.samples, wanted.samples
    if (ours.shape, ours.dtype) != (theirs.shape, theirs.dtype):
        return [f"{ours.dtype} {ours.shape}, expected {theirs.dtype} {theirs.shape}"]
    wrong = []
    if ours.tobytes() != theirs.tobytes():
        equal = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs)) if ours.dtype.kind in "fc" else ours == theirs
        if near:
            equal = np.abs(ours.astype(float) - theirs) <= near
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
