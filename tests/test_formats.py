"""Every format becomes text with what the file says of itself, or a rejection with its reason, however hostile."""

from __future__ import annotations

import io
import json
import zipfile
from email.message import EmailMessage

import docx
import pytest
from docx.oxml import parse_xml
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

from rag import Chatbot
from rag.folder import SourceFile
from rag.index import Index
from rag.reading import read_file
from rag.types import Article, Rejection
from tests.conftest import FakeEmbedder

FIRST = "The harbour wall was repaired in March 2021 after a storm had broken it in two places."
SECOND = "The work cost $4 million, the mayor said on Tuesday, and was paid for by the county."
THIRD = "Ships had to stay outside for six weeks, which the traders of Elm Street did not like."
PAGE = f"""<html><head><title>Harbour wall mended | The Elm Times</title><meta name="author" content="Ada Quill">
<meta property="article:published_time" content="2024-05-02T10:00:00Z"><meta property="og:site_name" content="Elm Times"
></head><body>
<nav><a href="/">Home</a> <a href="/news">News</a></nav><article><h1>Harbour wall mended</h1><p>{FIRST}</p>
<p>{SECOND}</p><p>{THIRD}</p></article><script>alert(1)</script><footer>Copyright 2031</footer></body></html>"""

ENTITY = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>'


@pytest.fixture
def read(tmp_path):
    def read(name, data, max_bytes=60_000_000):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return read_file(SourceFile(name, path, path.stat().st_size, 0), max_bytes=max_bytes)

    return read


@pytest.fixture
def reason(read):
    def reason(name, data):
        found = read(name, data)
        assert isinstance(found, Rejection)
        assert found.source == name
        return found.reason

    return reason


def pdf(*pages, password=None, javascript=None):
    """A PDF with a line of text on each page."""
    writer = PdfWriter()
    font = DictionaryObject({NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
                             NameObject("/BaseFont"): NameObject("/Helvetica")})  # fmt: skip
    for text in pages:
        page = writer.add_blank_page(595, 842)
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        content = DecodedStreamObject()
        lines = " T* ".join(f"({line}) Tj" for line in text.split("\n"))
        content.set_data(f"BT /F1 12 Tf 14 TL 50 800 Td {lines} ET".encode())
        page[NameObject("/Contents")] = content
    writer.add_metadata({"/Title": "Harbour report", "/Author": "Ada Quill"})
    if javascript:
        action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(javascript)}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    if password:
        writer.encrypt(password)
    return written(writer.write)


def written(write):
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def epub(*chapters, **more):
    items = "".join(f'<item id="c{n}" href="c%20{n}.xhtml"/>' for n in range(len(chapters)))
    refs = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<metadata><dc:title>The wall</dc:title><dc:creator>Ada Quill</dc:creator><dc:date>2024-05-02T00:00</dc:date>"
        f"</metadata><manifest>{items}</manifest><spine>{refs}</spine></package>",
    }
    parts |= {f"OPS/c {n}.xhtml": f"<html><body><p>{text}</p></body></html>" for n, text in enumerate(chapters)}
    return archive({**parts, **more})


def damaged(zipped, name):
    """A zip file in which the packed bytes of one file are not what they were."""
    with zipfile.ZipFile(io.BytesIO(zipped)) as file:
        start = file.getinfo(name).header_offset + 30 + len(name)
    return zipped[: start + 4] + b"\xff" * 8 + zipped[start + 12 :]


def archive(parts):
    def write(buffer):
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in parts.items():
                file.writestr(name, content)

    return written(write)


def test_a_web_page_is_its_article(read):
    (article,) = read("a.html", PAGE)
    assert article.text == f"Harbour wall mended\n\n{FIRST}\n\n{SECOND}\n\n{THIRD}"
    told = (article.title, article.published, article.author, article.publisher)
    assert told == ("Harbour wall mended", "2024-05-02", "Ada Quill", "Elm Times")


def test_a_page_without_an_article_is_all_its_text_and_no_date_is_guessed(read):
    (article,) = read("a.htm", "<title>Note</title><p>Short.<br>Very.<footer>Copyright 2031</footer>")
    assert article.text.startswith("Short.\n\nVery.")
    assert (article.title, article.published) == ("Note", None)


def test_a_page_in_another_encoding_says_which(read):
    (article,) = read("a.html", PAGE.replace("<head>", '<head><meta charset="windows-1252">').replace(
        "harbour wall was", "harbour café wall was").encode("cp1252"))  # fmt: skip
    assert "harbour café wall" in article.text


