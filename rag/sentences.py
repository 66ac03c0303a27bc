"""A text → the spans of its sentences: `sentencex` finds the ends, and what it gets wrong is put right here.

sentencex (Wikimedia's splitter) knows abbreviations, but tears list numbers from their items and times from their days,
and keeps a long quotation or parenthesis whole. It also takes quadratic time on some texts, so that it is only ever
shown a window of one paragraph.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from rag.english import MONTH, WEEKDAY
from rag.types import Span

# Nothing longer is one sentence: a run of text without an end (base64, an unpunctuated transcript) is cut here.
MAX_SENTENCE_CHARS = 2000
# The code points of the longest sequence that is looked upon as one character.
MAX_CHARACTER = 64
# A longer segment is split at the sentence ends inside its quotation marks or brackets; a shorter quotation stays
# whole, because its parts make little sense when they are cited alone.
LONG_SEGMENT_CHARS = 300
# Hard-wrapped prose has lines of about this many characters.
WRAP_WIDTHS = range(40, 101)

_OPENING, _CLOSING = "“‘«„‚\"'([{", "”’»\"')]}"
# Words that end sentences, though sentencex takes them for abbreviations (of months, states, numbers) whatever follows.
_NO_ABBREVIATION = re.compile(
    r"\b(?:[Mm]ay|me|[Nn]o|ill|[Aa]rt|[Ff]ed|[Oo]k|OK|ref|con|id|ID|miss|ark|Penn|Ken|etc)\.[”’»\"')\]]*\s+"
    r"(?=[“‘«\"'(]*[A-Z])"
)
# Ends that sentencex does not see: an ellipsis in one character, a sentence in brackets.
_FURTHER_END = re.compile(
    r"…[”’»\"')\]]*\s+(?=[“‘«\"'(]*(?!I\b)[A-Z])"
    r"|(?:^|(?<=[.!?]\s)|(?<=[.!?][”’\"]\s))\([A-Z][^()]*\s[^()]*[.!?][”’\"']?\)\s+(?=[“‘«\"'(]*[A-Z])"
)
# What belongs to the sentence that ends before it: Markdown's emphasis, footnotes, characters that are not drawn.
_CLINGING = re.compile(
    r"(?:\*{1,3}|_{1,3}|~~|</\w{1,10}>|\[\^\w{1,20}\]|[¹²³⁰⁴-⁹]+|[\u200b-\u200d\u2060\ufeff]+)+(?=\s|$)"
)
_QUOTES_AWAY = str.maketrans(dict.fromkeys(_OPENING + _CLOSING, " "))
_PLAIN = re.compile(r"[\w\s,;:–—-]*[.!?]?")
_BLOCK_START = re.compile(r"[ \t]*(?:[-*+•‣▪◦·–—][ \t]|\d{1,3}[.)][ \t]|#{1,6}[ \t]|>|\||```|~~~|[-=*_]{3,}[ \t]*$)")
_LIST_MARK = re.compile(r"[\"'“‘(\[]*(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)]|[-*+•‣▪◦·–—#>]+")
_UNFINISHED = re.compile(r"[^.!?:;…\"”’')\]]$")
_CLOSERS_ONLY = re.compile(r"(?:[”’»\"')\]}]+|\[(?:[Nn]ote \d+|citation needed|\d+)\])(?=\s|$)")
_DESIGNATION = re.compile(r"[A-Z\d]\.$")
_FIRST_WORD = re.compile(r"[\"'“‘«„(\[]*([^\W\d_]+)")
_CLOSED_QUOTE = re.compile(r"[?!…][”’»\"')\]]+$|[.,][”’»\"']$")
_CLOCK = re.compile(r"\b[ap]\.m\.$", re.IGNORECASE)
_DAY_OR_ZONE = re.compile(
    rf"{WEEKDAY}s?\b|{MONTH}\.?\s\d|"
    r"[ECMP][SD]?T\b|GMT|UTC|BST|CES?T|IST|JST|(?:Eastern|Central|Mountain|Pacific|Moscow|local|Beijing) time",
)
_TITLE = re.compile(
    r"\b(?:Atty|Ald|Asst|Assoc|Brig|Cpl|Cmdr|Dr|Gen|Gov|Hon|Insp|Lt|Maj|Messrs|Mme|Mr|Mrs|Ms|Mx|Pfc|Pres|Prof|Pvt|Rep|"
    r"Reps|Revd?|Sen|Sens|Sgt|Supt|Adm|Capt|Col|Det|Spc|Cpt|Pte|Amb|Cdr|Ofc|Secy?|Treas|Ft|Ste|Natl|Intl|Wm|Chas|Thos|"
    r"vs|e\.g|i\.e|cf|viz)\.$"
)
# What is numbered, in figures or Roman ones; what is reckoned; and weekdays before a month.
_DIVISION = r"[Nn]os?|[Vv]ols?|[Ff]igs?|[Ss]ecs?|[Cc]h(?:aps?)?|[Aa]rts?|[Pp]ts?"
_NUMBERED = re.compile(rf"\b(?:{_DIVISION}|[Ee]qs?|[Pp]aras?|pp?|Rm|Apt|Tel|[Cc]a|[Aa]pprox|[Ee]st|c|"
                       r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.$")
_NUMBERED_OTHERWISE = (
    (re.compile(rf"\b(?:{_DIVISION})\.$"), re.compile(r"(?:[IVXLC]{2,}|[VXLC])\b")),
    (re.compile(r"\b(?:[Cc]a|[Aa]pprox|[Ee]st|c)\.$"), re.compile(r"[$€£¥]\d")),
    (re.compile(r"\b(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\.$"), re.compile(rf"{MONTH}\b")),
)


def split_sentences(text: str, start: int = 0, end: int | None = None) -> tuple[Span, ...]:
    """The sentences of `text[start:end]`, as spans of `text`.

    Spans are trimmed of white space, not empty, in order and disjoint, and together hold every character that is not
    white space. A line break ends a sentence, as on a web page, unless the prose is hard-wrapped. None is longer than
    `MAX_SENTENCE_CHARS`.
    """
    piece = text[start:end]
    spans: list[Span] = []
    for block_start, block_end in _blocks(piece):
        block = piece[block_start:block_end].translate(_LINE_BREAKS_AWAY)
        for left, right in _trimmed(block, _cuts(block)):
            spans.append(Span(start + block_start + left, start + block_start + right))
    return tuple(spans)


_LINE_BREAKS_AWAY = str.maketrans(dict.fromkeys("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", " "))


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Runs of lines that are read as one: single lines, or the lines of a hard-wrapped paragraph."""
    lines = text.splitlines(keepends=True)
    width = _wrap_width(lines)
    position = start = 0
    before = " "
    for line in lines:
        if before.isspace() or not _joined(before, line, width):
            if not before.isspace():
                yield start, position
            start = position
        position += len(line)
        before = line
    if not before.isspace():
        yield start, position


