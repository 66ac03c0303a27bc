"""A folder of files that mean harm or were made by accident, among good articles. All of it is made here, in code."""

from __future__ import annotations

import codecs
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

# Without a full stop, and repeated, so that chunks share vectors.
LINE = "".join(f"quay {n} saw {n * 37} ships and the harbour wall by pier {n * 3} was mended again " for n in range(3))
SENTENCE = "The harbour wall was mended in March and the ships came back."
OVER_BYTES, UNDER_BYTES, CELL_BYTES = 50_000_000, 9_900_000, 5_000_000
DEEP_TAGS, DEEP_LISTS, BOMB_BYTES = 10_000, 100_000, 150_000_000
_PER_FOLDER = 1000


@dataclass(frozen=True, slots=True)
class Specimen:
    """A hostile file: its name, what makes it, and whether an index should have it rather than reject it."""

    name: str
    make: Callable[[Path], object]
    indexed: bool


@dataclass(frozen=True, slots=True)
class Good:
    """An ordinary article with a question, and the words that the answer must quote."""

    name: str
    text: str
    question: str
    words: str


GOOD = (
    Good("good/ferry.txt", "Ferry returns\n\nThe ferry Osprey carried 912 people to Northgate in May. It rained.\n",
         "How many people did the ferry Osprey carry to Northgate?", "912 people"),
    Good("good/bridge.md", "# Bridge opens\n\nMayor Ada Quill opened the Elmford bridge. It is 320 metres long.\n",
         "Who opened the Elmford bridge?", "Ada Quill"),
    Good("good/market.txt", "Market moves\n\nThe fish market of Ambergate moved to Kiln Street after the flood.\n",
         "Where did the fish market of Ambergate move to?", "Kiln Street"),
)  # fmt: skip


