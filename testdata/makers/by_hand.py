"""TIFFs byte by byte: what no writer would write."""
import struct

CODES = {"B": 1, "s": 2, "H": 3, "I": 4, "h": 8, "i": 9, "Q": 16}


def tiff(tags, body: bytes, endian: str = "<") -> bytes:
    """A classic TIFF of one directory; `body` begins at 8. Tags are (number, struct code, values)."""
    start = 8 + len(body) + len(body) % 2
    tail_at = start + 2 + 12 * len(tags) + 4
    directory, tail = struct.pack(endian + "H", len(tags)), b""
    for tag, code, values in sorted(tags):
        value = bytes(values) if code == "s" else struct.pack(endian + code * len(values), *values)
        directory += struct.pack(endian + "HHI", tag, CODES[code], len(values))
        if len(value) <= 4:
            directory += value.ljust(4, b"\0")
        else:
            directory += struct.pack(endian + "I", tail_at + len(tail))
            tail += value + b"\0" * (len(value) % 2)
    head = {"<": b"II", ">": b"MM"}[endian] + struct.pack(endian + "HI", 42, start)
    return head + body + b"\0" * (len(body) % 2) + directory + b"\0" * 4 + tail
