"""Copies of a story are recognised as one voice, and different stories are not, whatever their number."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rag import Chatbot
from rag.index import Index
from rag.reading import read_file
from rag.twins import same_as, signature
from rag.types import Article, Span
from tests.conftest import SEEDS, FakeEmbedder

VOCABULARY = [f"word{number}" for number in range(400)]


def story(seed, length=300):
    chosen = random.Random(seed)
    return " ".join(chosen.choice(VOCABULARY) for _ in range(length))


def article(source, text, **more):
    return Article(source, text, source, **more)


def signed(*articles):
    return {one.source: signature(one) for one in articles}


def test_a_copy_with_another_headline_and_some_edits_is_the_same_story():
    original = story(1)
    words = original.split()
    edited = " ".join([*"A quite different headline".split(), *words[:150], "inserted", *words[152:]])
    found = same_as(signed(article("b.txt", edited), article("a.txt", original), article("c.txt", story(2))))
    assert found == {"b.txt": "a.txt"}


def test_a_quotation_of_half_a_story_is_not_a_copy_of_it():
    original = story(1)
    quoting = " ".join(original.split()[:150]) + " " + story(3, 300)
    assert same_as(signed(article("a.txt", original), article("b.txt", quoting))) == {}


def test_what_the_page_left_behind_does_not_make_two_stories_alike():
    menu = story(9, 2000)
    pages = [article(name, f"{text}\n{menu}", leftovers=(Span(len(text), len(text) + 1 + len(menu)),))
             for name, text in (("a.txt", story(1)), ("b.txt", story(2)))]  # fmt: skip
    assert same_as(signed(*pages)) == {}
    assert same_as(signed(*(replace(page, leftovers=()) for page in pages))) == {"b.txt": "a.txt"}


def test_copies_of_copies_are_one_group_with_the_first_source():
    found = same_as(signed(*(article(f"{name}.txt", story(1)) for name in "dbca"), article("e.txt", story(2))))
    assert found == {"b.txt": "a.txt", "c.txt": "a.txt", "d.txt": "a.txt"}


def test_none_of_many_stories_is_taken_for_another():
    assert same_as(signed(*(article(f"{number}.txt", story(number, 120)) for number in range(400)))) == {}


def test_the_five_articles_are_five_voices(tmp_path):
    from rag.folder import list_files

    files, _ = list_files(SEEDS)
    articles = [one for file in files for one in read_file(file, max_bytes=10**6)]
    assert same_as(signed(*articles)) == {}


@given(st.text(max_size=60))
def test_any_text_has_a_signature_of_its_own_length(text):
    assert len(signature(article("a.txt", text))) == 256


def test_the_listing_says_which_articles_are_copies_and_a_sync_keeps_it(tmp_path, config):
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, seed in (("a.txt", 1), ("b.txt", 1), ("c.txt", 2)):
        (folder / name).write_text(f"{story(seed)}.", encoding="utf-8")
    with Chatbot(Index(folder, config, FakeEmbedder()), config, FakeEmbedder(), None) as bot:
        bot.sync()
        assert [listing.same_as for listing in bot.listings()] == [None, "a.txt", None]
        (folder / "c.txt").write_text(f"{story(1)}.", encoding="utf-8")
        bot.sync()
        assert [listing.same_as for listing in bot.listings()] == [None, "a.txt", "a.txt"]
