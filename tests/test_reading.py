"""Reading: which files of a folder are articles, what they say of themselves, and why the others are passed over."""

import codecs
import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import CorpusError
from rag.folder import SourceFile, list_files
from rag.reading import read_file
from rag.types import Article, Rejection

SEEDS = Path(__file__).parent.parent / "seeds"
PROSE = "The harbour will open on the first of May. Ships will sail from it again, the office said."


@pytest.fixture
def read(tmp_path):
    def read(content, name="a.txt", max_bytes=10_000_000):
        data = content.encode("utf-8") if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(data)
        found = read_file(SourceFile(name, path, len(data), 0), max_bytes=max_bytes)
        return found if isinstance(found, Rejection) else found[0]

    return read


@pytest.fixture
def reason(read):
    def reason(content, **options):
        found = read(content, **options)
        assert isinstance(found, Rejection)
        assert found.source == "a.txt"
        return found.reason

    return reason


def listed(root):
    files, rejections = list_files(root)
    return [file.source for file in files], {rejection.source: rejection.reason for rejection in rejections}


# --- the folder


def test_articles_are_found_at_every_depth_in_the_order_of_their_sources(tmp_path):
    for name in ("b.txt", "a/z.md", "a/b/c.TXT", "B.markdown", "ä.text"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PROSE, encoding="utf-8")
    files, rejections = list_files(tmp_path)
    assert [file.source for file in files] == ["B.markdown", "a/b/c.TXT", "a/z.md", "b.txt", "ä.text"]
    assert rejections == ()
    assert files[3] == SourceFile("b.txt", tmp_path / "b.txt", len(PROSE), (tmp_path / "b.txt").stat().st_mtime_ns)


def test_hidden_entries_are_named_once_and_not_looked_into(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "a.txt").write_text(PROSE, encoding="utf-8")
    (tmp_path / ".a.txt").write_text(PROSE, encoding="utf-8")
    assert listed(tmp_path) == ([], {".git": "hidden folder", ".a.txt": "hidden file"})


def test_an_unsupported_file_is_told_which_are_supported(tmp_path):
    (tmp_path / "a.rtf").touch()
    (tmp_path / "Makefile").touch()
    _, rejected = listed(tmp_path)
    assert rejected["a.rtf"].startswith(".rtf is not supported; .txt, .text, .md, .markdown, .html")
    assert "without a suffix" in rejected["Makefile"]


def test_symbolic_links_are_not_followed(tmp_path):
    corpus = tmp_path / "corpus"
    (corpus / "sub").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text(PROSE, encoding="utf-8")
    (corpus / "a.txt").write_text(PROSE, encoding="utf-8")
    targets = {"out.txt": "../secret.txt", "in.txt": "a.txt", "dir": "sub", "gone.txt": "nothing",
    "loop.txt": "loop.txt"}
    for name, target in targets.items():
        (corpus / name).symlink_to(target)
    files, rejected = listed(corpus)
    assert files == ["a.txt"]
    assert rejected == {
        "out.txt": "symbolic link out of the folder",
        "in.txt": "symbolic link to another file of the corpus, which is read where it is",
        "dir": "symbolic link to another folder of the corpus, which is read where it is",
        "gone.txt": "symbolic link to nothing",
        "loop.txt": "symbolic link to itself",
    }