def test_a_pdf_keeps_its_pages(read):
    (article,) = read("a.pdf", pdf(FIRST, "The work was unex-\npectedly cheap.", THIRD))
    assert article.text == f"{FIRST}\n\nThe work was unexpectedly cheap.\n\n{THIRD}"
    assert [article.page(article.text.index(words)) for words in ("storm", "cheap", "Ships")] == [1, 2, 3]
    assert (article.title, article.author) == ("Harbour report", "Ada Quill")


def test_a_word_document_is_its_paragraphs_and_tables_in_order(read):
    document = docx.Document()
    document.add_heading("Harbour wall mended", 0)
    document.add_paragraph(FIRST)
    table = document.add_table(1, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "cost", "$4 million"
    document.add_paragraph(THIRD)
    (article,) = read("a.docx", written(document.save))
    assert article.text == f"Harbour wall mended\n\n{FIRST}\n\ncost | $4 million\n\n{THIRD}"
    assert article.title == "Harbour wall mended"


def test_a_book_is_its_chapters_in_reading_order(read):
    (article,) = read("a.epub", epub(FIRST, SECOND))
    assert article.text == f"{FIRST}\n\n{SECOND}"
    assert (article.title, article.author, article.published) == ("The wall", "Ada Quill", "2024-05-02")


@pytest.mark.parametrize("html", [False, True])
def test_a_message_is_its_text_with_subject_sender_and_day(read, html):
    message = EmailMessage()
    message["Subject"], message["From"] = "The wall – again", "Ada <ada@elm.example>"
    message["Date"] = "Thu, 02 May 2024 10:00 +0000"
    message.set_content(f"<p>{FIRST}</p>", subtype="html") if html else message.set_content(FIRST)
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="x.pdf")
    (article,) = read("a.eml", bytes(message))
    assert article.text == FIRST
    told = (article.title, article.published, article.author)
    assert told == ("The wall – again", "2024-05-02", "Ada <ada@elm.example>")


def test_each_record_with_a_text_is_an_article_of_its_own(read):
    one = {"headline": "One", "Body": FIRST, "date": "2024-05-02", "source": "Elm Times"}
    records = [one, {"id": 3}, {"body": SECOND}]
    for name, data in (
        ("a.json", json.dumps(records)),
        ("a.json", json.dumps({"articles": records})),
        ("a.jsonl", "\n".join(map(json.dumps, records)) + "\n\n"),
        ("a.csv", f"headline,Body,date,source\nOne,\"{FIRST}\",2024-05-02,Elm Times\nx,,,\n,\"{SECOND}\",,\n"),
    ):
        one, two = read(name, data)
        assert (one.source, one.file, two.source) == (f"{name}#1", name, f"{name}#2")
        assert (one.title, one.text, one.published, one.publisher) == ("One", FIRST, "2024-05-02", "Elm Times")
        assert two.text == SECOND


