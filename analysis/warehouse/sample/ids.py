"""Identifiers: 32 lower-case hexadecimal characters, drawn once per image or post."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def hex_ids(rng: np.random.Generator, n: int) -> npt.NDArray[np.uint8]:
    """Return ``n`` random identifiers as bytes, (n, 32)."""
    pieces = np.array([f"{number:04x}".encode() for number in range(65_536)], dtype="S4")
    words = rng.integers(0, 65_536, size=(n, 8), dtype=np.uint16)
    return pieces[words].view(np.uint8).reshape(n, 32)


def strings(ids: npt.NDArray[np.uint8]) -> pa.StringArray:
    """Return identifiers as an Arrow string array without a copy per value."""
    n = ids.shape[0]
    offsets = np.arange(n + 1, dtype=np.int32) * 32
    data = np.ascontiguousarray(ids)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(data))
