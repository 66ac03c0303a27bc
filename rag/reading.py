"""A file → the Articles in it, or a Rejection with its reason; what stands in the file decides everything.

Offsets are those of the decoded text for plain text, and of the text that was extracted for every other format.
"""

from __future__ import annotations

import codecs
import errno
import importlib
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from rag.folder import SourceFile, os_reason
from rag.formats.extracted import Extracted, Unreadable
from rag.formats.records import extract_csv, extract_json, extract_json_lines
from rag.leftovers import find_leftovers
from rag.plaintext import VISIBLE, first_lines, iso_date, plain_article, stated_date, title_of
from rag.types import Article, Rejection

_BOMS = (  # UTF-32's little-endian mark begins with UTF-16's, so it is tried first
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_Said = TypeVar("_Said", Article, Extracted)
_OPEN_FLAGS = os.O_RDONLY
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
    _OPEN_FLAGS |= getattr(os, _name, 0)


def read_file(file: SourceFile, *, max_bytes: int) -> tuple[Article, ...] | Rejection:
    """The articles of a file: one, or one for each record of a table or a JSON file.

    The offsets are those of the decoded text: byte-order mark removed, nothing else changed; in formats other than
    plain text, those of the text that was extracted. Never raises for a bad file; the Rejection says what is wrong.
    """
    try:
        data = _bytes(file.path, max_bytes)
    except OSError as error:
        is_link = error.errno == errno.ELOOP
        why = "it has become a symbolic link" if is_link else f"it cannot be read: {os_reason(error)}"
        return Rejection(file.source, why)
    if data is None:
        return Rejection(file.source, "not a regular file")
    if len(data) > max_bytes:
        sizes = f"its {max(file.size, len(data)):,} bytes are more than the limit of {max_bytes:,}"
        return Rejection(file.source, f"{sizes}; raise CITED_MAX_FILE_MB to read it")
    suffix = os.path.splitext(file.source)[1].lower()
    try:
        if suffix in _DOCUMENTS:
            return _extracted(file.source, _document(suffix, data))
        text = _decoded(data)
        if flaw := _why_no_text(text):
            return Rejection(file.source, flaw)
        if suffix in _TABLES:
            return _extracted(file.source, _TABLES[suffix](text))
    except UnicodeDecodeError as error:
        return Rejection(file.source, f"invalid {error.encoding} at byte {error.start:,}; save it again as UTF-8")
    except Unreadable as error:
        return Rejection(file.source, str(error))
    article = plain_article(file.source, text)
    return article if isinstance(article, Rejection) else (_encodable(article),)


def _extracted(source: str, found: Sequence[Extracted]) -> tuple[Article, ...]:
    """What was extracted as articles; where there are several, each has its number behind the source."""
    if len(found) == 1:
        return (_article(source, found[0]),)
    return tuple(
        replace(_article(f"{source}#{number}", extracted), file=source) for number, extracted in enumerate(found, 1)
    )


def _article(source: str, found: Extracted) -> Article:
    found = _encodable(found)
    lines = first_lines(found.text)
    return Article(
        source=source,
        text=found.text,
        title=title_of(" ".join(found.title.split()), found.text, 0, lines),
        published=iso_date(found.published) or stated_date(lines),
        author=found.author or None,
        publisher=found.publisher or None,
        url=found.url or None,
        leftovers=find_leftovers(found.text, 0),
        pages=found.pages,
    )


def _encodable(said: _Said) -> _Said:
    """The same with U+FFFD for every NUL and half of a surrogate pair, as escapes in JSON, YAML and mail make them.

    No encoding can hold half a pair, and a NUL ends a text for some who read it. The offsets stay as they are.
    """
    strings = {name: getattr(said, name) or "" for name in ("text", "title", "author", "publisher", "url")}
    torn = {name: value for name, value in strings.items() if _UNFIT.search(value)}
    mended: dict[str, Any] = {name: _UNFIT.sub("\ufffd", value) for name, value in torn.items()}
    return replace(said, **mended)


def _document(suffix: str, data: bytes) -> list[Extracted]:
    """Extract a document; its format's module, and the library behind it, are imported when the first one is read."""
    found: list[Extracted] = importlib.import_module(f"rag.formats.{_DOCUMENTS[suffix]}").extract(data)
    return found


_DOCUMENTS = {".html": "html", ".htm": "html", ".pdf": "pdf", ".docx": "docx", ".epub": "epub", ".eml": "mail"}
_TABLES = {".csv": extract_csv, ".json": extract_json, ".jsonl": extract_json_lines}
EXTRACTED = frozenset({*_DOCUMENTS, *_TABLES})  # the formats that are not plain text


def _bytes(path: Path, max_bytes: int) -> bytes | None:
    """The file's first `max_bytes` + 1 bytes, or None if it is no regular file (any more)."""
    with open(os.open(path, _OPEN_FLAGS), "rb") as opened:
        found = os.fstat(opened.fileno())
        return opened.read(min(found.st_size, max_bytes) + 1) if stat.S_ISREG(found.st_mode) else None


def _decoded(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                error.start += len(mark)
                raise
    return data.decode("utf-8")


_UNFIT = re.compile("[\0\ud800-\udfff]")
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def _why_no_text(text: str) -> str | None:
    if "\0" in text:
        return "binary: it has NUL characters; if it is text in UTF-16, save it as UTF-8"
    if text.startswith(("%PDF-", "{\\rtf")):
        return "binary: a PDF or RTF document; save it as plain text"
    sample = text[:65_536]
    if 50 * len(_CONTROLS.findall(sample)) > len(sample):
        return "binary: it is full of control characters"
    return None if VISIBLE.search(text) else "empty"
