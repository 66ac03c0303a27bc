"""Figures as Markdown tables: three significant digits, each beside what it is compared with."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `reference` is the limit or baseline that `against` names, in the same unit.

    `samples` are the single measurements, and `value` their median, or for a peak the highest; `reference_samples`
    those of the baseline, in the same order.
    """

    what: str
    value: float
    unit: str
    against: str = ""
    reference: float | None = None
    samples: tuple[float, ...] = ()
    reference_samples: tuple[float, ...] = ()

    @property
    def ratio(self) -> float | None:
        """Value / reference: up to 1 is within a limit."""
        return self.value / self.reference if self.reference else None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self) | {"ratio": self.ratio}


def markdown(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Render a table whose first column is text and whose others are aligned to the right."""
    rule = ["---", *("---:" for _ in columns[1:])]
    escaped = [[cell.replace("|", "\\|") for cell in line] for line in (columns, *lines)]
    return "".join(f"| {' | '.join(line)} |\n" for line in (escaped[0], rule, *escaped[1:]))


def figures_table(figures: Iterable[Figure]) -> str:
    """Render figures beside their limits and baselines."""
    return markdown(("what", "measured", "limit or baseline", "ratio"), map(_line, figures))


def digits(value: float) -> str:
    """Write a number with three significant digits, all digits before the point, and thousands set apart."""
    places = 2 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:,.{max(0, places)}f}"


def _line(figure: Figure) -> tuple[str, str, str, str]:
    reference, ratio = figure.reference, figure.ratio
    compared = f"{figure.against} {digits(reference)} {figure.unit}" if reference is not None else ""
    return figure.what, f"{digits(figure.value)} {figure.unit}", compared, f"{ratio:.2f}" if ratio is not None else ""
