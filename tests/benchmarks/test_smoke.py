"""The speed table itself, from made-up figures; nothing here is timed."""

from __future__ import annotations

import json

from tests.benchmarks.table import AT_LEAST, AT_MOST, Fact, Row, render

MADE_UP = (
    Row("1", "pages ÷ hello", [0.7, 0.9, 0.8], AT_LEAST, 0.75),
    Row("5b", "p99 of a send", [150.0, 90.0, 140.0], AT_MOST, 120, "ms"),
)


def test_the_median_decides_and_the_spread_is_shown() -> None:
    """A row shows median, lowest and highest round, goal, and whether the goal is met."""
    lines = render(MADE_UP, [Fact("hello", [5000.0, 5400.0], "/s")]).splitlines()
    assert lines[1].split("  ")[0] == "1"
    assert "0.800" in lines[1]
    assert "0.700 to 0.900" in lines[1]
    assert "≥ 0.75" in lines[1]
    assert lines[1].endswith("  met")
    assert "140 ms" in lines[2]
    assert lines[2].endswith("NOT MET")
    assert "5,200 /s" in lines[-1]


def test_a_program_can_read_every_round() -> None:
    """The JSON of a row holds its median, all its rounds and its goal."""
    row = json.loads(json.dumps(MADE_UP[0].as_json()))
    assert row["median"] == 0.8
    assert row["rounds"] == [0.7, 0.9, 0.8]
    assert row["goal"] == "≥ 0.75"
    assert row["met"] is True
