"""What is handed in becomes an article or is refused by name, and nothing is overwritten or left behind."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from rag.errors import CorpusError
from rag.intake import add_file, remove_file


def listing(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_is_added_byte_for_byte(tmp_path: Path) -> None:
    assert add_file(tmp_path, "Grüße 1.md", "Über\r\nuns".encode(), max_bytes=100) is None
    assert listing(tmp_path) == {"Grüße 1.md": "Über\r\nuns".encode()}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.exe", b"text", ".exe is not supported"),
        ("a", b"text", "a name without a suffix"),
        ("../a.txt", b"text", "begins with a dot"),
        ("deep/a.txt", b"text", "control character, or one of /"),
        ("a\\b.txt", b"text", "control character, or one of"),
        ("a\n.txt", b"text", "control character"),
        (".hidden.txt", b"text", "begins with a dot"),
        ("", b"text", "begins with a dot or a space"),
        ("a.txt ", b"text", "ends with a space"),
        ("x" * 250 + ".txt", b"text", "longer than 200 bytes"),
        ("a.txt", b"x" * 101, "larger than the limit"),
        ("a.txt", b"\xff\xfe\xff", "invalid utf-16"),
        ("a.txt", b"", "empty"),
        ("there.txt", b"new", "an article of this name already"),
    ],
)
def test_what_cannot_be_an_article_is_refused_and_leaves_no_trace(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / "there.txt").write_bytes(b"old")
    rejection = add_file(tmp_path, name, content, max_bytes=100)
    assert rejection is not None
    assert rejection.source == name
    assert reason in rejection.reason
    assert listing(tmp_path) == {"there.txt": b"old"}


def test_a_file_is_removed_by_its_source_and_nothing_else_is(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.txt").write_text("text", encoding="utf-8")
    (tmp_path / "outside.txt").write_text("text", encoding="utf-8")
    for source in ("../outside.txt", "deep", "b.txt", str(tmp_path / "outside.txt"), ""):
        with pytest.raises(CorpusError, match="has no file"):
            remove_file(folder, source)
    remove_file(folder, "deep/a.txt")
    assert (tmp_path / "outside.txt").exists()
    assert not (folder / "deep" / "a.txt").exists()


def test_a_folder_that_is_gone_is_an_error_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="cannot be written.*Change its permissions"):
        add_file(tmp_path / "gone", "a.txt", b"text", max_bytes=100)


def test_where_links_are_not_possible_the_file_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert add_file(tmp_path, "a.txt", b"text", max_bytes=100) is None
    assert listing(tmp_path) == {"a.txt": b"text"}


def test_a_file_that_cannot_be_copied_leaves_no_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", full)
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(CorpusError, match="No space left"):
        add_file(tmp_path, "a.txt", b"text", max_bytes=100)
    assert listing(tmp_path) == {}


def test_a_file_is_removed_however_its_name_writes_accents(tmp_path: Path) -> None:
    apart = unicodedata.normalize("NFD", "Café.txt")
    (tmp_path / apart).write_text("text", encoding="utf-8")
    remove_file(tmp_path, "Café.txt")
    assert listing(tmp_path) == {}
