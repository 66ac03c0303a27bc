"""A plain text → an Article: front matter, title, date of publication. Nothing that it does not say is guessed.

A title that the text does not have is made up from its opening words, and always ends with `MADE_UP_TITLE_ENDS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from rag.english import MONTH, MONTH_NUMBER
from rag.leftovers import find_leftovers
from rag.sentences import split_sentences
from rag.types import Article, Rejection

MAX_FRONT_MATTER_BYTES = 16_384
MAX_FRONT_MATTER_LISTS = 100
MAX_TITLE_CHARS = 200
MADE_UP_TITLE_CHARS = 80
MADE_UP_TITLE_ENDS = "…"
# A date of publication stands among the first lines, alone on a short one.
DATE_LINES = 15
MAX_DATE_LINE_CHARS = 120
VISIBLE = re.compile(r"[^\s\u00ad\u200b-\u200f\u2060\ufeff]")


def plain_article(source: str, text: str) -> Article | Rejection:
    """A text with what it says of itself as an Article; its offsets are those of the text, which is kept as it is."""
    found, body_start = _front_matter(text)
    if not VISIBLE.search(text, body_start):
        return Rejection(source, "empty but for its front matter")
    lines = first_lines(text, body_start)
    return Article(
        source=source,
        text=text,
        title=title_of(found.get("title", ""), text, body_start, lines),
        published=iso_date(found.get("published", "")) or iso_date(found.get("date", "")) or stated_date(lines),
        author=found.get("author"),
        publisher=found.get("publisher"),
        url=found.get("url"),
        body_start=body_start,
        leftovers=find_leftovers(text, body_start),
    )


# --- front matter

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_FIELDS = {
    **dict.fromkeys(("title", "headline"), "title"),
    **dict.fromkeys(("published", "publish_date", "pubdate"), "published"),
    "date": "date",
    **dict.fromkeys(("author", "authors", "byline"), "author"),
    **dict.fromkeys(("publisher", "outlet", "publication", "source"), "publisher"),
    **dict.fromkeys(("url", "link", "canonical_url"), "url"),
}
_KEY_AND_VALUE = re.compile(r"([A-Za-z_-]+):[ \t]+([\w@“(].*)")
_OTHER_FIELDS = {"tags", "categories", "layout", "description", "slug", "draft", "lang", "language", "id", "summary"}


def _front_matter(text: str) -> tuple[dict[str, str], int]:
    """The fields of a YAML block at the very top, and where the article begins after it."""
    block = _FRONT_MATTER.match(text[:MAX_FRONT_MATTER_BYTES]) if text.startswith("---") else None
    if block is None or len(block[0].encode()) > MAX_FRONT_MATTER_BYTES:
        return {}, 0
    loaded = _yaml(block[1]) or _keys_and_values(block[1])
    if not isinstance(loaded, dict):
        return {}, 0
    keys = {str(key).strip().lower(): value for key, value in loaded.items() if isinstance(key, str)}
    if not keys.keys() & (_FIELDS.keys() | _OTHER_FIELDS):
        return {}, 0  # a paragraph such as "Note: …" between two rules is no front matter
    found: dict[str, str] = {}
    for key, field in _FIELDS.items():
        value = _scalar(keys.get(key))
        if value:
            found.setdefault(field, value)
    return found, block.end()


def _yaml(block: str) -> object:
    import yaml

    if block.count("[") + block.count("{") > MAX_FRONT_MATTER_LISTS:
        return None  # deep nesting keeps PyYAML busy for seconds
    try:
        # BaseLoader makes strings of all scalars and expands no merge keys: an alias bomb stays a few shared lists.
        return yaml.load(block, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def _keys_and_values(block: str) -> dict[str, str]:
    """What a block says that is no YAML, such as "title: Ukraine war: what we know"; nothing if it has other lines."""
    lines = [_KEY_AND_VALUE.fullmatch(line.strip()) for line in block.splitlines() if line.strip()]
    return {match[1]: match[2] for match in lines if match} if all(lines) else {}


def _scalar(value: object) -> str | None:
    if isinstance(value, list):
        value = ", ".join(item for item in value[:20] if isinstance(item, str))
    return " ".join(value.split())[:1000] if isinstance(value, str) else None


# --- title

_MARKDOWN_HEADING = re.compile(r"#{1,6}[ \t]+(\S.*?)[ \t]*#*")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
# What a press release is headed with, above its headline.
_RELEASE = re.compile(
    r"\W*(?:for immediate release|(?:press|news|media) (?:release|statement)|embargoed?\b.*)\W*", re.IGNORECASE
)
_DATELINE = re.compile(r"[A-Z][\w.’' -]{1,30},\s+(?=.*\d{4}\b)[\w., ]{4,30}")  # "Lund, 6 May 2024", below that
_SENTENCE_END = re.compile(r"[.!?。！？,;:][\"'”’»)\]]*$")


def first_lines(text: str, start: int = 0) -> list[tuple[str, bool]]:
    """The first lines that are not blank, cut off if long, each with whether a blank line follows it."""
    return list(_each_first_line(text, start))


def _each_first_line(text: str, start: int) -> Iterator[tuple[str, bool]]:
    head = text[start : start + 20_000]
    lines = head.splitlines()
    filled = 0
    for number, line in enumerate(lines):
        if line.strip():
            filled += 1
            yield " ".join(line[:2000].split()), number + 1 < len(lines) and not lines[number + 1].strip()
        if filled > DATE_LINES:
            return


def title_of(given: str, text: str, start: int, lines: list[tuple[str, bool]]) -> str:
    """The title that is given, or else the headline among the first lines, or one made up from the opening words."""
    title = given or _headline(lines)
    if not title:
        return _opening_words(text, start)
    # Only a made-up title may end with an ellipsis.
    return re.sub("…+$", "...", title) if len(title) <= MAX_TITLE_CHARS else _shortened(title, MAX_TITLE_CHARS)


def _headline(lines: list[tuple[str, bool]]) -> str:
    """The first line that is neither boilerplate nor a date, if it looks like a headline."""
    for number, (line, blank_follows) in enumerate(lines):
        if find_leftovers(line) or stated_date([(line, False)]) or _RELEASE.fullmatch(line):
            continue
        if number and _RELEASE.fullmatch(lines[number - 1][0]) and _DATELINE.fullmatch(line):
            continue
        after = lines[number + 1][0] if number + 1 < len(lines) else ""
        heading = _MARKDOWN_HEADING.fullmatch(line)
        if heading:
            return heading[1].strip("*_ ")
        if not blank_follows and _UNDERLINE.fullmatch(after):
            return line
        return line.strip("*_ ") if _is_headline(line, after, blank_follows) else ""
    return ""


def _is_headline(line: str, after: str, blank_follows: bool) -> bool:
    if len(line) > MAX_TITLE_CHARS or not any(character.isalpha() for character in line):
        return False
    if not blank_follows and after[:1].islower():
        return False  # the first line of hard-wrapped prose
    if blank_follows:
        return len(split_sentences(line)) == 1
    return _SENTENCE_END.search(line) is None


def _opening_words(text: str, start: int) -> str:
    return _shortened(" ".join(text[start : start + 2000].split()), MADE_UP_TITLE_CHARS)


def _shortened(words: str, limit: int) -> str:
    if len(words) >= limit:
        words = words[: limit - 1]
        words = words[: words.rfind(" ")] if " " in words else words
    return words.rstrip(" .,;:!?—–-…") + MADE_UP_TITLE_ENDS


# --- date of publication

_MONTH = rf"(?P<month>{MONTH})\.?"
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?", r"(?P<year>\d{4})"
_CLOCK = r"\d{1,2}(?:[:.]\d{2}){0,2}\s*(?:[ap]\.?\s?m\.?)?(?:\s*\(?[A-Z]{1,5}\)?)?(?:\s*[+-]\d{2}:?\d{2})?"
_BREAK = r"(?:\s*[,|·•–—-]\s*|\s+(?:at\s+)?)"
_DATE_FORMATS = tuple(
    re.compile(
        rf"(?P<label>(?:page\s+)?(?:(?:first|last|originally)\s+)?(?:published|posted|issued|released|updated|modified"
        rf"|revised|date)(?:\s+on|\s+at)?\s*:?\s*)?"
        rf"(?:{_CLOCK}{_BREAK})?(?:(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?{form}"
        rf"(?:T[\d:.]+(?:Z|[+-][\d:]+)?|{_BREAK}{_CLOCK})?\.?(?:[\s|,;·•–—-]+(?:last )?(?:updated|modified)\b.*)?",
        re.IGNORECASE,
    )
    for form in (rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}", rf"{_DAY}\s+{_MONTH},?\s+{_YEAR}",
                 r"(?P<year>\d{4})[-/](?P<month>\d{2})[-/](?P<day>\d{2})")
)
# "The Northgate Herald, Wednesday 23 October 2024", below the headline: names, and the date at their end.
_NAMED = r"(?:[A-Z][\w.’'&-]*|of|the|and|for)"
_BYLINE = re.compile(rf"{_NAMED}(?:\s+{_NAMED}){{0,7}}\s*[,|·•–—]\s+(?=\S)")
_BYLINES = range(1, 4)  # lines, the headline being the first
_UPDATED = ("updated", "last", "modified", "revised", "page")


def stated_date(lines: list[tuple[str, bool]]) -> str | None:
    """A date on a line of its own near the top, or at the end of a byline; one of an update comes last."""
    updated = None
    for number, (line, _) in enumerate(lines[:DATE_LINES]):
        if not any(character.isdigit() for character in line[:MAX_DATE_LINE_CHARS]):
            continue
        line = line.strip("*_ ")
        named = _BYLINE.match(line) if number in _BYLINES else None
        found = _match_date(line) or (_match_date(line[named.end() :]) if named else None)
        day = found and _valid(found)
        if found and day and not (found["label"] or "").lower().startswith(_UPDATED):
            return day
        updated = updated or day
    return updated


def iso_date(value: str) -> str | None:
    """A date written in full, in one of the usual forms, as `2024-10-15`; None for anything else."""
    found = _match_date(value)
    return _valid(found) if found else None


def _match_date(line: str) -> re.Match[str] | None:
    if len(line) > MAX_DATE_LINE_CHARS:
        return None
    return next((found for form in _DATE_FORMATS if (found := form.fullmatch(line))), None)


def _valid(found: re.Match[str]) -> str | None:
    name = found["month"].lower()
    month = int(name) if name.isdigit() else MONTH_NUMBER[name[:3]]
    try:
        return date(int(found["year"]), month, int(found["day"])).isoformat()
    except ValueError:
        return None
