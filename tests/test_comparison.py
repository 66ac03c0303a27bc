"""Questions that compare the articles are told from others, and put to each article without their frame."""

from __future__ import annotations

import pytest

from rag.comparison import MOST_EACH, MOST_SOURCES, by_article, for_each_article, most_sources, to_quote
from rag.types import Sentence


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What do the outlets say about the flood?", "What is said about the flood?"),
        ("How do the articles differ on when the dam broke?", "When the dam broke?"),
        ("How many people died, according to the different reports?", "How many people died?"),
        ("At what hour did it sink, according to the two papers?", "At what hour did it sink?"),
        ("How many people died, according to the various sources?", "How many people died?"),
        ("What do different sources say about the flood?", "What is said about the flood?"),
        ("Which ships do the articles name?", "Which ships does the article name?"),
        ("What does each of the two papers say about the fare?", "What is said about the fare?"),
        ("What both reports say about whether it is free?", "What is said about whether it is free?"),
        ("Do the two papers agree on how many people died?", "How many people died?"),
        ("Did the newspapers disagree about the cause?", "What is said about the cause?"),
        ("How do the two papers differ on the turnout?", "What is said about the turnout?"),
        ("What do the two newspapers say about a record?", "What is said about a record?"),
        ("Do the papers give the same figure for the dead?", "What is the figure for the dead?"),
        ("What can I learn from these articles about the flood?", "What is said about the flood?"),
        ("Which causes of the flood are given across the articles?", "Which causes of the flood are given?"),
        ("Compare when people may go home according to each newspaper.", "When people may go home."),
        ("Compare the figures for the dead given across the articles.", "What is the figures for the dead given."),
        ("What the articles report about the flood?", "What is said about the flood?"),
        ("What different names do the articles give the ship?", "What names does the article give the ship?"),
    ],
)
def test_a_comparison_is_put_to_each_article(question, expected):
    assert for_each_article(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Who opened the bridge?",
        "What does the article say about the flood?",
        "What is the difference between primary and secondary sources?",
        "How do newspapers print?",
        "Does the report from the Times agree with the article in the Post?",
        "Which reports were published?",
        "Which two newspapers did he buy?",
        "How much money is in the two bank accounts?",
        "Which bank froze all accounts of the company?",
        "Why did the firm close both accounts?",
        "What different sources of energy does the island use?",
        "How many different stories does the tower have?",
        "What can I learn from the book about papers?",
        "What did he earn from the reports of the bank?",
        "What did the authors of the book name their dog?",
    ],
)
def test_other_questions_are_left_alone(question):
    assert for_each_article(question) is None


def sentence(source: str, start: int, score: float, text: str) -> Sentence:
    return Sentence(source, "", start, start + len(text), text, score)


def test_the_best_sentence_of_each_article_that_has_something_to_say_is_quoted_and_a_second_that_is_nearly_as_good():
    of_a = [sentence("a", 0, 1.0, "one"), sentence("a", 10, 0.9, "two"), sentence("a", 20, 0.89, "three")]
    of_b = [sentence("b", 0, 0.8, "one"), sentence("b", 10, 0.5, "two")]
    of_c = [sentence("c", 0, 0.3, "one")]
    of_d = [sentence("d", 0, 0.55, "one")]
    articles = by_article([*of_a, *of_b, *of_d, *of_c])
    assert articles == [tuple(of_a), (of_b[0],), tuple(of_d)]
    unasked = to_quote([[(None, s) for s in group] for group in articles], 0.5)
    assert unasked == [(tuple(of_a[:MOST_EACH]), None), ((of_b[0],), None)]
    assert by_article([*of_a, *of_c]) == [tuple(of_a)]
    assert by_article([*of_a, *of_c], named=True) == [tuple(of_a), tuple(of_c)]


def test_the_sentences_of_which_the_model_is_surest_are_quoted_the_surest_article_first():
    sure = {"flood": 0.6, "drill": 0.9, "punished": 0.88, "dam": 0.85, "toll": 0.95, "paper": 0.7, "boat": 0.3}
    of_a = [sentence("a", n * 10, 1.0 - n / 10, word) for n, word in enumerate(("flood", "drill", "punished"))]
    of_b = [sentence("b", 0, 0.9, "dam"), sentence("b", 10, 0.8, "toll")]
    of_c, of_d = [sentence("c", 0, 0.9, "paper")], [sentence("d", 0, 0.9, "boat")]
    asked = to_quote([[(sure[s.text], s) for s in group] for group in (of_a, of_b, of_c, of_d)], 0.5)
    assert [([s.text for s in group], p) for group, p in asked] == [(["toll"], 0.95), (["drill", "punished"], 0.9)]
    assert to_quote([[(0.3, of_d[0])]], 0.5) == to_quote([], 0.5) == []


def test_a_sentence_that_an_article_repeats_is_quoted_once():
    caption, again = sentence("a", 0, 1.0, "A ship."), sentence("a", 10, 1.0, "A  ship.")
    assert by_article([caption, again]) == [(caption,)]


def test_no_more_articles_are_quoted_than_is_worth_the_time():
    assert len(by_article([sentence(str(n), 0, 1.0, "words") for n in range(MOST_SOURCES + 2)])) == MOST_SOURCES
    assert by_article([]) == []


def test_as_many_articles_are_compared_as_the_question_speaks_of():
    assert most_sources("What do the two papers say about it?") == most_sources("What do both of the reports say?") == 2
    assert most_sources("What do the three local papers say?") == 3
    assert most_sources("What do the papers say about the two men?") == MOST_SOURCES
    found = [sentence(name, 0, 1.0, name) for name in "abc"]
    assert [group[0].source for group in by_article(found, 2)] == ["a", "b"]
