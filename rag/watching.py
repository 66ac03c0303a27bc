"""Keeping an index in step with its folder: a look every few seconds, and a sync when something has changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from rag.chat import Chatbot
from rag.errors import CorpusError, ModelError, StoreError
from rag.types import SyncReport

EVERY = 2.0  # seconds between two looks; a look lists the folder and reads nothing that has not changed


def watch(
    bot: Chatbot, every: float = EVERY, stopped: threading.Event | None = None, trouble: Callable[[str], None] = print
) -> Iterator[SyncReport]:
    """Yield what each sync did that changed something, or rejected something new, until `stopped` is set.

    What cannot be done now (another process is changing the index, the folder is away, the disk is full) is told to
    `trouble`, once each time it begins, and tried again; the index as it was keeps serving.
    """
    stopped = stopped or threading.Event()
    rejected, told = bot.report.rejected, ""
    while not stopped.wait(every):
        try:
            report = bot.sync()
        except (CorpusError, ModelError, StoreError) as error:
            if str(error) != told:
                trouble(str(error))
            told = str(error)
            continue
        told = ""
        if report.changed or report.rejected != rejected:
            yield report
        rejected = report.rejected
