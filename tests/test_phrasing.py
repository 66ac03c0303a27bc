"""A question is read without its politeness, and one that has none is left as it is."""

from __future__ import annotations

import pytest

from rag.phrasing import plainly


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Could you tell me who opened the bridge?", "Who opened the bridge?"),
        ("Please could you tell me what the fee is, please?", "What is the fee?"),
        ("I'd love to know who scored all of Vale's goals, please.", "Who scored all of Vale's goals?"),
        ("do you know when the bridge was opened", "When was the bridge opened?"),
        ("Any idea how many people came?", "How many people came?"),
        ("I was wondering whether the ferry is free.", "Is it true that the ferry is free?"),
        ("Hi there! Can you tell me if dogs are allowed? Thanks!", "Is it true that dogs are allowed?"),
        ("Tell me where Ms Brack was born.", "Where was Ms Brack born?"),
        ("Does anyone know why he left?", "Why he left?"),
        ("I wonder in which year it burned", "In which year it burned?"),
        ("Can you explain what happened when it was hit?", "What happened when it was hit?"),
        ("Sum up what the papers say about the dam.", "What the papers say about the dam?"),
        ("Can you sum up in a few sentences what happened on the trip?", "What happened on the trip?"),
        ("Could you please give me a short summary of the pill story?", "What is the pill story about?"),
        ("Summarise the strike.", "What is the strike about?"),
        ("hey whats the price", "What is the price?"),
        ("Who’s been arrested?", "Who has been arrested?"),
        ("And what're they for?", "And what are they for?"),
        ("How much is it, please?", "How much is it?"),
    ],
)
def test_a_question_is_put_plainly(question, expected):
    assert plainly(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Who opened the bridge?",
        "who opened the bridge",
        "Tell me about the bridge.",
        "Do you know the way to San Jose?",
        "Did anybody know when the flood would come?",
        "Would you say that it failed?",
        "Hey Jude was written by whom?",
        "Whose was the dog?",
        "Whom did she thank?",
        "ferry timetable",
        "Could you?",
        "¿?",
    ],
)
def test_any_other_is_left_as_it_is(question):
    assert plainly(question) == question
