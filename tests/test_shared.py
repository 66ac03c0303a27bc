"""An index on a Chroma server (`chroma run`): many machines read it, one at a time writes it, and none tears it."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest

from eval.benchmarks.serving import chroma, free_port
from rag import tenure
from rag.chat import Chatbot
from rag.chroma import Server
from rag.config import Config
from rag.errors import CorpusError, IndexLocked, StoreError
from rag.index import Index
from tests.conftest import ROOT, FakeEmbedder
from tests.test_index import contents, quiet

THREE = ("bridge.txt", "harbour.txt", "market.md")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with chroma(tmp_path_factory.mktemp("server"), free_port()) as address:
        yield address


@pytest.fixture
def machine(tmp_path, address, request):
    """Make an index of a corpus as another machine would, with a home of its own; all are closed in the end."""
    opened = []

    def make(corpus: Path, home: str = "one", **settings) -> Index:
        name = "t-" + "".join(filter(str.isalnum, request.node.name))[:50]
        config = Config(home=tmp_path / home, model="none", chroma=address, index=name, **settings)
        opened.append(Index(corpus, config, FakeEmbedder()))
        return opened[-1]

    yield make
    for index in opened:
        index.close()


@pytest.fixture
def server(address):
    server = Server(Config(chroma=address))
    yield server
    server.close()


def collections(server: Server, index: Index) -> list[str]:
    """What the server keeps of an index, beside the pointer."""
    return list(server.collections(f"cited.{index._config.index}."))


def test_it_is_what_a_folder_would_hold(machine, corpus, config):
    shared, own = machine(corpus), Index(corpus, config, FakeEmbedder())
    report = shared.sync(quiet)
    assert report.added == THREE
    assert report == own.sync(quiet)
    with shared.snapshot() as ours, own.snapshot() as theirs:
        mine, clean = contents(ours), contents(theirs)
        assert {name: text for name, (text, _) in mine.items()} == {name: text for name, (text, _) in clean.items()}
        for name, (_, vector) in mine.items():
            np.testing.assert_allclose(vector, clean[name][1], atol=1e-6)
        query = FakeEmbedder().embed_query("bridge")
        assert [number for number, _ in ours.vectors.nearest(query, 3)] == [
            number for number, _ in theirs.vectors.nearest(query, 3)
        ]
    own.close()


def test_another_machine_reads_it_without_the_articles_and_follows(machine, corpus, tmp_path):
    writer, reader = machine(corpus), machine(tmp_path / "not here", "two")
    writer.sync(quiet)
    assert reader.ensure(quiet).unchanged == THREE
    with reader.snapshot() as snapshot:
        assert snapshot.store.article("bridge.txt").text == (corpus / "bridge.txt").read_text(encoding="utf-8")
    (corpus / "new.txt").write_text("A new lighthouse was lit in May.", encoding="utf-8")
    writer.sync(quiet)
    with reader.snapshot() as snapshot:
        assert "new.txt" in snapshot.store.sources()
        assert snapshot.vectors.count() == snapshot.manifest.chunks
    with pytest.raises(CorpusError, match="does not exist"):
        reader.sync(quiet)


def test_another_machine_with_the_same_articles_has_nothing_to_embed(machine, corpus, tmp_path):
    machine(corpus).sync(quiet)
    copied = tmp_path / "copy"
    copied.mkdir()
    for path in corpus.iterdir():
        (copied / path.name).write_bytes(path.read_bytes())
    report = machine(copied, "two").sync(quiet)
    assert (report.unchanged, report.embedded, report.changed) == (THREE, 0, False)


def test_only_changed_chunks_are_embedded_and_kept_vectors_do_not_drift(machine, corpus):
    index = machine(corpus)
    index.sync(quiet)
    with index.snapshot() as snapshot:
        first = contents(snapshot)
    for number in range(4):
        (corpus / "new.txt").write_text(f"Lighthouse number {number} was lit in May.", encoding="utf-8")
        assert index.sync(quiet).embedded == 1
    with index.snapshot() as snapshot:
        now = contents(snapshot)
    for name, (_, vector) in first.items():
        np.testing.assert_allclose(vector, now[name][1], atol=1e-6)


def test_a_version_in_use_on_another_machine_stays_and_goes_when_it_is_left(machine, server, corpus):
    writer, reader = machine(corpus), machine(corpus, "two")
    writer.sync(quiet)
    with reader.snapshot() as old:
        for number in range(2):
            (corpus / f"new{number}.txt").write_text(f"Lighthouse number {number} was lit.", encoding="utf-8")
            writer.sync(quiet)
        assert old.store.sources() == THREE
        assert old.vectors.count() == old.manifest.chunks
        assert any(old.name in name for name in collections(server, reader))
    with reader.snapshot() as snapshot:
        assert "new1.txt" in snapshot.store.sources()
    assert not old.path.exists()
    assert not any(old.name in name for name in collections(server, reader))


def test_deleted_text_is_in_no_collection_and_in_no_home(machine, server, corpus, tmp_path):
    writer, reader = machine(corpus), machine(corpus, "two")
    writer.sync(quiet)
    with reader.snapshot():
        pass
    (corpus / "bridge.txt").unlink()
    writer.sync(quiet)
    with reader.snapshot():
        pass
    for name in collections(server, writer):
        documents = server.collection(name).get()["documents"] or []
        assert not [text for text in documents if "Quill" in text]
    files = [path for home in ("one", "two") for path in (tmp_path / home).rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"Quill" in path.read_bytes()]


def test_a_second_writer_on_another_machine_gives_up_soon_and_names_the_first(machine, corpus):
    holding, release = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        holding.set()
        release.wait(10)

    first, second = machine(corpus), machine(corpus, "two")
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
    assert second.sync(quiet).unchanged == THREE


_KILLED = """
import os, sys
from pathlib import Path
from rag.config import Config
from rag.index import Index
from tests.conftest import FakeEmbedder

