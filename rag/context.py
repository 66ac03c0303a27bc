"""What is read of a sentence: behind the one that it points back to, or with all that stands right around it.

A row of a table in Markdown points back to the header of its table, wherever that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice, pairwise

from rag.expected import REASON
from rag.features import Reading
from rag.referents import pointers
from rag.types import Citation, Place, Sentence

# Sentences before and after one that may say whom or when it means.
BEFORE, AFTER = 2, 1
# Characters between two sentences that follow one another: more, and one that was not retrieved stands there.
_GAP = 8
# Characters between two that stand close: a sentence that was not retrieved may be between them.
_APART = 400
# What announces what follows it, and tells nothing alone: a question in an interview, a heading, a label of a list.
_ANNOUNCES = re.compile(r"[?:][”\"’'*_)]*$|^#{1,6}\s|^(?:\d+[.)]\s+|[-*•]\s+)?\*\*[^*]+\*\*\W*$")
BEHIND = 2  # sentences behind what is read in which a reason for it is looked for
ANSWERING = 2  # sentences that are read behind what announces them
_EXPLAINS = re.compile(r"\bexplain(?:s|ed)\b", re.IGNORECASE)
_ROW = re.compile(r"\|.*\|")


def in_context(excerpts: Sequence[Sentence], found: Iterable[Sentence]) -> list[list[Sentence]]:
    """Return the excerpts, best first, each behind the sentence that it points back to, if that was found.

    What only announces something is read with what follows it.
    """
    found = list(found)
    before, following = preceding(found), _following(found)
    after = {before[s.place].place: s for s in excerpts if s.place in before and pointers(s.text)}
    runs: list[list[Sentence]] = []
    read = set[Place]()
    for sentence in excerpts:
        if sentence.place in read:
            continue
        run, earlier = [sentence], before.get(sentence.place)
        in_table = earlier is not None and is_row(sentence.text) and is_row(earlier.text)
        if in_table and earlier in (table := next((run for run in runs if earlier in run), [])):
            table.append(sentence)
            read.add(sentence.place)
            continue
        if (in_table or pointers(sentence.text)) and earlier and earlier.place not in read:
            run.insert(0, earlier)
        while (later := after.get(run[-1].place)) and later.place not in read:
            run.append(later)
        for told in islice(_on(sentence, following), ANSWERING if announces(sentence.text) else 0):
            if told.place in read or announces(told.text):
                break
            run.append(told)
        read |= {sentence.place for sentence in run}
        runs.append(run)
    return runs


def read_on(runs: Sequence[Sequence[Sentence]], found: Iterable[Sentence]) -> list[list[Sentence]]:
    """Return what is read, the first with the sentence behind it where that points back and was found.

    "Its libretto, by the poet …" has no word of a question about the opera.
    """
    read = {sentence.place for run in runs for sentence in run}
    later = _following(found).get(runs[0][-1].place) if runs else None
    more = [later] if later and later.place not in read and pointers(later.text) else []
    return [[*run, *(more if n == 0 else ())] for n, run in enumerate(runs)]


def with_reasons(runs: Sequence[Sequence[Sentence]], found: Iterable[Sentence]) -> list[list[Sentence]]:
    """Return what is read, each run up to the sentence right behind it that gives a reason, or explains.

    "He blamed the frost", "“Shoes make noise,” she explains".
    """
    following, read = _following(found), {sentence.place for run in runs for sentence in run}
    told = []
    for run in runs:
        behind = [sentence for sentence in islice(_on(run[-1], following), BEHIND) if sentence.place not in read]
        last = next((n for n, s in enumerate(behind, 1) if REASON.search(s.text) or _EXPLAINS.search(s.text)), 0)
        read |= {sentence.place for sentence in behind[:last]}
        told.append([*run, *behind[:last]])
    return told


def announces(text: str) -> bool:
    """Tell whether a sentence says only what those that follow are about: "**Opening hours**", "And the cello?"."""
    return _ANNOUNCES.search(text.strip()) is not None


def _following(found: Iterable[Sentence]) -> dict[Place, Sentence]:
    return {one.place: two for one, two in pairwise(_ordered(found)) if one.source == two.source and _is_near(one, two)}


def _on(sentence: Sentence, following: Mapping[Place, Sentence]) -> Iterator[Sentence]:
    """Yield the sentences that follow one without a gap."""
    while later := following.get(sentence.place):
        yield later
        sentence = later


def one_by_one(runs: Iterable[Sequence[Sentence]]) -> Iterator[tuple[Sentence, str]]:
    """Yield each sentence that is read, and its text behind that of the sentence that it points back to."""
    for run in runs:
        for earlier, sentence in zip([None, *run], run, strict=False):
            points = earlier and pointers(sentence.text)
            yield sentence, f"{earlier.text} {sentence.text}" if earlier and points else sentence.text


def is_row(text: str) -> bool:
    """Tell whether a sentence is a row of a table in Markdown, its header included."""
    return _ROW.fullmatch(text) is not None


def preceding(found: Iterable[Sentence]) -> dict[Place, Sentence]:
    """Return the sentence right before each, by the place of the second; headlines stand before none.

    Before each row of a table stands its header.
    """
    before: dict[Place, Sentence] = {}
    for one, two in pairwise(_ordered(found)):
        if _follows(one, two):
            in_table = is_row(one.text) and is_row(two.text)
            header = before.get(one.place) if in_table else None
            before[two.place] = header if header and is_row(header.text) else one
    return before


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
    return one.source == two.source and _is_near(one, two) and one.text != one.title


def _is_near(one: Sentence, two: Sentence) -> bool:
    return 0 <= two.start - one.end <= _GAP


def neighbours(readings: Sequence[Reading]) -> Iterator[tuple[Reading, list[Reading]]]:
    """Yield each sentence with those that stand close before and after it in the same text, a row with its header."""
    headers = {place: one.place for place, one in preceding(r.sentence for r in readings if r.sentence).items()
               if is_row(one.text)}  # fmt: skip
    placed = {reading.sentence.place: reading for reading in readings if reading.sentence}
    ordered = sorted((r for r in readings if r.sentence), key=lambda r: (r.sentence.source, r.sentence.start))  # type: ignore[union-attr]
    for place, reading in enumerate(ordered):
        near = [*_beside(reading, ordered[max(0, place - BEFORE) : place][::-1]),
                *_beside(reading, ordered[place + 1 : place + 1 + AFTER])]  # fmt: skip
        if reading.sentence and is_row(reading.sentence.text) and reading.sentence.place in headers:
            near.insert(0, placed[headers[reading.sentence.place]])
        yield reading, list(dict.fromkeys(near))


def _beside(reading: Reading, others: Iterable[Reading]) -> Iterator[Reading]:
    """Yield the readings that follow each other without a gap, starting at one."""
    for other in others:
        one, two = reading.sentence, other.sentence
        if not one or not two or one.source != two.source or not -_APART <= _between(one, two) <= _APART:
            return
        yield other
        reading = other


def _between(one: Sentence, two: Sentence) -> int:
    first, second = sorted((one, two), key=lambda sentence: sentence.start)
    return second.start - first.end
