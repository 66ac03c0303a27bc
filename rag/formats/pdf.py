"""A PDF → its text, page by page, by pypdf. Nothing in it is run, and nothing it names is fetched."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterable

from rag.formats.extracted import Extracted, Unreadable

MAX_PAGES = 2_000
MAX_CHARACTERS = 10_000_000
_HYPHENATED = re.compile(r"(?<=[a-zß-ÿ])[-\u00ad\u2010]\n(?=[a-zß-ÿ])")
_GAP = "\n\n"


def extract(data: bytes) -> list[Extracted]:
    """The text of a PDF, with the offsets at which its pages begin.

    Raises:
        Unreadable: it is damaged, encrypted, too long, or has no text, as a scan has none.
    """
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it reports every flaw that it can work around
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("an encrypted PDF; save it without a password")
        if len(reader.pages) > MAX_PAGES:
            raise Unreadable(f"{len(reader.pages):,} pages are more than {MAX_PAGES:,}; split it")
        text, pages = _joined(page.extract_text() for page in reader.pages)
        about = reader.metadata
        title, author = (about.title, about.author) if about else (None, None)
    except Unreadable:
        raise
    except Exception as error:  # a hostile file makes it raise whatever its parts may
        raise Unreadable(f"not a PDF, or damaged ({type(error).__name__}: {error})") from error
    if not text.strip():
        raise Unreadable("no text in this PDF; a scan has to be recognised (OCR) first")
    return [Extracted(text, title=_plain(title), author=_plain(author), pages=pages)]


def _joined(texts: Iterable[str]) -> tuple[str, tuple[int, ...]]:
    """The texts of the pages as one, and where each begins; words that were divided at a line's end are whole again."""
    pieces: list[str] = []
    pages: list[int] = []
    length = 0
    for text in texts:
        piece = _HYPHENATED.sub("", text.replace("\0", "")).strip()
        pages.append(length)
        pieces.append(piece)
        length += len(piece) + len(_GAP)
        if length > MAX_CHARACTERS:
            raise Unreadable(f"more than {MAX_CHARACTERS:,} characters of text; split it")
    return _GAP.join(pieces), tuple(pages)


def _plain(value: object) -> str:
    return " ".join(str(value).split())[:1000] if value else ""
