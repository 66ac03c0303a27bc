"""An Article → Chunks: runs of whole sentences that the embedder can read in full, with exact character offsets."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.plaintext import MADE_UP_TITLE_ENDS
from rag.sentences import cut_between_characters, split_sentences
from rag.tokens import count_tokens
from rag.types import Article, Chunk, Span

# A title may take this share of a chunk's tokens; a longer one would be most of what is embedded.
TITLE_SHARE = 3

_BLANK_LINE = re.compile(r"\n[ \t\r\f\v]*\n|\r[ \t\f\v]*\r|[\u2029\f]")
_CLAUSE_END = re.compile(r"[,;:)\]—–…。、，；：！？।؟][\"'”’»]*(?=\s|(?<=[—–…。、，；：！？।]))")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a part of one that is too long. `continues`: the same sentence has a part just before it."""

    start: int
    end: int
    tokens: int
    opens_paragraph: bool = False
    continues: bool = False


def chunk_article(
    article: Article, *, max_tokens: int, fits: Callable[[str], bool] | None = None
) -> tuple[Chunk, ...]:
    """Cut an article, without its front matter, into chunks of at most `max_tokens` tiktoken tokens.

    Every character that is not white space is in exactly one sentence of one chunk. No chunk holds both article and
    leftovers. Paragraphs are kept together where that leaves no chunk less than half full.

    Args:
        article: what to cut up.
        max_tokens: the tokens of a chunk's sentences together; the title comes on top.
        fits: whether the embedder can read a chunk's `indexed_text` in full; chunks are split until it is True. It is
            called about once a chunk. A single character that does not fit is kept all the same.

    Raises:
        ModelError: tiktoken's encoding is not installed.
    """
    fits = fits or _always
    title = _usable_title(article.title, max_tokens, fits)
    chunks: list[Chunk] = []
    for start, end, leftover in _zones(article):
        units = list(_units(article.text, start, end, max_tokens))
        draft = Chunk(article.source, 0, 0, "", "" if leftover else title, (), leftover)
        for group in _packed(units, max_tokens):
            chunks += _fitting(article.text, group, draft, fits)
    return tuple(chunks)


def _always(text: str) -> bool:
    return True


def _usable_title(title: str, max_tokens: int, fits: Callable[[str], bool]) -> str:
    """Return the title to embed with each chunk, if any; one made up of opening words is in the first chunk anyway."""
    if not title or title.endswith(MADE_UP_TITLE_ENDS) or count_tokens(title) * TITLE_SHARE > max_tokens:
        return ""
    # It must leave room for text: a title which is short in tokens may be long in word pieces.
    return title if fits("\n".join([title] * TITLE_SHARE)) else ""


def _zones(article: Article) -> Iterator[tuple[int, int, bool]]:
    """Stretches of article and of leftovers, by turns."""
    position = article.body_start
    for span in article.leftovers:
        start, end = max(span.start, position), max(span.end, position)
        if position < start:
            yield position, start, False
        if start < end:
            yield start, end, True
        position = end
    if position < len(article.text):
        yield position, len(article.text), False


def _units(text: str, start: int, end: int, max_tokens: int) -> Iterator[_Unit]:
    before = start
    for span in split_sentences(text, start, end):
        opens = _BLANK_LINE.search(text, before, span.start) is not None
        parts = _parts(text, span, max_tokens)
        for number, (part, tokens) in enumerate(parts):
            yield _Unit(part.start, part.end, tokens, opens and number == 0, number > 0)
        before = span.end


def _parts(text: str, span: Span, max_tokens: int) -> list[tuple[Span, int]]:
    """A sentence whole, or if it is too long, in parts of about equal size, each with its number of tokens."""
    tokens = count_tokens(text[span.start : span.end])
    halves = _halves(text, span) if tokens > max_tokens else None
    if halves is None:
        return [(span, tokens)]
    return [part for half in halves for part in _parts(text, half, max_tokens)]


def _halves(text: str, span: Span) -> tuple[Span, Span] | None:
    """Cut a span near its middle: after a clause, else at white space, else where no character is torn."""
    if span.end - span.start < 2:
        return None
    middle = (span.start + span.end) // 2
    reach = (span.end - span.start) // 4
    cut = (
        _nearest(_CLAUSE_END, text, span, middle, reach)
        or _nearest(_SPACE, text, span, middle, 2 * reach)
        or cut_between_characters(text, span.start, span.end - 1, middle)
    )
    left = text[span.start : cut].rstrip()
    right = text[cut : span.end].lstrip()
    return Span(span.start, span.start + len(left)), Span(span.end - len(right), span.end)


def _nearest(pattern: re.Pattern[str], text: str, span: Span, middle: int, reach: int) -> int | None:
    first, last = max(span.start + 1, middle - reach), min(span.end - 1, middle + reach)
    ends = (found.end() for found in pattern.finditer(text, first, last))
    return min((end for end in ends if end < span.end), key=lambda end: abs(end - middle), default=None)


def _packed(units: list[_Unit], max_tokens: int) -> Iterator[list[_Unit]]:
    """Fill chunks with units, ending one early where a paragraph ends, unless all that is left still goes in."""
    left = sum(unit.tokens for unit in units)
    group: list[_Unit] = []
    filled = 0
    for unit in units:
        full = filled + unit.tokens > max_tokens
        pause = unit.opens_paragraph and 2 * filled >= max_tokens and filled + left > max_tokens
        if group and (full or pause):
            yield group
            group, filled = [], 0
        group.append(unit)
        filled += unit.tokens
        left -= unit.tokens
    if group:
        yield group


def _fitting(text: str, group: list[_Unit], draft: Chunk, fits: Callable[[str], bool]) -> Iterator[Chunk]:
    """The group as one chunk, or if the embedder cannot read that much, as several."""
    start, end = group[0].start, group[-1].end
    chunk = dataclasses.replace(draft, start=start, end=end, text=text[start:end], sentences=_sentences(group))
    halves = None if fits(chunk.indexed_text) else _split(text, group)
    if halves is None:
        yield chunk
        return
    for half in halves:
        yield from _fitting(text, half, draft, fits)


def _split(text: str, group: list[_Unit]) -> tuple[list[_Unit], list[_Unit]] | None:
    if len(group) > 1:
        return group[: len(group) // 2], group[len(group) // 2 :]
    halves = _halves(text, Span(group[0].start, group[0].end))
    if halves is None:
        return None
    left, right = (dataclasses.replace(group[0], start=half.start, end=half.end) for half in halves)
    return [left], [right]


def _sentences(group: list[_Unit]) -> tuple[Span, ...]:
    """The spans of a chunk's sentences, the parts of one joined again."""
    spans: list[Span] = []
    for unit in group:
        start = spans.pop().start if unit.continues and spans else unit.start
        spans.append(Span(start, unit.end))
    return tuple(spans)
