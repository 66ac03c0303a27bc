"""Small valid documents in every format that Cited reads: what a fuzzer starts from."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from email.message import EmailMessage

_FIRST = "The harbour wall was mended in March 2021, after a storm had broken it in two places."
_SECOND = "The work cost $4 million, the mayor said on Tuesday; “nobody”, he added, “will miss it”."
_RECORD = {"title": "Harbour wall mended", "text": f"{_FIRST} {_SECOND}", "date": "2024-05-02", "authors": ["Ada"]}


def specimens(suffix: str) -> tuple[bytes, ...]:
    """Return valid documents of a format of `rag.folder.SUFFIXES`, a few kilobytes each."""
    return _MAKERS[suffix]()


def archive(parts: Mapping[str, bytes]) -> bytes:
    """Zip files by name, as Word documents and e-books are."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


# --- plain text


def _text() -> tuple[bytes, ...]:
    plain = f"Harbour wall mended\r\n\r\nPublished: May 2, 2024\n\n{_FIRST}\n{_SECOND}\n\nRelated Posts\nShare\n"
    return plain.encode(), plain.encode("utf-16"), plain.encode("utf-8-sig")


def _markdown() -> tuple[bytes, ...]:
    front = 'title: "Harbour: wall \\u2013 mended"\ndate: 2024-05-02\nauthors: [Ada, Bob]\nurl: https://elm.example/a'
    return f"---\n{front}\n---\n# Harbour wall *mended*\n\n- {_FIRST}\n\n> {_SECOND}\n".encode(), *_text()


# --- marked up


def _page() -> tuple[bytes, ...]:
    head = (
        '<meta charset="utf-8"><title>Harbour wall mended | Elm Times</title><meta name="author" content="Ada Quill">'
        '<meta property="article:published_time" content="2024-05-02T10:00:00Z"><script type="application/ld+json">'
        '{"@type": "NewsArticle", "headline": "Harbour wall mended", "datePublished": "2024-05-02"}</script>'
    )
    body = (
        f'<nav><a href="/">Home</a></nav><article><h1>Harbour wall mended</h1><p>{_FIRST}</p><p>{_SECOND}</p><ul><li>'
        "One&amp;&#8211;</ul><table><tr><td>cost<td>$4</table><pre>a\nb</pre></article><footer>2031</footer>"
    )
    short = "<title>Note</title><p>Short.<br>Very.<style>p {}</style>"
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode(), short.encode()


def _message() -> tuple[bytes, ...]:
    plain, marked = EmailMessage(), EmailMessage()
    for message in (plain, marked):
        message["Subject"], message["From"] = "The wall – mended", "Ada Quill <ada@elm.example>"
        message["Date"] = "Thu, 02 May 2024 10:00 +0000"
    plain.set_content(f"{_FIRST}\n{_SECOND}\n")
    marked.set_content(f"<p>{_FIRST}</p><p>{_SECOND}</p>", subtype="html", cte="base64")
    marked.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="x.pdf")
    return bytes(plain), bytes(marked)


# --- tables and records


def _table() -> tuple[bytes, ...]:
    return f'title,text,date\nHarbour,"{_FIRST}",2024-05-02\n,"{_SECOND}",\n'.encode(), b"city;people\nElmford;1200\n"


def _json() -> tuple[bytes, ...]:
    return tuple(json.dumps(value).encode() for value in (_RECORD, {"articles": [_RECORD, {"body": _SECOND}]}))


def _json_lines() -> tuple[bytes, ...]:
    return (f"{json.dumps(_RECORD)}\n{json.dumps({'body': _SECOND}, ensure_ascii=False)}\n".encode(),)


# --- documents


def _pdf() -> tuple[bytes, ...]:
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    made = []
    for packed in (False, True):
        writer = PdfWriter()
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica", "/Encoding": "/WinAnsiEncoding"}
        named = DictionaryObject({NameObject(key): NameObject(value) for key, value in font.items()})
        for text in (_FIRST, "The work was unex-) Tj T* (pectedly cheap."):
            page = writer.add_blank_page(595, 842)
            fonts = DictionaryObject({NameObject("/F1"): named})
            page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
            content = DecodedStreamObject()
            content.set_data(f"BT /F1 12 Tf 14 TL 50 800 Td ({text}) Tj [(Eve) -250 (ry)] TJ ET".encode("latin-1"))
            page[NameObject("/Contents")] = content.flate_encode() if packed else content
        writer.add_metadata({"/Title": "Harbour report", "/Author": "Ada Quill"})
        buffer = io.BytesIO()
        writer.write(buffer)
        made.append(buffer.getvalue())
    return tuple(made)


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_CORE = "application/vnd.openxmlformats-package.core-properties+xml"


def _word() -> tuple[bytes, ...]:
    """The least that Word takes for a document: python-docx's own template has forty kilobytes, most of it styles."""
    paragraphs = "".join(f"<w:p><w:r><w:t>{text}</w:t><w:br/></w:r></w:p>" for text in (_FIRST, _SECOND))
    heading = '<w:p><w:pPr><w:pStyle w:val="Title"/></w:pPr><w:r><w:t>Harbour wall mended</w:t></w:r></w:p>'
    wide = '<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p/></w:tc>'
    cells = f"<w:tc><w:p><w:r><w:t>cost</w:t></w:r></w:p></w:tc>{wide}"
    table = f"<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/><w:gridCol/></w:tblGrid><w:tr>{cells}</w:tr></w:tbl>"
    style = '<w:style w:type="paragraph" w:styleId="Title" w:default="1"><w:name w:val="Title"/></w:style>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_MIME}.document.main+xml"/>'
        f'<Override PartName="/word/styles.xml" ContentType="{_MIME}.styles+xml"/>'
        f'<Override PartName="/core.xml" ContentType="{_CORE}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="a" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="b" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="core.xml"/>'
        "</Relationships>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="c" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{heading}{paragraphs}{table}</w:body>'
        "</w:document>",
        "word/styles.xml": f'<w:styles xmlns:w="{_WORD}">{style}</w:styles>',
        "core.xml": f'<p:coreProperties xmlns:p="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>Ada Quill</dc:creator></p:coreProperties>',
    }
    return (archive({name: part.encode() for name, part in parts.items()}),)


def _book() -> tuple[bytes, ...]:
    chapters = {f"OPS/c {n}.xhtml": f"<html><body><h1>{n}</h1><p>{text}</p></body></html>"
                for n, text in enumerate((_FIRST, _SECOND))}  # fmt: skip
    listed = "".join(f'<item id="c{n}" href="c%20{n}.xhtml#top"/>' for n in range(2))
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<metadata><dc:title>The wall</dc:title><dc:creator>Ada</dc:creator><dc:date>2024-05-02</dc:date></metadata>"
        f'<manifest>{listed}</manifest><spine><itemref idref="c0"/><itemref idref="c1"/></spine></package>',
        **chapters,
    }
    return (archive({name: part.encode() for name, part in parts.items()}),)


_MAKERS: Mapping[str, Callable[[], tuple[bytes, ...]]] = {
    **dict.fromkeys((".txt", ".text"), _text),
    **dict.fromkeys((".md", ".markdown"), _markdown),
    **dict.fromkeys((".html", ".htm"), _page),
    ".pdf": _pdf,
    ".docx": _word,
    ".epub": _book,
    ".eml": _message,
    ".csv": _table,
    ".json": _json,
    ".jsonl": _json_lines,
}
