"""What a reader of the page found wrong can be listed and made a case of."""

import json
from pathlib import Path

import pytest

from rag.cli import main
from rag.types import Answer
from ui.history import History, Kept

FIRST = Answer("Who leads?", "answered", "Lai leads.[1]")
WRONG = Answer("How large was the trade?", "answered", "It was $3.[1]")


@pytest.fixture(autouse=True)
def corpus(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CITED_HOME", str(tmp_path / "home"))
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.txt").write_text("The trade was $240 billion. Lai leads.", encoding="utf-8")
    return tmp_path / "seeds"


def complain(corpus):
    history = History(corpus.parent / "home", corpus)
    name = history.begin("me", FIRST.question)
    for answer in (FIRST, WRONG):
        history.keep("me", name, answer)
    history.vote("me", name, Kept(1, WRONG, "down", "It was\x1b[2J 240."))
    history.close()


def test_complaints_are_listed_with_the_command_that_makes_a_case(corpus, capsys):
    complain(corpus)
    assert main(["eval", "complaints"]) == 0
    told = capsys.readouterr().out
    parts = ("1  20", "How large was the trade?", "after: Who leads?", "answered: It was $3.")
    assert all(part in told for part in parts)
    assert "the reader: It was" in told
    assert "\x1b" not in told
    assert "cited eval add --complaint 1" in told


def test_without_complaints_it_says_so(capsys):
    assert main(["eval", "complaints"]) == 0
    assert capsys.readouterr().out == "No reader has marked an answer about seeds as not helpful.\n"


def test_a_complaint_becomes_a_case_with_its_history(corpus, capsys):
    complain(corpus)
    known = ["--kind", "number", "--fact", "$240 billion", "--questions", "cases.jsonl"]
    assert main(["eval", "add", "--complaint", "1", *known]) == 0
    case = json.loads(Path("cases.jsonl").read_text(encoding="utf-8"))
    assert case["question"] == WRONG.question
    assert case["history"] == [{"question": FIRST.question, "answer": FIRST.text}]
    assert case["gold"][0]["quote"] == "The trade was $240 billion."
    assert main(["eval", "add", "--complaint", "7", *known]) == 2
    assert "there is no complaint 7: `cited eval complaints` lists 1" in capsys.readouterr().err