def test_pipes_and_sockets_are_no_articles(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.txt")
        assert listed(tmp_path) == ([], {"pipe.txt": "not a regular file", "socket.txt": "not a regular file"})


def test_a_name_that_is_not_utf8_is_rejected_and_can_be_printed(tmp_path):
    with open(os.path.join(os.fsencode(tmp_path), b"bad\xff.txt"), "wb"):
        pass
    assert listed(tmp_path) == ([], {"bad\\xff.txt": "the file name is not valid UTF-8; rename it"})


def test_a_subfolder_that_fails_is_a_rejection(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text(PROSE, encoding="utf-8")
    scandir = os.scandir

    def failing(path):
        if os.fspath(path).endswith("sub"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", failing)
    assert listed(tmp_path) == (["a.txt"], {"sub": "the folder cannot be listed: permission denied"})


def test_a_folder_that_is_none_is_an_error_that_says_what_to_do(tmp_path):
    with pytest.raises(CorpusError, match=r"does not exist.*--corpus or CITED_CORPUS"):
        list_files(tmp_path / "nothing")
    (tmp_path / "a.txt").touch()
    with pytest.raises(CorpusError, match="is not a folder"):
        list_files(tmp_path / "a.txt")


# --- the file


def test_the_text_is_kept_as_it_is(read):
    text = "A headline\r\n\r\nFirst line.\rSecond.\n\n  café e\u0301 \u2028 😀\n"
    assert read(text).text == text


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_says_the_encoding_and_is_removed(read, mark, encoding):
    assert read(mark + "Ähren im Wind\n".encode(encoding)).text == "Ähren im Wind\n"


def test_files_without_text_are_rejected(reason):
    assert reason("") == "empty"
    assert reason(" \n\t\u200b\n") == "empty"
    assert reason("---\ntitle: Nothing\n---\n\n") == "empty but for its front matter"


def test_a_file_that_is_too_large_is_told_its_size_and_the_setting(reason):
    assert reason("a" * 1500, max_bytes=1000) == (
        "its 1,500 bytes are more than the limit of 1,000; raise CITED_MAX_FILE_MB to read it"
    )
    assert isinstance(reason("a" * 1001, max_bytes=1000), str)


def test_invalid_bytes_are_told_their_place(reason):
    assert reason(b"caf\xe9 au lait") == "invalid utf-8 at byte 3; save it again as UTF-8"
    assert "byte 2" in reason(codecs.BOM_UTF16_LE + b"\x00\xd8a")


def test_binary_files_are_rejected(reason):
    assert "NUL" in reason("a\0b")
    assert "UTF-16" in reason("no mark".encode("utf-16-le"))
    assert "PDF" in reason("%PDF-1.7 text")
    assert "control" in reason("\x01\x02\x03 abc" * 10)


def test_files_that_vanished_or_changed_are_rejected(tmp_path):
    def reason(name):
        return read_file(SourceFile(name, tmp_path / name, 1, 0), max_bytes=10).reason

    (tmp_path / "link.txt").symlink_to("a.txt")
    (tmp_path / "a.txt").touch()
    (tmp_path / "dir.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    assert "no such file" in reason("gone.txt")
    assert reason("link.txt") == "it has become a symbolic link"
    assert reason("pipe.txt") == "not a regular file"
    assert reason("dir.txt")


@given(st.binary(max_size=200))
def test_any_bytes_are_an_article_or_a_rejection(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.md"
    path.write_bytes(data)
    found = read_file(SourceFile("any.md", path, len(data), 0), max_bytes=100)
    assert isinstance(found, Rejection) or isinstance(found[0], Article)


@given(st.text(alphabet="-:[]{}&*!<>'\"|#%@\n abc0.~?", max_size=80))
def test_any_front_matter_is_survived(tmp_path_factory, block):
    path = tmp_path_factory.getbasetemp() / "any.md"
    path.write_text(f"---\ntitle: a\n{block}\n---\nThe body.", encoding="utf-8", newline="")
    (found,) = read_file(SourceFile("any.md", path, 1, 0), max_bytes=1000)
    assert found.text[found.body_start :].strip()


# --- front matter


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_front_matter_is_honoured(read, name):
    text = (
        "---\ntitle: 'Harbour: open'\ndate: 2024-10-15\nauthors: [Ann, Bob]\nsource: The Post\nurl: https://x.org/a\n---\r\n"
        f"# Another heading\n\n{PROSE}"
    )
    article = read(text, name=name)
    assert article.text == text
    assert text[article.body_start :].startswith("# Another heading")
    assert (article.title, article.published, article.author) == ("Harbour: open", "2024-10-15", "Ann, Bob")
    assert (article.publisher, article.url) == ("The Post", "https://x.org/a")


def test_front_matter_whose_title_has_a_colon_is_no_part_of_the_article(read):
    article = read(f"---\ntitle: Ukraine war: what we know\ndate: 2024-10-15\nauthor: Jane Doe\n---\n{PROSE}")
    told = (article.title, article.published, article.author)
    assert told == ("Ukraine war: what we know", "2024-10-15", "Jane Doe")
    assert article.text[article.body_start :].strip() == PROSE.strip()


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("2024-10-15", "2024-10-15"), ("2024-10-15T08:30:00Z", "2024-10-15"), ("2024-10-15 08:30:00 +02:00",
        "2024-10-15"),
        ("October 15, 2024", "2024-10-15"), ("2024-02-31", None), ("10/11/2024", None), ("soon", None), ("[]", None),
    ],
)
def test_the_date_of_the_front_matter_is_read_if_it_is_one(read, written, published):
    assert read(f"---\ntitle: Harbour\ndate: {written}\n---\n{PROSE}").published == published


BOMB = "\n".join(["a: &a [x, x]"] + [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi",
strict=True)])


@pytest.mark.parametrize(
    "block",
    ["title: [unclosed", "just a line", "- a\n- list", "Note: a paragraph between rules",
    "[" * 5000, "x: " + "y" * 20_000, "? {"],
)
def test_what_is_no_front_matter_is_ordinary_text(read, block):
    article = read(f"---\n{block}\n---\n\n{PROSE}")
    assert article.body_start == 0


def test_an_alias_bomb_does_no_harm(read):
    article = read(f"---\ntitle: Boom\nauthor: *i\n{BOMB}\n---\n{PROSE}")
    assert isinstance(article, Article)
    article = read(f"---\ntitle: Boom\n{BOMB}\nauthor: *i\n---\n{PROSE}")
    assert article.title == "Boom"
    assert not article.author


# --- title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"Harbour to open\n\n{PROSE}", "Harbour to open"),
        (f"\n\n  Harbour to open\r\n\r\n{PROSE}", "Harbour to open"),
        (f"Harbour to open\n{PROSE}", "Harbour to open"),
        (f"# Harbour *to* open #\n{PROSE}", "Harbour *to* open"),
        (f"Harbour to open\n===\n\n{PROSE}", "Harbour to open"),
        (f"Harbour to open, says U.S.\n\n{PROSE}", "Harbour to open, says U.S."),
        (f"Will it open?\n\n{PROSE}", "Will it open?"),
        (f"Skip to content\nHarbour to open\n\n{PROSE}", "Harbour to open"),
        (f"October 15, 2024\nHarbour to open\n\n{PROSE}", "Harbour to open"),
        (f"FOR IMMEDIATE RELEASE\n\nHarbour to open\n\n{PROSE}", "Harbour to open"),
        (f"Press release\nPort Lund, 6 May 2024\n\nHarbour to open\n\n{PROSE}", "Harbour to open"),
        (f"Port Lund, 6 May 2024\n\n{PROSE}", "Port Lund, 6 May 2024"),
        (f"To be continued…\n\n{PROSE}", "To be continued..."),
    ],
)
def test_the_headline_is_the_title(read, text, title):
    assert read(text).title == title