def _joined(line: str, following: str, width: int) -> bool:
    """Whether a line break is only a wrap: the sentence runs on, or the next word would not have fitted."""
    line = line.rstrip()
    words = following.split(maxsplit=1)
    if len(line) not in WRAP_WIDTHS or not words or _BLOCK_START.match(following):
        return False
    return _continues(line, following) or len(line) + 1 + len(words[0]) > width


def _continues(line: str, following: str) -> bool:
    return _UNFINISHED.search(line) is not None and following.lstrip()[:1].islower()


def _wrap_width(lines: list[str]) -> int:
    """The width to which the text is hard-wrapped, or a huge one if it is not.

    Prose wrapped at any width has most of its lines begin in mid-sentence, with a small letter.
    """
    wrapped = pairs = width = 0
    for line, following in zip(lines, lines[1:], strict=False):
        if line.isspace() or following.isspace():
            continue
        pairs += 1
        if len(line := line.rstrip()) in WRAP_WIDTHS and _continues(line, following):
            wrapped += 1
            width = max(width, len(line))
    return width if wrapped >= 2 and wrapped >= 0.3 * pairs else 1 << 62


def _cuts(block: str) -> list[int]:
    """Where a new sentence begins in a block, without its start."""
    if len(block) <= MAX_SENTENCE_CHARS:
        return _cuts_of_window(block)
    cuts: list[int] = []
    start = 0
    while len(block) - start > MAX_SENTENCE_CHARS:
        found = _cuts_of_window(block[start : start + MAX_SENTENCE_CHARS])
        # What stands near the end of the window is looked at again with what follows it.
        found = [cut for cut in found if cut <= MAX_SENTENCE_CHARS - LONG_SEGMENT_CHARS] or found
        if not found:
            found = [_emergency_cut(block, start, start + MAX_SENTENCE_CHARS) - start]
        cuts += [start + cut for cut in found]
        start = cuts[-1]
    return cuts + [start + cut for cut in _cuts_of_window(block[start:])]


def _emergency_cut(text: str, start: int, end: int) -> int:
    """A place to cut text that has no sentence end: after the last white space, else anywhere."""
    space = max(text.rfind(space, start + 1, end) for space in " \t\u00a0\u3000")
    return space + 1 if space > start else cut_between_characters(text, start, end, end)


