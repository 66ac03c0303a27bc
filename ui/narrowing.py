"""What a reader does to narrow a conversation: the fields are read, what is in force follows, and the page is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.errors import CitedError
from rag.types import Listing
from ui import chooser
from ui.conversation import Bot, Session
from ui.scope import Choice, Wanted, choices, choose, is_pattern


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What changes on the page, as HTML; `trouble` is empty if what stands in the fields is in force."""

    in_force: str
    trouble: str
    choices: str


def narrow(bot: Bot, session: Session, text: str, *, entered: bool = False) -> Narrowed:
    """Put in force what stands in the fields; if that is impossible, say why, and leave in force what was.

    Args:
        bot: has the articles.
        session: whose page it is.
        text: the fields, as the page sends them (`Wanted.parse`).
        entered: the reader pressed Enter in the field for looking for articles, and so chose what they found.
    """
    wanted, message = Wanted.parse(text), ""
    offered: list[Choice] = []
    try:
        listings = bot.listings()
        if entered:
            wanted = _entered(wanted, listings)
            session.filled += 1
        offered = choices(wanted, listings)
        session.scope = choose(wanted, listings)
    except CitedError as error:
        message = str(error)
    return Narrowed(
        chooser.in_force(session.scope),
        chooser.trouble(message),
        chooser.choice_list(wanted, offered, session.filled),
    )


def fill(session: Session, text: str) -> None:
    """Fill the fields anew with what the page sends; nothing empties them, and puts all articles in force."""
    session.wanted = Wanted.parse(text)
    session.filled += 1
    if session.wanted == Wanted():
        session.scope = None


def fields(bot: Bot, session: Session) -> str:
    """The fields as they were last filled. What was typed since stays: the page only takes over what is new in them."""
    try:
        return chooser.form(session.wanted, bot.listings(), session.filled)
    except CitedError as error:
        return chooser.trouble(str(error))


def _entered(wanted: Wanted, listings: Sequence[Listing]) -> Wanted:
    """What was found by Enter: a pattern stands for all that it matches, words for the one article that has them."""
    found = [choice for choice in choices(wanted, listings) if choice.pattern not in wanted.sources]
    if found and wanted.find and (is_pattern(wanted.find) or len(found) == 1):
        return wanted.adding(found[0].pattern)
    return wanted

