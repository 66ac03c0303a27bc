"""The seal of a version: the size and checksum of each of its files, looked at when the version is opened.

The libraries that read a version trust its files. hnswlib follows the numbers of a damaged graph out of its memory,
which ends the process, and damaged vectors or BM25 scores make wrong results that look like right ones. A CRC-32 finds
what disks and half-finished copies do: 600 MB take it a third of a second.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from rag.errors import StoreError

SEAL = "seal.json"
# Chroma adds a row to this file whenever it is opened. It must not have become smaller; the rest is for SQLite to see.
_STILL_WRITTEN = "chroma.sqlite3"
_BLOCK_BYTES = 1 << 20


def seal(folder: Path) -> None:
    """Write down size and checksum of every file of a complete version, which nobody may have open to write."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    marks = {path.relative_to(folder).as_posix(): _mark(path) for path in files}
    (folder / SEAL).write_text(json.dumps(marks, indent=1), encoding="utf-8")


def check(folder: Path) -> None:
    """Compare every file of a version with its seal.

    Raises:
        StoreError: a file is missing or is not what was written; the message names it.
    """
    try:
        marks = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        names = [(folder / name, size, checksum) for name, (size, checksum) in marks.items()]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise StoreError.damaged(folder / SEAL, error) from error
    for path, size, checksum in names:
        try:
            flaw = _flaw(path, size, checksum)
        except OSError as error:
            raise StoreError.damaged(path, error.strerror or error) from error
        if flaw:
            raise StoreError.damaged(path, flaw)


def _flaw(path: Path, size: int, checksum: int | None) -> str | None:
    """Say what is wrong with a file; None if nothing is."""
    found = path.stat().st_size
    if found < size or (found > size and checksum is not None):
        return f"it has {found:,} bytes instead of {size:,}"
    if checksum is not None and _checksum(path) != checksum:
        return "it is not what was written"
    return None


def _mark(path: Path) -> tuple[int, int | None]:
    return path.stat().st_size, None if path.name == _STILL_WRITTEN else _checksum(path)


def _checksum(path: Path) -> int:
    block, checksum = bytearray(_BLOCK_BYTES), 0
    with path.open("rb", buffering=0) as file:
        while filled := file.readinto(block):
            checksum = zlib.crc32(memoryview(block)[:filled], checksum)
    return checksum
