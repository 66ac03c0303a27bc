"""A misspelt word becomes the nearest word of the articles; a word that is merely unknown to them stays as it is."""

from __future__ import annotations

import random
import time

import pytest

from rag.spelling import Speller, count_words, distance, is_english
from rag.text import stem, words

TEXT = """The BRICS summit of all countries was opened by the defense minister. China and Russia supply shells. Russia’s
imports, the Quad countries, much percentage between where which year start with when BRICS Quad summit. A director of
the Carnegie Center came. Iran submits; the Iran summit, Ukraine. They described an expected motion of the director."""


@pytest.fixture(scope="module")
def speller() -> Speller:
    vocabulary = count_words([TEXT])
    stems = {stem(word) for spelling in vocabulary for word in words(spelling)}
    return Speller(lambda word: stem(word) in stems, vocabulary)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("wher is the BRIKS sumit held?", "where is the BRICS summit held?"),
        ("Who is the chinese defnse ministr?", "Who is the chinese defense minister?"),
        ("wich contries are in the Qaud?", "which countries are in the Quad?"),
        ("Wich contries supply shells?", "Which countries supply shells?"),
        ("how mutch betwen rusia an chna last yaer", "how much between russia an china last year"),
        ("what persentage of rusias imprts?", "what percentage of russia's imports?"),
        ("when does it strat", "when does it start"),
        ("Who is directr of the Carnigie Center?", "Who is director of the Carnegie Center?"),
    ],
)
def test_a_misspelt_word_becomes_the_nearest_of_the_articles(speller: Speller, asked: str, meant: str) -> None:
    assert speller.corrected(asked) == meant


@pytest.mark.parametrize(
    "question",
    [
        "What did Iraq say?",  # Iran is one letter away, but Iraq is a well-known name
        "Who are Kamala, Macron, Erdogan, Zelenskyy, Fumio Kishida and Lukashenko?",
        "Where is Ukrain-Direct, mail@sumit.org, sumit2, a/sumit or /etc/sumit?",
        'Who said “the sumit” and "the ministr"?',
        "Who submits the grange?",  # an ordinary word, known without its ending
        "How are they inscribed, ejecting lotion?",  # ordinary words that the articles lack
        "Who wasn't there?",
        "Is it an umit or a tummit?",  # the first letter is hardly ever wrong
        "Who are Chiba and Quid?",  # other names
        "yar",  # too short
        "Where does Rusek’s wife live?",
    ],
)
def test_what_may_be_right_is_left_alone(speller: Speller, question: str) -> None:
    assert speller.corrected(question) == question


def test_of_two_equally_near_words_the_more_frequent_is_taken() -> None:
    for frequent in ("strewn", "strews"):
        vocabulary = {"strewn": 2, "strews": 2} | {frequent: 3}
        assert Speller(lambda word: False, vocabulary).corrected("strewx") == frequent


def test_a_name_is_corrected_only_if_one_name_is_nearest() -> None:
    assert Speller(lambda word: False, {"Gabuev": 1}).corrected("Gabeuv") == "Gabuev"
    assert Speller(lambda word: False, {"Gabuev": 1, "Gabuex": 9}).corrected("Gabuez") == "Gabuez"
    assert Speller(lambda word: False, {"gabuev": 9}).corrected("Gabuez") == "Gabuez", "not a name in the articles"
    assert Speller(lambda word: False, {"Zhanf": 1}).corrected("Zhanq") == "Zhanq", "short, and it occurs once"
    assert Speller(lambda word: False, {"Zhanf": 2}).corrected("Zhanq") == "Zhanf"


def test_a_missing_letter_is_likelier_than_a_wrong_one() -> None:
    vocabulary = {"ministry": 1, "ministk": 9}
    assert Speller(lambda word: False, vocabulary).corrected("ministr") == "ministry"


def test_two_mistakes_are_believed_only_in_a_long_word_in_pieces() -> None:
    speller = Speller(lambda word: False, {"percentage": 3, "summits": 3, "expecting": 3})
    assert speller.corrected("persentaje") == "percentage"
    assert speller.corrected("zummitz sunmitz ejecting") == "zummitz sunmitz ejecting"


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("", "abc", 3),
        ("abc", "abc", 0),
        ("abcd", "abdc", 1),
        ("summit", "sumit", 1),
        ("kitten", "sitting", 3),
        ("ca", "abc", 3),
    ],
)
def test_distance_is_optimal_string_alignment(one: str, other: str, edits: int) -> None:
    assert distance(one, other) == distance(other, one) == edits


@pytest.mark.parametrize("word", ["deepened", "stopping", "countries", "Erdogan", "Russia's", "quarreled", "baking"])
def test_inflections_and_well_known_names_are_english(word: str) -> None:
    assert is_english(word)


@pytest.mark.parametrize("word", ["sumit", "naed", "teh", "wich", "Gabuev"])
def test_misspellings_and_rare_names_are_not(word: str) -> None:
    assert not is_english(word)


def test_a_large_vocabulary_costs_milliseconds() -> None:
    rng = random.Random(1)
    vocabulary = {"".join(rng.choices("etaoinshrdlu", k=rng.randint(4, 12))): 1 for _ in range(50_000)} | {"summit": 9}
    speller = Speller(lambda word: word in vocabulary, vocabulary)
    speller.corrected("sumit")
    started = time.process_time()
    assert speller.corrected("when is the sumit held in the city") == "when is the summit held in the city"
    assert time.process_time() - started < 0.1  # 10 ms are usual
