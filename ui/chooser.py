"""How a reader chooses articles, as HTML: what is in force, the days, and the articles to tick."""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Listing
from ui.render import ISOLATED, counted, escaped, origin
from ui.scope import Choice, Scope, Wanted, days_of, is_pattern

FORM = "choosing"  # which the ticks belong to, wherever they stand (`chooser.js`)
MOST_LISTED = 50
_FIRST_YEAR = "1000-01-01"  # below, a year is still being typed


def in_force(scope: Scope | None) -> str:
    """Which articles are asked: a button that opens the choice, and one that takes it away."""
    said = f"Asking {scope.brief}" if scope else "All articles"
    kind = "narrowed" if scope else "whole"
    away = (
        '<button type="button" class="tool all" data-do="everything" title="Ask all articles" '
        'aria-label="Ask all articles again">✕</button>' if scope else ""
    )
    return (
        f'<button type="button" class="tool opener {kind}" aria-expanded="false" aria-controls="panel">'
        f"<span {ISOLATED}>{escaped(said)}</span></button>{away}"
    )


def form(wanted: Wanted, listings: Sequence[Listing], version: int, *, dated: bool = False) -> str:
    """The fields; with a new `version`, the page takes over what they are filled with.

    Where no article is dated there are no days to choose; those that are chosen, and `dated` says so, can be cleared.
    """
    days = days_of(listings)
    shut = "" if days or dated or wanted.since or wanted.until else " disabled"
    fields = "".join(
        f'<label>{label} <input type="date" name="{name}" min="{_FIRST_YEAR}" value="{escaped(value)}" '
        f'aria-describedby="dates-known"{shut}></label>'
        for name, label, value in (("since", "From", wanted.since), ("until", "To", wanted.until))
    )
    return (
        f'<form id="{FORM}" autocomplete="off" novalidate data-version="{version:d}">'
        f'<fieldset class="days"><legend>Published</legend>{fields}</fieldset>'
        f'<p class="footnote" id="dates-known">{escaped(_known(days, len(listings)))}</p>'
        '<label class="finder">Articles <input type="search" name="find" maxlength="500" '
        f'placeholder="Part of a title, or news/*" value="{escaped(wanted.find)}"></label></form>'
    )


def choice_list(wanted: Wanted, offered: Sequence[Choice], version: int) -> str:
    """Articles and patterns to tick: all that are ticked, and the first of the others.

    With a new `version`, the page takes over what is ticked here; else it keeps what its reader has ticked meanwhile.
    """
    rows = "".join(_row(choice, ticked=choice.pattern in wanted.sources) for choice in offered[: _listed(wanted)])
    held = f'<ul class="choices" aria-label="Articles to choose from">{rows}</ul>' if rows else ""
    return (
        f'<div data-version="{version:d}"><p class="footnote" role="status" {ISOLATED}>'
        f"{escaped(_said(wanted, offered))}</p>{held}</div>"
    )


def trouble(message: str) -> str:
    """Why what was chosen cannot be asked."""
    return f'<p class="failure" role="alert" {ISOLATED}>{escaped(message)}</p>' if message else ""


def _known(days: Sequence[str], total: int) -> str:
    if not days:
        return "None of these articles states its date."
    dated = f"{days[0]} to {days[-1]}" if days[0] != days[-1] else days[0]
    undated = total - len(days)
    rest = f" {counted(undated, 'article')} without a date {'is' if undated == 1 else 'are'} then left out."
    return f"The articles are dated {dated}.{rest if undated else ''}"


def _said(wanted: Wanted, offered: Sequence[Choice]) -> str:
    """What came of looking for articles; else what ticks mean, whatever is ticked: a tick does not change the list."""
    found = [choice for choice in offered if choice.pattern not in wanted.sources]
    if wanted.find and not found and wanted.find not in wanted.sources:
        missing = "No article is named" if is_pattern(wanted.find) else "No title and no name has"
        return f"{missing} “{wanted.find}”."
    if found and found[0].pattern == wanted.find:
        return f"This pattern matches {counted(found[0].articles, 'article')}: tick it, or press Enter."
    unlisted = len(offered) - _listed(wanted)
    more = f" {unlisted:,} more are not listed: find them by a word of the title." if unlisted > 0 else ""
    return f"What is ticked is asked; if nothing is, all articles are.{more}"


def _listed(wanted: Wanted) -> int:
    return len(wanted.sources) + MOST_LISTED


def _row(choice: Choice, *, ticked: bool) -> str:
    listing = choice.listing
    what = origin(listing.source, listing.published) if listing else (
        f'<span class="facts">{counted(choice.articles, "article")}</span>'
    )
    return (
        f'<li><label><input type="checkbox" name="sources" form="{FORM}" value="{escaped(choice.pattern)}"'
        f'{" checked" if ticked else ""}><span><strong {ISOLATED}>{escaped(choice.title)}</strong>{what}</span>'
        "</label></li>"
    )
