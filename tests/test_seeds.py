"""The main job with the real models, and no network: questions about the seed articles."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Chatbot, Config, Turn
from rag.chunking import chunk_article
from rag.embedding import MiniLM
from rag.folder import list_files
from rag.reading import read_file
from rag.sentences import split_sentences
from rag.snapshot import READING
from rag.text import words
from rag.types import Article
from tests.conftest import SEEDS


@pytest.fixture(scope="module")
def bot(model_home: Path) -> Iterator[Chatbot]:
    with Chatbot.open(SEEDS, config=Config(home=model_home, model="local")) as bot:
        yield bot


def test_a_question_is_answered_with_exact_citations(bot: Chatbot) -> None:
    answer = bot.ask("What was the trade volume between the two countries last year?")
    assert answer.status == "answered"
    assert "$240 billion" in answer.text
    assert re.search(r"\[1\]", answer.text)
    for citation in answer.citations:
        text = (SEEDS / citation.source).read_text(encoding="utf-8")
        assert text[citation.start : citation.end] == citation.quote
    assert "001_646846f35893e349.txt" in {citation.source for citation in answer.citations}
    assert answer.usage.tokens_in > 100
    assert answer.usage.tokens_out > 5


def test_a_question_the_articles_do_not_answer_is_refused(bot: Chatbot) -> None:
    answer = bot.ask("What is the population of Kazan?")
    assert answer.status == "refused"
    assert "Kazan" in (answer.reason or "")
    assert answer.citations == ()


def test_a_follow_up_is_understood(bot: Chatbot) -> None:
    history = [Turn("How much of Russia's machine tools comes from China?", "70 percent, according to Blinken.[1]")]
    answer = bot.ask("And of its microelectronics imports?", history=history)
    assert "90" in answer.text


def test_stopping_early_leaves_the_model_ready(bot: Chatbot) -> None:
    stream = bot.stream("Who directs the Carnegie Russia Eurasia Center?")
    while next(stream).kind != "token":
        pass
    stream.close()
    assert "Gabuev" in bot.ask("Who directs the Carnegie Russia Eurasia Center?").text


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    files, rejected = list_files(SEEDS)
    assert rejected == ()
    read = [read_file(file, max_bytes=1_000_000) for file in files]
    return {article.source: article for found in read for article in found if isinstance(article, Article)}


def test_the_seeds_are_the_five_articles_as_they_were(articles: dict[str, Article]) -> None:
    total = hashlib.sha256()
    for path in sorted(SEEDS.iterdir()):
        total.update(path.name.encode() + path.read_bytes())
    assert len(articles) == 5
    assert total.hexdigest() == "1ac0b849777e2d7ebd1d5e325d05cb5baa1335091eae8c5ac5fe597a9cb730cd"


def test_no_chunk_of_the_seeds_is_cut_off_by_the_embedder(articles: dict[str, Article], minilm: MiniLM) -> None:
    for article in articles.values():
        for chunk in chunk_article(article, max_tokens=110, fits=minilm.fits):
            assert minilm.fits(chunk.indexed_text)
            assert article.text[chunk.start : chunk.end] == chunk.text


def test_what_the_web_page_left_behind_ranks_below_the_article(bot: Chatbot) -> None:
    passages = bot.search("military drills off the coast of Taiwan", k=10)
    leftovers = [place for place, passage in enumerate(passages) if passage.leftover]
    assert not leftovers or min(leftovers) > 3
    assert bot.search("What did Angola offer?", k=1)[0].leftover


def test_whoever_changes_how_articles_are_read_has_existing_indexes_read_them_again():
    """Where this fails for a good reason, raise `READING` (and FORMAT where old indexes cannot be read at all)."""
    told = hashlib.sha256()
    for file in list_files(SEEDS)[0]:
        for article in read_file(file, max_bytes=1_000_000):
            spans = [(span.start, span.end) for span in split_sentences(article.text)]
            about = [article.title, article.published, article.body_start, article.leftovers]
            told.update(repr([spans, list(words(article.text)), about]).encode())
    assert (READING, told.hexdigest()[:16]) == (1, "6e91ef5dbc2da40a")
