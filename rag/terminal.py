"""What the command prints: answers, reports and progress, with colours only on a terminal."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rag.types import Answer, Citation, Claim, Event, Passage, Progress, SyncReport

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# What a terminal obeys; a line break is none of it.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NEAREST = 3  # passages shown with a refusal
_STYLES = {"supported": "", "partial": "yellow", "unsupported": "red"}


def console(*, stderr: bool = False) -> Console:
    """Return where to print: plain text unless it is a terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


@contextlib.contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """Yield a callback that shows progress with the time left on a terminal, and nothing elsewhere."""
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    percent = TextColumn("{task.percentage:>3.0f}%")
    columns = (TextColumn("{task.description}"), BarColumn(), percent, TimeRemainingColumn())
    with Bars(*columns, console=console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        tasks = {}

        def show(progress: Progress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bars.add_task(progress.stage, total=progress.total)
            bars.update(tasks[progress.stage], completed=progress.done, total=progress.total)

        yield show


def follow(events: Iterator[Event], out: Console) -> Answer:
    """Show a streamed answer as it grows, then as it was checked; return it."""
    from rich.live import Live

    answer, draft = None, _said("Searching…", style="dim")
    shown = Live(draft, console=out, transient=True, refresh_per_second=12) if out.is_terminal else None
    with shown or contextlib.nullcontext():
        for event in events:
            if event.kind == "evidence":
                draft.plain = f"Reading {len(event.passages)} passages: "
            draft.append(_clean(event.text))
            answer = event.answer
    if answer is None:
        raise AssertionError("the stream ended without an answer")
    show_answer(answer, out)
    return answer


def show_answer(answer: Answer, out: Console) -> None:
    """Print the claims with their markers, then each citation with its quote; or why there is no answer."""
    if answer.standalone:
        out.print(_said(f"Understood as: {answer.standalone}", style="dim"))
    if answer.status == "refused":
        out.print(_said(answer.text, style="bold"))
        out.print(_said(answer.reason or ""))
        for passage in answer.passages[:_NEAREST]:
            out.print(_passage(passage))
    else:
        out.print(_said(" ").join(_claim(claim) for claim in answer.claims if claim.verdict != "unsupported"))
        out.print()
        for citation in answer.citations:
            out.print(_citation(citation))
    if answer.notice:
        out.print(_said(f"\n{answer.notice}", style="dim"))
    out.print(_said(f"\n{_times(answer)}", style="dim"))


def show_report(report: SyncReport, out: Console) -> None:
    """Print what a sync did: counts, then every file that was rejected with its reason."""
    counts = ", ".join(
        f"{len(files)} {name}"
        for name, files in (("added", report.added), ("updated", report.updated), ("deleted", report.deleted),
                            ("unchanged", report.unchanged), ("rejected", report.rejected))
    )
    out.print(_said(f"{counts}; {report.chunks} chunks, {report.embedded} of them embedded now."))
    for old, new in report.renamed:
        out.print(_said(f"  renamed {old} to {new}"))
    for rejection in report.rejected:
        out.print(_said(f"  rejected {rejection.source}: {rejection.reason}", style="yellow"))


def _said(text: str, style: str = "") -> Text:
    """Return a text that cannot command the terminal, whatever an article or a file name holds."""
    from rich.text import Text

    return Text(_clean(text), style=style)


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text)


def _claim(claim: Claim) -> Text:
    text = _said(claim.text, style=_STYLES[claim.verdict])
    text.append("".join(f"[{number}]" for number in claim.citations), style="bold cyan")
    if claim.verdict == "partial":
        text.append(" (only partly supported)", style="yellow")
    return text


def _citation(citation: Citation) -> Text:
    text = _said(f"[{citation.number}] ", style="bold cyan")
    date = f", {citation.published}" if citation.published else ""
    text.append(_clean(f"{citation.title}{date}"), style="bold")
    page = f", page {citation.page}" if citation.page else ""
    text.append(_clean(f"  {citation.source}:{citation.start}-{citation.end}{page}\n"), style="dim")
    text.append(_clean(f"    {' '.join(citation.quote.split())}"), style="default")
    return text


def _passage(passage: Passage) -> Text:
    text = _said(f"  {passage.source}:{passage.start}-{passage.end}  ", style="dim")
    line = " ".join(passage.text.split())
    return text.append(_clean(line[:160] + "…" * (len(line) > 160)), style="default")


def _times(answer: Answer) -> str:
    times = answer.timings
    parts = [f"evidence {times.retrieve:.2f} s"]
    if times.first_token is not None:
        parts.append(f"first word {times.first_token:.1f} s")
    return ", ".join([*parts, f"answer {times.total:.1f} s"])
