#!/usr/bin/env python3
"""What GDAL's COG driver makes of every method x type x nodata x size, for tests/kernels.rs.

    python tests/oracle/kernels.py DIR [METHOD..]
    COGWORK_KERNEL_CASES=DIR cargo test --release --test kernels -- --nocapture

Writes DIR/cases.json, a list of cases, and DIR/cases.bin, their little-endian arrays.  Each case is
one step from one level to the next, both of them GDAL's.  Needs rasterio; the oracle is GDAL 3.10.3.
"""
import itertools
import json
import os
import sys
import tempfile

import numpy as np
import rasterio
import rasterio.shutil

METHODS = ["nearest", "average", "mode", "rms", "gauss", "bilinear", "cubic", "cubicspline", "lanczos"]
TYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"]
SIZES = [(300, 260), (513, 300), (512, 256), (531, 133), (129, 513), (1, 700), (700, 1), (2049, 3), (3, 1000), (300, 2)]
BLOCK = 128


class Cases:
    """Collects cases; `save` writes them."""

    def __init__(self):
        self.cases, self.chunks, self.length = [], [], 0
        self.seen = {}

    def put(self, array):
        array = np.ascontiguousarray(array)
        raw = array.astype(array.dtype.newbyteorder("<")).tobytes()
        if raw not in self.seen:
            self.seen[raw] = [self.length, len(raw)]
            self.chunks.append(raw)
            self.length += len(raw)
        return self.seen[raw]

    def add(self, name, method, nodata, source, expected, mask=None):
        self.cases.append({
            "name": name,
            "method": method,
            "type": str(source.dtype),
            "nodata": None if nodata is None else repr(nodata),
            "from": [source.shape[1], source.shape[0]],
            "to": [expected.shape[1], expected.shape[0]],
            "source": self.put(source),
            "mask": None if mask is None else self.put(mask),
            "expected": self.put(expected),
        })

    def save(self, directory):
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, "cases.bin"), "wb") as f:
            f.write(b"".join(self.chunks))
        with open(os.path.join(directory, "cases.json"), "w") as f:
            f.write("[\n" + ",\n".join(json.dumps(c) for c in self.cases) + "\n]\n")


def cog(bands, method, nodata=None, mask=None, alpha=False, block=BLOCK):
    """The levels of a COG of `bands` (count, rows, columns): lists of samples and of masks."""
    count, height, width = bands.shape
    profile = dict(driver="GTiff", width=width, height=height, count=count, dtype=bands.dtype.name)
    if nodata is not None:
        profile["nodata"] = nodata
    if alpha:
        profile.update(photometric="RGB", alpha="YES")
    with tempfile.TemporaryDirectory() as directory, rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        source, target = os.path.join(directory, "a.tif"), os.path.join(directory, "b.tif")
        with rasterio.open(source, "w", **profile) as out:
            out.write(bands)
            if mask is not None:
                out.write_mask(mask)
        rasterio.shutil.copy(source, target, driver="COG", blocksize=block, compress="NONE",
                             overview_resampling=method, bigtiff="NO")
        with rasterio.open(target) as data:
            levels = len(data.overviews(1))
        samples, masks = [bands], [mask]
        for level in range(levels):
            with rasterio.open(target, overview_level=level) as data:
                samples.append(data.read())
                masks.append(data.read_masks(1) if mask is not None else None)
        return samples, masks


def source_level(samples, level):
    """GDAL starts again from the full image when the level above is no wider than this one."""
    return level - 1 if samples[level - 1].shape[2] > samples[level].shape[2] else 0


