"""A Word document → its paragraphs and the cells of its tables, in their order, by python-docx."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from rag.formats.extracted import Extracted, Unreadable, check_markup, unpacked

_MADE_UP_TITLE = "Word Document"  # what python-docx says of a document that says nothing


def extract(data: bytes) -> list[Extracted]:
    """The text of a document.

    Raises:
        Unreadable: it is damaged or has no text.
    """
    import docx

    with unpacked(data, "Word") as archive:
        check_markup(sum(entry.file_size for entry in archive.infolist() if entry.filename.endswith((".xml", ".rels"))))
    try:
        document = docx.Document(io.BytesIO(data))
        blocks = [block for block in _blocks(document) if block.strip()]
        about = document.core_properties
        stated = "" if about.title == _MADE_UP_TITLE else about.title
        title = stated or next(_titles(document), "")
        found = Extracted("\n\n".join(blocks), title=title, author=about.author or "")
    except Exception as error:  # a hostile file makes it raise whatever its parts may
        raise Unreadable(f"not a Word document, or damaged ({type(error).__name__}); open and save it again") from error
    if not blocks:
        raise Unreadable("no text in this document")
    return [found]


def _blocks(document: Any) -> Iterator[str]:  # noqa: ANN401
    from docx.oxml.ns import qn
    from docx.table import Table

    for element in _elements(document.element.body):
        if element.tag == qn("w:tbl"):
            yield from (" | ".join(_cells(row)) for row in Table(element, document).rows)
        else:
            yield "".join(_pieces(element))


def _elements(parent: Any) -> Iterator[Any]:  # noqa: ANN401
    """The paragraphs and tables of a part in their order, those in content controls among them."""
    from docx.oxml.ns import qn

    for element in parent:
        if element.tag == qn("w:sdt"):
            yield from (found for content in element.findall(qn("w:sdtContent")) for found in _elements(content))
        elif element.tag in (qn("w:p"), qn("w:tbl")):
            yield element


def _pieces(paragraph: Any) -> Iterator[str]:  # noqa: ANN401
    """The text of a paragraph, with what was inserted under revision, and without what was deleted."""
    from docx.oxml.ns import qn

    said = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
    for element in paragraph.iter(qn("w:t"), *said):
        yield said.get(element.tag) or element.text or ""


def _cells(row: Any) -> list[str]:  # noqa: ANN401
    """The texts of a row's cells; one that spans several columns counts once."""
    cells = {id(cell._tc): " ".join(cell.text.split()) for cell in row.cells}
    return list(cells.values())


def _titles(document: Any) -> Iterator[str]:  # noqa: ANN401
    for paragraph in document.paragraphs[:20]:
        if paragraph.style is not None and paragraph.style.name in ("Title", "Heading 1") and paragraph.text.strip():
            yield paragraph.text.strip()