def cut_between_characters(text: str, start: int, end: int, wanted: int) -> int:
    """The place in `text[start:end]` nearest to `wanted` that tears no character apart, or `wanted` if none is near.

    A character is torn where a combining mark, a joiner or a flag's second letter parts from what it belongs to.
    """
    for distance in range(min(end - start, MAX_CHARACTER)):
        for cut in (wanted - distance, wanted + distance):
            if start < cut <= min(end, len(text) - 1) and not (_clings(text[cut]) or _joins(text[cut - 1])):
                return cut
    return wanted


def _clings(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf") or "\U0001f3fb" <= character <= "\U0001f3ff"


def _joins(character: str) -> bool:
    return character == "\u200d" or "\U0001f1e6" <= character <= "\U0001f1ff"


def _cuts_of_window(window: str) -> list[int]:
    if _PLAIN.fullmatch(window.rstrip()):
        return []
    cuts = _mended(window, _raw_cuts(window))
    if len(window) <= LONG_SEGMENT_CHARS:
        return cuts
    finer: list[int] = []
    for left, right in zip([0, *cuts], [*cuts, len(window)], strict=True):
        if right - left > LONG_SEGMENT_CHARS:
            finer += [left + cut for cut in _inner_cuts(window[left:right])]
        finer.append(right)
    return finer[:-1]


def _raw_cuts(window: str) -> list[int]:
    """The sentence starts that sentencex sees, counted from its segments: whatever its offsets count, lengths agree."""
    import sentencex

    cuts = {found.end() for ends in (_NO_ABBREVIATION, _FURTHER_END) for found in ends.finditer(window)}
    position = 0
    for segment in sentencex.segment("en", window):
        position += len(segment)
        clinging = None if segment[-1:].isspace() else _CLINGING.match(window, position)
        cuts.add(clinging.end() if clinging else position)
    return sorted(cuts - {len(window)})


def _inner_cuts(segment: str) -> list[int]:
    """The sentence ends inside quotation marks and brackets, which closing marks stay with."""
    bare = segment.translate(_QUOTES_AWAY)
    cuts = []
    for cut in _mended(segment, _raw_cuts(bare)):
        before = len(bare[:cut].rstrip())
        while before < cut and not segment[before].isspace():
            before += 1
        if 0 < before < cut:
            cuts.append(before)
    return cuts


def _mended(window: str, cuts: list[int]) -> list[int]:
    """The cuts that do not tear a sentence apart."""
    lower_case = 2 * sum(_begins_small(window, _next(window, cut)) for cut in cuts) > len(cuts) > 1
    kept: list[int] = []
    for cut in cuts:
        left = window[kept[-1] if kept else 0 : cut]
        # Such as the histone H2A.Z, but not "in 2024.The", where only a space is missing.
        inside_name = _DESIGNATION.search(left[-2:]) and not window[cut + 1 : cut + 2].islower()
        if not inside_name and not _tears(left.strip(), window, _next(window, cut), lower_case):
            kept.append(cut)
    return kept


def _begins_small(window: str, position: int) -> bool:
    """Whether a word with a small first letter stands there, other than a name such as iPhone."""
    found = _FIRST_WORD.match(window, position)
    return found is not None and found[1][0].islower() and found[1][1:] == found[1][1:].lower()


def _next(window: str, cut: int) -> int:
    while cut < len(window) and window[cut].isspace():
        cut += 1
    return cut


def _tears(left: str, window: str, right: int, lower_case: bool) -> bool:
    """Whether a cut between the sentence `left` and what begins at `right` is wrong."""
    if not left or right == len(window) or _LIST_MARK.fullmatch(left) or _CLOSERS_ONLY.match(window, right):
        return True
    tail = left[-12:]
    if _begins_small(window, right):
        return len(left) < LONG_SEGMENT_CHARS and (not lower_case or _CLOSED_QUOTE.search(tail) is not None)
    if window[right].isdigit():
        return _NUMBERED.search(tail) is not None
    if any(before.search(tail) and after.match(window, right) for before, after in _NUMBERED_OTHERWISE):
        return True
    return _TITLE.search(tail) is not None or bool(_CLOCK.search(tail) and _DAY_OR_ZONE.match(window, right))


def _trimmed(block: str, cuts: list[int]) -> Iterator[tuple[int, int]]:
    for left, right in zip([0, *cuts], [*cuts, len(block)], strict=True):
        sentence = block[left:right]
        left += len(sentence) - len(sentence.lstrip())
        right -= len(sentence) - len(sentence.rstrip())
        if left < right:
            yield left, right
