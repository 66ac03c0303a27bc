"""The time left: nothing without a basis, then round figures that only change when they have to."""

from __future__ import annotations

import re

import pytest

from rag.types import Progress
from ui.pace import Pace


class Clock:
    """Stands still until it is put forward."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def told(total, *steps):
    """What is said after each of these steps: the seconds that passed before it, and the units done with it."""
    clock = Clock()
    pace = Pace(clock)
    said = []
    for seconds, done in steps:
        clock.now += seconds
        pace.note(Progress("embedding", done, total))
        said.append(pace.left())
    return said


def test_nothing_is_said_until_there_is_a_basis():
    assert told(5000, (0, 0), (1, 100), (1, 200), (0.5, 300)) == [""] * 4
    assert told(5000, (0, 0), (60, 100), (60, 200)) == [""] * 3
    assert told(5000, (0, 0), *[(1, 0)] * 9) == [""] * 10
    assert told(0, (0, 0), (9, 0)) == ["", ""]


def test_one_large_part_of_the_work_is_a_basis():
    assert told(5000, (0, 0), (30, 1000)) == ["", "about 2 min left"]


def test_what_is_left_follows_from_the_pace_so_far():
    *_, said = told(5000, (0, 0), *((1, 10 * n) for n in range(1, 121)))
    assert said == "about 6 min left"  # 3,800 units at 10 a second are 6 min 20 s


@pytest.mark.parametrize(
    ("units", "said"),
    [(1200, "about 3 h 20 min left"), (365, "about 1 h left"), (110, "about 18 min left"), (17, "about 2 min left"),
     (10, "about 50 s left"), (6, "a few seconds left")],
)  # fmt: skip
def test_it_is_said_in_round_figures(units, said):
    assert told(units, (0, 0), *((10, n) for n in (1, 2, 3, 4, 5)))[-1] == said


def test_what_is_left_does_not_jump_about():
    uneven = [(0.5 if n % 3 else 2.0, 32 * n) for n in range(1, 150)]
    said = [text for text in told(4800, (0, 0), *uneven) if text]
    figures = [_seconds(text) for text in dict.fromkeys(said)]
    assert figures == sorted(figures, reverse=True)
    changes = sum(one != other for one, other in zip(said, said[1:], strict=False))
    assert changes == len(figures) - 1
    assert said[-1] == "a few seconds left"


def test_it_goes_down_while_nothing_is_heard():
    said = told(100, (0, 0), (10, 5), (10, 10), (10, 15), *[(10, 15)] * 17)
    assert said[3] == "about 3 min left"
    assert said[-1] == "a few seconds left"


def test_a_pace_that_changes_is_noticed():
    quick = [(0.1, 50 * n) for n in range(1, 41)]
    slow = [(1.0, 2000 + 5 * n) for n in range(1, 181)]
    said = told(5000, (0, 0), *quick, *slow)
    assert said[40] == "a few seconds left"
    assert _seconds(said[-1]) >= 300  # 2,100 units at 5 a second are 7 min


def test_every_stage_has_a_pace_of_its_own():
    clock = Clock()
    pace = Pace(clock)
    for done in range(10):
        clock.now += 1
        pace.note(Progress("reading", done, 100))
    assert pace.left() == "about 2 min left"
    pace.note(Progress("embedding", 0, 5000))
    assert pace.left() == ""


def test_what_is_done_has_nothing_left():
    assert told(4, (0, 0), (9, 1), (9, 2), (9, 3), (9, 4))[-1] == ""


def _seconds(said):
    """The figure as seconds; a few of them are ten."""
    units = {"s": 1, "min": 60, "h": 3600}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+) (s|min|h)", said)) or 10
