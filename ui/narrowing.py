"""What a reader does to narrow a conversation: the fields are read, what is in force follows, and the page is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.errors import CitedError
from rag.types import Listing
from ui import chooser
from ui.conversation import Bot, Session
from ui.scope import Choice, Scope, Wanted, choices, choose, is_pattern


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What changes on the page, as HTML; `trouble` is empty if what stands in the fields can be asked.

    `scope` is the articles that it names. It is not in force where it comes `late`: the page has told something newer.
    """

    in_force: str
    trouble: str
    choices: str
    scope: Scope | None = None
    late: bool = False


def narrow(bot: Bot, session: Session, text: str, *, entered: bool = False) -> Narrowed:
    """Put in force what stands in the fields; if that is impossible, say why, and leave in force what was.

    Args:
        bot: has the articles.
        session: whose page it is.
        text: the fields, as the page sends them (`Wanted.parse`).
        entered: the reader pressed Enter in the field for looking for articles, and so chose what they found.
    """
    wanted, message, scope = Wanted.parse(text), "", None
    session.heard = max(session.heard, wanted.at)
    offered: list[Choice] = []
    try:
        listings = bot.listings()
        if entered:
            wanted = _entered(wanted, listings)
            session.listed += 1
        offered = choices(wanted, listings)
        scope = choose(wanted, listings)
        if not (late := _is_late(wanted, session)):
            session.scope = scope
    except CitedError as error:
        message, late = str(error), _is_late(wanted, session)
    return Narrowed(
        chooser.in_force(session.scope),
        chooser.trouble(message),
        chooser.choice_list(wanted, offered, session.listed),
        scope,
        late,
    )


def fill(session: Session, text: str) -> None:
    """Fill the fields anew with what the page sends; nothing empties them, and puts all articles in force."""
    session.wanted = Wanted.parse(text)
    session.filled += 1
    session.listed += 1
    if session.wanted == Wanted():
        session.scope = None


def fields(bot: Bot, session: Session, text: str) -> str:
    """The fields as they were last filled. What was typed since stays: the page only takes over what is new in them."""
    try:
        typed = Wanted.parse(text)
        return chooser.form(session.wanted, bot.listings(), session.filled, dated=bool(typed.since or typed.until))
    except CitedError as error:
        return chooser.trouble(str(error))


def _is_late(wanted: Wanted, session: Session) -> bool:
    """Tell whether something newer has been heard of, be it while this was worked at."""
    return 0 < wanted.at < session.heard


def _entered(wanted: Wanted, listings: Sequence[Listing]) -> Wanted:
    """What was found by Enter: a pattern stands for all that it matches, words for the one article that has them."""
    found = [choice for choice in choices(wanted, listings) if choice.pattern not in wanted.sources]
    if found and wanted.find and (is_pattern(wanted.find) or len(found) == 1):
        return wanted.adding(found[0].pattern)
    return wanted

