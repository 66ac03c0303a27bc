"""Questions are taken apart only where they are several."""

from __future__ import annotations

import pytest

from rag.parts import leaves_out_verb, parts


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When was the bridge opened, and who paid for it?", ("When was the bridge opened?", "Who paid for it?")),
        ("who bought the ferry and where is it now", ("Who bought the ferry?", "Where is it now?")),
        ("When did it burn, and by whom was it rebuilt?", ("When did it burn?", "By whom was it rebuilt?")),
        ("Whom did he meet in May, and whom in June?", ("Whom did he meet in May?", "Whom in June?")),
        (
            "How many points has Vale got now, and how many does Milnthwaite have?",
            ("How many points has Vale got now?", "How many points does Milnthwaite have?"),
        ),
        ("When was the treaty signed, and where?", ("When was the treaty signed?", "Where was the treaty signed?")),
        ("How many were sold, and how many were lost?", ("How many were sold?", "How many were lost?")),
    ],
)  # fmt: skip
def test_several_questions_are_taken_apart(question, expected):
    assert parts(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Who opened the bridge?",
        "Which towns and villages were flooded?",
        "Who is the man, who is also accused of theft, and who is on trial?",
        "Did the mayor resign and when?",
        "Tell me when it opened and who paid.",
        "When and where was the treaty signed?",
        "Who founded the brewery, and in what year?",
        "Which firm won it, and why?",
        "Which firm won the contract and for how much?",
    ],
)
def test_one_question_stays_whole(question):
    assert parts(question) == (question,)


def test_a_part_may_leave_out_its_verb():
    assert leaves_out_verb("How full at the end?") and leaves_out_verb("Whom in June?")
    assert not any(map(leaves_out_verb, ("Who paid for the trip?", "Which ferry sank?", "How full was it?")))


def test_more_questions_than_anybody_asks_are_one() -> None:
    question = "Who opened the bridge" + " and who paid for it" * 300 + "?"
    assert parts(question) == (question,)
