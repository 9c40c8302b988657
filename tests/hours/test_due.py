"""Due times: what the practice owes, by its own business hours."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given

from intake.hours import due
from intake.hours.slots import Window
from tests.hours.brute import STEP, open_span, random_now, random_schedule, seeded
from tests.hours.made import EXAMPLES, SEEDS, schedule_with, utc


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23 14:00", "2026-11-23 18:00"),  # Monday 9 am: by 1 pm
        ("2026-11-23 19:00", "2026-11-24 15:00"),  # 2 pm: three hours today, one tomorrow
        ("2026-11-25 22:00", "2026-11-27 18:00"),  # the evening before a day off
        ("2026-11-27 19:00", "2026-11-30 17:00"),  # Friday 2 pm: one hour, then Monday
    ],
)
def test_as_soon_as_you_can_is_due_within_four_business_hours(now: str, expected: str) -> None:
    """Four hours of opening time, over nights, weekends and days off."""
    assert due.due_asap(schedule_with(), utc(now)) == utc(expected)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23 14:00", "2026-11-23 22:00"),  # at opening: by closing
        ("2026-11-23 21:59", "2026-11-23 22:00"),
        ("2026-11-23 22:00", "2026-11-24 16:00"),  # after hours: two hours into the next day
        ("2026-11-24 13:00", "2026-11-24 16:00"),  # before opening
        ("2026-11-26 15:00", "2026-11-27 16:00"),  # a day off
        ("2026-11-28 15:00", "2026-11-30 16:00"),  # a Saturday
    ],
)
def test_a_same_day_priority_is_due_the_same_day(now: str, expected: str) -> None:
    """By the end of the business day, or two business hours into the next one."""
    assert due.due_priority(schedule_with(), utc(now)) == utc(expected)


def test_a_lunch_break_does_not_end_the_business_day() -> None:
    """Between two spans of one day, the day's last closing still counts."""
    spans = ((dt.time(9), dt.time(12)), (dt.time(13), dt.time(17)))
    schedule = schedule_with(hours=(spans,) * 7)
    assert due.due_priority(schedule, utc("2026-11-23 17:30")) == utc("2026-11-23 22:00")


def test_a_priority_never_waits_for_a_later_wish() -> None:
    """The earlier of the wished time and the priority's own due time holds."""
    schedule, now = schedule_with(), utc("2026-11-23 15:00")
    late, early = utc("2026-11-27 16:00"), utc("2026-11-23 19:00")
    assert due.due_with_priority(schedule, late, now, priority=False) == late
    assert due.due_with_priority(schedule, late, now, priority=True) == utc("2026-11-23 22:00")
    assert due.due_with_priority(schedule, early, now, priority=True) == early


def test_an_urgent_call_is_due_in_a_quarter_of_an_hour_by_the_wall_clock() -> None:
    """Nights and days off do not put off what is urgent."""
    assert due.due_urgent(utc("2026-11-26 03:00")) == utc("2026-11-26 03:15")


def test_a_booked_call_is_due_at_the_end_of_its_window() -> None:
    """The promise is the window, so it is kept until the window ends."""
    window = Window(utc("2026-11-24 14:00"), utc("2026-11-24 16:00"))
    assert due.due_window(window) == window.end


def test_a_practice_without_hours_still_owes_a_call() -> None:
    """With no opening hour at all, a day by the wall clock stands in."""
    schedule = schedule_with(hours=((),) * 7)
    now = utc("2026-11-23 15:00")
    assert due.due_asap(schedule, now) == now + dt.timedelta(days=1)
    assert due.due_priority(schedule, now) == now + dt.timedelta(days=1)


@pytest.mark.soak
@given(seed=SEEDS)
@EXAMPLES
def test_business_time_is_what_a_person_with_a_watch_would_count(seed: int) -> None:
    """Counted quarter by quarter, the same opening time lies between two instants."""
    chance = seeded(seed)
    schedule = random_schedule(chance)
    start = random_now(chance).replace(minute=0)
    end = start + STEP * chance.randint(-8, 300)
    counted, instant = dt.timedelta(), start
    while instant < end:
        counted += STEP if open_span(schedule, instant) else dt.timedelta()
        instant += STEP
    assert due.business_hours_between(schedule, start, end) == counted


@pytest.mark.soak
@given(seed=SEEDS)
@EXAMPLES
def test_adding_business_time_and_counting_it_agree(seed: int) -> None:
    """As much opening time as was added lies between start and due time, which is itself open."""
    chance = seeded(seed)
    schedule, start = random_schedule(chance), random_now(chance)
    amount = STEP * chance.randint(1, 40)
    if not any(schedule.hours):
        return
    ends = due.add_business_time(schedule, start, amount)
    assert due.business_hours_between(schedule, start, ends) == amount
    assert open_span(schedule, ends - dt.timedelta(minutes=1)) is not None