def content(kind, dtype, size, seed):
    """Noise over the type's whole range, few values (ties, collisions), or a smooth surface."""
    width, height = size
    rng = np.random.default_rng(seed)
    info = np.iinfo(dtype) if dtype.kind in "iu" else None
    if kind == "few":
        return rng.integers(0, 4, (height, width)).astype(dtype)
    if kind == "full":
        if info:
            return rng.integers(info.min, info.max, (height, width), dtype=dtype, endpoint=True)
        return ((rng.random((height, width)) - 0.5) * 10.0 ** rng.integers(-3, 4, (height, width))).astype(dtype)
    y, x = np.mgrid[:height, :width]
    low, high = (info.min, info.max) if info else (-1e4, 1e4)
    wave = 0.5 + 0.3 * np.sin(x / 7.0 + y / 11.0) + 0.15 * rng.random((height, width))
    return np.clip(low + wave * (float(high) - float(low)), low, high if not info or info.bits < 64 else 2.0 ** 62).astype(dtype)


def holes(values, nodata, seed):
    """A fifth of the pixels, and a block, become nodata."""
    rng = np.random.default_rng(seed)
    values = values.copy()
    values[rng.random(values.shape) < 0.2] = nodata
    height, width = values.shape
    values[height // 4: height // 2, width // 3: 2 * width // 3] = nodata
    return values


def nodatas(dtype):
    if dtype.kind == "f":
        return [None, -9999.0, 2.0, 0.0, float("nan")]
    info = np.iinfo(dtype)
    if info.bits == 64:
        return [None, 0, 2, 2 ** 53]
    return [None, 0, 2, info.max, info.min]


def matrix(cases, methods):
    seed = 0
    for name, size in itertools.product(TYPES, SIZES):
        dtype = np.dtype(name)
        for nodata in nodatas(dtype):
            for kind in ["few", "full", "smooth"]:
                seed += 1
                values = content(kind, dtype, size, seed)
                if nodata is not None:
                    values = holes(values, nodata, seed)
                elif dtype.kind == "f" and kind == "full":
                    values[np.random.default_rng(seed).random(values.shape) < 0.002] = np.nan
                for method in methods:
                    samples, _ = cog(values[None], method, nodata)
                    for level in range(1, len(samples)):
                        above = source_level(samples, level)
                        cases.add(f"{name} nodata={nodata} {size} {kind} level {level}", method, nodata,
                                  samples[above][0], samples[level][0])


def masked(cases, methods):
    """Internal masks, with and without nodata, the masks themselves, and alpha bands."""
    for seed, (name, size, nodata, kind) in enumerate(itertools.product(
            ["uint8", "uint16", "int16", "float32", "float64"], SIZES[:2] + SIZES[7:8], [None, 2], ["few", "full"])):
        values = content(kind, np.dtype(name), size, seed)
        mask = holes(np.full(values.shape, 255, "u1"), 0, seed)
        for method in methods:
            samples, masks = cog(values[None], method, nodata, mask)
            for level in range(1, len(samples)):
                above = source_level(samples, level)
                # GDAL's own mask levels weigh 1; only the last bit of doubles shows it.
                weights = masks[above] if above == 0 else masks[above] // 255
                title = f"masked {name} nodata={nodata} {size} {kind} level {level}"
                cases.add(title, method, nodata, samples[above][0], samples[level][0], weights)
                cases.add(title + " mask", method, None, masks[above], masks[level], masks[above])
    for seed, size in enumerate(SIZES[:2]):
        values = np.stack([content("full", np.dtype("uint8"), size, seed * 4 + band) for band in range(4)])
        values[3] = holes(values[3], 0, seed)
        for method in methods:
            samples, _ = cog(values, method, alpha=True)
            for level, band in itertools.product(range(1, len(samples)), [0, 3]):
                cases.add(f"alpha {size} band {band} level {level}", method, None, samples[level - 1][band],
                          samples[level][band], samples[level - 1][3])


if __name__ == "__main__":
    assert rasterio.__gdal_version__ == "3.10.3", rasterio.__gdal_version__
    collected = Cases()
    matrix(collected, sys.argv[2:] or METHODS)
    masked(collected, sys.argv[2:] or METHODS)
    collected.save(sys.argv[1])
    print(len(collected.cases), "cases,", collected.length, "bytes")
