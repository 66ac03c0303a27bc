"""A change of little carries the vectors over, and what comes of it is what a build from nothing would be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag import carrying, filling, scrub, vectors
from rag.config import Config
from rag.errors import StoreError
from rag.index import Index
from tests.conftest import FakeEmbedder
from tests.test_properties import assert_equal, assert_whole, quiet

ARTICLES = 40


@pytest.fixture
def many(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(ARTICLES):
        write(folder, number, f"Buoy {number} was seen at sea.")
    return folder


def write(folder: Path, number: int, *said: str) -> None:
    body = "\n\n".join([*said, f"It is painted colour {number} and rings {number + 7} times."])
    (folder / f"{number:02}.txt").write_text(f"Buoy {number}\n\n{body}\n", encoding="utf-8")


@pytest.fixture
def index(many: Path, config: Config) -> Iterator[Index]:
    index = Index(many, replace(config, chunk_tokens=20), FakeEmbedder())
    index.sync(quiet)
    yield index
    index.close()


@pytest.fixture
def carried(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many chunks were changed by each sync that carried the vectors over."""
    changes: list[int] = []
    carry = carrying.carried

    def noted(old: Path, new: Path, number: int):
        changes.append(number)
        return carry(old, new, number)

    monkeypatch.setattr(carrying, "carried", noted)
    return changes


def assert_like_new(index: Index, config: Config, home: Path) -> None:
    config = replace(config, chunk_tokens=20)
    clean = Index(index.corpus, replace(config, home=home), FakeEmbedder())
    clean.sync(quiet)
    with index.snapshot() as ours, clean.snapshot() as theirs:
        assert_whole(ours, config)
        assert_equal(ours, theirs)
    clean.close()


def change(many: Path) -> None:
    write(many, 3, "Buoy 3 was lost in a gale.")


def add(many: Path) -> None:
    write(many, 77, "Buoy 77 is new.", "Nobody has seen it yet.")


def delete(many: Path) -> None:
    (many / "05.txt").unlink()


def delete_what_others_say_as_well(many: Path) -> None:
    (many / "00.txt").unlink()


def rename(many: Path) -> None:
    (many / "07.txt").rename(many / "99.txt")


def copy(many: Path) -> None:
    (many / "0a.txt").write_bytes((many / "08.txt").read_bytes())


def touch(many: Path) -> None:
    (many / "09.txt").write_text("Buoy 9\n\n\n\nBuoy 9 was seen at sea.\n\nIt is painted.\n", encoding="utf-8")


@pytest.mark.parametrize("edit", [change, add, delete, delete_what_others_say_as_well, rename, copy, touch])
def test_whatever_is_done_to_one_article_the_rest_is_carried_over(edit, index, many, config, carried, tmp_path) -> None:
    (many / "00b.txt").write_bytes((many / "00.txt").read_bytes())
    index.sync(quiet)
    carried.clear()
    edit(many)
    index.sync(quiet)
    assert len(carried) == 1
    assert (edit is not copy) <= carried[0] <= 6  # what says the same shares its vectors
    assert_like_new(index, config, tmp_path / "clean")


def test_a_chunk_that_comes_and_goes_leaves_nothing_behind(index, many, config, carried, tmp_path) -> None:
    for said in ("Quetzalcoatl passed by.", "A whale passed by."):
        write(many, 3, said)
        index.sync(quiet)
    delete(many)
    index.sync(quiet)
    assert len(carried) == 3
    files = [path for path in config.home.rglob("*") if path.is_file()]
    assert not [path for path in files if b"Quetzalcoatl" in path.read_bytes() or b"Buoy 5" in path.read_bytes()]
    assert_like_new(index, config, tmp_path / "clean")


def test_who_opens_a_carried_version_does_not_build_its_graph_again(index, many, carried) -> None:
    change(many)
    index.sync(quiet)
    assert carried
    with index.snapshot() as snapshot:
        graph = [path for path in (snapshot.path / "chroma").glob("*/*") if path.is_file()]
        before = [(path, path.stat().st_mtime_ns) for path in graph]
        snapshot.vectors.nearest(snapshot.vectors.vectors(list(snapshot.store.vectors()))[0], 5)
        assert [(path, path.stat().st_mtime_ns) for path in graph] == before
        assert scrub.elements(snapshot.path / "chroma") > snapshot.vectors.count()


def test_a_graph_that_is_worn_is_built_anew(index, many, config, carried, tmp_path) -> None:
    ratios = []
    for number in range(ARTICLES):
        write(many, number, f"Buoy {number} was painted over.")
        index.sync(quiet)
        with index.snapshot() as snapshot:
            ratios.append(scrub.elements(snapshot.path / "chroma") / snapshot.vectors.count())
    assert max(ratios) <= carrying.WORN
    assert ratios.count(1.0) in range(2, ARTICLES // 4)
    assert len(carried) == ARTICLES - ratios.count(1.0)
    assert_like_new(index, config, tmp_path / "clean")


def test_a_great_change_is_built_anew(index, many, config, carried, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(carrying, "SAVED", 3)
    write(many, 3, "Buoy 3 was lost.", "It was found again.", "It was lost once more.")
    index.sync(quiet)
    assert carried == []
    assert_like_new(index, config, tmp_path / "clean")


@pytest.mark.parametrize("lacking", [("can_compact", False), ("elements", None)])
def test_where_files_cannot_be_understood_the_index_is_built_anew(
    lacking, index, many, config, carried, tmp_path, monkeypatch
) -> None:
    name, answer = lacking
    monkeypatch.setattr(scrub, name, lambda *_: answer)
    change(many)
    index.sync(quiet)
    assert carried == []
    assert_like_new(index, config, tmp_path / "clean")


def test_a_copy_that_did_not_take_every_chunk_is_refused_and_the_old_index_serves(
    index, many, config, tmp_path, monkeypatch
) -> None:
    with index.snapshot() as snapshot:
        before = snapshot.name
    monkeypatch.setattr(vectors.VectorStore, "remove", lambda *_: None)
    change(many)
    with pytest.raises(StoreError, match="did not take every chunk"):
        index.sync(quiet)
    with index.snapshot() as snapshot:
        assert snapshot.name == before
    monkeypatch.undo()
    index.sync(quiet)
    assert_like_new(index, config, tmp_path / "clean")


def test_no_room_for_the_copy_is_told_with_its_place(index, many, monkeypatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(carrying.shutil, "copytree", full)
    change(many)
    with pytest.raises(StoreError, match=r"chroma cannot be written: No space left on device\. The index is as it was"):
        index.sync(quiet)


def test_new_chunks_are_looked_for_before_anybody_is_led_to_them(index, many, monkeypatch) -> None:
    write(many, 3, *(f"Line {number} of the log tells of fog." for number in range(30)))
    find = vectors.VectorStore.nearest
    monkeypatch.setattr(filling, "LOST", 0)

    def missing(self, vector, k: int) -> list[tuple[str, float]]:
        return [(name, similarity - ("03.txt" in name)) for name, similarity in find(self, vector, k)]

    monkeypatch.setattr(vectors.VectorStore, "nearest", missing)
    with pytest.raises(StoreError, match=r"03\.txt.* are not found"):
        index.sync(quiet)
