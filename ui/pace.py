"""How much longer long work will take, from the pace of the stage it is in; said so that it does not jump about."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from rag.types import Progress

# What it takes before anything is said: so many seconds of a stage, with so many signs of progress or this share of it.
# The first sign alone may be quick, or slow to begin with.
_BASIS, _SIGNS, _SHARE = 3.0, 3, 0.1
# Seconds of work after which its pace counts for 1/e: units that are only copied go fast, and come first.
_MEMORY = 60.0
_STUBBORN = 0.75
_SHORT, _MINUTE, _HOUR = 10, 60, 3600


class Pace:
    """Watches one piece of work, stage by stage; `clock` gives seconds, from any beginning."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begin(Progress("", 0, 0), 0.0)

    def note(self, progress: Progress) -> None:
        """Take note of how far the work has come."""
        now = self._clock()
        if progress.stage != self._last.stage or progress.done < self._last.done:
            self._begin(progress, now)
        elif progress.done > self._last.done:
            self._advance(progress, now)

    def left(self) -> str:
        """Return what is left of the stage, as "about 2 min left"; "" as long as that is not known, and at its end."""
        done, total = self._last.done, self._last.total
        enough = self._signs >= _SIGNS or (self._signs and done - self._first >= _SHARE * total)
        if not enough or self._at - self._began < _BASIS or done >= total:
            return ""
        return self._said(max(0.0, self._end - self._clock()))

    def _begin(self, progress: Progress, now: float) -> None:
        self._last, self._at, self._began, self._first = progress, now, now, progress.done
        self._seconds = self._units = 0.0
        self._signs, self._end, self._shown = 0, now, 0

    def _advance(self, progress: Progress, now: float) -> None:
        """Weigh the new pace with the one so far, and foresee the end."""
        took, units = now - self._at, progress.done - self._last.done
        faded = math.exp(-took / _MEMORY)
        self._seconds, self._units = self._seconds * faded + took, self._units * faded + units
        self._last, self._at, self._signs = progress, now, self._signs + 1
        self._end = now + (progress.total - progress.done) * self._seconds / self._units

    def _said(self, seconds: float) -> str:
        """Say it in round figures, which go down at any time, but up only if they are off by most of a step."""
        step = _step(seconds)
        rounded = max(_SHORT, round(seconds / step) * step)
        if not self._shown or rounded < self._shown or seconds > self._shown + _STUBBORN * step:
            self._shown = rounded
        if self._shown <= _SHORT:
            return "a few seconds left"
        if self._shown < _MINUTE:
            return f"about {self._shown} s left"
        minutes = round(self._shown / _MINUTE)
        if minutes < _HOUR // _MINUTE:
            return f"about {minutes} min left"
        hours, minutes = divmod(minutes, _HOUR // _MINUTE)
        return f"about {hours} h{f' {minutes} min' if minutes else ''} left"


def _step(seconds: float) -> int:
    """What a time is rounded to, in seconds: the longer, the coarser."""
    if seconds < _MINUTE:
        return _SHORT
    return _MINUTE if seconds < _HOUR else 10 * _MINUTE
