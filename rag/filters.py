"""Which articles a question or a search is about, where it is not about all of them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from rag.errors import QuestionError

_NAMED = 3  # sources that are said by name
_RECORD = re.compile(r"#\d+$")


@dataclass(frozen=True, slots=True)
class Filter:
    """Only articles of some sources, or of some time; what is not given does not matter.

    Attributes:
        sources: patterns, any of which matches the article's source, or the file that it is one of several in
            (`news/*`, `*.pdf`, `table.csv`); `*` matches `/` as well.
        since, until: the first and the last day of publication, as `2024-10-15`. An article that states no date is
            outside of any time.

    Raises:
        QuestionError: a day is none, or `until` is before `since`; `sources` is one text.
    """

    sources: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.sources, str):
            raise QuestionError(f"sources must be several patterns, not one text. Write ({self.sources!r},).")
        for day in (self.since, self.until):
            if day is not None:
                _check(day)
        if self.since and self.until and self.until < self.since:
            raise QuestionError(f"{self.until} is before {self.since}: no article is of that time. Swap the two.")

    def __bool__(self) -> bool:
        """Tell whether it leaves anything out."""
        return bool(self.sources or self.since or self.until)

    def allows(self, source: str, published: str | None) -> bool:
        """Tell whether an article is one of these."""
        if self.sources and not any(matches(source, pattern) for pattern in self.sources):
            return False
        if not self.since and not self.until:
            return True
        return published is not None and (self.since or "") <= published <= (self.until or "9999")

    def __str__(self) -> str:
        """Say in words which articles these are."""
        more = len(self.sources) - _NAMED
        named = [*self.sources[:_NAMED], *([f"{more:,} more"] if more > 0 else [])]
        of = f"from {' or '.join(named)}" if named else ""
        first = f"since {self.since}" if self.since else ""
        last = f"until {self.until}" if self.until else ""
        return f"articles {', '.join(part for part in (of, first, last) if part)}".strip()


def file_of(source: str) -> str:
    """Return the file in which an article is: `table.csv` of its record `table.csv#3`, else its source."""
    return _RECORD.sub("", source)


def matches(source: str, pattern: str) -> bool:
    """Tell whether a pattern matches a source, or the file of a record (`table.csv` of `table.csv#3`).

    However the two write accents: macOS may keep them apart from their letters.
    """
    names = (source, file_of(source))
    pattern = unicodedata.normalize("NFC", pattern)
    return any(fnmatchcase(unicodedata.normalize("NFC", name), pattern) for name in names)


def _check(day: str) -> None:
    try:
        if date.fromisoformat(day).isoformat() == day:
            return
    except ValueError:
        pass
    raise QuestionError(f"{day!r} is no day. Write it as 2024-10-15.")
