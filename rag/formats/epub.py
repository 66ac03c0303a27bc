"""An e-book → the text of its chapters in reading order. An EPUB is zipped XHTML with a list of its parts."""

from __future__ import annotations

import posixpath
import zipfile
from typing import Any
from urllib.parse import unquote

from rag.formats.extracted import Extracted, Unreadable, check_markup, unpacked
from rag.formats.html import paragraphs

_CONTAINER = "META-INF/container.xml"
_DC = "{http://purl.org/dc/elements/1.1/}"


def extract(data: bytes) -> list[Extracted]:
    """The text of a book.

    Raises:
        Unreadable: it is damaged, protected, or has no text.
    """
    with unpacked(data, "EPUB") as book:
        try:
            package = _package(book)
            root = _xml(book, package)
            names = _spine(root, posixpath.dirname(package), book)
            check_markup(sum(book.getinfo(name).file_size for name in names))
            chapters = [paragraphs(book.read(name)) for name in names]
        except Unreadable:
            raise
        except Exception as error:  # a hostile file makes it raise whatever its parts may
            raise Unreadable(f"not an EPUB, damaged or protected ({type(error).__name__}: {error})") from error
    text = "\n\n".join(chapter for chapter in chapters if chapter)
    if not text:
        raise Unreadable("no text in this book")
    about = {name: _said(root, name) for name in ("title", "creator", "publisher", "date")}
    return [Extracted(text, about["title"], about["date"][:10], about["creator"], about["publisher"])]


def _package(book: zipfile.ZipFile) -> str:
    rootfile = _xml(book, _CONTAINER).find(".//{*}rootfile")
    if rootfile is None:
        raise ValueError("no rootfile")
    return str(rootfile.get("full-path"))


def _spine(root: Any, folder: str, book: zipfile.ZipFile) -> list[str]:  # noqa: ANN401
    """The names of the chapters' files in the order of reading; those that are not there are left out."""
    hrefs = {item.get("id"): item.get("href", "") for item in root.iterfind(".//{*}manifest/{*}item")}
    named = (hrefs.get(ref.get("idref"), "") for ref in root.iterfind(".//{*}spine/{*}itemref"))
    paths = (posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0]))) for href in named if href)
    there = set(book.namelist())
    return [path for path in paths if path in there]


def _said(root: Any, name: str) -> str:  # noqa: ANN401
    found = root.find(f".//{_DC}{name}")
    return " ".join((found.text or "").split()) if found is not None else ""


def _xml(book: zipfile.ZipFile, name: str) -> Any:  # noqa: ANN401
    """A part of the book as a tree; entities are left alone and nothing is fetched."""
    from lxml import etree

    check_markup(book.getinfo(name).file_size)
    return etree.fromstring(book.read(name), etree.XMLParser(resolve_entities=False, no_network=True))
