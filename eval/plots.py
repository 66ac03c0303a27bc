"""Figures as inline SVG: strips of dots and whiskers, bars, a histogram, and the curve of risk against coverage.

Places are percentages and no figure has a viewBox: each takes the width it is given, while lines and letters keep their
size. Colours are classes of `report.css`. Labels come from data and are escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ui.render import escaped

BINS = 24


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of values with a tick at every `step`."""

    low: float
    high: float
    step: float

    def at(self, value: float) -> str:
        """Where a value lies, as a percentage of the axis; what lies beyond an end is drawn at that end."""
        return _percentage((min(max(value, self.low), self.high) - self.low) / (self.high - self.low))

    @property
    def ticks(self) -> list[float]:
        """The values that are marked, lowest first."""
        first = math.ceil(self.low / self.step - 1e-9)
        return [number * self.step for number in range(first, math.floor(self.high / self.step + 1e-9) + 1)]


def axis_to(top: float, most: int = 5) -> Axis:
    """An axis from 0 to at least `top`, with about `most` ticks at round numbers; to 1 if `top` is 0."""
    step = _round_step((top or 1) / most)
    return Axis(0, step * math.ceil((top or 1) / step - 1e-9), step)


def axis_around(top: float) -> Axis:
    """An axis around 0 that reaches as far as `top` on either side, with three or five ticks."""
    power: float = 10.0 ** math.floor(math.log10(top))
    return Axis(-top, top, max(factor * power for factor in (1, 2, 5) if factor * power <= top * (1 + 1e-9)))


def strip(title: str, axis: Axis, *marks: str) -> str:
    """One line of a plot: the grid of the axis with marks on it."""
    grid = "".join(_line(axis.at(tick), axis.at(tick), "0", "100%", "zero" if tick == 0 else "grid")
                   for tick in axis.ticks)
    return _svg("strip", title, grid + "".join(marks))


def interval(axis: Axis, mean: float, low: float, high: float, css: str = "") -> str:
    """A dot with its whisker."""
    return _line(axis.at(low), axis.at(high), "50%", "50%", f"whisker {css}") + _dot(axis.at(mean), "50%", 4.5, css)


def ring(axis: Axis, value: float) -> str:
    """A hollow mark."""
    return _dot(axis.at(value), "50%", 7, "ring")


def sample(mark: str) -> str:
    """A mark for a legend."""
    return _svg("sample", "", mark)


def operating(x: str, y: str) -> str:
    """The mark of where a run stands."""
    return _dot(x, y, 6, "operating")


def bar(axis: Axis, value: float, css: str = "") -> str:
    """A bar from 0 to a value; the axis begins at 0."""
    return f'<rect class="bar {css}" x="0" y="22%" height="56%" width="{axis.at(value)}"/>'


def scale(axis: Axis, label: Callable[[float], str]) -> str:
    """The numbers below the strips of an axis."""
    return _svg("scale", "", "".join(
        f'<text x="{axis.at(tick)}" y="1em" text-anchor="middle">{escaped(label(tick))}</text>' for tick in axis.ticks
    ))


def stacked(title: str, parts: Sequence[tuple[str, float]]) -> str:
    """A bar of coloured parts, each a class and a share of the whole; what is missing to 1 stays empty."""
    pieces, left = [], 0.0
    for css, share in parts:
        place = f'x="{_percentage(left)}" width="{_percentage(share)}"'
        pieces.append(f'<rect class="{css}" {place} y="0" height="100%"/>')
        left += share
    return _svg("stacked", title, '<rect class="track" width="100%" height="100%"/>' + "".join(pieces))


