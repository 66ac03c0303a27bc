"""What is read of a sentence: behind the one that it points back to, or with all that stands right around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from rag.referents import pointers
from rag.types import Citation, Sentence

# Sentences before and after one that may say whom or when it means.
BEFORE, AFTER = 2, 1
# Characters between two sentences that follow one another: more, and one that was not retrieved stands there.
_GAP = 8


def in_context(excerpts: Sequence[Sentence], found: Iterable[Sentence]) -> list[list[Sentence]]:
    """Return the excerpts, best first, each behind the sentence that it points back to, if that was found."""
    before = preceding(found)
    after = {before[s.place].place: s for s in excerpts if s.place in before and pointers(s.text)}
    runs: list[list[Sentence]] = []
    read = set[tuple[str, int, int]]()
    for sentence in excerpts:
        if sentence.place in read:
            continue
        run = [sentence]
        if pointers(sentence.text) and (earlier := before.get(sentence.place)) and earlier.place not in read:
            run.insert(0, earlier)
        while (later := after.get(run[-1].place)) and later.place not in read:
            run.append(later)
        read |= {sentence.place for sentence in run}
        runs.append(run)
    return runs


def one_by_one(runs: Iterable[Sequence[Sentence]]) -> Iterator[tuple[Sentence, str]]:
    """Yield each sentence that is read, and its text behind that of the sentence that it points back to."""
    for run in runs:
        for earlier, sentence in zip([None, *run], run, strict=False):
            points = earlier and pointers(sentence.text)
            yield sentence, f"{earlier.text} {sentence.text}" if earlier and points else sentence.text


def preceding(found: Iterable[Sentence]) -> dict[tuple[str, int, int], Sentence]:
    """Return the sentence right before each, by the place of the second; headlines stand before none."""
    return {two.place: one for one, two in pairwise(_ordered(found)) if _follows(one, two)}


def surroundings(cited: Iterable[Citation], written: Sequence[Sentence]) -> list[str]:
    """Return what is cited with what stands right around it, as one text for each run of sentences.

    Of what is `written` in the articles around the citations nothing is missing but what must not be read, and what
    that parts is read together.
    """
    places = {citation.place for citation in cited}
    texts = []
    for run in _runs(written):
        at = [number for number, sentence in enumerate(run) if sentence.place in places]
        near = [n for n in range(len(run)) if any(place - BEFORE <= n <= place + AFTER for place in at)]
        texts += [" ".join(run[n].text for n in near)] * bool(near)
    return texts


def _runs(written: Sequence[Sentence]) -> list[list[Sentence]]:
    """Return the sentences of each article, headlines and what a web page left behind apart."""
    return [list(run) for _, run in groupby(_ordered(written), lambda s: (s.source, s.leftover, s.text == s.title))]


def _ordered(found: Iterable[Sentence]) -> list[Sentence]:
    return sorted({sentence.place: sentence for sentence in found}.values(), key=lambda sentence: sentence.place)


def _follows(one: Sentence, two: Sentence) -> bool:
    return one.source == two.source and 0 <= two.start - one.end <= _GAP and one.text != one.title
