#!/usr/bin/env python3
"""The command line against GDAL, tifffile and both COG validators.

    python tests/oracle/oracle.py target/release/cogwork            # every check
    python tests/oracle/oracle.py target/release/cogwork errors     # those named
    python tests/oracle/oracle.py --list

Every expected value is GDAL's, tifffile's or a validator's, never cogwork's own. Needs requirements.txt and, of Debian,
python3-gdal for GDAL's validator and graphviz. Exits non-zero when any case fails; the last line counts the cases.
"""
import argparse
import concurrent.futures
import os
import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "testdata"))

from checks import CHECKS, Bench, Program, Report  # noqa: E402 - the makers of testdata must be importable first


def main() -> int:
    options = arguments()
    if options.list:
        for name, check in CHECKS.items():
            print(f"{name:12} {check.__doc__.splitlines()[0]}")
        return 0
    report = Report()
    with tempfile.TemporaryDirectory(prefix="oracle-") as folder:
        bench = Bench(Program(pathlib.Path(options.binary).resolve()), ROOT, shared(report), pathlib.Path(folder))
        # Most of a check is Python's own work, so checks run side by side, each in a process of its own.
        with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
            running = [pool.submit(run, name, bench) for name in options.checks or CHECKS]
            for done in concurrent.futures.as_completed(running):
                report.add(done.result())
    for failure in report.failures:
        print(f"FAILED {failure}")
    print(f"{report.passed} passed, {len(report.failures)} failed")
    return 1 if report.failures else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", help="the cogwork to test, built with --features cli")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help="names of checks, all unless given")
    parser.add_argument("--list", action="store_true", help="name the checks and stop")
    options = parser.parse_args()
    if not options.list and not options.binary:
        parser.error("give the binary to test")
    unknown = set(options.checks) - set(CHECKS)
    if unknown:
        parser.error(f"no such check: {', '.join(sorted(unknown))}")
    return options


def shared(report: Report) -> pathlib.Path | None:
    """The folder beside the repository that holds the large scene; its absence is a failure in CI only."""
    folder = ROOT.parent / "shared"
    if folder.is_dir():
        return folder
    with report.case("../shared"):
        assert "CI" not in os.environ, "the folder shared is not beside the repository"
        print("the folder shared is not beside the repository: its scene is left out")
    return None


def run(name: str, bench: Bench) -> Report:
    report, started = Report(), time.monotonic()
    with report.guard(name):
        CHECKS[name](bench.in_folder(name), report)
    print(f"{name}: {report.passed} passed, {len(report.failures)} failed, {time.monotonic() - started:.1f} s", flush=True)
    return report


if __name__ == "__main__":
    sys.exit(main())
