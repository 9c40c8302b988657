"""Windows and opening spans: never where they must not be, right on every turning day."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from intake.hours.slots import (
    Window,
    nearest,
    next_open,
    open_now,
    opening_spans,
    today_hours,
    windows,
)
from tests.hours.brute import (
    TRANSITION_DAYS,
    ZONES,
    brute_windows,
    open_span,
    random_now,
    random_schedule,
    seeded,
)
from tests.hours.made import (
    CENTRAL,
    EASTERN,
    EXAMPLES,
    FULL,
    NINE_TO_FIVE,
    SEEDS,
    schedule_with,
    utc,
)


def test_windows_of_a_plain_week() -> None:
    """A week's windows are the tiles of its opening hours, without the day off."""
    offered = windows(schedule_with(horizon=dt.timedelta(days=4)), EASTERN, utc("2026-11-24 15:00"))
    assert [f"{window.start:%d %H:%M}" for window in offered] == [
        *("24 18:00", "24 20:00"),
        *("25 14:00", "25 16:00", "25 18:00", "25 20:00"),
        *("27 14:00", "27 16:00", "27 18:00"),
    ]
    assert all(window.end - window.start == dt.timedelta(hours=2) for window in offered)


def test_lead_and_horizon_are_inclusive() -> None:
    """A window that starts exactly at the end of the lead time, or of the horizon, is offered."""
    schedule = schedule_with(horizon=dt.timedelta(hours=4))
    at_nine = utc("2026-11-24 14:00")
    starts = [window.start for window in windows(schedule, EASTERN, at_nine)]
    assert starts == [utc("2026-11-24 16:00"), utc("2026-11-24 18:00")]


def test_a_call_is_never_before_eight_or_after_eight_where_the_person_is() -> None:
    """A person in Central time is not offered what would be before 8 am there."""
    early = schedule_with(hours=(((dt.time(8), dt.time(22)),),) * 7)
    now = utc("2026-11-23 05:00")
    for zone, first, last in ((EASTERN, 8, 18), (CENTRAL, 9, 17)):
        local = {window.start.astimezone(zone).hour for window in windows(early, zone, now)}
        assert min(local) == first
        assert max(local) == last


def test_a_rest_shorter_than_a_window_is_left_out() -> None:
    """Five hours hold two windows of two hours, not three."""
    hours = (((dt.time(9), dt.time(14)),),) * 7
    offered = windows(
        schedule_with(hours=hours, horizon=dt.timedelta(days=1)), EASTERN, utc("2026-11-24 05:00")
    )
    assert len(offered) == 2


@pytest.mark.soak
@given(seed=SEEDS)
@EXAMPLES
def test_windows_keep_every_promise(seed: int) -> None:
    """Windows never overlap, never lie outside hours in either zone's law, never in the past."""
    chance = seeded(seed)
    schedule, now, person = random_schedule(chance), random_now(chance), chance.choice(ZONES)
    offered = windows(schedule, person, now)
    assert all(first.end <= second.start for first, second in pairwise(offered))
    for window in offered:
        assert window.end - window.start == schedule.window
        assert now <= now + schedule.lead <= window.start <= now + schedule.horizon
        inside = [window.start, window.end - dt.timedelta(minutes=1)]
        assert all(8 <= instant.astimezone(person).hour < 20 for instant in inside)
        assert open_span(schedule, inside[0]) == open_span(schedule, inside[1]) is not None


@pytest.mark.soak
def test_a_brute_force_reading_agrees() -> None:
    """Looking at every quarter of an hour finds the same windows, opening and next opening."""
    for seed in range(100_000 if FULL else 250):
        chance = seeded(seed)
        schedule, now, person = random_schedule(chance), random_now(chance), chance.choice(ZONES)
        assert windows(schedule, person, now) == brute_windows(schedule, person, now), seed
        assert open_now(schedule, now) == (open_span(schedule, now) is not None), seed