@pytest.mark.parametrize(
    "text",
    [
        f"{PROSE}\n\nMore of it.",
        "The harbour will open on the first of May, the office said, and ships\nwill sail from it again.",
        "The harbour will open on the first of May. Ships will sail from it again, the office said.",
    ],
)
def test_a_title_that_is_made_up_ends_with_an_ellipsis(read, text):
    title = read(text).title
    assert title.endswith("…")
    assert len(title) <= 80
    assert text.replace("\n", " ").startswith(title[:-1])


@pytest.mark.parametrize("text", ["a" * 500, "Hi.", "…", "?!"])
def test_even_odd_texts_have_a_title_of_bounded_length(read, text):
    assert 0 < len(read(text).title) <= 200


# --- date


@pytest.mark.parametrize(
    "line",
    [
        "October 15, 2024", "Oct. 15, 2024", "15 October 2024", "2024-10-15", "Tuesday, October 15, 2024",
        "15th October 2024",
        "Published: October 15, 2024", "Posted on Oct 15, 2024", "Date: 2024-10-15", "Updated Oct. 15, 2024",
        "Published Oct. 15, 2024 5:00 a.m. EDT", "Tue 15 Oct 2024 14.00 BST", "Published 5:00 a.m. ET Oct. 15, 2024",
        "2024-10-15T08:30:00Z", "October 15, 2024 at 5:00 PM", "Published Oct. 15, 2024 | Updated Oct. 16, 2024",
        "Updated: 9:10 AM EDT, October 15, 2024", "Issued on 15 October 2024", "*Page last updated: 15 October 2024*",
        "The Northgate Herald, Tuesday 15 October 2024", "Valley Courier | Oct. 15, 2024",
    ],
)
def test_a_date_on_a_line_of_its_own_is_the_date_of_publication(read, line):
    assert read(f"Harbour to open\n\nBy Ann\n{line}\n\n{PROSE}").published == "2024-10-15"


@pytest.mark.parametrize(
    "line",
    [
        "A still image taken from video released on October 15, 2024.", "10/11/2024", "February 30, 2024",
        "October 2024",
        "Born in Northgate, 15 October 2024", "15 October",
        "The harbour opened on 2024-10-15", "October 15, 2024 was a Tuesday like any other", "2024-13-01",
    ],
)
def test_a_date_in_a_caption_or_an_impossible_one_is_not(read, line):
    assert read(f"Harbour to open\n\n{line}\n\n{PROSE}").published is None


def test_publication_goes_before_update_and_the_top_before_the_rest(read):
    assert read(f"Title\nUpdated Oct. 16, 2024\nPublished Oct. 15, 2024\n\n{PROSE}").published == "2024-10-15"
    assert read("Title\n" + f"{PROSE}\n" * 20 + "October 15, 2024\n").published is None


# --- the seeds


def test_the_seeds_have_their_headlines_and_state_no_date():
    files, rejections = list_files(SEEDS)
    articles = [article for file in files for article in read_file(file, max_bytes=10**6)]
    assert rejections == ()
    assert [article.published for article in articles] == [None] * 5
    assert [article.title.split()[:3] for article in articles] == [
        ["Russia", "and", "China"], ["In", "Beijing,", "Russia’s"], ["Russia", "and", "China"],
        ["Putin's", "Minister", "Has"], ["The", "two", "nations"],
    ]
    assert [article.title.endswith("…") for article in articles] == [False] * 4 + [True]
