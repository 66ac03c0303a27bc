"""Wiping what Chroma saves of memory that it never filled: pieces of text that this process had freed, for one.

hnswlib allocates room for more elements than there are (`malloc`, not cleared), and saves all of it. An element is
cleared before it is filled, so what may hold old text is the room behind the last one.
"""

from __future__ import annotations

import struct
from pathlib import Path

# Chroma's hnswlib, header.bin: version, offset of level 0, elements there is room for, elements filled, bytes of an
# element, then what does not matter here.
_HEADER = struct.Struct("<iQQQQQQiIQQQdQ")
_VERSION = 1
_LENGTH_BYTES = 4  # of an element in length.bin


def scrub(folder: Path) -> None:
    """Zero the room behind the last element in every vector index below `folder`, which nobody may have open.

    Files of an unknown layout are left alone.
    """
    for header in folder.glob("*/header.bin"):
        data = header.read_bytes()
        if len(data) != _HEADER.size:
            continue
        version, _, room, filled, size, *_ = _HEADER.unpack(data)
        if version == _VERSION and filled <= room:
            _zero(header.with_name("data_level0.bin"), filled * size, room * size)
            _zero(header.with_name("length.bin"), filled * _LENGTH_BYTES, room * _LENGTH_BYTES)


def _zero(path: Path, start: int, end: int) -> None:
    if path.is_file() and path.stat().st_size == end:
        with path.open("r+b") as file:
            file.seek(start)
            file.write(bytes(end - start))
