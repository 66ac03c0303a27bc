"""A follow-up is read with the turn before it; a question that stands alone is left alone."""

from __future__ import annotations

import pytest

from rag.conversation import MOST_TOKENS, inquire, leans
from rag.tokens import count_tokens
from rag.types import Turn

TURN = Turn("Where was the naval drill held?", "It was held in the Pacific.[1]")


@pytest.mark.parametrize(
    "question",
    ["And the day before?", "Who supplies the rest?", "Why?", "What about Japan?", "When did he say so?", "How much?"],
)
def test_a_follow_up_leans_on_the_turn_before(question: str) -> None:
    assert leans(question)
    inquiry = inquire(question, [TURN])
    assert inquiry.query == f"{TURN.question} {question}"
    assert inquiry.history == (Turn(TURN.question, "It was held in the Pacific."),)


@pytest.mark.parametrize(
    "question",
    [
        "Who directs the Carnegie Russia Eurasia Center?",
        "What share of Russia's shells comes from North Korea?",
        "What did Angola offer?",
        "How large was the trade volume between China and Russia last year?",
    ],
)
def test_a_question_that_stands_alone_is_left_untouched(question: str) -> None:
    inquiry = inquire(question, [TURN])
    assert (inquiry.query, inquiry.history) == (question, ())


def test_without_history_nothing_is_added() -> None:
    assert inquire("Why?", []).query == "Why?"


def test_history_is_bounded_and_the_newest_is_kept() -> None:
    turns = [Turn(f"Question {number}?", "word " * 80) for number in range(9)]
    kept = inquire("And then?", turns).history
    assert kept[-1].question == "Question 8?"
    assert sum(count_tokens(turn.question) + count_tokens(turn.answer) for turn in kept) <= MOST_TOKENS
