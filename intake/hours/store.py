"""The hours that are in force, for the rooms above."""

from __future__ import annotations

from intake.hours.slots import Schedule
from intake.practice import Practice


def schedule_of(practice: Practice) -> Schedule:
    """Return the practice file's hours, closed days and booking rules as a ``Schedule``."""
    return Schedule(
        zone=practice.zone,
        hours=tuple(tuple(practice.hours.get(weekday, ())) for weekday in range(7)),
        closed=frozenset(practice.closed),
        lead=practice.lead,
        horizon=practice.horizon,
        window=practice.window,
    )
