"""The index follows its folder, in versions that no crash can tear."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import Timeout

import rag.building
import rag.index
from rag import vectors
from rag.config import Config
from rag.errors import CorpusError, IndexLocked, StoreError
from rag.filters import Filter
from rag.index import Index
from rag.retrieval import retrieve
from rag.snapshot import Snapshot
from rag.versions import Lease, Versions
from tests.conftest import ROOT, FakeEmbedder


def quiet(_: object) -> None:
    """Ignore progress."""


def make(corpus: Path, config: Config, embedder: FakeEmbedder | None = None) -> Index:
    return Index(corpus, config, embedder or FakeEmbedder())


def contents(snapshot: Snapshot) -> dict[str, tuple[str, list[float]]]:
    ids = list(snapshot.store.ids())
    vectors = snapshot.vectors.vectors(snapshot.store.vector_ids(range(len(ids))))
    texts = list(snapshot.store.texts())
    return {name: (text, vector.tolist()) for name, text, vector in zip(ids, texts, vectors, strict=True)}


def test_the_first_sync_adds_every_article(corpus: Path, config: Config) -> None:
    index = make(corpus, config)
    report = index.sync(quiet)
    assert report.added == ("bridge.txt", "harbour.txt", "market.md")
    assert report.chunks == report.embedded > 0
    with index.snapshot() as snapshot:
        assert snapshot.store.sources() == report.added
        assert snapshot.vectors.count() == report.chunks
    index.close()


def test_a_second_sync_embeds_nothing_and_keeps_the_version(corpus: Path, config: Config) -> None:
    embedder = FakeEmbedder()
    index = make(corpus, config, embedder)
    index.sync(quiet)
    with index.snapshot() as snapshot:
        before = snapshot.name
    embedder.calls.clear()
    report = index.sync(quiet)
    assert report.unchanged == ("bridge.txt", "harbour.txt", "market.md")
    assert not report.changed
    assert embedder.calls == []
    with index.snapshot() as snapshot:
        assert snapshot.name == before
    index.close()


def test_a_touched_file_counts_as_unchanged(corpus: Path, config: Config) -> None:
    index = make(corpus, config)
    index.sync(quiet)
    os.utime(corpus / "bridge.txt", (1, 1))
    assert not index.sync(quiet).changed
    index.close()


def test_an_edit_within_the_resolution_of_time_stamps_is_seen(corpus: Path, config: Config) -> None:
    index = make(corpus, config)
    index.sync(quiet)
    path = corpus / "bridge.txt"
    stamp = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("320", "330"), encoding="utf-8")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert index.sync(quiet).updated == ("bridge.txt",)
    index.close()


def test_only_changed_chunks_are_embedded_again(corpus: Path, config: Config) -> None:
    embedder = FakeEmbedder()
    config = replace(config, chunk_tokens=15)
    index = make(corpus, config, embedder)
    index.sync(quiet)
    embedder.calls.clear()
    path = corpus / "harbour.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("$4 million", "$5 million"), encoding="utf-8")
    report = index.sync(quiet)
    assert report.updated == ("harbour.txt",)
    assert len(embedder.embedded) == report.embedded == 1
    assert "$5 million" in embedder.embedded[0]
    index.close()


def test_after_changes_the_index_equals_one_built_from_nothing(corpus: Path, config: Config, tmp_path: Path) -> None:
    index = make(corpus, config)
    index.sync(quiet)
    (corpus / "harbour.txt").unlink()
    (corpus / "market.md").rename(corpus / "moved.md")
    (corpus / "new.txt").write_text("A new lighthouse was lit in May.", encoding="utf-8")
    report = index.sync(quiet)
    assert report.added == ("moved.md", "new.txt")
    assert report.deleted == ("harbour.txt", "market.md")
    assert report.unchanged == ("bridge.txt",)
    assert report.renamed == (("market.md", "moved.md"),)
    fresh = make(corpus, replace(config, home=tmp_path / "other"))
    fresh.sync(quiet)
    with index.snapshot() as ours, fresh.snapshot() as clean:
        mine, theirs = contents(ours), contents(clean)
        assert {name: text for name, (text, _) in mine.items()} == {name: text for name, (text, _) in theirs.items()}
        for name, (_, vector) in mine.items():
            np.testing.assert_allclose(vector, theirs[name][1], atol=1e-6)
    index.close()
    fresh.close()


def test_every_file_that_was_moved_has_its_new_name_beside_the_old(corpus: Path, config: Config) -> None:
    embedder = FakeEmbedder()
    for name in ("copy.txt", "twin.txt"):
        (corpus / name).write_bytes((corpus / "bridge.txt").read_bytes())
    index = make(corpus, config, embedder)
    index.sync(quiet)
    embedder.calls.clear()
    (corpus / "2024").mkdir()
    for name in ("copy.txt", "twin.txt"):
        (corpus / name).rename(corpus / "2024" / name)
    (corpus / "harbour.txt").rename(corpus / "port.txt")
    (corpus / "third.txt").write_bytes((corpus / "bridge.txt").read_bytes())
    report = index.sync(quiet)
    assert sorted(old for old, _ in report.renamed) == ["copy.txt", "harbour.txt", "twin.txt"]
    assert {new for _, new in report.renamed} < set(report.added)
    assert ("harbour.txt", "port.txt") in report.renamed
    assert embedder.embedded == []
    index.close()


def test_what_a_thousand_articles_share_hides_nothing(tmp_path: Path, config: Config) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    shared = "\n\n".join(f"Sign up for letter {n} of the harbour and read it every day." for n in range(8))
    for number in range(300):
        said = f"Seen at sea\n\nBuoy {number} was seen.\n\n{shared}"
        (folder / f"{number:03}.txt").write_text(said, encoding="utf-8")
    embedder, config = FakeEmbedder(), replace(config, chunk_tokens=20)
    index = make(folder, config, embedder)
    report = index.sync(quiet)
    assert report.embedded < report.chunks / 2
    with index.snapshot() as snapshot:
        assert snapshot.vectors.count() == report.embedded
        chunks = snapshot.store.chunks(range(report.chunks))
        of_one = {chunk.source for chunk in chunks if "letter 3" in chunk.text}
        found = retrieve("Sign up for letter 3", snapshot, embedder, k=5, method="dense", only=Filter(("299.txt",)))
        assert [item.chunk.source for item in found] == ["299.txt"] * len(found)
        assert any("letter 3" in item.chunk.text for item in found)
        for ordinal, name in enumerate(snapshot.store.vector_ids(range(report.chunks))):
            if ordinal % 97 == 0:
                (vector,) = snapshot.vectors.vectors([name])
                nearest = [vector for vector, _ in snapshot.vectors.nearest(vector, 10)]
                assert ordinal in [shares for of in snapshot.store.sharing(nearest).values() for shares in of]
    assert len(of_one) == 300
    index.close()


def test_deleted_text_is_in_no_file_of_the_home(corpus: Path, config: Config) -> None:
    index = make(corpus, config)
    index.sync(quiet)
    (corpus / "bridge.txt").unlink()
    index.sync(quiet)
    index.close()
    files = [path for path in config.home.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"Quill" in path.read_bytes()]


def test_chroma_saves_no_memory_that_it_never_filled(corpus: Path, config: Config) -> None:
    index = make(corpus, config)
    index.sync(quiet)
    with index.snapshot() as snapshot:
        assert snapshot.vectors.nearest(FakeEmbedder().embed_query("bridge"), 1)
        headers = list((snapshot.path / "chroma").glob("*/header.bin"))
        for header in headers:
            room, filled, size = struct.unpack_from("<QQQ", header.read_bytes(), 12)
            data = header.with_name("data_level0.bin").read_bytes()
            assert len(data) == room * size
            assert not any(data[filled * size :])
    assert headers
    index.close()


@pytest.mark.parametrize("count", [0, 1, 2, 9, 10, 11, 19, 20, 21, 59, 60, 61, 97])
def test_the_vector_index_is_saved_to_its_last_chunk_however_many_there_are(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(vectors, "SAVED", 20)
    monkeypatch.setattr(vectors, "BATCH", 10)
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:03}.txt").write_text(f"Buoy {number} was seen at sea by Ada Quill.", encoding="utf-8")
    index = make(folder, config)
    index.sync(quiet)
    with index.snapshot() as snapshot:
        assert snapshot.vectors.count() == count
        headers = list((snapshot.path / "chroma").glob("*/header.bin"))
        assert [struct.unpack_from("<Q", header.read_bytes(), 20)[0] for header in headers] == [count] * (count > 0)
        for header in headers:
            room, filled, size = struct.unpack_from("<QQQ", header.read_bytes(), 12)
            assert not any(header.with_name("data_level0.bin").read_bytes()[filled * size :])
            written = header.stat().st_mtime_ns
            assert len(snapshot.vectors.nearest(FakeEmbedder().embed_query("buoy"), 10)) == min(count, 10)
            assert header.stat().st_mtime_ns == written
    index.close()


@pytest.mark.parametrize("size", [*range(70), 999, 9_999, 10_000, 10_001, 100_003])
def test_batches_are_even_and_end_parts_where_they_are_saved(size: int) -> None:
    sizes = vectors.batches(size)
    assert sum(sizes) == size
    assert all(0 < batch <= vectors.BATCH for batch in sizes) or size == 0
    threshold, since, saved = max(1, vectors._parts(size)[-1]), 0, 0
    for batch in sizes:
        since += batch
        if since >= threshold:
            since, saved = 0, saved + 1
    assert (since, saved) == (0, -(-size // vectors.SAVED))


def test_a_failing_embedder_leaves_the_old_index_serving(corpus: Path, config: Config) -> None:
    embedder = FakeEmbedder()
    index = make(corpus, config, embedder)
    index.sync(quiet)
    (corpus / "new.txt").write_text("A new lighthouse.", encoding="utf-8")
    embedder.error = RuntimeError("out of order")
    with pytest.raises(RuntimeError, match="out of order"):
        index.sync(quiet)
    with index.snapshot() as snapshot:
        assert snapshot.store.sources() == ("bridge.txt", "harbour.txt", "market.md")
    assert len(list((index.folder / "versions").iterdir())) == 1
    embedder.error = None
    assert index.sync(quiet).added == ("new.txt",)
    index.close()


def test_a_snapshot_in_use_survives_two_newer_versions(corpus: Path, config: Config) -> None:
    index, other = make(corpus, config), make(corpus, config)
    index.sync(quiet)
    with other.snapshot() as old:
        for number in range(2):
            (corpus / f"new{number}.txt").write_text(f"Lighthouse number {number} was lit.", encoding="utf-8")
            index.sync(quiet)
        assert old.path.is_dir()
        assert old.store.sources() == ("bridge.txt", "harbour.txt", "market.md")
        assert old.vectors.count() == old.manifest.chunks
    with other.snapshot() as snapshot:
        assert "new1.txt" in snapshot.store.sources()
    assert not old.path.exists()
    index.close()
    other.close()


def test_a_second_writer_gives_up_soon_and_names_the_first(corpus: Path, config: Config) -> None:
    holding, release = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        holding.set()
        release.wait(10)

    first, second = make(corpus, config), make(corpus, config)
    writer = threading.Thread(target=first.sync, args=(hold,))
    writer.start()
    try:
        assert holding.wait(10)
        started = time.monotonic()
        with pytest.raises(IndexLocked, match=f"process {os.getpid()} on "):
            second.sync(quiet)
        assert time.monotonic() - started < 2
    finally:
        release.set()
        writer.join()
    assert second.sync(quiet).unchanged
    first.close()
    second.close()


_KILLED = """
import os, sys
from pathlib import Path
from rag.config import Config
from rag.filters import Filter
from rag.index import Index
from rag.retrieval import retrieve
from tests.conftest import FakeEmbedder

