"""Tables in Markdown: a row is read, checked and cited with the header of its table, column by column."""

from __future__ import annotations

import pytest

from rag.context import in_context
from rag.doubt import needed
from rag.grounding import Grounder
from tests.test_grounding import sentences

TABLE = (
    "All prices are for one day.", "| | Salt works | Both buildings |", "|---|---|---|", "| Adults | £9.50 | £13 |",
    "| Students | £7.50 | £10.50 |", "| Children 5 to 15 | £4 | £6 |", "Dogs are free.",
)  # fmt: skip


def test_rows_are_read_once_behind_their_header() -> None:
    found = sentences(*TABLE)
    read = in_context([found[5], found[3], found[6]], found)
    assert [[sentence.text for sentence in run] for run in read] == [[TABLE[1], TABLE[5], TABLE[3]], [TABLE[6]]]


@pytest.mark.parametrize(("claim", "verdict"), [
    ("A ticket to both buildings for an adult costs £13.", "supported"),
    ("A ticket to the salt works for children costs £4.", "supported"),
    ("A ticket to the salt works for an adult costs £13.", "unsupported"),
    ("A ticket to both buildings for children costs £10.50.", "unsupported"),
])  # fmt: skip
def test_a_figure_is_that_of_its_row_and_column(claim: str, verdict: str) -> None:
    grounder = Grounder("How much is a ticket?", sentences(*TABLE), lambda term: 1.0)
    assert grounder.add(claim).verdict == verdict
    if verdict == "supported":
        assert TABLE[1] in [citation.quote for citation in grounder.grounded.citations]


@pytest.mark.parametrize(("question", "answer", "may_stand"), [
    ("How much is a ticket to both buildings for adults?", "£13", True),
    ("How much is a ticket to both buildings for adults?", "£9.50", False),
    ("How much do adults pay at the salt works?", "£9.50", True),
    ("How much do adults pay?", "£9.50", True),
])  # fmt: skip
def test_a_bare_figure_is_that_of_the_column_asked_for(question: str, answer: str, may_stand: bool) -> None:
    found = sentences(*TABLE)
    grounder = Grounder(question, found, lambda term: 1.0)
    grounder.add(answer)
    assert (needed(question, grounder.grounded, found, lambda term: 1.0, 0.5) is not None) is may_stand


def verdict(claim: str, *table: str) -> str:
    return Grounder("", sentences(*table), lambda term: 1.0).add(claim).verdict


def test_a_no_in_a_cell_denies() -> None:
    table = ("| | Aerin Mini | Novo Pro |", "|---|---|---|", "| App | no | yes |")
    assert verdict("The Novo Pro has an app.", *table) == "supported"
    assert verdict("The Aerin Mini has no app.", *table) == "supported"
    assert verdict("The Aerin Mini has an app.", *table) != "supported"
    assert verdict("The Novo Pro has no app.", *table) != "supported"


def test_a_header_alone_proves_nothing() -> None:
    table = ("| Purifier | Aerin Mini | Novo Pro |", "|---|---|---|", "| App | no | yes |", "Dogs are free.")
    assert verdict("The purifiers are the Aerin Mini and the Novo Pro.", *table) != "supported"
    assert verdict("The purifiers are the Aerin Mini and the Novo Pro.", table[0]) == "supported"