def histogram(title: str, values: Sequence[float], marked: Mapping[str, float], end: float) -> tuple[str, int]:
    """How often which number of seconds occurs from 0 to about `end`, and how many lie beyond.

    Each of `marked` gets a line with its name.
    """
    axis = axis_to(end)
    width = axis.high / BINS
    counts = [0] * BINS
    for value in values:
        if value <= axis.high:
            counts[min(int(value / width), BINS - 1)] += 1
    most = max(counts) or 1
    bars = "".join(
        f'<rect class="bin" x="{_percentage(place / BINS)}" width="{_percentage(1 / BINS)}" '
        f'y="{_percentage(1 - count / most)}" height="{_percentage(count / most)}"/>'
        for place, count in enumerate(counts) if count
    )
    top = _y_label("0", str(most)) + _line("0", "100%", "0", "0", "grid")
    lines = "".join(_named_line(name, axis.at(value), row) for row, (name, value) in enumerate(marked.items()))
    figure = _svg("frame histogram", title, top + bars + lines + _x_axis(axis, seconds) + _x_title("seconds"))
    return figure, len(values) - sum(counts)


def curve(title: str, points: Sequence[tuple[float, float]], x_title: str, y_title: str) -> str:
    """Shares against shares: a line through the points, the last of them marked, with a dashed line at its height."""
    x, y = Axis(0, 1, 0.2), axis_to(max(0.1, *(height for _, height in points)))
    places = [(100 * across, 100 - 100 * up / y.high) for across, up in points]
    last, height = x.at(points[-1][0]), _percentage(1 - points[-1][1] / y.high)
    levels = {_percentage(1 - tick / y.high): tick for tick in y.ticks}
    grid = "".join(_line("0", "100%", level, level, "grid") + _y_label(level, share(tick))
                   for level, tick in levels.items())
    return _svg(
        "frame curve", title,
        grid + _line("0", "100%", height, height, "dashed") + _path(places) + operating(last, height)
        + _x_axis(x, share) + _x_title(x_title)
        + f'<text class="axis-title" x="-2.6em" y="-1.1em">{escaped(y_title)}</text>',
    )


def seconds(value: float) -> str:
    """Seconds with as many digits as matter."""
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def share(value: float) -> str:
    """A share in whole per cent, for an axis."""
    return f"{100 * value:.0f} %"


def _path(places: Sequence[tuple[float, float]]) -> str:
    """The line with the area below it, stretched to the figure; its stroke is not."""
    line = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
    area = f"{places[0][0]:.2f},100 {line} {places[-1][0]:.2f},100"
    return (f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%">'
            f'<polygon class="area" points="{area}"/><polyline class="line" points="{line}"/></svg>')


def _svg(css: str, title: str, inside: str) -> str:
    """An SVG with a title; without one it only repeats what the text says."""
    named = f' role="img"><title>{escaped(title)}</title>' if title else ' aria-hidden="true">'
    return f'<svg class="{css}"{named}{inside}</svg>'


def _line(x1: str, x2: str, y1: str, y2: str, css: str) -> str:
    return f'<line class="{css}" x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}"/>'


def _dot(x: str, y: str, radius: float, css: str) -> str:
    return f'<circle class="dot {css}" cx="{x}" cy="{y}" r="{radius:g}"/>'


def _named_line(name: str, x: str, row: int) -> str:
    """A line up to its name, each name on a row of its own, so that near ones do not overlap."""
    y = f"{-1 - 1.3 * row:g}em"
    return (f'<line class="percentile" x1="{x}" x2="{x}" y1="{y}" y2="100%"/>'
            f'<text class="percentile" x="{x}" dx=".35em" y="{y}" dy=".3em">{escaped(name)}</text>')


def _x_axis(axis: Axis, label: Callable[[float], str]) -> str:
    base = _line("0", "100%", "100%", "100%", "zero")
    return base + "".join(f'<text x="{axis.at(tick)}" y="100%" dy="1.4em" text-anchor="middle">{label(tick)}</text>'
                          for tick in axis.ticks)


def _x_title(text: str) -> str:
    return f'<text class="axis-title" x="100%" y="100%" dy="2.9em" text-anchor="end">{escaped(text)}</text>'


def _y_label(y: str, text: str) -> str:
    return f'<text x="-.6em" y="{y}" dy=".35em" text-anchor="end">{escaped(text)}</text>'


def _percentage(share: float) -> str:
    return f"{100 * share:.2f}".rstrip("0").rstrip(".") + "%"


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below `least`."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