def test_a_single_record_is_its_file_and_a_table_without_texts_is_one_article(read):
    (article,) = read("a.json", json.dumps({"title": "One", "text": FIRST}))
    assert (article.source, article.file) == ("a.json", None)
    (table,) = read("a.csv", "city;people\nElmford;1200\nNorthgate;900\n")
    assert table.text == "city: Elmford; people: 1200.\n\ncity: Northgate; people: 900."


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.html", b"", "no text in this page"),
        ("a.html", b"<script>alert(1)</script>", "no text in this page"),
        ("a.html", b"<div>" * 10_000 + b"x" + b"</div>" * 10_000, "no text in this page"),
        ("a.pdf", b"", "not a PDF"),
        ("a.pdf", b"%PDF-1.7\n" + b"\xff" * 1000, "not a PDF"),
        ("a.pdf", pdf("secret", password="x"), "encrypted PDF"),
        ("a.pdf", pdf(""), "no text in this PDF; a scan"),
        ("a.docx", b"PK\x03\x04", "not a Word file"),
        ("a.docx", archive({"a.txt": "x"}), "not a Word document"),
        ("a.docx", archive({"word/document.xml": b"\0" * 150_000_000}), "zip bomb"),
        ("a.docx", damaged(archive({"[Content_Types].xml": PAGE}), "[Content_Types].xml"), "not a Word document"),
        ("a.epub", b"", "not a EPUB"),
        ("a.epub", archive({"a.txt": "x"}), "not an EPUB"),
        ("a.epub", archive({"x": b"\0" * 150_000_000}), "zip bomb"),
        ("a.epub", epub(""), "no text in this book"),
        ("a.epub", damaged(epub(FIRST), "OPS/c 0.xhtml"), "not an EPUB, damaged"),
        ("a.epub", epub(FIRST, **{"META-INF/container.xml": ENTITY}), "not an EPUB"),
        ("a.eml", b"", "neither sender nor subject"),
        ("a.eml", b"From: a\n\n", "no text in this message"),
        ("a.json", b"[" * 100_000, "not JSON"),
        ("a.json", b"{", "not JSON"),
        ("a.json", b'{"a": 1}', "no record with a text"),
        ("a.jsonl", b'{"text": "x"}\n{', "line 2 is not JSON"),
        ("a.json", b"\xff\xff", "invalid utf-8"),
        ("a.html", b"<p " + b" ".join(b"a%d=1" % n for n in range(2000)) + b">x</p>", "more than 1,000 attributes"),
        ("a.docx", archive({"word/document.xml": b"<w:p/>" * 2_000_000}), "10 MB of markup"),
        ("a.epub", epub("word " * 2_500_000), "10 MB of markup"),
        ("a.eml", b"From: a\nSubject: " + b"=?utf-8?q?a?= " * 1000 + b"\n\nText.", "a header of"),
        ("a.json", b"[" + b"1," * 100_000 + b"1]", "more than 100,000 records"),
        ("a.csv", ",".join(map(str, range(1001))).encode() + b"\n", "more than 1,000 columns"),
        ("a.csv", b"a,b\n", "no rows"),
        ("a.csv", b"\0\0", "NUL characters"),
    ],
)  # fmt: skip
def test_what_is_damaged_hostile_or_empty_is_rejected_with_its_reason(reason, name, data, why):
    assert why in reason(name, data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", '{"title": "A \\ud800", "text": "One \\udddd and \\u0000."}'),
        ("a.jsonl", '{"headline": "A \\udbff", "body": "One \\udddd and \\u0000.", "url": "\\udc00"}'),
        ("a.eml", "From: a\nSubject: A \0\nContent-Type: text/plain; charset=utf-7\n\nOne +3d0- and \0."),
        ("a.md", '---\ntitle: "A \\ud800"\nauthor: "B \\0"\n---\nOne \ufffd and \ufffd.'),
    ],
)  # fmt: skip
def test_what_no_encoding_can_hold_is_replaced(read, name, data):
    (article,) = read(name, data)
    assert article.text[article.body_start :] == "One \ufffd and \ufffd."
    assert article.title == "A \ufffd"
    for value in (article.author, article.publisher, article.url):
        assert not value or value.encode()


def test_a_message_whose_date_is_none_has_no_date(read):
    (article,) = read("a.eml", f"From: a\nDate: Thu, 02 May {'9' * 30} 10:00 +0000\n\n{FIRST}")
    assert (article.text, article.published) == (FIRST, None)


def test_what_a_document_would_run_is_not_in_its_text(read):
    (article,) = read("a.pdf", pdf(FIRST, javascript="app.alert('boo')"))
    assert article.text == FIRST


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b'{"title": "x\\ud800", "text": "A \\ude00 quay \\ud83d."}'),
        ("a.md", b'---\ntitle: "x \\ud800"\n---\n\nThe quay.'),
        ("a.eml", b"From: a\nSubject: s\nContent-Type: text/plain; charset=utf-7\n\n+2AA- Text."),
    ],
)
def test_half_a_surrogate_pair_is_a_replacement_character(read, name, data):
    (article,) = read(name, data)
    assert "\ufffd" in article.title + article.text
    (article.title + article.text).encode()


def test_a_page_of_very_many_elements_is_read_in_reasonable_time(read):
    (article,) = read("a.html", b"<html><body>" + b"<p>quay</p>" * 60_000)
    assert article.text.count("quay") == 60_000


def test_a_table_with_one_giant_cell_is_read(read):
    (article,) = read("a.csv", "text\n\"" + "word " * 1_000_000 + "\"\n")
    assert len(article.text) == 4_999_999


