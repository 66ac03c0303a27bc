"""A progress bar with the time left, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from eval.runner import Row


@contextmanager
def progress_bar(total: int, what: str = "asking") -> Iterator[Callable[[Row], None] | None]:
    """Yields what to call with each finished row; None where standard error is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total)
        missed = 0

        def advance(row: Row) -> None:
            nonlocal missed
            missed += row.scores["right"] == 0
            bar.update(task, advance=1, description=f"{what} ({missed} missed)")

        yield advance