class Dying(FakeEmbedder):
    def embed(self, texts):
        os.kill(os.getpid(), 9)

corpus, home, chroma, index = sys.argv[1:]
Index(Path(corpus), Config(home=Path(home), model="none", chroma=chroma, index=index), Dying()).sync(lambda _: None)
"""


def test_what_a_killed_writer_leaves_is_cleared_away(machine, server, corpus, tmp_path, monkeypatch):
    index, other = machine(corpus), machine(corpus, "two")
    index.sync(quiet)
    (corpus / "new.txt").write_text("A new lighthouse was lit.", encoding="utf-8")
    settings = index._config
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, str(corpus), str(settings.home), settings.chroma, settings.index],
        cwd=ROOT, check=False,
    )  # fmt: skip
    assert killed.returncode == -9
    with other.snapshot() as snapshot:
        assert snapshot.store.sources() == THREE
    with pytest.raises(IndexLocked):  # it may be at work still, as far as another machine can tell
        other.sync(quiet)
    assert index.sync(quiet).added == ("new.txt",)  # of the same home: its lock on disk is free, so it is dead
    assert other.sync(quiet).unchanged == tuple(sorted((*THREE, "new.txt")))
    monkeypatch.setattr(tenure, "STALE", 0.0)  # a minute later: the killed process no longer counts as a reader
    other._versions.tidy()
    left = collections(server, index)
    assert len({name.split(".")[2] for name in left}) == 1, left
    assert not [name for name in left if name.endswith(".writer")]


def test_a_writer_that_is_silent_for_a_minute_loses_the_lock_and_does_not_publish(machine, corpus, monkeypatch):
    slow, quick = machine(corpus), machine(corpus, "two")
    monkeypatch.setattr(tenure, "STALE", -1.0)

    def overtaken(_: object) -> None:
        if not overtaken.done:
            overtaken.done = True
            (corpus / "new.txt").write_text("A new lighthouse was lit.", encoding="utf-8")
            quick.sync(quiet)

    overtaken.done = False
    with pytest.raises(StoreError, match="taken over by another writer"):
        slow.sync(overtaken)
    with slow.snapshot() as snapshot:
        assert "new.txt" in snapshot.store.sources()


def test_claims_are_renewed_while_they_are_held(server, monkeypatch):
    monkeypatch.setattr(tenure, "EVERY", 0.05)
    claims = tenure.Tenure(server)
    assert claims.claim("cited.renewed.writer", {"pid": 1})
    assert not tenure.Tenure(server).claim("cited.renewed.writer", {"pid": 2})
    first = server.metadata("cited.renewed.writer")
    time.sleep(0.5)
    later = server.metadata("cited.renewed.writer")
    assert later["renewed"] > first["renewed"]
    assert claims.holds("cited.renewed.writer")
    claims.release("cited.renewed.writer")
    assert server.metadata("cited.renewed.writer") is None


def test_who_has_lost_a_claim_leaves_that_of_the_next_alone(server):
    first, second = tenure.Tenure(server), tenure.Tenure(server)
    assert first.claim("cited.lost.writer", {"token": "first"})
    server.delete("cited.lost.writer")
    assert second.claim("cited.lost.writer", {"token": "second"})
    assert not first.holds("cited.lost.writer")
    first.release("cited.lost.writer")
    assert second.holds("cited.lost.writer")
    second.release("cited.lost.writer")


def test_an_empty_folder_gives_an_empty_index(machine, tmp_path):
    (tmp_path / "empty").mkdir()
    index = machine(tmp_path / "empty")
    assert index.sync(quiet).chunks == 0
    with index.snapshot() as snapshot:
        assert snapshot.store.sources() == ()


def test_a_failing_embedder_leaves_nothing_behind(machine, server, corpus):
    index = machine(corpus)
    index.sync(quiet)
    before = collections(server, index)
    (corpus / "new.txt").write_text("A new lighthouse.", encoding="utf-8")
    index._embedder.error = RuntimeError("out of order")
    with pytest.raises(RuntimeError, match="out of order"):
        index.sync(quiet)
    assert collections(server, index) == before


def test_a_server_that_goes_away_is_an_error_that_says_what_to_do_and_a_reader_goes_on_when_it_is_back(
    corpus, tmp_path
):
    port, folder = free_port(), tmp_path / "server"
    config = Config(home=tmp_path / "home", model="none", chroma=f"http://127.0.0.1:{port}", index="news")
    index = Index(corpus, config, FakeEmbedder())
    with pytest.raises(StoreError, match=rf"{port} does not answer.*chroma run.*CITED_CHROMA"):
        index.sync(quiet)
    with chroma(folder, port):
        index.sync(quiet)
    with pytest.raises(StoreError, match="does not answer"), index.snapshot():
        pass
    with chroma(folder, port):
        with index.snapshot() as snapshot:
            assert snapshot.vectors.nearest(FakeEmbedder().embed_query("bridge"), 1)
        index.close()


def test_damaged_files_on_the_server_are_reported_and_rebuilt(machine, server, corpus):
    writer, reader = machine(corpus), machine(corpus, "two")
    writer.sync(quiet)
    files = next(name for name in collections(server, writer) if name.endswith(".files"))
    server.collection(files).update(ids=["0"], embeddings=[[0.0]], documents=["UEsDBA=="])
    with pytest.raises(StoreError, match="not intact"), reader.snapshot():
        pass
    writer.sync(quiet, rebuild=True)
    with reader.snapshot() as snapshot:
        assert snapshot.store.sources() == THREE


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of a client that is refused nothing is left to be closed
def test_an_unknown_tenant_is_named(machine, corpus):
    index = machine(corpus, chroma_tenant="nobody")
    with pytest.raises(StoreError, match=r"nobody.*CITED_CHROMA_TENANT"):
        index.sync(quiet)
    del index
    gc.collect()


def test_indexes_of_one_server_do_not_touch_each_other(machine, corpus, tmp_path, address):
    first = machine(corpus)
    first.sync(quiet)
    other = tmp_path / "other"
    other.mkdir()
    (other / "moon.txt").write_text("The moon rose at nine.", encoding="utf-8")
    second = Index(other, replace(first._config, index=None), FakeEmbedder())
    assert second.sync(quiet).added == ("moon.txt",)
    with first.snapshot() as mine, second.snapshot() as theirs:
        assert (mine.store.sources(), theirs.store.sources()) == (THREE, ("moon.txt",))
    second.close()


def test_a_collection_that_names_an_embedding_function_is_not_touched(machine, server, address, corpus, monkeypatch):
    """Chroma's own client would build it, of code that it fetches from elsewhere."""
    from chromadb.utils import embedding_functions

    asked = []
    poisoned = type("Poisoned", (), {"build_from_config": asked.append})
    monkeypatch.setitem(embedding_functions.known_embedding_functions, "sentence_transformer", poisoned)
    config = {"model_name": "evil/model", "device": "cpu", "normalize_embeddings": False,
              "kwargs": {"trust_remote_code": True}}  # fmt: skip
    poison = {"type": "known", "name": "sentence_transformer", "config": config}
    index = machine(corpus)
    index.sync(quiet)
    vectors = next(name for name in collections(server, index) if ".files" not in name and ".reader" not in name)
    server.delete(vectors)
    reply = httpx.post(
        f"{address}/api/v2/tenants/default_tenant/databases/default_database/collections",
        json={"name": vectors, "configuration": {"embedding_function": poison}},
    )
    assert reply.json()["configuration_json"]["embedding_function"] == poison
    with index.snapshot() as snapshot, pytest.raises(StoreError, match="somebody has changed it"):
        assert snapshot.vectors
    with pytest.raises(StoreError, match="somebody has changed it"):
        server.collection(vectors)
    assert index.sync(quiet, rebuild=True).added == THREE  # leaves it behind, and deletes it
    assert vectors not in collections(server, index)
    assert asked == []


def test_a_missing_folder_is_only_good_for_a_named_index(tmp_path, address):
    config = Config(home=tmp_path, model="none", chroma=address)
    with pytest.raises(CorpusError, match="is not a folder"):
        Chatbot.at(tmp_path / "missing", config=config)
    with (
        Chatbot.at(tmp_path / "missing", config=replace(config, index="never-made")) as bot,
        pytest.raises(StoreError, match="has no index yet"),
    ):
        bot.search("bridge")