@pytest.mark.parametrize("day", TRANSITION_DAYS, ids=str)
@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_the_two_days_on_which_the_clock_jumps(zone: ZoneInfo, day: dt.date) -> None:
    """Nine stays nine on the wall, and an hour that is lost or doubled is lost or doubled."""
    schedule = schedule_with(zone=zone, hours=(NINE_TO_FIVE,) * 7, closed=frozenset())
    before = dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
    spans = opening_spans(schedule, before)
    local = [instant.astimezone(zone) for instant in next(spans)]
    assert [instant.hour for instant in local] == [9, 17]
    assert {instant.date() for instant in local} == {day}
    night = (((dt.time(1), dt.time(5)),),) * 7
    span = next(opening_spans(schedule_with(zone=zone, hours=night, closed=frozenset()), before))
    hours = 3 if day.month == 3 else 5
    assert span.end - span.start == dt.timedelta(hours=hours)


def test_hours_that_the_clock_skips_or_repeats_are_read_literally() -> None:
    """2 to 3 am does not exist in March; 1:15 to 1:45 am happens twice in November."""

    def spans(opens: dt.time, closes: dt.time, day: dt.date) -> list[Window]:
        hours = ((), (), (), (), (), (), ((opens, closes),))
        schedule = schedule_with(hours=hours, closed=frozenset())
        since = dt.datetime.combine(day, dt.time(), EASTERN).astimezone(dt.UTC)
        until = since + dt.timedelta(days=2)
        return [span for span in opening_spans(schedule, since) if span.start < until]

    assert spans(dt.time(2), dt.time(3), dt.date(2026, 3, 8)) == []
    assert spans(dt.time(1, 15), dt.time(1, 45), dt.date(2026, 11, 1)) == [
        Window(utc("2026-11-01 05:15"), utc("2026-11-01 05:45")),
        Window(utc("2026-11-01 06:15"), utc("2026-11-01 06:45")),
    ]


def test_windows_run_over_month_and_year_ends() -> None:
    """New Year's Eve is followed by New Year's Day, and by the second where the first is off."""
    every_day = schedule_with(
        hours=(NINE_TO_FIVE,) * 7,
        closed=frozenset({dt.date(2027, 1, 1)}),
        horizon=dt.timedelta(days=3),
    )
    offered = windows(every_day, EASTERN, utc("2026-12-31 19:30"))
    days = [f"{window.start:%Y-%m-%d}" for window in offered]
    assert days == ["2027-01-02"] * 4 + ["2027-01-03"] * 3


def test_next_open_tells_when_someone_is_at_the_phone() -> None:
    """While open it is now; after hours the next opening; with no hours at all nothing."""
    schedule = schedule_with()
    assert next_open(schedule, utc("2026-11-24 15:00")) == utc("2026-11-24 15:00")
    assert next_open(schedule, utc("2026-11-24 22:00")) == utc("2026-11-25 14:00")
    assert next_open(schedule, utc("2026-11-25 22:00")) == utc("2026-11-27 14:00")
    assert next_open(schedule_with(hours=((),) * 7), utc("2026-11-24 15:00")) is None


def test_open_from_the_first_minute_to_before_the_last() -> None:
    """At nine someone is there; at five nobody is."""
    schedule = schedule_with()
    assert open_now(schedule, utc("2026-11-24 14:00"))
    assert open_now(schedule, utc("2026-11-24 21:59"))
    assert not open_now(schedule, utc("2026-11-24 22:00"))
    assert not open_now(schedule, utc("2026-11-26 15:00"))


def test_today_is_the_practice_s_own_day() -> None:
    """Late on Monday evening, Tuesday in UTC, today's hours are still Monday's."""
    assert today_hours(schedule_with(), utc("2026-11-24 03:00")) == NINE_TO_FIVE
    assert today_hours(schedule_with(), utc("2026-11-26 15:00")) == ()


def test_nearest_offers_what_lies_closest() -> None:
    """Around a window that is gone, the closest ones are offered, in order of time."""
    offered = windows(schedule_with(), EASTERN, utc("2026-11-24 15:00"))
    chosen = nearest(offered, utc("2026-11-25 16:00"), 3)
    assert chosen == offered[2:5]
    assert nearest((), utc("2026-11-25 16:00"), 3) == ()
