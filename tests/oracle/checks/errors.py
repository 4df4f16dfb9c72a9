"""What goes wrong must be said on one line, with the right exit code, and hurt nothing."""
import pathlib
import re
from dataclasses import dataclass

from .bench import Bench, Report

DATA, USAGE = {1}, {2}


@dataclass(frozen=True)
class Wrong:
    name: str
    arguments: tuple
    codes: set[int]
    says: str = ""


def errors_on_one_line(bench: Bench, report: Report) -> None:
    """Wrong paths, files, grids and values: exit code, one line, an existing output unharmed."""
    for wrong in masks(bench) + reads(bench):
        with report.case(f"error {wrong.name}"):
            fails_well(bench, wrong)


def masks(bench: Bench) -> list[Wrong]:
    scene = bench.scene
    visual, classes, search = scene / "visual.tif", scene / "SCL.tif", scene / "mysearch.json"
    text, short, head = bench.folder / "text.tif", bench.folder / "short.tif", bench.folder / "head.tif"
    text.write_text("this is no TIFF\n")
    short.write_bytes(visual.read_bytes()[: visual.stat().st_size // 2])
    head.write_bytes(visual.read_bytes()[: 100])

    def mask(image=visual, by=classes, values="8,9", *more):
        return ("mask", image, "--by", by, "--values", values, "-o", bench.folder / "out.tif", *more)

    matching = ("--overview", 0)
    return [
        Wrong("no such image", mask(scene / "nothing.tif"), DATA, r"nothing\.tif"),
        Wrong("no such classes", mask(visual, scene / "nothing.tif", "8,9", *matching), DATA, r"nothing\.tif"),
        Wrong("text as image", mask(text), DATA, r"text\.tif"),
        Wrong("text as classes", mask(visual, text, "8,9", *matching), DATA, r"text\.tif"),
        Wrong("empty file", mask(pathlib.Path("/dev/null")), DATA),
        Wrong("folder as image", mask(bench.root / "testdata"), DATA),
        Wrong("truncated image", mask(short, visual, "8,9"), DATA, r"short\.tif"),
        Wrong("truncated header", mask(head), DATA, r"head\.tif"),
        Wrong("truncated base", ("mask", short, "--by", short, "--values", "8", "-o", bench.folder / "out.tif"), DATA, r"short\.tif"),
        Wrong("grids differ", mask(), DATA | USAGE, r"(?i)overview[^0-9]*0"),
        Wrong("no such overview", mask(visual, classes, "8,9", "--overview", 17), DATA | USAGE, "17"),
        Wrong("value too large", mask(visual, classes, "300", *matching), DATA | USAGE, "300"),
        Wrong("value is a word", mask(visual, classes, "abc", *matching), USAGE, "abc"),
        Wrong("value is missing", mask(visual, classes, "", *matching), USAGE),
        Wrong("odd block size", mask(visual, classes, "8", *matching, "--blocksize", 100), USAGE, "100"),
        Wrong("unknown codec", mask(visual, classes, "8", *matching, "--compress", "jpeg2000"), USAGE, "jpeg2000"),
        Wrong("unknown option", mask(visual, classes, "8", *matching, "--wrong"), USAGE, "--wrong"),
        Wrong("float predictor on bytes", mask(visual, classes, "8", *matching, "--predictor", 3), DATA | USAGE),
        Wrong("nodata out of range", mask(visual, classes, "8", *matching, "--nodata", 300), DATA | USAGE, "300"),
        Wrong("no such asset", mask(f"{search}#-1/nothing"), DATA | USAGE, "nothing"),
        Wrong("no such item", mask(f"{search}#7/visual"), DATA | USAGE, "7"),
        Wrong("asset elsewhere", mask(f"{search}#0/visual", classes, "8,9"), DATA | USAGE, "example.org"),
        Wrong("no such folder", ("mask", visual, "--by", classes, "--values", "8", *matching, "-o", bench.folder / "no" / "out.tif"), DATA),
    ]


def reads(bench: Bench) -> list[Wrong]:
    visual, raw = bench.scene / "visual.tif", bench.folder / "out.tif"
    return [
        Wrong("info of nothing", ("info", bench.scene / "nothing.tif", "--json"), DATA, r"nothing\.tif"),
        Wrong("read of nothing", ("read", bench.scene / "nothing.tif", "--raw", raw), DATA, r"nothing\.tif"),
        Wrong("read of a truncated file", ("read", bench.folder / "short.tif", "--raw", raw), DATA, r"short\.tif"),
        Wrong("window outside", ("read", visual, "--window", "700,700,100,100", "--raw", raw), DATA | USAGE),
        Wrong("window of words", ("read", visual, "--window", "a,b,c,d", "--raw", raw), USAGE),
        Wrong("window of no size", ("read", visual, "--window", "0,0,0,5", "--raw", raw), DATA | USAGE),
        Wrong("band 0", ("read", visual, "--bands", "0", "--raw", raw), DATA | USAGE),
        Wrong("band 4 of 3", ("read", visual, "--bands", "4", "--raw", raw), DATA | USAGE, "4"),
        Wrong("no command", (), USAGE),
    ]


def fails_well(bench: Bench, wrong: Wrong) -> None:
    output = bench.folder / "out.tif"
    output.write_bytes(b"what was here before")
    before = sorted(p.name for p in bench.folder.iterdir())
    done = bench.program.run(*wrong.arguments)
    said = done.stderr.decode(errors="replace")
    assert done.returncode in wrong.codes, f"exit {done.returncode}, expected {sorted(wrong.codes)}: {said.strip()}"
    assert len(said.splitlines()) == 1 and said.strip(), f"{len(said.splitlines())} lines on standard error: {said!r}"
    assert "panicked" not in said and re.search(wrong.says, said), f"the message does not name {wrong.says!r}: {said.strip()}"
    assert output.read_bytes() == b"what was here before", "the existing output was changed"
    assert sorted(p.name for p in bench.folder.iterdir()) == before, "files were left behind"