@pytest.mark.parametrize("suffix", ["html", "pdf", "docx", "epub", "eml", "csv", "json", "jsonl"])
def test_mutilated_files_are_articles_or_rejections(read, suffix):
    good = {
        "html": PAGE.encode(), "pdf": pdf(FIRST), "docx": archive({"word/document.xml": "<x/>"}), "epub": epub(FIRST),
        "eml": b"From: a\nSubject: b\n\nText.", "csv": b"text\nword\n", "json": b'[{"text": "word"}]',
        "jsonl": b'{"text": "word"}',
    }[suffix]  # fmt: skip
    for cut in range(0, len(good), max(1, len(good) // 25)):
        for data in (good[:cut], good[:cut] + b"\x00\xff<&]" + good[cut + 4 :]):
            found = read(f"a.{suffix}", data)
            assert isinstance(found, Rejection) or all(isinstance(article, Article) for article in found)


def test_all_of_them_are_indexed_cited_exactly_and_kept_in_step(tmp_path, config):
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "wall.html").write_text(PAGE, encoding="utf-8")
    (folder / "report.pdf").write_bytes(pdf("Nothing.", "The ferry Osprey carried 900 people to Northgate in May."))
    records = [{"title": "Rents", "text": "Rents at the docks rose."}, {"title": "Fish", "text": "Herring were many."}]
    (folder / "news.json").write_text(json.dumps(records), encoding="utf-8")
    embedder = FakeEmbedder()
    with Chatbot(Index(folder, config, embedder), config, embedder, None) as bot:
        assert bot.sync().added == ("news.json", "report.pdf", "wall.html")
        assert bot.sources() == ("news.json#1", "news.json#2", "report.pdf", "wall.html")
        answer = bot.ask("How many people did the ferry Osprey carry to Northgate?")
        (citation, *_) = answer.citations
        assert (citation.source, citation.page) == ("report.pdf", 2)
        text = bot.article(citation.source).text
        assert text[citation.start : citation.end] == citation.quote
        before = len(embedder.embedded)
        assert not bot.sync().changed
        records[1]["text"] = "Herring were few."
        (folder / "news.json").write_text(json.dumps([*records, {"text": "A third."}]), encoding="utf-8")
        assert bot.sync().updated == ("news.json",)
        assert len(embedder.embedded) - before == 2
        assert len(bot.sources()) == 5
        (folder / "news.json").unlink()
        assert bot.sync().deleted == ("news.json",)
        assert bot.sources() == ("report.pdf", "wall.html")


def test_a_table_keeps_what_is_quoted_in_its_quotations(read):
    rows = 'title,text\n"Fails","It fell, at noon."\n"Mended","He said ""never again, ever"", and left."\n'
    one, two = read("a.csv", rows)
    assert (one.text, two.text) == ("It fell, at noon.", 'He said "never again, ever", and left.')


def test_paragraphs_of_a_record_stay_apart_and_odd_line_ends_part_no_records(read):
    (article,) = read("a.json", json.dumps({"body": [FIRST, SECOND], "author": ["Ada", "Bo"]}))
    assert (article.text, article.author) == (f"{FIRST}\n\n{SECOND}", "Ada, Bo")
    (article,) = read("a.jsonl", json.dumps({"body": f"{FIRST}\u2028{SECOND}\u0085"}, ensure_ascii=False))
    assert FIRST in article.text and SECOND in article.text


def test_utf8_is_read_as_such_where_nothing_says_so(read):
    said = "Zoë sat at the café, said the mayor of Århus."
    for name, data in (("a.epub", epub(said)), ("a.html", f"<!DOCTYPE html><p>{said}</p>")):
        assert said in read(name, data)[0].text


def test_a_message_whose_page_declares_itself_or_whose_plain_part_is_blank_is_read(read):
    declared = f'<?xml version="1.0" encoding="utf-8"?><html><body><p>{FIRST}</p></body></html>'
    for plain, html in ((None, declared), (" \n", f"<p>{FIRST}</p>")):
        message = EmailMessage()
        message["Subject"], message["From"] = "The wall", "ada@elm.example"
        if plain is None:
            message.set_content(html, subtype="html")
        else:
            message.set_content(plain)
            message.add_alternative(html, subtype="html")
        assert read("a.eml", bytes(message))[0].text == FIRST


def test_a_word_document_keeps_what_was_inserted_and_makes_up_no_title(read):
    document = docx.Document()
    paragraph = document.add_paragraph("The wall ")
    namespace = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    paragraph._p.append(parse_xml(f"<w:ins {namespace}><w:r><w:t>was mended.</w:t></w:r></w:ins>"))
    held = f"<w:sdt {namespace}><w:sdtContent><w:p><w:r><w:t>{SECOND}</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    document.element.body.insert(1, parse_xml(held))
    document.core_properties.title = "Word Document"
    (article,) = read("a.docx", written(document.save))
    assert article.text == f"The wall was mended.\n\n{SECOND}"
    assert article.title != "Word Document"