def specimens(*, scale: float = 1.0) -> tuple[Specimen, ...]:
    """Every hostile file; `scale` makes the large ones smaller, for a trial."""

    def size(number: int) -> int:
        return max(1, int(number * scale))

    return (
        Specimen("empty.txt", _bytes(b""), False),
        Specimen("invalid-utf8.txt", _bytes(b"The harbour \xff\xfe\xfa wall."), False),
        Specimen("utf8-mark.txt", _bytes(codecs.BOM_UTF8 + SENTENCE.encode()), True),
        Specimen("utf16-mark.txt", _bytes(SENTENCE.encode("utf-16")), True),
        Specimen("utf16-bare.txt", _bytes(SENTENCE.encode("utf-16-le")), False),
        Specimen("nul-bytes.txt", _bytes(SENTENCE.replace(" ", "\0").encode()), False),
        Specimen("nul-escape.json", _bytes(b'[{"title": "A\\u0000B", "text": "The harbour\\u0000 wall."}]'), True),
        Specimen("right-to-left.txt", _bytes("נמל \u202eהספינות חזרו\u202c. السفن عادت إلى الميناء.".encode()), True),
        Specimen("emoji.txt", _bytes(("👩‍🚒🏳️‍🌈 The harbour 🚢 opened. " * 20).encode()), True),
        Specimen("surrogate-bytes.txt", _bytes(b"The harbour \xed\xa0\x80 wall."), False),
        Specimen("surrogate-escapes.json", _bytes(b'[{"title": "\\ud800", "text": "A \\ude00 quay \\ud83d."}]'), True),
        Specimen("surrogate-entities.html", _bytes(b"<p>The harbour &#xD800; wall &#55357;&#56832; fell.</p>"), True),
        Specimen("one-line-over.txt", _bytes(_repeated(max(OVER_BYTES // 4, size(OVER_BYTES)))), False),
        Specimen("one-line-under.txt", _bytes(_repeated(size(UNDER_BYTES))), True),
        Specimen("pipe.txt", os.mkfifo, False),
        Specimen("link-to-itself.txt", lambda path: path.symlink_to(path.name), False),
        Specimen("link-to-folder", lambda path: path.symlink_to(path.parent, target_is_directory=True), False),
        Specimen("link-out.txt", lambda path: path.symlink_to(os.__file__), False),
        Specimen("bomb.docx", _bytes(_word(b"<w:p/>", pad=BOMB_BYTES)), False),
        Specimen("bomb-of-paragraphs.docx", _bytes(_word(b"<w:p/>" * 3_000_000)), False),
        Specimen("bomb.epub", _bytes(_zipped({"OPS/chapter.xhtml": bytes(BOMB_BYTES)})), False),
        Specimen("script.pdf", _bytes(_pdf(javascript="app.alert('boo')")), True),
        Specimen("encrypted.pdf", _bytes(_pdf(password="quay")), False),
        Specimen("bomb.pdf", _bytes(_pdf(stream=bytes(BOMB_BYTES))), False),
        Specimen("nested.html", _bytes(b"<div>" * DEEP_TAGS + LINE.encode() + b"</div>" * DEEP_TAGS), False),
        Specimen("attributes.html", _bytes(_attributes(100_000)), False),
        Specimen("giant-cell.csv", _bytes(b'text\n"' + _repeated(size(CELL_BYTES)) + b'"\n'), True),
        Specimen("wide.csv", _bytes(_names(100_000) + b"\nx" * 200_000), False),
        Specimen("nested.json", _bytes(b"[" * DEEP_LISTS + b"]" * DEEP_LISTS), False),
        Specimen("long-subject.eml", _bytes(b"From: a\nSubject:" + b" =?utf-8?q?a?=" * 100_000 + b"\n\nText."), False),
    )  # fmt: skip


def write_hostile(folder: Path, *, scale: float = 1.0) -> dict[str, bool]:
    """Write the hostile files and the good articles; return for each whether it should be indexed."""
    for specimen in (made := specimens(scale=scale)):
        specimen.make(folder / specimen.name)
    write_good(folder)
    return {specimen.name: specimen.indexed for specimen in made} | {good.name: True for good in GOOD}


def write_good(folder: Path) -> None:
    """Write the good articles."""
    for good in GOOD:
        (folder / good.name).parent.mkdir(parents=True, exist_ok=True)
        (folder / good.name).write_text(good.text, encoding="utf-8")


def write_tiny(folder: Path, count: int) -> dict[str, bool]:
    """Write `count` files of one sentence each, and the good articles; return as `write_hostile`."""
    for number in range(count):
        parent = folder / f"{number // _PER_FOLDER:03d}"
        if number % _PER_FOLDER == 0:
            parent.mkdir(parents=True)
        text = f"Buoy number {number} was seen at sea.\n"
        (parent / f"{number:06d}.txt").write_text(text, encoding="utf-8")
    write_good(folder)
    names = [f"{number // _PER_FOLDER:03d}/{number:06d}.txt" for number in range(count)]
    return dict.fromkeys([*names, *(good.name for good in GOOD)], True)


def _bytes(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def _repeated(size: int) -> bytes:
    return (LINE * (size // len(LINE) + 1))[:size].encode()


def _names(count: int) -> bytes:
    return ",".join(f"c{number}" for number in range(count)).encode()


def _attributes(count: int) -> bytes:
    return b"<p " + b" ".join(b"a%d=1" % number for number in range(count)) + b">The harbour wall was mended.</p>"


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _word(body: bytes, pad: int = 0) -> bytes:
    """A Word document with this body, and so many bytes more in it."""
    import docx

    empty = io.BytesIO()
    docx.Document().save(empty)
    with zipfile.ZipFile(empty) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    namespace = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    parts["word/document.xml"] = b'<w:document xmlns:w="%b"><w:body>%b</w:body></w:document>' % (namespace, body)
    return _zipped({**parts, "word/media/image.bin": bytes(pad)})


def _pdf(*, stream: bytes = b"", password: str | None = None, javascript: str | None = None) -> bytes:
    """A PDF of one page with a sentence, and whatever else is wanted."""
    from pypdf import PdfWriter
    from pypdf.generic import DictionaryObject, EncodedStreamObject, NameObject, TextStringObject

    def named(**entries: object) -> DictionaryObject:
        return DictionaryObject({NameObject(f"/{key}"): value for key, value in entries.items()})

    writer = PdfWriter()
    page = writer.add_blank_page(595, 842)
    font = named(Type=NameObject("/Font"), Subtype=NameObject("/Type1"), BaseFont=NameObject("/Helvetica"))
    page[NameObject("/Resources")] = named(Font=named(F1=font))
    content = EncodedStreamObject()
    content._data = zlib.compress(f"BT /F1 12 Tf 50 800 Td ({SENTENCE}) Tj ET\n".encode() + stream)
    content[NameObject("/Filter")] = NameObject("/FlateDecode")
    page[NameObject("/Contents")] = content
    if javascript:
        action = named(S=NameObject("/JavaScript"), JS=TextStringObject(javascript))
        writer.root_object[NameObject("/OpenAction")] = action
    if password:
        writer.encrypt(password)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()
