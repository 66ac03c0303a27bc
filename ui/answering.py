"""One question from a page or a program: evidence at once, then its turn at the model, event by event.

The bot works in threads and knows nothing of other questions; here they are put in line.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from typing import Protocol, TypeVar

import anyio
import anyio.to_thread

from rag.filters import Filter
from rag.types import Event, Turn
from ui.line import Line, Place

_LOOK = 0.1  # seconds between two looks at the line, or at whether the reader has pressed Stop
_TELL = 10  # looks after which the place in the line is told again
T = TypeVar("T")


class Asked(Protocol):
    """What answers: `rag.Chatbot`, or a fake."""

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, only: Filter | None = None
    ) -> Generator[Event, None, None]:
        """Events up to "done"; closing the generator stops the model. Of some articles `only`, if wanted."""


async def events(
    bot: Asked,
    line: Line,
    question: str,
    history: Sequence[Turn],
    stopping: Callable[[], bool] = lambda: False,
    *,
    only: Filter | None = None,
) -> AsyncGenerator[Event | int]:
    """Yield the bot's events, and between evidence and answer how many questions are still ahead in the line.

    It ends early, and stops the model, once `stopping` says so, the line or the iterator is closed.

    Raises:
        CitedError: whatever the bot raises, and LineFull.
    """
    def ending() -> bool:
        return line.closed or stopping()

    with line.place() as place:
        stream = bot.stream(question, history, only=only)
        pulled: asyncio.Task[Event | None] | None = None
        try:
            while not ending():
                pulled = asyncio.create_task(in_thread(next, stream, None))
                while not pulled.done() and not ending():
                    await asyncio.wait({pulled}, timeout=_LOOK)
                if not pulled.done() or (event := pulled.result()) is None:
                    return
                yield event
                if event.kind == "evidence":
                    async for ahead in _turn(place, ending):
                        yield ahead
        finally:
            with anyio.CancelScope(shield=True):
                if pulled is not None:
                    await asyncio.wait({pulled})  # a generator cannot be closed while it runs
                    pulled.exception()  # what went wrong once the reader had gone interests nobody
                await in_thread(stream.close)


async def _turn(place: Place, stopping: Callable[[], bool]) -> AsyncGenerator[int]:
    """Yield how many questions are ahead, until none is, every now and then, whether or not it has changed.

    Whoever asked may have gone, which is only noticed by sending something.
    """
    looks = 0
    while (ahead := place.ahead) and not stopping():
        if looks % _TELL == 0:
            yield ahead
        looks += 1
        await asyncio.sleep(_LOOK)


async def in_thread(work: Callable[..., T], *arguments: object) -> T:
    """Do blocking work in a thread."""
    return await anyio.to_thread.run_sync(functools.partial(work, *arguments))
