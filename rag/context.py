"""What is read of a sentence: with the one before it where it points back ("That event has since …")."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rag.referents import pointers
from rag.types import Sentence

# Characters between two sentences that follow one another: more, and one that was not retrieved stands there.
_GAP = 8


def in_context(excerpts: Sequence[Sentence], found: Sequence[Sentence]) -> list[list[Sentence]]:
    """Return each excerpt, behind the sentence that it points back to unless that was not found or is read anyway."""
    ordered = sorted({sentence.place: sentence for sentence in found}.values(), key=lambda sentence: sentence.place)
    before = {two.place: one for one, two in pairwise(ordered) if _follows(one, two)}
    places = {sentence.place for sentence in excerpts}
    read = []
    for sentence in excerpts:
        earlier = before.get(sentence.place)
        if earlier and earlier.place not in places and pointers(sentence.text):
            read.append([earlier, sentence])
        else:
            read.append([sentence])
    return read


def _follows(one: Sentence, two: Sentence) -> bool:
    return one.source == two.source and 0 <= two.start - one.end <= _GAP and one.text != one.title
