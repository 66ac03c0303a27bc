"""What the world does wrong is one named error that says what to run; the index as it was keeps serving."""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from rag import Chatbot, building, lexical
from rag import index as indexing
from rag.config import Config
from rag.embedding import MiniLM
from rag.errors import CitedError, ModelError, StoreError
from rag.index import Index
from rag.snapshot import MANIFEST, Manifest
from rag.types import Usage
from rag.vectors import VectorStore
from rag.versions import Versions
from tests.conftest import ROOT, FakeEmbedder, FakeModel

ARTICLES = ("bridge.txt", "harbour.txt", "market.md")
YEAR_NS = 365 * 86_400 * 1_000_000_000


def make(corpus: Path, config: Config, model: FakeModel | None = None) -> Chatbot:
    return Chatbot(Index(corpus, config, FakeEmbedder()), config, FakeEmbedder(), model)


def edit(path: Path) -> None:
    path.write_text(f"Turnips\n\nTurnips cost {time.time_ns()} dollars.", encoding="utf-8")


@pytest.fixture
def bot(corpus: Path, config: Config) -> Iterator[Chatbot]:
    with make(corpus, config) as bot:
        bot.sync()
        yield bot


def assert_serving(bot: Chatbot) -> None:
    """The index has what it had before, and nothing half-made lies beside it."""
    assert bot.sources() == ARTICLES
    assert bot.search("Who opened the bridge?", k=1)[0].source == "bridge.txt"
    assert len(list((bot._index.folder / "versions").iterdir())) == 1


# --- models


