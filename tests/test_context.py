"""What is read of a sentence, and what stands around it."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

import pytest

from rag.context import in_context, one_by_one, surroundings, with_reasons
from rag.types import Citation, Sentence
from tests.test_grounding import sentences

TEXT = "The dam broke in May 1911. That event drowned a village. Ferries were built. He said so."
SPANS = [(0, 26), (27, 56), (57, 76), (77, 88)]
BROKE, DROWNED, BUILT, SAID = [Sentence("a.txt", "", start, end, TEXT[start:end], 0.5) for start, end in SPANS]


def test_a_sentence_that_points_back_stands_behind_the_one_before_it() -> None:
    assert in_context([BUILT, DROWNED], [SAID, DROWNED, BROKE, BUILT]) == [[BUILT], [BROKE, DROWNED]]
    assert in_context([SAID], [BROKE, BUILT, SAID]) == [[BUILT, SAID]]


def test_a_headline_is_no_context() -> None:
    headline = Sentence("a.txt", BROKE.text, 0, 26, BROKE.text, 0.5)
    assert in_context([DROWNED], [headline, DROWNED]) == [[DROWNED]]


def test_what_is_read_anyway_is_read_once() -> None:
    assert in_context([DROWNED, BROKE], [BROKE, DROWNED]) == [[BROKE, DROWNED]]
    assert in_context([BROKE, BUILT, DROWNED], [BROKE, DROWNED, BUILT]) == [[BROKE, DROWNED], [BUILT]]
    assert in_context([BROKE, BUILT, SAID], [BROKE, DROWNED, BUILT, SAID]) == [[BROKE], [BUILT, SAID]]


def test_each_is_looked_at_behind_the_one_that_it_points_back_to() -> None:
    read = list(one_by_one([[BUILT], [BROKE, DROWNED]]))
    assert read == [(BUILT, BUILT.text), (BROKE, BROKE.text), (DROWNED, f"{BROKE.text} {DROWNED.text}")]


def test_what_was_not_found_or_stands_elsewhere_is_no_context() -> None:
    elsewhere = Sentence("b.txt", "", 0, 26, BROKE.text, 0.5)
    assert in_context([DROWNED], [DROWNED, BUILT]) == [[DROWNED]]
    assert in_context([DROWNED], [elsewhere, DROWNED]) == [[DROWNED]]
    assert in_context([SAID], [BROKE, SAID]) == [[SAID]]


def cited(sentence: Sentence) -> Citation:
    return Citation(1, sentence.source, sentence.title, None, sentence.start, sentence.end, sentence.text)


def test_two_sentences_before_what_is_cited_and_one_after_surround_it() -> None:
    found = [SAID, DROWNED, BROKE, BUILT]
    assert surroundings([cited(BUILT)], found) == [TEXT]
    assert surroundings([cited(BROKE)], found) == [f"{BROKE.text} {DROWNED.text}"]
    assert surroundings([cited(BROKE), cited(DROWNED)], found) == [f"{BROKE.text} {DROWNED.text} {BUILT.text}"]


def test_what_must_not_be_read_parts_nothing() -> None:
    assert surroundings([cited(SAID)], [BROKE, DROWNED, SAID]) == [f"{BROKE.text} {DROWNED.text} {SAID.text}"]


def test_no_headline_leftover_or_other_article_is_among_what_surrounds() -> None:
    headline = Sentence("a.txt", BROKE.text, 0, 26, BROKE.text, 0.5)
    leftover = replace(BUILT, leftover=True)
    elsewhere = Sentence("b.txt", "", 0, 26, "It is dry.", 0.5)
    assert surroundings([cited(DROWNED)], [headline, DROWNED, elsewhere]) == [DROWNED.text]
    assert surroundings([cited(DROWNED)], [DROWNED, leftover, elsewhere]) == [DROWNED.text]
    assert surroundings([cited(SAID), cited(elsewhere)], [SAID, elsewhere]) == [SAID.text, elsewhere.text]


def test_no_sentence_is_read_twice_however_they_point_back() -> None:
    texts = ("The dam broke.", "He saw it.", "He ran.", "He wept.")
    chain = [Sentence("a.txt", "", 20 * n, 20 * n + 19, text, 0.5) for n, text in enumerate(texts)]
    read = [s for run in in_context([chain[3], chain[1], chain[2]], chain) for s in run]
    assert len(read) == len({s.place for s in read}) == len(chain)


@pytest.mark.parametrize("announcing", ["And the cello?", "## Getting there", "4. **Cala Verda.**", "He said:"])
def test_what_only_announces_is_read_with_what_follows_it(announcing: str) -> None:
    said = [announcing, "It came back.", "A pawnshop rang.", "That was all."]
    starts = accumulate((len(text) + 1 for text in said), initial=0)
    placed = zip(said, starts, strict=False)
    found = [Sentence("a.txt", "", start, start + len(text), text, 0.5) for text, start in placed]
    assert in_context(found[:1], found) == [found[:3]]
    assert in_context([found[0], found[2]], found) == [found[:3]]
    again = [found[0], replace(found[1], text="Where?"), found[2]]
    assert in_context(again[:1], again) == [again[:1]]
    assert in_context(found[2:3], found) == [found[2:3]]


def test_a_reason_is_read_behind_what_it_is_given_for() -> None:
    found = sentences("Tests took three weeks.", "It was too long.", "He blamed a shortage of staff.", "It rained.")
    assert with_reasons([found[:1]], found) == [found[:3]]
    assert with_reasons([found[:1], found[2:3]], found) == [found[:1], found[2:3]]
    assert with_reasons([found[3:]], found) == [found[3:]]


def test_what_explains_is_read_behind_where_it_is_asked_why() -> None:
    found = sentences("Visitors take off their shoes.", "It is not for the floors.", "“Shoes squeak,” she explains.")
    assert with_reasons([found[:2]], found) == [found]
