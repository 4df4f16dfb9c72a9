#!/usr/bin/env python3
"""The cases of tests/kernels.rs that are kept: a few of each method and type, by GDAL 3.10.3.

    python testdata/kernels/make.py          (writes cases.json and cases.bin beside itself)

A small selection of what tests/oracle/kernels.py generates, from smaller images.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../tests/oracle"))

import numpy as np  # noqa: E402

from kernels import METHODS, TYPES, Cases, cog, content, holes, source_level  # noqa: E402

# Even, odd and mixed axes; one pixel wide; several levels.
SIZES = [(18, 12), (19, 13), (20, 9), (21, 2), (1, 18)]


def add(cases, name, size, kind, nodata, seed, mask=None):
    dtype = np.dtype(name)
    values = content(kind, dtype, size, seed)
    if nodata is not None:
        values = holes(values, nodata, seed)
    for method in METHODS:
        samples, masks = cog(values[None], method, nodata, mask, block=16)
        for level in range(1, len(samples)):
            above = source_level(samples, level)
            title = f"{kind} level {level}"
            cases.add(title, method, nodata, samples[above][0], samples[level][0], masks[above])
            if mask is not None:
                cases.add(title + " mask", method, None, masks[above], masks[level], masks[above])


if __name__ == "__main__":
    cases = Cases()
    for seed, name in enumerate(TYPES):
        is_float = np.dtype(name).kind == "f"
        add(cases, name, SIZES[seed % 3], "full", None, seed)
        add(cases, name, SIZES[(seed + 1) % 3], "few", 2, seed)
        if is_float:
            add(cases, name, SIZES[0], "few", float("nan"), seed)
    for seed, size in enumerate(SIZES):
        add(cases, "uint8", size, "few", [None, 0, 255][seed % 3], 100 + seed)
    add(cases, "uint16", (35, 17), "smooth", 65535, 200)
    add(cases, "int16", (17, 12), "few", -32768, 201)
    mask = holes(np.full((12, 18), 255, "u1"), 0, 202)
    add(cases, "uint8", (18, 12), "full", None, 203, mask)
    add(cases, "float32", (18, 12), "full", None, 204, mask)
    cases.save(HERE)
    print(len(cases.cases), "cases,", cases.length, "bytes")