def test_an_embedding_model_that_fails_midway_says_what_to_run(
    corpus: Path, config: Config, minilm: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Chatbot(Index(corpus, config, minilm), config, minilm, None) as bot:
        bot.sync()
        (corpus / "new.txt").write_text(
            " ".join(f"Lighthouse {number} was lit." for number in range(500)), encoding="utf-8"
        )
        run, calls = MiniLM._run, []

        def failing(self, ids, mask):
            calls.append(ids)
            if len(calls) > 1:
                raise RuntimeError("out of memory")
            return run(self, ids, mask)

        with monkeypatch.context() as patched:
            patched.setattr(MiniLM, "_run", failing)
            with pytest.raises(ModelError, match=r"embedding model failed: out of memory\..* cited doctor"):
                bot.sync()
        assert len(calls) == 2
        assert_serving(bot)
        assert bot.sync().added == ("new.txt",)


def test_an_embedding_model_that_fails_at_a_question_is_not_taken_for_a_damaged_index(bot: Chatbot) -> None:
    embedder = bot._tools.embedder
    bot._tools = replace(bot._tools, embedder=Sick())
    with pytest.raises(ModelError, match="sick"):
        bot.search("bridge")
    bot._tools = replace(bot._tools, embedder=embedder)
    assert_serving(bot)


class Sick(FakeEmbedder):
    """Cannot embed a question."""

    def embed_query(self, text: str) -> object:
        raise ModelError("sick. Run: cited doctor")


class Breaking(FakeModel):
    """Its first draft breaks off after a few words."""

    def generate(self, messages, *, max_tokens):
        whole = super().generate(messages, max_tokens=max_tokens)
        return whole if len(self.prompts) > 1 else BrokenOff(whole)


class BrokenOff:
    """A draft that begins, and fails."""

    usage = Usage()

    def __init__(self, whole):
        self._whole = whole

    def __iter__(self):
        words = iter(self._whole)
        yield next(words)
        raise ModelError("The local model failed: no memory. Ask again, or run: cited doctor")

    def close(self):
        self._whole.close()


def test_a_language_model_that_fails_midway_can_be_asked_again(corpus: Path, config: Config) -> None:
    model = Breaking("Mayor Ada Quill opened the bridge on October 14.")
    with make(corpus, config, model) as bot:
        bot.sync()
        stream = bot.stream("Who opened the bridge?")
        assert [next(stream).kind, next(stream).kind] == ["evidence", "token"]
        with pytest.raises(ModelError, match=r"no memory\. Ask again"):
            next(stream)
        assert model.generations[0].stopped
        answer = bot.ask("Who opened the bridge?")
        assert (answer.status, answer.citations[0].source) == ("answered", "bridge.txt")


# --- the disk


@contextlib.contextmanager
def filling_from(owner: object, name: str) -> Iterator[None]:
    """No file can grow any more once this function of `owner` has been called, until the block ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    original = getattr(owner, name)

    def filling(*arguments, **more):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        return original(*arguments, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(owner, name, filling)
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


STAGES = [
    (building, "StoreWriter", "articles.sqlite"),
    (lexical, "build", "bm25"),
    (VectorStore, "create", "chroma"),
    (VectorStore, "add", "chroma"),
    (Versions, "vectors", "chroma"),
    (Manifest, "write", "versions"),
    (Versions, "publish", "current"),
]


@pytest.mark.parametrize(("owner", "name", "where"), STAGES, ids=[f"{where}-{name}" for _, name, where in STAGES])
def test_a_disk_that_fills_while_building_is_told_with_its_place(
    bot: Chatbot, corpus: Path, owner: object, name: str, where: str
) -> None:
    assert_serving(bot)
    edit(corpus / "harbour.txt")
    told = rf"{where}.* cannot be written.*Make room.*`cited index`"
    with filling_from(owner, name), pytest.raises(StoreError, match=told):
        bot.sync()
    assert_serving(bot)
    assert bot.sync().updated == ("harbour.txt",)


def test_a_disk_without_room_for_the_name_of_the_writer_lets_the_lock_go(
    bot: Chatbot, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(corpus / "harbour.txt")
    write = Path.write_text

    def full(self, *arguments, **more):
        if self.name == "writer.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, *arguments, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", full)
        with pytest.raises(StoreError, match=r"writer\.json cannot be written: No space left"):
            bot.sync()
    assert_serving(bot)
    assert bot.sync().updated == ("harbour.txt",)


_READ_ONLY = """
import os, sys
from pathlib import Path
from rag.config import Config
from rag.errors import CitedError
from tests.test_faults import ARTICLES, edit, make, read_only, assert_serving

corpus, home, which = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
config = Config(home=home, model="none")
with make(corpus, config) as bot:
    bot.sync()
    assert_serving(bot)
    edit(corpus / "harbour.txt")
    with read_only(corpus if which == "corpus" else home, home if which == "corpus" else corpus):
        for attempt in (
            bot.sync, lambda: make(corpus, config).sources(), lambda: bot.add("new.txt", b"A lighthouse was lit.")
        ):
            try:
                print("done", getattr(attempt(), "updated", ""))
            except CitedError as error:
                print(type(error).__name__, error)
        assert bot.search("bridge", k=1)
    print("afterwards", bot.sync().updated)
"""


class read_only:
    """Nobody may write `folder` within the block, and this process may write `other`; root becomes somebody else."""

    def __init__(self, folder: Path, other: Path) -> None:
        self._folder, self._other, self._root = folder, other, os.geteuid() == 0

    def __enter__(self) -> None:
        if self._root:
            for path in (self._other, *self._other.rglob("*")):
                os.chown(path, 65534, 65534)
            os.seteuid(65534)
        else:
            self._chmod(0o555)

    def __exit__(self, *_: object) -> None:
        if self._root:
            os.seteuid(0)
        else:
            self._chmod(0o755)

    def _chmod(self, mode: int) -> None:
        for path in (self._folder, *(path for path in self._folder.rglob("*") if path.is_dir())):
            path.chmod(mode)


def tried_read_only(corpus: Path, which: str) -> list[str]:
    """What becomes of a sync, of a new reader and of a new article, and of a sync afterwards."""
    place = Path(tempfile.mkdtemp())
    try:
        place.chmod(0o755)  # whoever root becomes has to get into it
        shutil.copytree(corpus, place / "articles")
        command = [sys.executable, "-c", _READ_ONLY, str(place / "articles"), str(place / "home"), which]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    finally:
        shutil.rmtree(place)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_home_that_becomes_read_only_keeps_serving(corpus: Path) -> None:
    sync, reader, add, afterwards = tried_read_only(corpus, "home")
    for told in (sync, reader):
        assert told.startswith("StoreError")
        assert "cannot be written: Permission denied" in told
        assert "CITED_HOME" in told
    assert add.startswith("done")
    assert afterwards == "afterwards ('harbour.txt',)"


def test_a_corpus_that_is_read_only_is_indexed_and_takes_no_articles(corpus: Path) -> None:
    sync, reader, add, afterwards = tried_read_only(corpus, "corpus")
    assert sync == "done ('harbour.txt',)"
    assert reader.startswith("done")
    assert add.startswith("CorpusError")
    assert afterwards == "afterwards ()"


# --- the folder changes under the reader's hands


@pytest.mark.parametrize(
    ("module", "deleted", "rejected"), [(indexing, ("bridge.txt",), ()), (building, (), ("bridge.txt", "new.txt"))],
    ids=["planning", "building"],
)
def test_a_file_that_vanishes_between_listing_and_reading_is_told_and_the_others_are_read(
    bot: Chatbot, corpus: Path, monkeypatch: pytest.MonkeyPatch, module, deleted, rejected
) -> None:
    edit(corpus / "bridge.txt")
    edit(corpus / "new.txt")
    read = module.read_file

    def vanishing(file, **options):
        if file.source in ("bridge.txt", "new.txt"):
            file.path.unlink(missing_ok=True)
        return read(file, **options)

    with monkeypatch.context() as patched:
        patched.setattr(module, "read_file", vanishing)
        report = bot.sync()
    told = {rejection.source: rejection.reason for rejection in report.rejected}
    assert told == dict.fromkeys(rejected, "it cannot be read: no such file or directory")
    assert (report.added, report.updated, report.deleted) == ((), (), deleted)
    assert report.unchanged == bot.sources() == ("harbour.txt", "market.md")
    assert not bot.sync().rejected


def test_a_file_that_changes_while_it_is_read_is_read_again_by_the_next_sync(
    bot: Chatbot, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(corpus / "bridge.txt")
    read = building.read_file

    def changing(file, **options):
        found = read(file, **options)
        (corpus / "bridge.txt").write_text("Turnips were given away.", encoding="utf-8")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(building, "read_file", changing)
        assert bot.sync().updated == ("bridge.txt",)
    assert bot.sync().updated == ("bridge.txt",)
    assert bot.article("bridge.txt").text == "Turnips were given away."
    assert not bot.sync().changed


def test_a_folder_that_vanishes_while_it_is_read_costs_no_article_that_did_not_change(
    bot: Chatbot, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(corpus / "new.txt")
    read = building.read_file

    def vanishing(file, **options):
        corpus.rename(corpus.with_name("away"))
        return read(file, **options)

    with monkeypatch.context() as patched:
        patched.setattr(building, "read_file", vanishing)
        report = bot.sync()
    assert [rejection.source for rejection in report.rejected] == ["new.txt"]
    assert bot.sources() == report.unchanged == ARTICLES
    with pytest.raises(CitedError, match=r"articles.*does not exist.*--corpus"):
        bot.sync()
    corpus.with_name("away").rename(corpus)
    assert bot.sync().added == ("new.txt",)


# --- the clock


@pytest.mark.parametrize("jump_ns", [-YEAR_NS, 10 * YEAR_NS], ids=["back", "forward"])
def test_a_clock_that_jumps_hides_no_edit_and_embeds_nothing_twice(
    corpus: Path, config: Config, monkeypatch: pytest.MonkeyPatch, jump_ns: int
) -> None:
    embedder = FakeEmbedder()
    index = Index(corpus, config, embedder)
    index.sync(lambda progress: None)
    now = time.time_ns
    for jumped in (jump_ns, 0):  # there, and back again
        monkeypatch.setattr(indexing.time, "time_ns", lambda jumped=jumped: now() + jumped)
        path = corpus / "bridge.txt"
        size = path.stat().st_size
        path.write_text(f"{jumped} turnips".ljust(size), encoding="utf-8")
        os.utime(path, ns=(now() + jumped, now() + jumped))
        embedder.calls.clear()
        assert index.sync(lambda progress: None).updated == ("bridge.txt",)
        assert len(embedder.embedded) == 1
        assert not index.sync(lambda progress: None).changed
        assert len(embedder.embedded) == 1
    index.close()


# --- damage

WAYS: dict[str, Callable[[bytes], bytes]] = {
    "half": lambda data: data[: len(data) // 2],
    "nothing": lambda data: b"",
    "garbage": lambda data: bytes(255 - byte for byte in data),
    "zeros": lambda data: bytes(len(data)),
    "a scratch": lambda data: data[: len(data) // 3] + bytes(255 - byte for byte in data[len(data) // 3 :][:64])
    + data[len(data) // 3 + 64 :],
}  # fmt: skip
# Chroma writes to it whenever it is opened, so it has no checksum; SQLite finds what makes it unreadable.
_REPAIRABLE = re.compile(r"StoreError: .* is damaged .*`cited index --rebuild` builds the index anew\.")
UNSEALED = ("chroma.sqlite3", "a scratch")


def damage_each(corpus: Path, home: Path) -> None:
    """Damage every file of an index in every way, and print what searching and syncing make of it, a line each."""
    (index,) = (home / "indexes").iterdir()
    whole = shutil.copytree(index, home / "whole")
    config = Config(home=home, model="none")
    for path in damageable(whole):
        data = (whole / path).read_bytes()
        for way, what in itertools.product(WAYS, ("search", "sync")):
            if (damaged := WAYS[way](data)) != data:
                shutil.rmtree(index)
                shutil.copytree(whole, index)
                (index / path).write_bytes(damaged)
                print(json.dumps([path.as_posix(), way, what, attempt(corpus, config, what)]), flush=True)  # noqa: T201
        with make(corpus, config) as bot:
            bot.sync(rebuild=True)
            print(json.dumps([path.as_posix(), "any", "rebuild", bot.search("bridge", k=1)[0].source]))  # noqa: T201


def damageable(index: Path) -> list[Path]:
    """The files of the current version and the pointer to it, relative to the index."""
    files = [path for path in (index / "versions").rglob("*") if path.is_file()]
    return sorted(path.relative_to(index) for path in [*files, index / "current"])


def attempt(corpus: Path, config: Config, what: str) -> str:
    """Search or sync, and return what came of it."""
    try:
        with make(corpus, config) as bot:
            done = bot.search("Who opened the bridge?", k=1)[0].source if what == "search" else bot.sync().updated
    except StoreError as error:
        return f"StoreError: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return f"done: {done}"


_DAMAGE_EACH = """
import sys
from pathlib import Path
from tests.test_faults import damage_each

damage_each(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], str]:
    """What came of every way of damaging every file, tried in a process of its own, which a library may end."""
    place = tmp_path_factory.mktemp("damaged")
    corpus, config = place / "articles", Config(home=place / "home", model="none")
    corpus.mkdir()
    for number in range(40):
        text = f"Pier {number}\n\nPier {number} has {7 * number} planks."
        (corpus / f"pier{number}.txt").write_text(text, encoding="utf-8")
    (corpus / "bridge.txt").write_text("Bridge\n\nMayor Ada Quill opened the bridge.", encoding="utf-8")
    with make(corpus, config) as bot:
        bot.sync()
    edit(corpus / "pier7.txt")
    command = [sys.executable, "-c", _DAMAGE_EACH, str(corpus), str(config.home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"after {found[-1:]}: {done.stderr[-2000:]}"
    return {(path.rpartition("/")[2], way, what): came for path, way, what, came in found}


@pytest.mark.parametrize("way", WAYS)
def test_whatever_file_is_damaged_the_error_names_the_command_that_repairs(damaged, way: str) -> None:
    tried = {key: came for key, came in damaged.items() if key[1] == way and (key[0], way) != UNSEALED}
    assert len({name for name, _, _ in tried}) >= 12
    assert not {key: came for key, came in tried.items() if not _REPAIRABLE.match(came)}


def test_a_scratch_that_no_checksum_covers_does_no_harm(damaged) -> None:
    for what, right in (("search", "done: bridge.txt"), ("sync", "done: ('pier7.txt',)")):
        came = damaged[(*UNSEALED, what)]
        assert came == right or came.startswith("StoreError")


def test_whatever_file_is_damaged_rebuilding_repairs_it(damaged) -> None:
    rebuilt = {name: came for (name, _, what), came in damaged.items() if what == "rebuild"}
    assert set(rebuilt.values()) == {"bridge.txt"}
    assert {"current", "manifest.json", "seal.json", "articles.sqlite", "data_level0.bin"} < rebuilt.keys()


def test_files_that_are_cut_under_an_open_reader_do_not_end_it(bot: Chatbot, corpus: Path, config: Config) -> None:
    assert_serving(bot)
    with bot.snapshot() as snapshot:
        for path in (path for path in snapshot.path.rglob("*") if path.is_file()):
            os.truncate(path, 0)
    with contextlib.suppress(StoreError):
        assert bot.search("Who mended the harbour wall?", k=1)[0].source == "harbour.txt"
    assert bot.sync(rebuild=True).added == ARTICLES
    assert_serving(bot)


def test_a_file_of_a_version_that_is_missing_is_named(bot: Chatbot, corpus: Path, config: Config) -> None:
    with bot.snapshot() as snapshot:
        (snapshot.path / "bm25" / "words.json").unlink()
    with make(corpus, config) as other:
        with pytest.raises(StoreError, match=r"words\.json is damaged.*No such file.*`cited index --rebuild`"):
            other.sources()
        assert other.sync(rebuild=True).added == ARTICLES


def test_an_index_of_another_format_says_so_and_is_rebuilt(bot: Chatbot, corpus: Path, config: Config) -> None:
    with bot.snapshot() as snapshot:
        (snapshot.path / MANIFEST).write_text(json.dumps({"format": 1, "made": "long ago"}), encoding="utf-8")
    bot.close()
    with make(corpus, config) as other:
        with pytest.raises(StoreError, match=r"format 1, this version of Cited reads \d+\. `cited index --rebuild`"):
            other.sync()
        assert other.sync(rebuild=True).added == ARTICLES
        assert_serving(other)


def test_threads_that_open_and_close_one_folder_of_vectors_do_not_find_it_damaged(tmp_path: Path) -> None:
    VectorStore.create(tmp_path, 1).close()

    def use() -> int:
        for _ in range(20):
            with contextlib.closing(VectorStore.open(tmp_path)) as vectors:
                vectors.count()
        return 20

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # seconds: without the lock one of them fails nearly every time
    try:
        with ThreadPoolExecutor(4) as threads:
            assert [used.result() for used in [threads.submit(use) for _ in range(4)]] == [20] * 4
    finally:
        sys.setswitchinterval(interval)
