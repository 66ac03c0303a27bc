"""The fuzzer: what it holds against a reader, what it starts from, and what becomes of what it finds."""

from __future__ import annotations

import importlib.util
import json

import pytest

from eval.benchmarks import fuzzing
from eval.benchmarks.__main__ import main
from eval.benchmarks.fuzzed import flaw
from eval.benchmarks.specimens import specimens
from rag.folder import SUFFIXES, SourceFile
from rag.reading import read_file
from rag.types import Article, Rejection, Span


def article(text="Some text.", title="Some text…", source="a.txt", **fields):
    return Article(source, text, title, **fields)


def test_articles_and_rejections_with_a_reason_are_in_order():
    assert flaw(Rejection("a.txt", "empty")) is None
    assert flaw((article(leftovers=(Span(0, 4), Span(5, 10)), pages=(0, 4)), article(source="b.txt"))) is None


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (None, "neither articles nor a rejection"),
        ((), "neither articles nor a rejection"),
        (("text",), "neither articles nor a rejection"),
        (Rejection("a.txt", " "), "without a reason"),
        ((article(), article()), "two articles of one source"),
        ((article(text=b"bytes"),), "its text is no string"),
        ((article(text=" \n"),), "it has no text"),
        ((article(text="a\0b"),), "its text has a NUL"),
        ((article(), article(source="b.txt", title="\ud800")), "its title has a NUL or half a surrogate pair"),
        ((article(author="\udfff"),), "its author has"),
        ((article(leftovers=(Span(5, 11),)),), "its leftovers are out of place"),
        ((article(leftovers=(Span(5, 8), Span(2, 4))),), "its leftovers are out of place"),
        ((article(leftovers=(Span(-1, 4),)),), "its leftovers are out of place"),
        ((article(pages=(0, 11)),), "its pages are out of place"),
        ((article(pages=(4, 0)),), "its pages are out of place"),
        ((article(body_start=10),), "it begins at 10 of 10"),
    ],
)
def test_what_a_reader_must_not_give_is_told(found, why):
    assert why in flaw(found)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_fuzzer_starts_from_documents_that_can_be_read(tmp_path, suffix):
    for document in specimens(suffix):
        path = tmp_path / f"a{suffix}"
        path.write_bytes(document)
        found = read_file(SourceFile(path.name, path, len(document), 0), max_bytes=100_000)
        assert isinstance(found, tuple)
        assert flaw(found) is None


def test_what_libfuzzer_says_is_read():
    stats = "stat::number_of_executed_units: 1234\nstat::peak_rss_mb:              56\n"
    assert fuzzing.outcome(".md", 0, stats) == fuzzing.Fuzzed(".md", 1234, 56)
    raised = (
        "==1== ERROR: libFuzzer: fuzz target exited\nTest unit written to md-crash-1\n"
        f" === Uncaught Python exception: ===\nFlaw: it has no text\nTraceback (most recent call last):\n{stats}"
    )
    assert fuzzing.outcome(".md", 77, raised) == fuzzing.Fuzzed(".md", 1234, 56, "Flaw: it has no text", "md-crash-1")
    slow = f" === Timeout: 11s elapsed, timeout=10s ===\nTest unit written to md-timeout-1\n{stats}"
    assert fuzzing.outcome(".md", 70, slow).finding == "11s elapsed, timeout=10s"
    large = "==1== ERROR: libFuzzer: out-of-memory (used: 3000Mb; limit: 2048Mb)\n"
    assert fuzzing.outcome(".md", 71, large).finding == "out-of-memory (used: 3000Mb; limit: 2048Mb)"
    killed = fuzzing.outcome(".md", -9, "Loading\n")
    assert (killed.finding, killed.saved) == ("ended with -9: Loading", "nothing was saved")


def test_a_finding_fails_the_command_and_tells_where_its_input_is(tmp_path, monkeypatch, capsys):
    found = {".md": fuzzing.Fuzzed(".md", 7, 50, "Flaw: it has no text", "here/md-crash-1")}
    shares = []

    def fuzzed(suffix, seconds, saved):
        shares.append(seconds)
        return found.get(suffix, fuzzing.Fuzzed(suffix, 1000, 50))

    monkeypatch.setattr(fuzzing, "_fuzzed", fuzzed)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    out = tmp_path / "out.json"
    always = ["fuzz", "--minutes", "1", "--saved", str(tmp_path), "--out", str(out)]
    assert main([*always, "--formats", ".txt,.csv"]) == 0
    assert main([*always, "--formats", ".txt,.md,.csv"]) == 1
    assert shares == [30, 30, 20, 20, 20]
    told = capsys.readouterr()
    assert "| .md | 7 | 50.0 | Flaw: it has no text |" in told.out
    assert told.err == "benchmarks: 1 found. .md: Flaw: it has no text (here/md-crash-1)\n"
    assert [one["executions"] for one in json.loads(out.read_text(encoding="utf-8"))["formats"]] == [1000, 7, 1000]


def test_without_atheris_the_command_says_how_to_install_it(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["fuzz"]) == 1
    assert "pip install 'cited[fuzz]'" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--minutes", "0"], ["--minutes", "x"], ["--formats", ".exe"]])
def test_no_time_and_unknown_formats_are_misuse(arguments):
    with pytest.raises(SystemExit, match="2"):
        main(["fuzz", *arguments])
