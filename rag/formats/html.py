"""A web page → its article, by trafilatura; a page that has none of what makes an article → all of its text."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

from rag.formats.extracted import Extracted, Unreadable

_BLOCKS = frozenset(
    "address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav "
    "ol p pre section table td th tr ul".split()
)
_SILENT = frozenset("script style noscript template svg head iframe object".split())
_STATED_DATES = {"original_date": True, "extensive_search": False}  # no date is guessed from what else stands there
# Trafilatura takes minutes over a page of a million elements, which is no article anyway.
MAX_ARTICLE_TAGS = 100_000
# libxml2 takes time in proportion to the square of the attributes of one tag; longer tags than these are counted.
MAX_ATTRIBUTES = 1_000
_TAG = re.compile(rb"<[a-zA-Z](?>[^\"'>]|\"[^\"]*\"|'[^']*')*+")
_LONG_TAG_BYTES = 2 * MAX_ATTRIBUTES
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")


def extract(data: bytes) -> list[Extracted]:
    """The article of a page.

    Raises:
        Unreadable: there is no text in it, or a tag that cannot be parsed in reasonable time.
    """
    _check_tags(data)
    found = _article(data) if data.count(b"<") <= MAX_ARTICLE_TAGS else None
    text = found.text if found else paragraphs(data)
    if not text.strip():
        raise Unreadable("no text in this page")
    return [found or Extracted(text, title=_title(data))]


def paragraphs(markup: bytes | str) -> str:
    """All the text of some HTML, a blank line between its blocks.

    Raises:
        Unreadable: there is a tag that cannot be parsed in reasonable time.
    """
    from lxml import etree, html

    data = markup.encode("utf-8", "replace") if isinstance(markup, str) else markup
    _check_tags(data)
    try:
        parser = html.HTMLParser(no_network=True, recover=True, encoding="utf-8" if _is_utf8(data) else None)
        root = html.document_fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError):
        return ""
    return _joined("".join(_pieces(root)))


def _check_tags(data: bytes) -> None:
    long = (tag[0] for tag in _TAG.finditer(data) if len(tag[0]) > _LONG_TAG_BYTES)
    if any(len(_QUOTED.sub(b" ", tag).split()) > MAX_ATTRIBUTES for tag in long):
        raise Unreadable(f"a tag of more than {MAX_ATTRIBUTES:,} attributes; save the page again")


def _article(data: bytes) -> Extracted | None:
    """What trafilatura takes for the article, with what the page says of it; None if it finds none."""
    import trafilatura
    from trafilatura.settings import Document

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports what it cannot read, as we do
    try:
        found = trafilatura.bare_extraction(
            data, with_metadata=True, include_comments=False, date_extraction_params=_STATED_DATES
        )
    except Exception:  # such as a RecursionError, where elements are nested thousands deep
        return None
    said = found.as_dict() if isinstance(found, Document) else {}
    text, title, day, author, site, url = (
        str(said.get(name) or "") for name in ("text", "title", "date", "author", "sitename", "url")
    )
    return Extracted(_joined(text), title, day, author, site, url) if text.strip() else None


def _title(data: bytes) -> str:
    found = re.search(rb"<title[^>]*>(.*?)</title>", data[:100_000], re.IGNORECASE | re.DOTALL)
    return " ".join(paragraphs(found[1]).split()) if found else ""


def _pieces(root: Any) -> Iterator[str]:  # noqa: ANN401
    """The text of a tree in its order, with line ends around blocks; without recursion, however deep it is."""
    from lxml import etree

    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            yield "\n" if tag in _BLOCKS else ""
            yield (element.text or "") if tag and tag not in _SILENT else ""
        else:
            yield "\n" if tag in _BLOCKS else ""
            yield element.tail or "" if element is not root else ""


def _joined(text: str) -> str:
    return "\n\n".join(filter(None, (line.strip() for line in text.split("\n"))))


def _is_utf8(data: bytes) -> bool:
    """Tell whether a page may be read as UTF-8, whatever it says of itself."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True

