"""A Word document → its paragraphs and the cells of its tables, in their order, by python-docx."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from rag.formats.extracted import Extracted, Unreadable, check_markup, unpacked


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
        title = about.title or next(_titles(document), "")
        found = Extracted("\n\n".join(blocks), title=title, author=about.author or "")
    except Exception as error:  # a hostile file makes it raise whatever its parts may
        raise Unreadable(f"not a Word document, or damaged ({type(error).__name__}); open and save it again") from error
    if not blocks:
        raise Unreadable("no text in this document")
    return [found]


def _blocks(document: Any) -> Iterator[str]:  # noqa: ANN401
    from docx.table import Table

    for block in document.iter_inner_content():
        if isinstance(block, Table):
            yield from (" | ".join(_cells(row)) for row in block.rows)
        else:
            yield block.text


def _cells(row: Any) -> list[str]:  # noqa: ANN401
    """The texts of a row's cells; one that spans several columns counts once."""
    cells = {id(cell._tc): " ".join(cell.text.split()) for cell in row.cells}
    return list(cells.values())


def _titles(document: Any) -> Iterator[str]:  # noqa: ANN401
    for paragraph in document.paragraphs[:20]:
        if paragraph.style is not None and paragraph.style.name in ("Title", "Heading 1") and paragraph.text.strip():
            yield paragraph.text.strip()
