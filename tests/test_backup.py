"""An exported index is the same on another machine, and one that is not intact changes nothing."""

from __future__ import annotations

import json
import struct
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from eval.benchmarks.serving import chroma, free_port
from rag import Answer
from rag.archive import pack, unpack
from rag.chat import Chatbot
from rag.cli import main
from rag.config import Config
from rag.errors import StoreError
from rag.index import Index
from tests.conftest import FakeEmbedder
from tests.test_index import contents, quiet
from ui import moving
from ui.history import FILE, History, Kept


@pytest.fixture
def exported(corpus, config, tmp_path):
    """The corpus indexed and exported."""
    index = Index(corpus, config, FakeEmbedder())
    index.sync(quiet)
    index.export(tmp_path / "backup", {})
    index.close()
    return tmp_path / "backup"


def held(index):
    with index.snapshot() as snapshot:
        return contents(snapshot)


def same(ours, theirs):
    assert {name: text for name, (text, _) in ours.items()} == {name: text for name, (text, _) in theirs.items()}
    for name, (_, vector) in ours.items():
        np.testing.assert_allclose(vector, theirs[name][1], atol=1e-6)


def test_an_imported_index_equals_the_exported_one_and_nothing_is_embedded(corpus, config, exported, tmp_path):
    embedder = FakeEmbedder()
    first, second = Index(corpus, config, embedder), Index(corpus, replace(config, home=tmp_path / "two"), embedder)
    second.restore(exported, {})
    same(held(first), held(second))
    report = second.sync(quiet)
    assert (report.unchanged, report.embedded) == (("bridge.txt", "harbour.txt", "market.md"), 0)
    assert embedder.embedded == []
    first.close()
    second.close()


def test_an_index_moves_to_a_server_and_back(corpus, config, exported, tmp_path):
    with chroma(tmp_path / "server", free_port()) as address:
        shared = Index(corpus, replace(config, chroma=address), FakeEmbedder())
        shared.restore(exported, {})
        shared.export(tmp_path / "again", {})
        shared.close()
    own, back = (Index(corpus, replace(config, home=home), FakeEmbedder()) for home in (config.home, tmp_path / "3"))
    back.restore(tmp_path / "again", {})
    same(held(own), held(back))
    own.close()
    back.close()


def middles(archive):
    """A place in the middle of the data of each file of an archive."""
    data = archive.read_bytes()
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():
            name, extra = struct.unpack_from("<HH", data, info.header_offset + 26)  # lengths in the local header
            yield info.header_offset + 30 + name + extra + info.compress_size // 2


def refused(index, archive, before):
    with pytest.raises(StoreError, match="not intact|holds no index"):
        index.restore(archive, {})
    assert held(index) == before
    assert len(list((index.folder / "versions").iterdir())) == 1


def test_a_damaged_file_is_refused_and_the_index_is_as_it_was(corpus, config, exported, tmp_path):
    index = Index(corpus, config, FakeEmbedder())
    before, data, damaged = held(index), exported.read_bytes(), tmp_path / "damaged"
    places = list(middles(exported))
    assert len(places) > 8
    for place in places:
        damaged.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        refused(index, damaged, before)
    for share in (0.0, 0.3, 0.7, 0.99):
        damaged.write_bytes(data[: int(share * len(data))])
        refused(index, damaged, before)
    index.close()


def test_what_is_no_export_is_said_so(corpus, config, tmp_path):
    index = Index(corpus, config, FakeEmbedder())
    for name, content in (("text", b"hello"), ("empty", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(StoreError, match=f"{name} is not an export of Cited"):
            index.restore(tmp_path / name, {})
    pack(tmp_path / "other", {"text": tmp_path / "text"})
    with pytest.raises(StoreError, match="holds no index"):
        index.restore(tmp_path / "other", {})
    with pytest.raises(StoreError, match="missing is not a file"):
        index.restore(tmp_path / "missing", {})
    index.close()


def test_another_embedding_model_is_named(corpus, config, exported):
    embedder = FakeEmbedder()
    embedder.name = "other@2"
    index = Index(corpus, replace(config, home=config.home / "two"), embedder)
    with pytest.raises(StoreError, match=r"filled by the embedding model fake@1, not other@2"):
        index.restore(exported, {})
    index.close()


def test_another_format_is_named(corpus, config, exported, tmp_path):
    unpack(exported, tmp_path / "files")
    manifest = tmp_path / "files" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text(encoding="utf-8")) | {"format": 1}), encoding="utf-8")
    files = {path.relative_to(tmp_path / "files").as_posix(): path for path in (tmp_path / "files").rglob("*.*")}
    pack(tmp_path / "old", files)
    index = Index(corpus, config, FakeEmbedder())
    with pytest.raises(StoreError, match="another version of Cited"):
        index.restore(tmp_path / "old", {})
    index.close()


