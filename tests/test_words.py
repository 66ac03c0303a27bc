"""Words drawn together, words that deny, and words that only say where something is said."""

from __future__ import annotations

import unicodedata

import pytest

from rag.clauses import without_frame
from rag.denial import polarity
from rag.facts import names
from rag.spelling import count_words
from rag.text import terms


@pytest.mark.parametrize(("text", "content"), [
    ("Why didn't Lund resign?", ["lund", "resign"]),
    ("They've said it’s Rask's, and he won't", ["rask"]),
    ("It can't open", ["open"]),
    ("The U.S. isn’t there", ["us"]),
    ("It may be in May", ["may"]),
])  # fmt: skip
def test_function_words_and_what_is_drawn_together_are_no_content(text: str, content: list[str]) -> None:
    assert terms(text) == content


@pytest.mark.parametrize(("text", "denied"), [
    ("Nobody was hurt.", "hurt"),
    ("Nothing was stolen.", "steal"),
    ("The bridge can't open.", "open"),
    ("The bridge won’t open.", "open"),
])
def test_nobody_nothing_and_what_cannot_be_deny(text: str, denied: str) -> None:
    assert denied in polarity(text).heads
    assert polarity("He heard nothing but praise.").denied == frozenset()


@pytest.mark.parametrize(("claim", "content"), [
    ("No country has signed the treaty.", "No country has signed the treaty."),
    ("No. 10 was sold.", "No. 10 was sold."),
    ("Yes Bank failed.", "Yes Bank failed."),
    ("Yes, it failed.", "it failed."),
    ("No, it failed.", "it failed."),
    ("Yes the bank failed.", "the bank failed."),
    ("She worked in the textile industry.", "She worked in the textile industry."),
    ("In the text, it failed.", "it failed."),
])
def test_a_frame_is_no_part_of_what_is_said(claim: str, content: str) -> None:
    assert without_frame(claim) == content


def test_accents_apart_from_their_letters_and_what_is_not_drawn_change_no_word() -> None:
    text = "The Jürgen-Müller Foun\u00addation opened Málaga\u200b’s harbour, not José"
    apart = unicodedata.normalize("NFD", text)
    assert terms(apart) == terms(text) == ["jurgen", "muller", "foundat", "open", "malaga", "harbour", "jose"]
    assert [(fact.value, fact.full) for fact in names(apart)] == [(fact.value, fact.full) for fact in names(text)]
    assert count_words([apart]) == count_words([text])
