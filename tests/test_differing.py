"""What other articles tell with another figure is found, and only that."""

from __future__ import annotations

import pytest

from rag.differing import differing
from rag.grounding import Grounded, Grounder
from rag.types import Sentence

WASHED = "Some 240 crates were washed ashore at Port Lund on Oct. 14."
OTHER = "The harbour office speaks of 310 crates."
HOW_MANY, WHEN = "How many crates were washed ashore?", "When were the crates washed ashore?"


def sentence(text: str, source: str = "b.txt", score: float = 0.7, title: str = "", leftover: bool = False) -> Sentence:
    return Sentence(source, title, 0, len(text), text, score, leftover=leftover)


def answer(question: str) -> Grounded:
    grounder = Grounder(question, [sentence(WASHED, "a.txt")], lambda _: 3.0)
    grounder.add(WASHED)
    return grounder.grounded


def found(question: str, *sentences: Sentence) -> list[str]:
    return [found.text for found in differing(question, answer(question), [sentence(WASHED, "a.txt"), *sentences])]


def test_the_best_sentence_of_each_other_article_with_another_figure_is_found() -> None:
    worse, third = sentence("It was 320 crates.", score=0.6), sentence("We count 15 of them.", "c.txt", 0.55)
    assert found(HOW_MANY, worse, third, sentence(OTHER)) == [OTHER, third.text]


@pytest.mark.parametrize("other", [
    sentence(OTHER, "a.txt"),
    sentence(OTHER, score=0.4),
    sentence(OTHER, title=OTHER),
    sentence(OTHER, leftover=True),
    sentence("The harbour office speaks of 240 crates."),
    sentence("The harbour office speaks of many crates."),
    sentence("It was the 310th crate, on Oct. 15, 2024."),
    sentence("A crate is worth $310."),
], ids=["same article", "not near", "headline", "leftover", "same figure", "none", "no amount", "money"])  # fmt: skip
def test_nothing_else_is(other: Sentence) -> None:
    assert found(HOW_MANY, other) == []


def test_a_day_differs_from_a_day_where_it_is_asked_when() -> None:
    day, year = "They came ashore on Oct. 13.", "They came ashore in 2023."
    assert found(WHEN, sentence(day), sentence(year, "c.txt"), sentence(OTHER, "d.txt")) == [day]
    assert found("Who found the crates?", sentence(OTHER), sentence(day, "c.txt")) == []


def test_those_that_count_the_same_things_come_first() -> None:
    nearer, same = sentence("The harbour office has lost 3 boats.", score=0.8), sentence("They speak of 310 crates.")
    assert found(HOW_MANY, nearer, same) == [same.text]
    assert found(HOW_MANY, nearer) == [nearer.text]


def test_words_behind_a_figure_are_not_all_things() -> None:
    washed, boats = sentence("It was 310 crates.", score=0.6), sentence("In all 3 ashore were lost.", "c.txt", 0.55)
    assert found(HOW_MANY, boats, washed) == [washed.text, boats.text]


def test_how_cold_it_was_two_figures_may_tell() -> None:
    question, cold = "How cold was it at Port Lund?", "It was minus 21 at Port Lund."
    grounder = Grounder(question, [sentence(cold, "a.txt")], lambda _: 3.0)
    grounder.add(cold)
    other = sentence("The cold was minus 17.")
    assert list(differing(question, grounder.grounded, [sentence(cold, "a.txt"), other])) == [other]
