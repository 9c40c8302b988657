"""The windows as the page groups them, and the sentences about the phone."""

from __future__ import annotations

import datetime as dt

from intake.callback import offers, phrases
from tests.hours.made import CENTRAL, EASTERN, schedule_with, utc

MONDAY = utc("2026-11-23 15:00")


def test_windows_are_grouped_by_day_with_the_first_days_open() -> None:
    """Three days stand open, the rest waits behind "Later days", nothing is lost or doubled."""
    found = offers.offered(schedule_with(), [EASTERN], MONDAY)
    offer = offers.grouped(found, [EASTERN])
    assert [day.name for day in offer.soon] == [
        "Monday, November 23",
        "Tuesday, November 24",
        "Wednesday, November 25",
    ]
    assert offer.later[0].name == "Friday, November 27"
    values = [option.value for day in (*offer.soon, *offer.later) for option in day.options]
    assert values == [offers.stamp(window.start) for window in found]
    assert offer.holds_later(values[-1])
    assert not offer.holds_later(values[0])
    assert not offer.holds_later(None)


def test_hours_are_short_and_name_both_zones_where_there_are_two() -> None:
    """The hours of the practice's zone first, those of the other zone in brackets."""
    found = offers.offered(schedule_with(), [EASTERN, CENTRAL], MONDAY)
    labels = [offers.label(window, [EASTERN]) for window in found[2:6]]
    assert labels == ["9–11 am", "11 am–1 pm", "1–3 pm", "3–5 pm"]
    assert offers.label(found[3], [EASTERN, CENTRAL]) == "11 am–1 pm (10–noon Central)"


def test_a_window_before_eight_in_the_other_zone_shows_only_the_first() -> None:
    """What cannot be had in Central time does not say a Central time."""
    early = schedule_with(hours=(((dt.time(8), dt.time(12)),),) * 7)
    found = offers.offered(early, [EASTERN, CENTRAL], MONDAY)
    labels = [offers.label(window, [EASTERN, CENTRAL]) for window in found[:2]]
    assert labels == ["8–10 am", "10 am–noon (9–11 Central)"]


def test_the_nearest_to_a_lost_window_stand_first_and_only_once() -> None:
    """Around a time that is gone, the closest are offered with their day."""
    found = offers.offered(schedule_with(), [EASTERN], MONDAY)
    offer = offers.grouped(found, [EASTERN], gone=utc("2026-11-24 02:00"))
    assert [option.label for option in offer.near] == [
        "Monday, November 23, 1–3 pm",
        "Monday, November 23, 3–5 pm",
        "Tuesday, November 24, 9–11 am",
    ]
    everywhere = [option.value for day in (*offer.soon, *offer.later) for option in day.options]
    everywhere += [option.value for option in offer.near]
    assert len(everywhere) == len(set(everywhere)) == len(found)


def test_a_start_instant_reads_back_as_it_was_written() -> None:
    """Only the exact form is a start instant."""
    assert offers.stamp(MONDAY) == "2026-11-23T15:00:00Z"
    assert offers.read_stamp("2026-11-23T15:00:00Z") == MONDAY
    for text in ("", "asap", "2026-11-23", "2026-11-23T15:00:00", "2026-13-23T15:00:00Z", "\x00"):
        assert offers.read_stamp(text) is None


def test_the_page_says_plainly_whether_someone_is_at_the_phone() -> None:
    """Open, closed, never open, and hours that nobody has confirmed."""
    schedule = schedule_with()
    open_text = "Today we are at the phone 9 am–5 pm Eastern."
    assert phrases.call_now(schedule, MONDAY) == open_text
    closed = "We are closed now. We open tomorrow at 9 am Eastern time."
    assert phrases.call_now(schedule, utc("2026-11-23 23:00")) == closed
    assert phrases.call_now(schedule_with(hours=((),) * 7), MONDAY) == "We are closed now."
    assert phrases.call_now(None, MONDAY) == ""


def test_the_crisis_page_says_when_someone_could_call() -> None:
    """While open until when; after hours from when; without hours that we cannot say."""
    schedule = schedule_with()
    said = phrases.someone_will_call(schedule, MONDAY)
    assert said == "Someone is at our phone today until 5 pm Eastern time."
    said = phrases.someone_will_call(schedule, utc("2026-11-26 15:00"))
    assert (
        said == "No one is at our phone now. Someone will be there tomorrow at 9 am Eastern time."
    )
    unknown = "We cannot say when someone will be at our phone."
    assert phrases.someone_will_call(None, MONDAY) == unknown
    assert phrases.someone_will_call(schedule_with(hours=((),) * 7), MONDAY) == unknown
