"""Pictures: what Pillow decodes of them is what rasterio and numpy make of the pixels."""
import hashlib
import json

import numpy as np
from PIL import Image

from .bench import Bench, Report


def decoded_pictures(bench: Bench, report: Report) -> None:
    """PNGs of the shipped files, pixel by pixel, by the cases of testdata/picture."""
    folder = bench.root / "testdata"
    for number, case in enumerate(json.loads((folder / "picture" / "expected.json").read_text())["cases"]):
        if "sha256" not in case:  # colours of a map, which the tests of the library look up
            continue
        with report.case(f"{case['file']} {case['options']}"):
            output = bench.folder / f"{number}.png"
            bench.program.succeed("quicklook", folder / case["file"], "-o", output, *words(case["options"]))
            with Image.open(output) as image:
                assert list(image.size) == case["size"], f"{image.size} pixels"
                pixels = np.asarray(image.convert("RGBA"))
            assert hashlib.sha256(pixels.tobytes()).hexdigest() == case["sha256"], "other pixels"


def words(options: dict) -> list[str]:
    """The options of a case as those of the command line."""
    def text(value) -> str:
        return ",".join(str(part) for part in value) if isinstance(value, list) else str(value)
    return [f"--{name}={text(value)}" for name, value in options.items()]
