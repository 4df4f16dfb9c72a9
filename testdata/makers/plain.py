"""A third TIFF writer, written from TIFF 6.0 alone: it lays blocks out as neither GDAL 3.10 nor tifffile can.

It knows every sample type, block, codec that has no parameters, predictor and byte order; the blocks of the bands may
stand plane after plane, or side by side (GDAL 3.11's INTERLEAVE=TILE).
"""
import lzma
import pathlib
import struct
import zlib

import imagecodecs
import numpy as np

ENCODE = {
    1: bytes, 5: imagecodecs.lzw_encode, 8: zlib.compress, 32773: imagecodecs.packbits_encode, 34925: lzma.compress,
    50000: imagecodecs.zstd_encode,
}
CODES = {"none": 1, "lzw": 5, "deflate": 8, "packbits": 32773, "lzma": 34925, "zstd": 50000}
SHORT, LONG, ASCII, LONG8 = 3, 4, 2, 16
FORMATS = {"u": 1, "i": 2, "f": 3, "c": 6}


def write(path: pathlib.Path, pixels: np.ndarray, *, codec: str, predictor: int, interleave: str, block: tuple[int, int],
          tiled: bool, big_endian: bool, bigtiff: bool, bits: int, sparse: bool, nodata: str | None, alpha: bool) -> None:
    """Pixels as (bands, rows, columns). `interleave` is pixel, band or tile; a strip's block is as wide as the image."""
    bands, height, width = pixels.shape
    planes = [np.moveaxis(pixels, 0, -1)] if interleave == "pixel" else [pixels[band, :, :, None] for band in range(bands)]
    encoded = [[encode(part, CODES[codec], predictor, big_endian, bits, sparse) for part in blocks(plane, block, tiled)]
               for plane in planes]
    order = [(plane, index) for plane in range(len(planes)) for index in range(len(encoded[0]))]
    if interleave == "tile":
        order.sort(key=lambda place: place[::-1])
    out = bytearray(16)
    offsets, counts = np.zeros((2, len(planes), len(encoded[0])), np.int64)
    for plane, index in order:
        content = encoded[plane][index]
        if content:
            offsets[plane, index], counts[plane, index] = len(out), len(content)
            out += content + bytes(len(content) % 2)
    names = (322, 323, 324, 325) if tiled else (None, 278, 273, 279)
    rgb = bands - alpha == 3 and pixels.dtype == np.uint8 and bits == 8
    extra = bands - (3 if rgb else 1)
    extras = [0] * (extra - alpha) + [2] * alpha
    entries = {
        256: [width], 257: [height], 258: [bits] * bands, 259: [CODES[codec]], 262: [2 if rgb else 1], 277: [bands],
        284: [1 if interleave == "pixel" else 2], 317: [predictor], names[1]: [block[1]], names[2]: offsets.ravel().tolist(),
        names[3]: counts.ravel().tolist(), 339: [FORMATS[pixels.dtype.kind]] * bands,
    } | ({names[0]: [block[0]]} if tiled else {}) | ({338: extras} if extra else {}) | ({42113: nodata} if nodata else {})
    first = len(out)
    out += directory(entries, first, ">" if big_endian else "<", bigtiff)
    out[: 16] = header(first, ">" if big_endian else "<", bigtiff)
    path.write_bytes(out)


def blocks(plane: np.ndarray, block: tuple[int, int], tiled: bool):
    """The blocks of a plane (rows, columns, samples) row by row; tiles are filled up with zeros, the last strip is short."""
    height, width, samples = plane.shape
    for top in range(0, height, block[1]):
        for left in range(0, width, block[0]):
            part = plane[top: top + block[1], left: left + block[0]]
            if tiled:
                whole = np.zeros((block[1], block[0], samples), plane.dtype)
                whole[: part.shape[0], : part.shape[1]] = part
                part = whole
            yield part


def encode(part: np.ndarray, code: int, predictor: int, big_endian: bool, bits: int, sparse: bool) -> bytes:
    if sparse and not part.any():
        return b""
    if bits < 8:
        rows = part.reshape(part.shape[0], -1)
        digits = np.unpackbits(rows[:, :, None].astype(np.uint8), axis=2)[:, :, 8 - bits:]
        return ENCODE[code](np.packbits(digits.reshape(len(rows), -1), axis=1).tobytes())
    if predictor == 3:
        return ENCODE[code](floating_point(part))
    if predictor == 2:
        numbers = part.copy(order="C").view(f"u{part.dtype.itemsize}")
        numbers[:, 1:] -= numbers[:, :-1].copy()
        part = numbers
    return ENCODE[code](part.astype(part.dtype.newbyteorder(">" if big_endian else "<")).tobytes())


def floating_point(part: np.ndarray) -> bytes:
    """Adobe's technical note 3: the bytes of a row by significance, then differences of bytes."""
    rows, _, samples = part.shape
    planes = part.astype(part.dtype.newbyteorder(">"), order="C").view(np.uint8).reshape(rows, -1, part.dtype.itemsize)
    shuffled = np.moveaxis(planes, 2, 1).reshape(rows, -1)
    differences = shuffled.copy()
    differences[:, samples:] -= shuffled[:, :-samples]
    return differences.tobytes()


def header(first: int, order: str, bigtiff: bool) -> bytes:
    mark = b"MM" if order == ">" else b"II"
    return mark + (struct.pack(f"{order}HHHQ", 43, 8, 0, first) if bigtiff else struct.pack(f"{order}HI8x", 42, first))


def directory(entries: dict, at: int, order: str, bigtiff: bool) -> bytes:
    """A directory at an offset, followed by the values that do not fit into it."""
    room, letter = (8, "Q") if bigtiff else (4, "I")
    fixed = (8 if bigtiff else 2) + len(entries) * (4 + 2 * room) + room
    head, tail = struct.pack(f"{order}{'Q' if bigtiff else 'H'}", len(entries)), b""
    for tag, values in sorted(entries.items()):
        kind, content = value(values, order, bigtiff)
        count = len(values) + isinstance(values, str)
        head += struct.pack(f"{order}HH{letter}", tag, kind, count)
        if len(content) > room:
            place, tail = at + fixed + len(tail), tail + content + bytes(len(content) % 2)
            content = struct.pack(f"{order}{letter}", place)
        head += content.ljust(room, b"\0")
    return head + bytes(room) + tail


def value(values, order: str, bigtiff: bool) -> tuple[int, bytes]:
    if isinstance(values, str):
        return ASCII, values.encode() + b"\0"
    largest = max(values)
    kind, letter = (SHORT, "H") if largest < 1 << 16 else (LONG8, "Q") if bigtiff else (LONG, "I")
    return kind, struct.pack(f"{order}{len(values)}{letter}", *values)