class Dying(FakeEmbedder):
    def embed(self, texts):
        if len(self.calls) == int(sys.argv[3]):
            os.kill(os.getpid(), 9)
        return super().embed(texts)

Index(Path(sys.argv[1]), Config(home=Path(sys.argv[2]), model="none"), Dying()).sync(lambda progress: None)
"""


def test_a_writer_killed_midway_leaves_the_old_version_whole(corpus: Path, config: Config) -> None:
    index = make(corpus, config)
    index.sync(quiet)
    (corpus / "new.txt").write_text("A new lighthouse was lit.", encoding="utf-8")
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(corpus), str(config.home), "0"], cwd=ROOT, check=False)
    assert killed.returncode == -9
    with index.snapshot() as snapshot:
        assert snapshot.store.sources() == ("bridge.txt", "harbour.txt", "market.md")
    assert index.sync(quiet).added == ("new.txt",)
    assert len(list((index.folder / "versions").iterdir())) == 1
    index.close()


def test_another_embedding_model_is_refused_with_the_command_that_rebuilds(corpus: Path, config: Config) -> None:
    index = make(corpus, config)
    index.sync(quiet)
    index.close()
    embedder = FakeEmbedder()
    embedder.name = "another@2"
    other = make(corpus, config, embedder)
    with pytest.raises(StoreError, match=r"filled by the embedding model fake@1, not another@2.*--rebuild"):
        other.sync(quiet)
    assert other.sync(quiet, rebuild=True).added
    with other.snapshot() as snapshot:
        assert snapshot.manifest.embedder == "another@2"
    other.close()


@pytest.mark.parametrize("name", ["manifest.json", "articles.sqlite"])
def test_a_damaged_version_is_reported_and_rebuilt(corpus: Path, config: Config, name: str) -> None:
    index = make(corpus, config)
    index.sync(quiet)
    with index.snapshot() as snapshot:
        path = snapshot.path / name
    index.close()
    path.write_bytes(b"\0" * 100)
    index = make(corpus, config)
    with pytest.raises(StoreError, match=r"is damaged.*cited index --rebuild"):
        index.sync(quiet)
    assert index.sync(quiet, rebuild=True).added
    index.close()


def test_another_chunk_size_makes_new_chunks(corpus: Path, config: Config) -> None:
    index = make(corpus, config)
    before = index.sync(quiet).chunks
    index.close()
    index = make(corpus, replace(config, chunk_tokens=10))
    assert index.sync(quiet).chunks > before
    index.close()


def test_an_empty_folder_gives_an_empty_index_and_fills_later(tmp_path: Path, config: Config) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    index = make(folder, config)
    assert index.sync(quiet).chunks == 0
    (folder / "first.txt").write_text("The first article.", encoding="utf-8")
    assert index.sync(quiet).added == ("first.txt",)
    index.close()


def test_a_missing_folder_is_an_error_and_keeps_the_index(corpus: Path, config: Config) -> None:
    index = make(corpus, config)
    index.sync(quiet)
    corpus.rename(corpus.with_name("away"))
    with pytest.raises(CorpusError, match="articles"):
        index.sync(quiet)
    with index.snapshot() as snapshot:
        assert len(snapshot.store.sources()) == 3
    index.close()


def test_each_file_is_indexed_or_rejected_with_its_reason(corpus: Path, config: Config, tmp_path: Path) -> None:
    (corpus / "latin1.txt").write_bytes("naïve".encode("latin-1"))
    (corpus / "empty.txt").write_bytes(b"")
    (corpus / "binary.txt").write_bytes(b"MZ\0\0\1\2")
    (corpus / "picture.png").write_bytes(b"\x89PNG")
    (corpus / "large.txt").write_bytes(b"word " * 250_000)
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (corpus / "out.txt").symlink_to(tmp_path / "secret.txt")
    index = make(corpus, replace(config, max_file_mb=1))
    report = index.sync(quiet)
    assert report.added == ("bridge.txt", "harbour.txt", "market.md")
    reasons = {rejection.source: rejection.reason for rejection in report.rejected}
    assert reasons.keys() == {"latin1.txt", "empty.txt", "binary.txt", "picture.png", "large.txt", "out.txt"}
    for source, word in {"latin1.txt": "UTF-8", "empty.txt": "empty", "binary.txt": "binary", "picture.png": ".txt",
                         "large.txt": "CITED_MAX_FILE_MB", "out.txt": "out of the folder"}.items():
        assert word in reasons[source]
    assert not index.sync(quiet).changed
    index.close()


def test_an_article_that_becomes_unreadable_leaves_the_index_and_says_so(corpus: Path, config: Config) -> None:
    index = make(corpus, config)
    index.sync(quiet)
    (corpus / "bridge.txt").write_bytes(b"\xfa\xfb broken")
    report = index.sync(quiet)
    assert [rejection.source for rejection in report.rejected] == ["bridge.txt"]
    assert report.deleted == ()
    with index.snapshot() as snapshot:
        assert "bridge.txt" not in snapshot.store.sources()
    index.close()


def test_a_home_that_cannot_be_written_is_an_error_that_says_what_to_do(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    index = make(corpus, Config(home=tmp_path / "file" / "home"))
    with pytest.raises(StoreError, match="CITED_HOME"):
        index.sync(quiet)


def test_what_is_read_otherwise_now_is_read_again_and_embedded_only_where_it_differs(
    corpus: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = FakeEmbedder()
    index = make(corpus, config, embedder)
    index.sync(quiet)
    embedder.calls.clear()
    monkeypatch.setattr(rag.index, "READING", -1)
    monkeypatch.setattr(rag.building, "READING", -1)
    assert index.sync(quiet).updated == ("bridge.txt", "harbour.txt", "market.md")
    assert embedder.embedded == []
    assert not index.sync(quiet).changed
    index.close()


def test_a_file_that_can_no_longer_be_read_changes_the_index(corpus: Path, config: Config) -> None:
    index = make(corpus, config)
    index.sync(quiet)
    (corpus / "bridge.txt").write_bytes(b"The bridge \0")
    report = index.sync(quiet)
    assert (report.changed, report.dropped, report.deleted) == (True, ("bridge.txt",), ())
    assert [rejection.source for rejection in report.rejected] == ["bridge.txt"]
    report = index.sync(quiet)
    assert (report.changed, report.dropped) == (False, ())
    index.close()


def test_a_version_that_goes_while_it_is_leased_is_left_for_the_next(tmp_path: Path) -> None:
    versions = Versions(tmp_path / "index")
    with versions.writing():
        first = versions.create()
        versions.publish(first)
    failures = iter([Timeout("lock"), StoreError("File exists")])

    class Raced(Versions):
        def _leased_by_me(self, name: str) -> Lease:
            if (failure := next(failures, None)) is None:
                return super()._leased_by_me(name)
            if "exists" in str(failure):
                with versions.writing():
                    versions.publish(versions.create())
            raise failure

    lease = Raced(tmp_path / "index").lease()
    assert lease is not None
    assert lease.name == versions.current() != first.name
    lease.release()
    failures = iter([StoreError("read-only")])
    with pytest.raises(StoreError, match="read-only"):
        Raced(tmp_path / "index").lease()
