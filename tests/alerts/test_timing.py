"""When an alert moves: by the wall clock for a call for help, in opening hours for a flag."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given

from intake.alerts import timing
from intake.hours.slots import Schedule
from intake.practice.facts import CRISIS_CLIMBS, SAME_DAY_CLIMBS
from tests.hours.brute import STEP, open_span, random_now, random_schedule, seeded
from tests.hours.made import EXAMPLES, SEEDS, schedule_with, utc


def pace(kind: str, schedule: Schedule | None) -> timing.Pace:
    """The pace of ``kind`` with the usual times."""
    return timing.pace_of(kind, CRISIS_CLIMBS, SAME_DAY_CLIMBS, schedule)


def both(found: timing.Pace, opened: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """When an alert reaches the on-call list, and when the physician."""
    first = timing.climbs_at(found, timing.DESK, opened)
    assert first is not None
    second = timing.climbs_at(found, timing.ON_CALL, first)
    assert second is not None
    assert timing.climbs_at(found, timing.PHYSICIAN, second) is None
    return first, second


@pytest.mark.soak
@given(seed=SEEDS)
@EXAMPLES
def test_a_call_for_help_climbs_by_the_wall_clock(seed: int) -> None:
    """Nights, weekends, days off and days on which the clocks jump put nothing off."""
    chance = seeded(seed)
    opened = random_now(chance)
    found = pace("crisis", random_schedule(chance))
    assert both(found, opened) == (
        opened + dt.timedelta(minutes=5),
        opened + dt.timedelta(minutes=15),
    )
    assert timing.lapses_at(found, opened) == opened + dt.timedelta(minutes=60)


@pytest.mark.soak
@given(seed=SEEDS)
@EXAMPLES
def test_a_flag_climbs_after_as_much_opening_time_as_it_should(seed: int) -> None:
    """Counted quarter by quarter on the practice's wall, also where its clock jumps."""
    chance = seeded(seed)
    schedule = random_schedule(chance)
    opened = random_now(chance).replace(minute=0)
    if not any(schedule.hours):
        return
    found = pace("same_day", schedule)
    moments = (*both(found, opened), timing.lapses_at(found, opened))
    for moment, hours in zip(moments, (1, 2, 4), strict=True):
        counted, instant = dt.timedelta(), opened
        while instant < moment:
            counted += STEP if open_span(schedule, instant) else dt.timedelta()
            instant += STEP
        assert counted == dt.timedelta(hours=hours)
        assert open_span(schedule, moment - dt.timedelta(minutes=1)) is not None


@pytest.mark.parametrize(
    ("opened", "on_call", "physician"),
    [
        ("2026-11-23 15:00", "2026-11-23 16:00", "2026-11-23 17:00"),  # Monday 10 am
        ("2026-11-23 21:30", "2026-11-24 14:30", "2026-11-24 15:30"),  # Monday 4:30 pm
        ("2026-11-25 23:00", "2026-11-27 15:00", "2026-11-27 16:00"),  # before a day off
        ("2026-11-27 20:00", "2026-11-30 15:00", "2026-11-30 16:00"),  # Friday at closing
        ("2026-10-31 12:00", "2026-11-02 15:00", "2026-11-02 16:00"),  # the clocks go back
        ("2026-03-07 12:00", "2026-03-09 14:00", "2026-03-09 15:00"),  # the clocks go forward
    ],
)
def test_a_flag_waits_for_the_desk_to_be_open(opened: str, on_call: str, physician: str) -> None:
    """After hours nobody is woken: the hours begin to count at the next opening."""
    found = pace("same_day", schedule_with())
    assert both(found, utc(opened)) == (utc(on_call), utc(physician))


@pytest.mark.parametrize("schedule", [None, schedule_with(hours=((),) * 7)])
def test_without_opening_hours_a_flag_climbs_by_the_wall_clock(schedule: Schedule | None) -> None:
    """Hours that nobody confirmed, or that never come, do not keep a flag waiting."""
    opened = utc("2026-11-29 03:00")
    found = pace("same_day", schedule)
    assert both(found, opened) == (utc("2026-11-29 04:00"), utc("2026-11-29 05:00"))
