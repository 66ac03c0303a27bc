"""Files in one archive with their SHA-256, taken out again only if every one of them is as it was."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from rag.errors import StoreError

CHECKSUMS = "checksums.json"
_BLOCK = 1 << 20  # bytes copied at once
_MOST_CHECKSUMS = 1 << 20  # bytes: an archive has a dozen files
_QUICK = 1  # of zlib's levels: a third of the time of the default, for a tenth more bytes


def pack(archive: Path, files: Mapping[str, Path]) -> None:
    """Write files, by the names that they are to have, and what they should be into an archive."""
    sums = {}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=_QUICK) as out:
        for name, path in sorted(files.items()):
            with path.open("rb") as source, out.open(name, "w", force_zip64=True) as target:
                size, digest = _copy(source, target)
            sums[name] = {"bytes": size, "sha256": digest}
        out.writestr(CHECKSUMS, json.dumps(sums, indent=1))


def unpack(archive: Path, folder: Path) -> tuple[str, ...]:
    """Take every file out into a folder, and return their names.

    Raises:
        StoreError: it is no such archive, or not intact; what was taken out until then is left to the caller.
        OSError: the archive cannot be read, or the folder cannot be written.
    """
    try:
        with zipfile.ZipFile(archive) as source:
            sums = _checksums(source)
            for name, told in sums.items():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with source.open(name) as packed, target.open("wb") as out:
                    size, digest = _copy(packed, out, int(told["bytes"]))
                if (size, digest) != (told["bytes"], told["sha256"]):
                    raise _damaged(archive, f"{name} is not what it was")
            return tuple(sums)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, KeyError,
            TypeError) as error:  # fmt: skip
        raise _damaged(archive, error) from error


def _checksums(source: zipfile.ZipFile) -> dict[str, dict[str, int | str]]:
    """What the files should be; exactly those that there are, none of which leads out of the folder."""
    if source.getinfo(CHECKSUMS).file_size > _MOST_CHECKSUMS:
        raise ValueError("its list of files is too long")
    sums: dict[str, dict[str, int | str]] = json.loads(source.read(CHECKSUMS))
    if sorted(source.namelist()) != sorted([*sums, CHECKSUMS]):
        raise ValueError("its list of files is not that of its files")
    if bad := next((name for name in sums if not _is_plain(name)), None):
        raise ValueError(f"{bad!r} is not the name of a file in it")
    return sums


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and not set(name) & set('\\:\0')


def _copy(source: IO[bytes], target: IO[bytes], most: int | None = None) -> tuple[int, str]:
    """Copy up to one byte more than `most`; return how many bytes it were, and their SHA-256."""
    size, whole = 0, hashlib.sha256()
    while block := source.read(_BLOCK):
        size += len(block)
        whole.update(block)
        target.write(block)
        if most is not None and size > most:
            break
    return size, whole.hexdigest()


def _damaged(archive: Path, error: object) -> StoreError:
    return StoreError(f"{archive} is not an export of Cited, or not intact ({error}). Export it once more.")
