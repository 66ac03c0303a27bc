"""What holds of any folder and any text: the index follows whatever happens to it, and every place cited is exact."""

from __future__ import annotations

import codecs
import contextlib
import csv
import html
import io
import json
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rag import carrying
from rag.chat import Chatbot
from rag.chunking import chunk_article
from rag.config import Config
from rag.errors import StoreError
from rag.folder import SourceFile, list_files
from rag.index import Index
from rag.reading import read_file
from rag.snapshot import Snapshot
from rag.types import Article, Rejection
from tests.conftest import FakeEmbedder

MAX_BYTES = 10_000_000
# Every example builds an index, so that shrinking one that fails would outlast the time limit of a test.
SOME = settings(deadline=None, phases=set(Phase) - {Phase.shrink}, suppress_health_check=[HealthCheck.too_slow])

# --- texts as files


def _plain(texts: list[str]) -> bytes:
    return "\n\n".join(texts).encode()


def _page(texts: list[str]) -> bytes:
    body = "".join(f"<p>{html.escape(line)}</p>" for text in texts for line in text.split("\n\n"))
    return f'<meta charset="utf-8"><title>Any</title><article>{body}</article>'.encode()


def _table(texts: list[str]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([("title", "text"), *(("Any", text) for text in texts)])
    return buffer.getvalue().encode()


def _records(texts: list[str]) -> bytes:
    return json.dumps([{"title": "Any", "text": text} for text in texts]).encode()


RENDERED: dict[str, Callable[[list[str]], bytes]] = {
    ".txt": _plain, ".md": _plain, ".png": _plain, ".html": _page, ".csv": _table, ".json": _records,
}  # fmt: skip


def quiet(_: object) -> None:
    """Ignore progress."""


# --- whatever happens to the folder, and to those who bring the index in step

NAMES = ("a.txt", "b.md", "sub/c.txt", "d.json", "e.csv", "picture.png")
SENTENCES = (
    "The harbour wall was mended in March 2021.", "The work cost $4 million.", "Mayor Ada Quill opened the bridge.",
    "Traders denied that rents rose.", "Herring were many, nobody bought any.", "", "Share", "Übrigens: \u2028日本。",
)  # fmt: skip
CONTENTS = st.lists(st.lists(st.sampled_from(SENTENCES), max_size=8).map("\n\n".join), min_size=1, max_size=3)
CRASHES = ("embedder", "progress", "before the swap", "after the swap")


class Crash(Exception):
    """What stops a sync midway."""


def articles_in(folder: Path) -> dict[str, Article]:
    found = (read_file(file, max_bytes=MAX_BYTES) for file in list_files(folder)[0])
    return {article.source: article for read in found if not isinstance(read, Rejection) for article in read}


def articles_of(snapshot: Snapshot) -> dict[str, Article]:
    found = {source: snapshot.store.article(source) for source in snapshot.store.sources()}
    return {source: article for source, article in found.items() if article}


def chroma_of(snapshot: Snapshot) -> dict[str, tuple[str, dict[str, object]]]:
    found = snapshot.vectors.collection.get(include=["documents", "metadatas"])
    return {
        name: (document, metadata)
        for name, document, metadata in zip(found["ids"], found["documents"], found["metadatas"], strict=True)
    }


def assert_whole(snapshot: Snapshot, config: Config) -> None:
    """The parts of a version belong together, and are those of its articles."""
    embedder = FakeEmbedder()
    ids, texts = list(snapshot.store.ids()), list(snapshot.store.texts())
    chunks = snapshot.store.chunks(range(len(ids)))
    expected = {source: list(chunk_article(article, max_tokens=config.chunk_tokens))
                for source, article in articles_of(snapshot).items()}  # fmt: skip
    assert {source: snapshot.store.chunks_of(source) for source in expected} == expected
    assert sorted(chunk.id for of in expected.values() for chunk in of) == sorted(ids)
    assert [(chunk.id, chunk.indexed_text) for chunk in chunks] == list(zip(ids, texts, strict=True))
    assert (snapshot.manifest.articles, snapshot.manifest.chunks) == (len(expected), len(ids))
    of_first = {chunk.indexed_text: chunk for chunk in reversed(chunks)}  # which alone has a vector
    documents = {name: document for name, (document, _) in chroma_of(snapshot).items()}
    assert documents == {chunk.id: chunk.text for chunk in of_first.values()}
    names = snapshot.store.vector_ids(range(len(ids)))
    assert names == [of_first[text].id for text in texts]
    vectors = snapshot.vectors.vectors(names)
    for ordinal, vector in enumerate(vectors):
        np.testing.assert_allclose(vector, embedder.embed_query(texts[ordinal]), atol=1e-6)
        alike = int(np.sum(vectors @ vector > 1 - 1e-5))  # the same words in another order have the same vector
        found = [vector for vector, _ in snapshot.vectors.nearest(vector, alike)]
        assert ordinal in [shares for sharing in snapshot.store.sharing(found).values() for shares in sharing]


def assert_equal(ours: Snapshot, clean: Snapshot) -> None:
    """Two versions hold the same."""
    assert articles_of(ours) == articles_of(clean)
    ids = list(ours.store.ids())
    assert ids == list(clean.store.ids())
    assert ours.store.chunks(range(len(ids))) == clean.store.chunks(range(len(ids)))
    assert ours.store.signatures() == clean.store.signatures()
    digests = [{source: stamp.digest for source, stamp in of.store.stamps().items()} for of in (ours, clean)]
    assert digests[0] == digests[1]
    assert chroma_of(ours) == chroma_of(clean)
    names = ours.store.vector_ids(range(len(ids)))
    assert names == clean.store.vector_ids(range(len(ids)))
    np.testing.assert_allclose(ours.vectors.vectors(names), clean.vectors.vectors(names), atol=1e-6)
    np.testing.assert_array_equal(ours.lexical.scores("harbour rents"), clean.lexical.scores("harbour rents"))


class FolderAndIndex(RuleBasedStateMachine):
    """A folder that changes, a writer that follows and crashes, and a reader with an eye on both."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch = tempfile.TemporaryDirectory(prefix="cited-properties-")
        self.root = Path(self.scratch.name)
        self.corpus = self.root / "articles"
        (self.corpus / "sub").mkdir(parents=True)
        self.config = Config(home=self.root / "home", model="none", chunk_tokens=15)
        self.embedder = FakeEmbedder()
        self.writer, self.reader = self.opened(), self.opened()
        self.changes = 0
        self.waiting = True
        self.published: dict[str, Article] | None = None
        self.checked: str | None = None
        self.held = contextlib.ExitStack()
        self.holding: tuple[Snapshot, dict[str, Article]] | None = None

    def opened(self, home: str = "home") -> Index:
        return Index(self.corpus, replace(self.config, home=self.root / home), self.embedder)

    @property
    def files(self) -> list[Path]:
        return sorted(path for path in self.corpus.rglob("*") if path.is_file())

    def stamp(self, path: Path, settled: bool) -> None:
        """Give a file a time stamp of its own: of just now, or so old that no sync has to doubt it."""
        self.changes += 1
        now = time.time_ns()
        os.utime(path, ns=(now, self.changes * 1_000_000_000 if settled else now))
        self.waiting = True

    @initialize(files=st.dictionaries(st.sampled_from(NAMES), CONTENTS, min_size=2))
    def begin(self, files: dict[str, list[str]]) -> None:
        for name, texts in files.items():
            self.write(name, texts, settled=True)

    @rule(name=st.sampled_from(NAMES), texts=CONTENTS, settled=st.booleans())
    def write(self, name: str, texts: list[str], settled: bool) -> None:
        path = self.corpus / name
        path.write_bytes(RENDERED[path.suffix](texts))
        self.stamp(path, settled)

    @precondition(lambda self: self.files)
    @rule(which=st.integers(0, 9), name=st.sampled_from(NAMES))
    def rename(self, which: int, name: str) -> None:
        self.files[which % len(self.files)].replace(self.corpus / name)
        self.waiting = True

    @precondition(lambda self: self.files)
    @rule(which=st.integers(0, 9), settled=st.booleans())
    def touch(self, which: int, settled: bool) -> None:
        self.stamp(self.files[which % len(self.files)], settled)

    @precondition(lambda self: self.files)
    @rule(which=st.integers(0, 9))
    def delete(self, which: int) -> None:
        self.files[which % len(self.files)].unlink()
        self.waiting = True

    @precondition(lambda self: self.waiting)
    @rule()
    def sync(self) -> None:
        self.writer.sync(quiet)
        self.published, self.waiting = articles_in(self.corpus), False

    @precondition(lambda self: self.waiting)
    @rule(where=st.sampled_from(CRASHES), call=st.integers(0, 4))
    def crash(self, where: str, call: int) -> None:
        try:
            with crashing(where, call, self.embedder) as progress:
                self.writer.sync(progress)
        except Crash:
            if where == "after the swap":
                self.published = articles_in(self.corpus)
            self.reopen()
        else:
            self.published, self.waiting = articles_in(self.corpus), False

    @rule()
    def reopen(self) -> None:
        self.writer.close()
        self.writer = self.opened()

    @precondition(lambda self: self.published is not None)
    @rule()
    def hold(self) -> None:
        """Begin to read a version, for as long as until the next is held."""
        self.release()
        snapshot = self.held.enter_context(self.reader.snapshot())
        self.holding = snapshot, articles_of(snapshot)

    def release(self) -> None:
        self.held.close()
        self.holding = None

    @invariant()
    def a_reader_sees_exactly_one_whole_version(self) -> None:
        if self.published is None:
            with pytest.raises(StoreError, match="has no index yet"), self.reader.snapshot():
                pass
            return
        with self.reader.snapshot() as snapshot:
            assert articles_of(snapshot) == self.published
            if snapshot.name != self.checked:
                assert_whole(snapshot, self.config)
                self.checked = snapshot.name

    @invariant()
    def what_is_being_read_stays_as_it_is(self) -> None:
        if self.holding:
            snapshot, articles = self.holding
            assert articles_of(snapshot) == articles
            assert set(snapshot.vectors.ids()) == set(snapshot.store.vector_ids(range(snapshot.manifest.chunks)))

    def teardown(self) -> None:
        clean = self.opened("clean")
        try:
            self.sync()
            assert not self.writer.sync(quiet).changed
            clean.sync(quiet)
            with self.writer.snapshot() as ours, clean.snapshot() as theirs:
                assert_equal(ours, theirs)
            self.a_reader_sees_exactly_one_whole_version()
        finally:
            self.release()
            for index in (self.writer, self.reader, clean):
                index.close()
            left = list((self.writer.folder / "versions").glob("*"))
            self.scratch.cleanup()
        assert len(left) == 1


@contextlib.contextmanager
def crashing(where: str, call: int, embedder: FakeEmbedder) -> Iterator[Callable[[object], None]]:
    """Let a sync in this block crash at a place; yield the progress callback to give it, which may be that place."""
    calls = iter(range(100))
    swap = os.replace

    def progress(_: object) -> None:
        if where == "progress" and next(calls) == call:
            raise Crash

    def replaced(source: Path, target: Path) -> None:
        swaps = Path(target).name == "current"
        if swaps and where == "before the swap":
            raise Crash
        swap(source, target)
        if swaps and where == "after the swap":
            raise Crash

    embedder.error = Crash() if where == "embedder" else None
    try:
        with mock.patch("os.replace", replaced):
            yield progress
    finally:
        embedder.error = None


@pytest.mark.parametrize("worn", [carrying.WORN, math.inf])  # whether the vectors are ever built anew
def test_the_index_follows_its_folder_through_any_changes_and_crashes(worn, monkeypatch) -> None:
    monkeypatch.setattr(carrying, "WORN", worn)
    run_state_machine_as_test(FolderAndIndex, settings=settings(SOME, max_examples=6, stateful_step_count=20))


# --- whatever stands in the files

FACT = "The harbour wall was mended in March 2021."
QUESTION = "When was the harbour wall mended?"
PIECES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    st.sampled_from([
        ". ", "! ", "? ", "\n", "\n\n", "\r", "\r\n", "\r\n\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\t",
        "\u200b", "\u200d", "\ufeff", "\u00ad", "e\u0301\u0323", "\u0301", "שלום עולם. ", "مرحبا بالعالم؟ ", "\u202e",
        "𝔘𝔫𝔦 ", "👩‍👩‍👧 ", "🇳🇴", "日本語の文。", "ภาษาไทย", "“", "”", "---\n", "title: x\n", "# ", "- ", "&#13;",
        "<p>", "Related Posts\n", "Share\n", "Mr. ", "The mayor said so. ", "x" * 300,
    ]),
)  # fmt: skip
ANY_TEXT = st.lists(PIECES, max_size=25).map("".join)
ENCODINGS = {"utf-8": b"", "utf-16-le": codecs.BOM_UTF16_LE, "utf-32-be": codecs.BOM_UTF32_BE}


def decoded(data: bytes, encoding: str) -> str:
    """What the file of a plain text says: its byte-order mark is no part of that."""
    text = data.removeprefix(ENCODINGS[encoding]).decode(encoding)
    return text.removeprefix("\ufeff") if encoding == "utf-8" else text


def read(folder: Path, name: str, data: bytes) -> tuple[Article, ...] | Rejection:
    path = folder / name
    path.write_bytes(data)
    return read_file(SourceFile(name, path, len(data), 0), max_bytes=MAX_BYTES)


@settings(deadline=None, max_examples=60)
@given(text=ANY_TEXT, encoding=st.sampled_from(sorted(ENCODINGS)))
def test_any_text_in_any_format_is_articles_or_a_rejection(tmp_path_factory, text: str, encoding: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    plain = ENCODINGS[encoding] + text.encode(encoding)
    for suffix in (".txt", ".md"):
        found = read(folder, f"any{suffix}", plain)
        assert isinstance(found, Rejection) or [article.text for article in found] == [decoded(plain, encoding)]
    for suffix in (".html", ".csv", ".json"):
        for data in (text.encode(), RENDERED[suffix]([text, FACT])):
            found = read(folder, f"any{suffix}", data)
            assert isinstance(found, Rejection) or all(article.text.strip() for article in found)


class Corpus:
    """A folder with the same texts in every format, indexed in a home of its own."""

    def __init__(self, root: Path, texts: list[str], encoding: str) -> None:
        folder = root / "articles"
        folder.mkdir()
        self.plain: dict[str, str] = {}
        for suffix in (".txt", ".md"):
            data = ENCODINGS[encoding] + "\n\n".join(texts).encode(encoding)
            (folder / f"any{suffix}").write_bytes(data)
            self.plain[f"any{suffix}"] = decoded(data, encoding)
        for suffix in (".html", ".csv", ".json"):
            (folder / f"any{suffix}").write_bytes(RENDERED[suffix](texts))
        config, embedder = Config(home=root / "home", model="none", chunk_tokens=20), FakeEmbedder()
        self.bot = Chatbot(Index(folder, config, embedder), config, embedder, None)
        self.bot.sync()

    def holds(self, source: str, start: int, end: int, text: str) -> bool:
        """Whether a text stands there, not empty."""
        whole = self.plain.get(source) or self.bot.article(source).text
        return 0 <= start < end <= len(whole) and whole[start:end] == text

    def assert_chunks_exact(self) -> list[str]:
        """Check every chunk and sentence; return the sentences."""
        sentences = []
        with self.bot.snapshot() as snapshot:
            chunks = snapshot.store.chunks(range(snapshot.manifest.chunks))
            assert len({chunk.id for chunk in chunks}) == len(chunks)
            assert snapshot.vectors.count() == len({chunk.indexed_text for chunk in chunks})
        for chunk in chunks:
            assert self.holds(chunk.source, chunk.start, chunk.end, chunk.text)
            for span in chunk.sentences:
                sentences.append(chunk.text[span.start - chunk.start : span.end - chunk.start])
                assert self.holds(chunk.source, span.start, span.end, sentences[-1])
        return sentences

    def assert_answer_exact(self, question: str) -> int:
        """Check every passage and citation; return how many citations there are."""
        answer = self.bot.ask(question)
        for found in (*self.bot.search(question, k=50), *answer.passages, *answer.evidence):
            assert self.holds(found.source, found.start, found.end, found.text)
        for citation in answer.citations:
            assert self.holds(citation.source, citation.start, citation.end, citation.quote)
        return len(answer.citations)


@settings(SOME, max_examples=12)
@given(before=ANY_TEXT, after=ANY_TEXT, encoding=st.sampled_from(sorted(ENCODINGS)), data=st.data())
def test_every_place_in_any_text_is_exact_from_chunk_to_citation(
    before: str, after: str, encoding: str, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory(prefix="cited-properties-") as root:
        corpus = Corpus(Path(root), [before, FACT, after], encoding)
        with corpus.bot:
            sentences = corpus.assert_chunks_exact()
            assert corpus.assert_answer_exact(QUESTION)
            questions = [sentence for sentence in sentences if any(map(str.isalnum, sentence))]
            corpus.assert_answer_exact(data.draw(st.sampled_from(questions)))
