"""The process that is fuzzed: `python -m eval.benchmarks.fuzzed SUFFIX FOLDER [libFuzzer's options]`.

FOLDER has the documents to start from in `corpus`, and takes the file that is read. libFuzzer takes the process over
and ends it: with the first input that makes the reader raise or give what it must not, or that takes too long or too
much memory. The input is saved where `-artifact_prefix` says.
"""

from __future__ import annotations

import io
import random
import re
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

from eval.benchmarks.specimens import archive
from rag.folder import SourceFile
from rag.types import Article, Rejection

CORPUS = "corpus"
MAX_BYTES = 1 << 20
_ZIPPED = (".docx", ".epub")
# Whose branches libFuzzer gets to see. The rest is compiled, as lxml is, or imported before, as json and zipfile are.
_INSTRUMENTED = ("rag", "csv", "email", "yaml", "docx", "pypdf", "trafilatura", "htmldate", "courlan", "justext")
# How often the archive itself is damaged; else it stays whole, so that the damage in it gets past the checksums.
_ARCHIVE_SHARE = 0.1
_UNFIT = re.compile("[\0\ud800-\udfff]")

Read = Callable[[bytes], tuple[Article, ...] | Rejection]


class Flaw(Exception):
    """A reader gave what it must not give."""


def flaw(found: object) -> str | None:
    """Say what is wrong with what a reader gave; None if nothing is.

    It must be a Rejection with a reason, or Articles whose strings can be written as UTF-8 and have no NUL, and whose
    offsets lie within their text.
    """
    if isinstance(found, Rejection):
        return None if found.reason.strip() else "a rejection without a reason"
    if not isinstance(found, tuple) or not found or not all(isinstance(article, Article) for article in found):
        return f"neither articles nor a rejection but {found!r}"
    if len({article.source for article in found}) < len(found):
        return "two articles of one source"
    return next((wrong for article in found if (wrong := _unfit_string(article) or _misplaced(article))), None)


def _unfit_string(article: Article) -> str | None:
    for field in fields(article):
        value = getattr(article, field.name)
        if field.name in ("source", "text", "title") and not isinstance(value, str):
            return f"its {field.name} is no string but {value!r}"
        if isinstance(value, str) and _UNFIT.search(value):
            return f"its {field.name} has a NUL or half a surrogate pair: {value[:200]!r}"
    return None if article.text.strip() else "it has no text"


def _misplaced(article: Article) -> str | None:
    length = len(article.text)
    places = [place for span in article.leftovers for place in (span.start, span.end)]
    if places != sorted(places) or any(not 0 <= place <= length for place in places):
        return f"its leftovers are out of place: {article.leftovers[:20]} in {length} characters"
    if list(article.pages) != sorted(article.pages) or any(not 0 <= page <= length for page in article.pages):
        return f"its pages are out of place: {article.pages[:20]} in {length} characters"
    return None if 0 <= article.body_start < length else f"it begins at {article.body_start} of {length}"


def main(arguments: Sequence[str]) -> None:
    """Fuzz the reader of one format; does not return."""
    import atheris

    suffix, folder, *options = arguments
    corpus = Path(folder) / CORPUS
    with atheris.instrument_imports(include=_INSTRUMENTED):
        read = _reader(suffix, Path(folder))
        for path in corpus.iterdir():  # the libraries are imported when the first document is read
            read(path.read_bytes())

    def attack(data: bytes) -> None:
        if wrong := flaw(read(data)):
            raise Flaw(wrong)

    mutator = {"custom_mutator": _mutated} if suffix in _ZIPPED else {}
    atheris.Setup([sys.argv[0], str(corpus), *options], attack, **mutator)
    atheris.Fuzz()


def _reader(suffix: str, folder: Path) -> Read:
    """Return what reads bytes as the product does: from a file with this suffix."""
    from rag.reading import read_file

    path = folder / f"fuzzed{suffix}"

    def read(data: bytes) -> tuple[Article, ...] | Rejection:
        path.write_bytes(data)
        return read_file(SourceFile(path.name, path, len(data), 0), max_bytes=MAX_BYTES)

    return read


def _mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """Mutate one file of an archive, or now and then the archive itself."""
    import atheris

    chosen = random.Random(seed)
    parts = _parts(data) if chosen.random() > _ARCHIVE_SHARE else {}
    if not parts:
        return bytes(atheris.Mutate(data, max_size))
    name = chosen.choice(sorted(parts))
    parts[name] = bytes(atheris.Mutate(parts[name], 2 * len(parts[name]) + 64))
    packed = archive(parts)
    return packed if len(packed) <= max_size else data


def _parts(data: bytes) -> dict[str, bytes]:
    """The files of an archive by name; none if it is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            return {name: opened.read(name) for name in opened.namelist()}
    except Exception:  # a damaged archive makes it raise whatever it likes
        return {}


if __name__ == "__main__":
    main(sys.argv[1:])
