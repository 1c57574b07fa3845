"""Index PNGs of every depth, with each of PNG's row filters, which encoders choose as they like."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

BITS = (1, 2, 4, 8)


def ids_of(bits: int) -> NDArray[np.uint8]:
    """11×13 ids that use the whole range of `bits`."""
    return np.random.default_rng(bits).integers(0, 1 << bits, (11, 13)).astype(np.uint8)


def encoded(ids: NDArray[np.uint8], bits: int) -> bytes:
    """A PNG whose rows go through the filters 0 to 4 in turn."""
    height, width = ids.shape
    spread = ((ids[..., None] >> np.arange(bits - 1, -1, -1)) & 1).reshape(height, -1)
    rows = np.packbits(spread, axis=1).astype(np.int64)
    above = np.vstack([np.zeros((1, rows.shape[1]), np.int64), rows[:-1]])
    data = b"".join(
        _filtered(row, up, index % 5)
        for index, (row, up) in enumerate(zip(rows, above, strict=True))
    )
    head = struct.pack(">IIBBBBB", width, height, bits, 3, 0, 0, 0)
    palette = bytes(value for index in range(1 << bits) for value in (index, 0, 255 - index))
    chunks = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(data)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _filtered(row: NDArray[np.int64], up: NDArray[np.int64], kind: int) -> bytes:
    """One row as PNG's specification, section 9, filters it."""
    left, corner = np.roll(row, 1), np.roll(up, 1)
    left[0] = corner[0] = 0
    guess = left + up - corner
    near = np.abs(np.stack([guess - left, guess - up, guess - corner])).argmin(axis=0)
    paeth = np.choose(near, [left, up, corner])
    base = (np.zeros_like(row), left, up, (left + up) // 2, paeth)[kind]
    return bytes([kind]) + ((row - base) % 256).astype(np.uint8).tobytes()


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
