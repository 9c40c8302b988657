"""Hours, windows and zones as people say them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from intake.hours import words
from intake.hours.slots import Window
from intake.hours.store import schedule_of
from intake.practice import read_practice
from tests.hours.made import CENTRAL, EASTERN, schedule_with, utc

EXAMPLE = Path(__file__).parents[2] / "instance" / "practice.example.toml"


def test_the_week_in_one_line() -> None:
    """Days with the same hours are drawn together; the zone is named once."""
    assert words.hours_words(schedule_with()) == "Mon–Thu 9 am–5 pm, Fri 9 am–3 pm Eastern"
    spans = ((dt.time(9), dt.time(12)), (dt.time(13, 30), dt.time(17)))
    split = schedule_with(hours=(spans, (), spans, (), (), (), ()), zone=CENTRAL)
    line = "Mon 9 am–noon and 1:30 pm–5 pm, Wed 9 am–noon and 1:30 pm–5 pm Central"
    assert words.hours_words(split) == line
    assert words.hours_words(schedule_with(hours=((),) * 7)) == ""


def test_today_in_words() -> None:
    """Today's hours with their zone, or that the practice is closed."""
    assert words.today_words(schedule_with(), utc("2026-11-23 15:00")) == "9 am–5 pm Eastern"
    assert words.today_words(schedule_with(), utc("2026-11-26 15:00")) == "closed"


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [(0, 0, "midnight"), (0, 5, "12:05 am"), (9, 0, "9 am"), (12, 0, "noon")]
    + [(12, 30, "12:30 pm"), (17, 0, "5 pm"), (23, 59, "11:59 pm")],
)
def test_times_of_day(hour: int, minute: int, expected: str) -> None:
    """Noon and midnight by name, so that nobody has to know which 12 is which."""
    assert words.clock_words(dt.time(hour, minute)) == expected


def test_a_window_is_named_with_day_hours_and_zone() -> None:
    """The same window reads an hour earlier for a person in Central time."""
    window = Window(utc("2026-11-24 16:00"), utc("2026-11-24 18:00"))
    eastern = "Tuesday, November 24, 11 am to 1 pm Eastern time"
    assert words.window_words(window, EASTERN) == eastern
    central = "Tuesday, November 24, 10 am to noon Central time"
    assert words.window_words(window, CENTRAL) == central


def test_near_days_are_today_and_tomorrow() -> None:
    """A moment is named as someone would say it on the phone."""
    now = utc("2026-11-24 15:00")
    said = [words.moment_words(utc(f"2026-11-{day} 14:00"), EASTERN, now) for day in (24, 25, 27)]
    assert said == [
        "today at 9 am Eastern time",
        "tomorrow at 9 am Eastern time",
        "Friday, November 27 at 9 am Eastern time",
    ]


def test_zones_by_state() -> None:
    """Florida has two zones, New Jersey one; no other state is guessed."""
    assert [zone.name for zone in words.zones_of("fl")] == ["America/New_York", "America/Chicago"]
    assert [zone.label for zone in words.zones_of("nj")] == ["Eastern"]
    with pytest.raises(KeyError):
        words.zones_of("other")


def test_the_schedule_is_the_practice_file_s() -> None:
    """The example file's hours, days off and booking rules arrive unchanged."""
    schedule = schedule_of(read_practice(EXAMPLE, trial=True))
    assert words.hours_words(schedule) == "Mon–Thu 9 am–5 pm, Fri 9 am–3 pm Eastern"
    assert dt.date(2026, 11, 26) in schedule.closed
    assert schedule.window == dt.timedelta(hours=2)
    assert schedule.lead == dt.timedelta(hours=2)
    assert schedule.horizon == dt.timedelta(days=14)
