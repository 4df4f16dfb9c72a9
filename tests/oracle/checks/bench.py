"""What every check works with: the program under test, where things lie, and the tally."""
import contextlib
import json
import pathlib
import subprocess
from dataclasses import dataclass, field, replace

import numpy as np


class Program:
    """The cogwork binary."""

    def __init__(self, path: pathlib.Path):
        if not path.is_file():
            raise SystemExit(f"no binary at {path}: cargo build --release --features cli")
        self.path = path

    def run(self, *arguments) -> subprocess.CompletedProcess:
        """Runs to the end, whatever the exit code."""
        command = [str(self.path), *(str(a) for a in arguments)]
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=300)

    def succeed(self, *arguments) -> bytes:
        """Standard output of a run that must exit with 0."""
        done = self.run(*arguments)
        words = " ".join(str(a) for a in arguments)
        assert done.returncode == 0, f"{words}: exit {done.returncode}: {done.stderr.decode(errors='replace').strip()}"
        return done.stdout

    def info(self, source) -> dict:
        return json.loads(self.succeed("info", source, "--json"))

    def read(self, source, *options, folder: pathlib.Path) -> tuple[bytes, bytes]:
        """The samples and the validity that `read` writes."""
        raw, mask = folder / "samples.raw", folder / "valid.raw"
        self.succeed("read", source, *options, "--raw", raw, "--mask", mask)
        return raw.read_bytes(), mask.read_bytes()

    def mask(self, image, classes, output: pathlib.Path, *options, values="8,9") -> pathlib.Path:
        self.succeed("mask", image, "--by", classes, "--values", values, "-o", output, *options)
        return output


@dataclass(frozen=True)
class Bench:
    program: Program
    root: pathlib.Path
    shared: pathlib.Path | None
    folder: pathlib.Path

    def in_folder(self, name: str) -> "Bench":
        """The same with an empty folder of its own."""
        folder = self.folder / name
        folder.mkdir()
        return replace(self, folder=folder)

    @property
    def scene(self) -> pathlib.Path:
        return self.root / "testdata" / "scene"

    def random(self, seed: int) -> np.random.Generator:
        return np.random.default_rng(seed)


@dataclass
class Report:
    passed: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, other: "Report") -> None:
        self.passed += other.passed
        self.failures += other.failures

    @contextlib.contextmanager
    def case(self, name: str):
        """One case: it passes unless its body raises."""
        with self.guard(name):
            yield
            self.passed += 1

    @contextlib.contextmanager
    def guard(self, name: str):
        """Notes a failure and goes on with the next."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - any way to fail is a failed case
            text = str(error) or type(error).__name__
            self.failures.append(f"{name}: {text if isinstance(error, AssertionError) else repr(error)}")
