"""What readers of the chat page found wrong: the answers they marked "Not helpful", from which cases can be written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from eval.cases import CaseError
from eval.report import one_line
from rag.config import Config
from ui.history import Complaint, History

NONE = "No reader has marked an answer about {corpus} as not helpful."


def complaints(corpus: Path) -> tuple[Complaint, ...]:
    """Every complaint about answers from this corpus, oldest first.

    Raises:
        StoreError: the history cannot be read.
    """
    with closing(History(Config.load(corpus).home, corpus)) as history:
        return history.complaints()


def complaint(corpus: Path, number: int) -> Complaint:
    """The complaint that is listed under a number.

    Raises:
        CaseError: there is none of that number.
        StoreError: the history cannot be read.
    """
    found = complaints(corpus)
    if not 1 <= number <= len(found):
        raise CaseError(f"there is no complaint {number}: `cited eval complaints` lists {len(found)}.")
    return found[number - 1]


def listed(found: Sequence[Complaint], corpus: Path) -> str:
    """The complaints as a person reads them, each with the command that makes a case of it."""
    if not found:
        return NONE.format(corpus=corpus) + "\n"
    return "\n".join(_lines(number, complaint) for number, complaint in enumerate(found, 1))


def _lines(number: int, complaint: Complaint) -> str:
    answer = complaint.answer
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(complaint.voted))
    lines = [f"{number}  {when}  {one_line(answer.question)}"]
    lines += [f"   after: {one_line(turn.question)}" for turn in complaint.before[-1:]]
    lines += [f"   asked of: {one_line(str(complaint.scope))}"] if complaint.scope else []
    lines.append(f"   {answer.status}: {one_line(answer.text)}")
    if complaint.word:
        lines.append(f"   the reader: {one_line(complaint.word)}")
    return "\n".join([*lines, f"   a case of it: cited eval add --complaint {number}", ""])
