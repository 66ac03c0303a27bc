"""The corpus as the eval sees it: every file's own characters, one hash for all; plain text without help of `rag`."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from rag.errors import CorpusError
from rag.folder import SourceFile
from rag.reading import EXTRACTED, read_file
from rag.types import Rejection

_MARKS = (  # that of UTF-16 (little-endian) is the beginning of that of UTF-32
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Texts(Mapping[str, str]):
    """Source → decoded text (byte-order mark removed, nothing else changed), each file read when first asked for.

    A file without a byte-order mark is UTF-8; one that cannot be decoded is not in the corpus (KeyError). Of a format
    other than plain text it is the text that `rag` extracts, in which offsets are; a table's records are `table.csv#1`
    and so on.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths = dict(_files(folder))
        self._texts: dict[str, str] = {}

    def __getitem__(self, source: str) -> str:
        if source not in self._texts:
            file = source if source in self._paths else source.rpartition("#")[0]
            self._texts |= _texts(file, self._paths[file])
        return self._texts[source]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def corpus_hash(folder: Path) -> str:
    """SHA-256 over every visible file's path and content, as hex.

    Raises:
        CorpusError: the folder does not exist.
    """
    digest = hashlib.sha256()
    for source, path in _files(folder):
        digest.update(f"{source}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    if not folder.is_dir():
        raise CorpusError(f"there is no folder {folder}. Name the corpus with --corpus DIR.")
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            yield relative.as_posix(), path


def _texts(source: str, path: Path) -> dict[str, str]:
    """The text of a file, or of each record in it, by source; nothing if it has none."""
    if path.suffix.lower() in EXTRACTED:
        size = path.stat().st_size
        found = read_file(SourceFile(source, path, size, 0), max_bytes=size)
        return {} if isinstance(found, Rejection) else {article.source: article.text for article in found}
    try:
        return {source: _decoded(path.read_bytes())}
    except UnicodeDecodeError:
        return {}


def _decoded(raw: bytes) -> str:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding)
    return raw.decode("utf-8")
