"""When an alert moves: to the on-call list, to the physician, and back into sight. Pure.

Times of a call for help (kind ``crisis``) run by the wall clock, day and night; those of a
same-day flag run in opening hours. All instants are aware; results are UTC where the start is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from intake.hours import due
from intake.hours.slots import Schedule, next_open

DESK, ON_CALL, PHYSICIAN = 0, 1, 2

# How long an acknowledged alert may stay open before everybody sees it again.
CRISIS_HELD = dt.timedelta(minutes=60)
SAME_DAY_HELD = dt.timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast alerts of one kind climb.

    ``climbs``: from opening to the on-call list, and from opening to the physician. ``held``: how
    long an acknowledgement lasts. ``schedule``: the opening hours in which the time runs; None
    where it runs by the wall clock.
    """

    climbs: tuple[dt.timedelta, dt.timedelta]
    held: dt.timedelta
    schedule: Schedule | None = None


def pace_of(
    kind: str,
    crisis: tuple[dt.timedelta, dt.timedelta],
    same_day: tuple[dt.timedelta, dt.timedelta],
    schedule: Schedule | None,
) -> Pace:
    """The pace of ``kind`` (crisis or same_day) with the practice's own times.

    ``schedule``: the opening hours, None while nobody has confirmed them; then a same-day flag
    climbs by the wall clock, so that it does not wait for an hour that may not exist.
    """
    if kind == "crisis":
        return Pace(crisis, CRISIS_HELD)
    return Pace(same_day, SAME_DAY_HELD, schedule)


def climbs_at(pace: Pace, level: int, start: dt.datetime) -> dt.datetime | None:
    """When an alert that stands at ``level`` since ``start`` climbs next; None from the last one.

    ``start`` is when it was opened, or when it was to reach that level, so that the times add up
    to those since opening, however late a round of the clock came.
    """
    if level == DESK:
        return later(pace.schedule, start, pace.climbs[0])
    if level == ON_CALL:
        return later(pace.schedule, start, pace.climbs[1] - pace.climbs[0])
    return None


def lapses_at(pace: Pace, acknowledged_at: dt.datetime) -> dt.datetime:
    """When an acknowledgement lapses, unless the alert was closed before."""
    return later(pace.schedule, acknowledged_at, pace.held)


def later(schedule: Schedule | None, start: dt.datetime, amount: dt.timedelta) -> dt.datetime:
    """``start`` plus ``amount`` of opening time.

    By the wall clock without a schedule, or with one that never opens.
    """
    if schedule is None or next_open(schedule, start) is None:
        return start + amount
    return due.add_business_time(schedule, start, amount)