def test_an_export_never_takes_the_place_of_a_file(corpus, config, exported):
    before = exported.read_bytes()
    index = Index(corpus, config, FakeEmbedder())
    with pytest.raises(StoreError, match="exists already"):
        index.export(exported, {})
    assert exported.read_bytes() == before
    with pytest.raises(StoreError, match="cannot be written"):
        index.export(exported.parent / "missing" / "backup", {})
    index.close()


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../outside", "C:\\outside", ""])
def test_no_file_of_an_archive_leads_out_of_its_folder(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "evil", "w") as out:
        out.writestr(name or "x", b"pwned")
        sums = {name: {"bytes": 5, "sha256": "0" * 64}}
        out.writestr("checksums.json", json.dumps(sums))
    with pytest.raises(StoreError, match="not intact"):
        unpack(tmp_path / "evil", tmp_path / "inside" / "folder")
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"evil"}


def test_more_bytes_than_told_are_not_written(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("zeros", bytes(50_000_000))
        out.writestr("checksums.json", json.dumps({"zeros": {"bytes": 10, "sha256": "0" * 64}}))
    with pytest.raises(StoreError, match="zeros is not what it was"):
        unpack(tmp_path / "bomb", tmp_path / "folder")
    assert (tmp_path / "folder" / "zeros").stat().st_size < 3_000_000


ANSWER = Answer.from_dict({"question": "Who opened the bridge?", "status": "refused", "text": "Not stated."})


def conversation(home, corpus, title, vote=None):
    history = History(home, corpus)
    name = history.begin("ada", title)
    history.keep("ada", name, ANSWER)
    if vote:
        history.vote("ada", name, Kept(0, ANSWER, vote, "wrong"))
    history.close()
    return name


def titles(home, corpus):
    history = History(home, corpus)
    found = sorted(entry.title for entry in history.entries("ada"))
    history.close()
    return found


def test_conversations_move_with_their_corpus_and_no_others(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    name = conversation(here, tmp_path / "news", "About news", "down")
    conversation(here, tmp_path / "private", "About something else")
    (tmp_path / "out").mkdir()
    assert moving.write(here, tmp_path / "news", tmp_path / "out") == 1
    assert b"something else" not in (tmp_path / "out" / FILE).read_bytes()
    conversation(there, tmp_path / "moved", "Was there before")
    assert moving.read(tmp_path / "out" / FILE, there, tmp_path / "moved") == 1
    assert titles(there, tmp_path / "moved") == ["About news", "Was there before"]
    history = History(there, tmp_path / "moved")
    (kept,) = history.open("ada", name).turns
    assert (kept.answer, kept.vote, kept.word) == (ANSWER, "down", "wrong")
    history.close()


def test_a_conversation_that_is_there_already_stays_as_it_is(tmp_path):
    here = tmp_path / "here"
    name = conversation(here, tmp_path / "news", "About news")
    (tmp_path / "out").mkdir()
    moving.write(here, tmp_path / "news", tmp_path / "out")
    history = History(here, tmp_path / "news")
    history.rename("ada", name, "Renamed since")
    history.keep("ada", name, ANSWER)
    history.close()
    assert moving.read(tmp_path / "out" / FILE, here, tmp_path / "news") == 0
    assert titles(here, tmp_path / "news") == ["Renamed since"]
    history = History(here, tmp_path / "news")
    assert len(history.open("ada", name).turns) == 2
    history.close()


def test_the_commands_move_everything_to_another_home(corpus, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CITED_MODEL", "none")
    monkeypatch.setenv("CITED_HOME", str(tmp_path / "one"))
    assert main(["index", "--corpus", str(corpus)]) == 0
    conversation(tmp_path / "one", corpus, "Who opened the bridge?")
    assert main(["export", str(tmp_path / "backup"), "--corpus", str(corpus)]) == 0
    assert "the index; conversations: 1; " in capsys.readouterr().out
    monkeypatch.setenv("CITED_HOME", str(tmp_path / "two"))
    (corpus / "bridge.txt").unlink()
    assert main(["import", str(tmp_path / "backup"), "--corpus", str(corpus)]) == 0
    printed = capsys.readouterr().out
    assert "3 articles; conversations that were not here: 1." in printed
    assert "Files in the folder that differ from it, or are missing: 1." in printed
    assert titles(tmp_path / "two", corpus) == ["Who opened the bridge?"]
    with Chatbot.at(corpus, config=Config(home=tmp_path / "two", model="none")) as bot:
        assert bot.sources() == ("bridge.txt", "harbour.txt", "market.md")
        assert bot.search("Who opened the bridge?", k=1)[0].source == "bridge.txt"
    assert main(["import", str(tmp_path / "nothing"), "--corpus", str(corpus)]) == 1
    assert "is not a file. Name one that `cited export` wrote." in capsys.readouterr().err


def test_conversations_come_back_about_a_folder_that_was_renamed(tmp_path):
    (tmp_path / "news").mkdir()
    home = tmp_path / "home"
    history = History(home, tmp_path / "news")
    history.begin("me", "Who sends shells?")
    history.close()
    moving.write(home, tmp_path / "news", tmp_path / "out")
    assert moving.read(tmp_path / "out" / FILE, home, tmp_path / "other") == 0
    (tmp_path / "news").rename(tmp_path / "moved")
    assert moving.read(tmp_path / "out" / FILE, home, tmp_path / "moved") == 1
    history = History(home, tmp_path / "moved")
    assert [entry.title for entry in history.entries("me")] == ["Who sends shells?"]
    history.close()
