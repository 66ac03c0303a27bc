"""Articles that say the same in nearly the same words, as copies of a wire story do: together they count as one voice.

Each article has a MinHash signature of its runs of five words; the share of equal numbers in two signatures estimates
how much of their runs the articles share (Broder 1997, "On the resemblance and containment of documents"). Candidates
are those that agree in a whole band of their signatures (locality-sensitive hashing), so not every pair is compared.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from rag.text import fold, words
from rag.types import Article

RUN = 5  # words
ALIKE = 0.6  # share of runs from which on two articles are copies: an edited copy has more, another story almost none
_BANDS, _ROWS = 16, 4  # two articles that share 0.6 of their runs agree in one band with a probability of 0.89
_PRIME = np.uint64((1 << 61) - 1)
_AT_ONCE = 4096  # runs hashed at once
_RANDOM = np.random.default_rng(1997)
_A = _RANDOM.integers(1, 1 << 28, _BANDS * _ROWS, dtype=np.uint64)
_B = _RANDOM.integers(0, 1 << 61, _BANDS * _ROWS, dtype=np.uint64)

Signature = NDArray[np.uint32]


def signature(article: Article) -> bytes:
    """Return an article's signature, 64 numbers of 4 bytes; what the web page left behind does not count."""
    least = np.full(_BANDS * _ROWS, np.iinfo(np.uint64).max, dtype=np.uint64)
    runs = np.fromiter((zlib.crc32(run.encode()) for run in _runs(article)), dtype=np.uint64)
    for first in range(0, len(runs), _AT_ONCE):
        hashed = (runs[first : first + _AT_ONCE, None] * _A + _B) % _PRIME
        least = np.minimum(least, hashed.min(axis=0))
    return (least & np.uint64(0xFFFFFFFF)).astype(np.uint32).tobytes()


def same_as(signatures: Mapping[str, bytes]) -> dict[str, str]:
    """Return, for each source that is a copy of others, the first of these sources in their order."""
    sources = sorted(signatures)
    rows = [np.frombuffer(signatures[source], dtype=np.uint32) for source in sources]
    first = list(range(len(sources)))
    for one, other in _candidates(rows):
        if float(np.mean(rows[one] == rows[other])) >= ALIKE:
            roots = _root(first, one), _root(first, other)
            first[max(roots)] = min(roots)
    found = {source: sources[_root(first, place)] for place, source in enumerate(sources)}
    return {source: original for source, original in found.items() if source != original}


def _runs(article: Article) -> Iterator[str]:
    """Yield the runs of five words of the article; a shorter one is one run."""
    kept, last = [], article.body_start
    for span in sorted(article.leftovers, key=lambda span: span.start):
        kept.append(article.text[last : max(last, span.start)])
        last = max(last, span.end)
    folded = [fold(word) for word in words("\n".join([*kept, article.text[last:]]))]
    for start in range(max(1, len(folded) - RUN + 1)):
        yield " ".join(folded[start : start + RUN])


def _candidates(rows: list[Signature]) -> Iterator[tuple[int, int]]:
    """Yield the pairs that agree in a band; of many that do, each with the first only."""
    for band in range(_BANDS):
        alike: defaultdict[bytes, list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            alike[row[band * _ROWS : (band + 1) * _ROWS].tobytes()].append(place)
        for places in alike.values():
            yield from combinations(places, 2) if len(places) < 10 else ((places[0], place) for place in places[1:])


def _root(first: list[int], place: int) -> int:
    while first[place] != place:
        place = first[place]
    return place
