"""A question and sentences → how well they match, as wholes and word by word."""

import numpy as np
import pytest

from rag import matching
from rag.embedding import MiniLM
from rag.matching import Matcher
from rag.types import Sentence
from tests.conftest import FakeEmbedder

FUNDS = "Who funds the research on the moss?"


def in_order(*texts: str, title: str = "") -> list[Sentence]:
    """The sentences of one article, a space between each two."""
    starts = np.cumsum([0, *(len(text) + 1 for text in texts)])
    return [Sentence("a.txt", title, int(s), int(s) + len(t), t, 0.0) for s, t in zip(starts, texts, strict=False)]


def apart(*texts: str, title: str = "") -> list[Sentence]:
    """Sentences of as many articles."""
    return [Sentence(f"{n}.txt", title, 0, len(text), text, 0.0) for n, text in enumerate(texts)]


def met(
    minilm: MiniLM, question: str, sentences: list[Sentence], in_article: float = 0.0, **idf: float
) -> list[float]:
    found = Matcher(minilm).matches(question, sentences, lambda term: idf.get(term, 1.0), in_article)
    return [match.met for match in found if match.met is not None]


def test_a_word_is_met_by_one_of_like_meaning(minilm: MiniLM) -> None:
    paid, grown = met(minilm, FUNDS, apart("The Halloran Fund paid for the study.", "It grows on the northern cliffs."))
    assert paid > grown + 0.1


def test_the_same_words_meet_it_best(minilm: MiniLM) -> None:
    same, like = met(minilm, "Who repaired the wall?", apart("They repaired the wall.", "They mended the rampart."))
    assert same > like
    assert same == pytest.approx(1, abs=0.15)


def test_rare_words_count_for_more(minilm: MiniLM) -> None:
    texts = apart("The moss is green.", "Research is expensive.")
    by_moss, by_research = (met(minilm, FUNDS, texts, **{term: 9.0}) for term in ("moss", "research"))
    assert by_moss[0] > by_moss[1]
    assert by_research[0] < by_research[1]


def test_possessives_and_acronyms_are_single_words(minilm: MiniLM) -> None:
    asked: list[str] = []
    question = "What is the U.S.'s share of Russia’s 1,400 shells that didn't come, can’t, won't, and they've said?"
    Matcher(minilm).matches(question, apart("x"), lambda term: asked.append(term) or 1)
    assert asked == ["us", "share", "russia", "1400", "shell", "come"]


@pytest.mark.parametrize("question", ["Who is it?", "?", ""])
def test_a_question_without_content_words_is_met_as_it_is(minilm: MiniLM, question: str) -> None:
    (value,) = met(minilm, question, apart("It is she."))
    assert 0 <= value <= 1


def test_what_a_title_has_is_nearly_met(minilm: MiniLM) -> None:
    sentence = "On Mondays it does not open at all."
    question = "On which day is the Harrowby museum closed?"
    (alone,), (titled,) = (met(minilm, question, apart(sentence, title=title)) for title in ("", "The Harrowby museum"))
    assert titled > alone + 0.1


def test_what_stands_right_beside_nearly_meets_it(minilm: MiniLM) -> None:
    texts = "The Harrowby museum is in Mill Row.", "On Mondays it does not open at all.", "Dumplings are excellent."
    question = "On which day is the Harrowby museum closed?"
    together, alone = met(minilm, question, in_order(*texts)), met(minilm, question, apart(*texts))
    assert together[1] > alone[1] + 0.1
    assert together[2] == pytest.approx(max(alone[2], together[2]))
    parted = [*in_order(texts[0]), Sentence("a.txt", "", 100, 100 + len(texts[1]), texts[1], 0.0)]
    assert met(minilm, question, parted)[1] == pytest.approx(alone[1], abs=0.02)


def test_a_name_that_its_article_has_is_met_in_part(minilm: MiniLM) -> None:
    texts = "The Lady Maren sank off Gull Head.", "The inquiry goes on.", "It rained.", "No charges have been brought."
    question = "Has anyone been charged over the Lady Maren?"
    found, alone = met(minilm, question, in_order(*texts), 0.6), met(minilm, question, in_order(*texts))
    assert found[3] > alone[3] + 0.1
    assert found[0] == pytest.approx(alone[0], abs=0.02)
    written_small = question.lower()
    found, alone = (met(minilm, written_small, in_order(*texts), share) for share in (0.6, 0.0))
    assert found[3] == pytest.approx(alone[3], abs=0.001)


def test_a_model_without_vectors_for_words_tells_similarities_alone() -> None:
    matches = Matcher(FakeEmbedder()).matches("a bridge", apart("a bridge", "the market"), lambda _: 1.0)
    assert [match.met for match in matches] == [None, None]
    assert matches[0].similarity == pytest.approx(1)
    assert matches[1].similarity >= 0


def test_nothing_matches_nothing(minilm: MiniLM) -> None:
    assert Matcher(minilm).matches(FUNDS, [], lambda _: 1.0) == []


def test_no_sentence_is_embedded_twice_as_long_as_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = FakeEmbedder()
    matcher = Matcher(embedder)
    for _ in range(2):
        matcher.matches("a bridge", apart("one", "two"), lambda _: 1.0)
    assert embedder.embedded == ["one", "two"]
    monkeypatch.setattr(matching, "KEPT", 2 * embedder.embed(["one"]).nbytes)
    matcher.matches("a bridge", apart("three"), lambda _: 1.0)
    embedder.calls.clear()
    matcher.matches("a bridge", apart("two", "three", "one"), lambda _: 1.0)
    assert embedder.embedded == ["one"]
