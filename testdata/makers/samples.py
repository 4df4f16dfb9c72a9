"""Samples for a case: a ramp that compresses, a patch of noise over the whole range, the extremes, and nodata."""
import zlib

import numpy as np

INTEGERS = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")
FLOATS = ("float16", "float32", "float64")


def pixels(case) -> np.ndarray:
    """(bands, rows, columns) of the case's type, the same on every machine."""
    (width, height), dtype = case.size, np.dtype(case.dtype)
    rng = np.random.default_rng(zlib.crc32(case.file_name().encode()))
    band, row, column = np.indices((case.bands, height, width))
    samples = ((2 * column + 3 * row) // 4 + 17 * band).astype(dtype)
    if dtype.kind == "f":
        samples = (samples * dtype.type(0.25) - dtype.type(5)).astype(dtype)
    noisy = samples[:, height // 2: height // 2 + 12, width // 3: width // 3 + 14]
    noisy[...] = noise(rng, dtype, noisy.shape)
    samples.reshape(case.bands, -1)[:, : 4] = extremes(dtype)[: height * width]
    fill(samples, case)
    return samples


def noise(rng: np.random.Generator, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    if dtype.kind == "f":
        return (rng.normal(size=shape) * 10.0 ** rng.integers(-3, 4, size=shape)).astype(dtype)
    limits = np.iinfo(dtype)
    return rng.integers(limits.min, limits.max, size=shape, dtype=dtype, endpoint=True)


def extremes(dtype: np.dtype) -> np.ndarray:
    if dtype.kind == "f":
        return np.array([np.finfo(dtype).max, -np.finfo(dtype).tiny, -0.0, np.inf], dtype)
    limits = np.iinfo(dtype)
    return np.array([limits.max, limits.min, limits.max // 2 + 1, 1], dtype)


def fill(samples: np.ndarray, case) -> None:
    """Nodata in all bands of one rectangle and in the first band of another; empty tiles where the file is to be sparse."""
    value = nodata_value(case.nodata, samples.dtype)
    if value is not None:
        samples[:, 5:12, 3:20] = value
        samples[0, 15:18, :] = value
    if case.sparse:
        (tile_width, tile_height) = case.tile
        empty = samples.dtype.type(0) if value is None else value
        samples[:, : tile_height, tile_width: 3 * tile_width] = empty
        samples[-1:, tile_height:, -case.size[0] % tile_width - tile_width:] = empty


def nodata_value(text: str | None, dtype: np.dtype):
    """The nodata text as a sample, None where no sample of the type can equal it."""
    if text is None:
        return None
    if dtype.kind == "f":
        return dtype.type(float(text))
    limits = np.iinfo(dtype)
    try:
        number = int(text)
    except ValueError:
        return None
    return dtype.type(number) if limits.min <= number <= limits.max else None
