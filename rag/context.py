"""What is read of a sentence: with the one before it where it points back, or all that stands right around it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from rag.referents import pointers
from rag.types import Citation, Sentence

# Sentences before and after one that may say whom or when it means.
BEFORE, AFTER = 2, 1
# Characters between two sentences that follow one another: more, and one that was not retrieved stands there.
_GAP = 8


def in_context(excerpts: Sequence[Sentence], found: Sequence[Sentence]) -> list[list[Sentence]]:
    """Return each excerpt, behind the sentence that it points back to unless that was not found or is read anyway."""
    before = {two.place: one for one, two in pairwise(_ordered(found)) if _follows(one, two)}
    places = {sentence.place for sentence in excerpts}
    read = []
    for sentence in excerpts:
        earlier = before.get(sentence.place)
        if earlier and earlier.place not in places and pointers(sentence.text):
            read.append([earlier, sentence])
        else:
            read.append([sentence])
    return read


def surroundings(cited: Iterable[Citation], written: Sequence[Sentence]) -> list[str]:
    """Return what is cited with what stands right around it, as one text for each run of sentences.

    Of what is `written` in the articles around the citations nothing is missing but what must not be read, and what
    that parts is read together.
    """
    places = {(citation.source, citation.start, citation.end) for citation in cited}
    texts = []
    for run in _runs(written):
        at = [number for number, sentence in enumerate(run) if sentence.place in places]
        near = [n for n in range(len(run)) if any(place - BEFORE <= n <= place + AFTER for place in at)]
        texts += [" ".join(run[n].text for n in near)] * bool(near)
    return texts


def _runs(written: Sequence[Sentence]) -> list[list[Sentence]]:
    """Return the sentences of each article, headlines and what a web page left behind apart."""
    return [list(run) for _, run in groupby(_ordered(written), lambda s: (s.source, s.leftover, s.text == s.title))]


def _ordered(found: Sequence[Sentence]) -> list[Sentence]:
    return sorted({sentence.place: sentence for sentence in found}.values(), key=lambda sentence: sentence.place)


def _follows(one: Sentence, two: Sentence) -> bool:
    return one.source == two.source and 0 <= two.start - one.end <= _GAP and one.text != one.title
