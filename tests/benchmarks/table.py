"""The table: measure, figure, goal, met or not; as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

AT_LEAST, AT_MOST = "≥", "≤"


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: its number in the goals, a figure a round, and the goal.

    The figure that counts is the median of ``rounds``. ``unit`` is empty for a ratio.
    """

    number: str
    measure: str
    rounds: Sequence[float]
    relation: str
    goal: float
    unit: str = ""

    @property
    def figure(self) -> float:
        """The median over the rounds."""
        return median(self.rounds)

    @property
    def met(self) -> bool:
        """Whether the median reaches the goal."""
        if self.relation == AT_LEAST:
            return self.figure >= self.goal
        return self.figure <= self.goal

    def as_json(self) -> dict[str, Any]:
        """The row for a program: the median, every round, the goal."""
        return {
            "number": self.number,
            "measure": self.measure,
            "unit": self.unit or "ratio",
            "median": self.figure,
            "rounds": list(self.rounds),
            "goal": f"{self.relation} {self.goal:g}",
            "met": self.met,
        }


@dataclass(frozen=True, slots=True)
class Fact:
    """One absolute figure behind the ratios, a value a round."""

    name: str
    rounds: Sequence[float]
    unit: str

    def as_json(self) -> dict[str, Any]:
        """The fact for a program."""
        return {"name": self.name, "unit": self.unit, "rounds": list(self.rounds)}


def short(value: float) -> str:
    """``value`` with three figures that mean something, thousands parted by commas."""
    for least, digits in ((100, 0), (10, 1), (1, 2)):
        if abs(value) >= least:
            return f"{value:,.{digits}f}"
    return f"{value:.3f}"


def spread(rounds: Sequence[float]) -> str:
    """The lowest and the highest round."""
    return f"{short(min(rounds))} to {short(max(rounds))}"


def render(rows: Sequence[Row], facts: Sequence[Fact]) -> str:
    """The whole table as text, the absolute figures below it."""
    head = ("#", "measure", "figure", "spread", "goal", "")
    lines = [
        (
            row.number,
            row.measure,
            f"{short(row.figure)}{' ' + row.unit if row.unit else ''}",
            spread(row.rounds),
            f"{row.relation} {row.goal:g}{' ' + row.unit if row.unit else ''}",
            "met" if row.met else "NOT MET",
        )
        for row in rows
    ]
    absolute = [
        (fact.name, f"{short(median(fact.rounds))} {fact.unit}", spread(fact.rounds))
        for fact in facts
    ]
    below = ("", "absolute figures move with the machine:", *_columns(absolute))
    return "\n".join([*_columns([head, *lines]), *(below if facts else ())])


def _columns(lines: Sequence[tuple[str, ...]]) -> list[str]:
    """``lines`` with their cells padded to the widest of each column."""
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
