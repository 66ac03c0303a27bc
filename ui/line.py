"""The line before the language model: one question is answered at a time, in the order in which they came."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rag.errors import CitedError

LONGEST = 100  # questions that wait at once; at five seconds each the last one is answered after eight minutes


class LineFull(CitedError):
    """Too many questions are waiting already."""


class Place:
    """One question's place in the line."""

    __slots__ = ("_line",)

    def __init__(self, line: Line) -> None:
        self._line = line

    @property
    def ahead(self) -> int:
        """How many questions are before this one; 0 means that it is its turn."""
        return self._line.ahead(self)


class Line:
    """Shared by everybody who asks; safe to share between threads. Whoever is first in it may use the model.

    `closed` asks all who are in it to leave.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self.closed = False
        self._longest = longest
        self._places: list[Place] = []
        self._lock = threading.Lock()

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Yield a place at the end of the line, given up when the block ends.

        Raises:
            LineFull: as many questions as may wait are waiting.
        """
        place = Place(self)
        with self._lock:
            if len(self._places) >= self._longest:
                raise LineFull(f"The queue is full: {self._longest} questions are waiting. Ask again in a minute.")
            self._places.append(place)
        try:
            yield place
        finally:
            with self._lock:
                self._places.remove(place)

    @property
    def empty(self) -> bool:
        """Whether nobody asks."""
        with self._lock:
            return not self._places

    def ahead(self, place: Place) -> int:
        """How many places are before this one."""
        with self._lock:
            return self._places.index(place)
