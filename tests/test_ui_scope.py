"""Which articles a question is asked of: read from the page, checked against the articles, and said in words."""

from __future__ import annotations

import json

import pytest

from rag.errors import QuestionError
from rag.filters import Filter
from rag.types import Listing
from ui.scope import MOST_CHOSEN, UNFINISHED, Scope, Wanted, choices, choose, filter_of, pattern_of

ARTICLES = (
    Listing("news/a.txt", "Ferry returns", "2024-10-01", 1, 1),
    Listing("news/b.txt", "Bridge opens", "2024-10-15", 1, 1),
    Listing("table.csv#1", "Record one", None, 1, 1),
    Listing("table.csv#2", "Record two", "soon", 1, 1),
    Listing("odd [1]*.txt", "", "2024-11-01", 1, 1),
)


def test_nothing_wanted_is_all_of_them():
    assert choose(Wanted(), ARTICLES) is None
    assert choose(Wanted(find="news/*"), ARTICLES) is None


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(since="2024-10-15"), "2 of 5 articles, since 2024-10-15"),
        (Wanted(until="2024-10-15"), "2 of 5 articles, until 2024-10-15"),
        (Wanted("2024-10-01", "2024-10-31"), "2 of 5 articles, from 2024-10-01 to 2024-10-31"),
        (Wanted("2024-10-01", "2024-10-01"), "1 of 5 articles, on 2024-10-01"),
        (Wanted(sources=("news/*",)), "2 of 5 articles: news/*"),
        (Wanted(sources=("news/a.txt", "table.csv#*")), "3 of 5 articles: Ferry returns; table.csv#*"),
        (Wanted(sources=("news/*", "*.csv*", "*.txt", "*")), "5 of 5 articles: news/*; *.csv*; *.txt and 1 more"),
        (Wanted("2024-10-15", sources=("news/*",)), "1 of 5 articles, since 2024-10-15: news/*"),
        (Wanted(sources=(pattern_of("odd [1]*.txt"),)), "1 of 5 articles: odd [1]*.txt"),
    ],
)
def test_what_is_wanted_is_said_in_words(wanted, said):
    scope = choose(wanted, ARTICLES)
    assert str(scope) == said
    assert said.startswith(scope.brief)
    assert Scope.from_dict(json.loads(json.dumps(scope.to_dict()))) == scope


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted(since="soon"), "'soon' is no day"),
        (Wanted(until="2024-02-30"), "'2024-02-30' is no day"),
        (Wanted(since=UNFINISHED), "The first date is unfinished"),
        (Wanted(until=UNFINISHED), "The last date is unfinished"),
        (Wanted("2024-10-02", "2024-10-01"), "Swap the two"),
        (Wanted(since="2025-01-01"), "published since 2025-01-01. The dates that they state: 2024-10-01 to 2024-11-01"),
        (Wanted(until="2024-10-02", sources=("*b.txt",)), "None of the chosen articles .* state: 2024-10-15"),
        (Wanted(since="2024-10-02", sources=("table*",)), "None of the chosen articles states its date"),
        (Wanted(sources=("newz/*", "x")), "No article is named newz/.* or x. Names look like news/a.txt"),
        (Wanted(sources=tuple(map(str, range(MOST_CHOSEN + 1)))), "100 choices are the most"),
        (Wanted(sources=("x" * 501,)), "are the most"),
    ],
)
def test_what_is_impossible_is_told_with_a_way_out(wanted, why):
    with pytest.raises(QuestionError, match=why):
        choose(wanted, ARTICLES)


def test_where_there_are_no_articles_there_is_nothing_to_choose():
    with pytest.raises(QuestionError, match="no articles yet"):
        choose(Wanted(since="2024-10-01"), ())


@pytest.mark.parametrize("text", [None, "", "{", "[]", "7", '"x"', '{"sources": "news/*"}', '{"since": null}'])
def test_anything_else_from_the_browser_is_nothing_wanted(text):
    assert Wanted.parse(text) == Wanted()


def test_what_the_page_sends_is_read():
    text = json.dumps({"since": " 2024-10-01", "until": 7, "find": "ferry", "sources": ["a", "a", 5]})
    assert Wanted.parse(text) == Wanted("2024-10-01", "7", ("a", "5"), "ferry")
    assert len(Wanted.parse(json.dumps({"sources": list(range(10_000))})).sources) == MOST_CHOSEN + 1


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        (Wanted(), ["news/*", "table.csv#*", "Ferry returns", "Bridge opens", "Record one", "Record two",
                    "odd [1]*.txt"]),
        (Wanted(find="FERRY ret"), ["Ferry returns"]),
        (Wanted(find="news"), ["news/*", "Ferry returns", "Bridge opens"]),
        (Wanted(find="*.txt"), ["*.txt", "Ferry returns", "Bridge opens", "odd [1]*.txt"]),
        (Wanted(find="newz/*"), []),
        (Wanted(find="ferry", sources=("news/b.txt", "gone.txt")), ["Bridge opens", "gone.txt", "Ferry returns"]),
    ],
)  # fmt: skip
def test_what_is_chosen_comes_first_then_what_is_found(wanted, titles):
    assert [choice.title for choice in choices(wanted, ARTICLES)] == titles


def test_every_choice_stands_for_as_many_articles_as_it_says():
    for choice in choices(Wanted(), ARTICLES):
        assert choose(Wanted(sources=(choice.pattern,)), ARTICLES).articles == choice.articles


def test_a_filter_of_nothing_leaves_nothing_out():
    assert filter_of(["", ""], "", None) == Filter()
