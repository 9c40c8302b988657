"""Hours, windows and zones in the words that pages use.

Pure: standard library only. English; 12-hour clock, as people in Florida and New Jersey say it.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from intake.hours.slots import Schedule, Span, Window, today_hours

EASTERN = "America/New_York"
CENTRAL = "America/Chicago"

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHORT = {
    EASTERN: "Eastern",
    CENTRAL: "Central",
    "America/Denver": "Mountain",
    "America/Los_Angeles": "Pacific",
}


class ZoneChoice(NamedTuple):
    """A time zone offered to a person: its IANA ``name`` and the ``label`` they read."""

    name: str
    label: str


# Florida is split along the Apalachicola and Gulf County itself is split, so the state alone
# does not tell the zone. Source: 49 CFR 71.5.
_OF_STATE = {
    "fl": (ZoneChoice(EASTERN, "Eastern"), ZoneChoice(CENTRAL, "Central (west Panhandle)")),
    "nj": (ZoneChoice(EASTERN, "Eastern"),),
}


def zones_of(state: str, otherwise: ZoneInfo | None = None) -> tuple[ZoneChoice, ...]:
    """Return the zones a person in ``state`` (``fl`` or ``nj``) may be in, the likelier first.

    A state outside the service has the zone ``otherwise``; without it, raises ``KeyError``.
    """
    if otherwise is not None and state not in _OF_STATE:
        return (ZoneChoice(otherwise.key, zone_words(otherwise)),)
    return _OF_STATE[state]


def zone_words(zone: ZoneInfo) -> str:
    """Return the zone as people say it, such as ``Eastern``; without a word, its IANA name."""
    return _SHORT.get(zone.key, zone.key)


def clock_words(time: dt.time) -> str:
    """Return a time of day such as ``9 am``, ``1:30 pm``, ``noon`` or ``midnight``."""
    if time.minute == 0 and time.hour % 12 == 0:
        return "noon" if time.hour else "midnight"
    minutes = f":{time.minute:02}" if time.minute else ""
    return f"{time.hour % 12 or 12}{minutes} {'am' if time.hour < 12 else 'pm'}"


def day_words(day: dt.date) -> str:
    """Return a day such as ``Tuesday, November 24``."""
    return f"{day:%A, %B} {day.day}"


def near_day_words(day: dt.date, today: dt.date) -> str:
    """Return ``today`` or ``tomorrow`` where that is true, else the day in words."""
    return {0: "today", 1: "tomorrow"}.get((day - today).days, day_words(day))


def clock_range_words(window: Window, zone: ZoneInfo) -> str:
    """Return a window's hours in ``zone`` such as ``9 am to 11 am``."""
    start, end = (clock_words(instant.astimezone(zone).time()) for instant in window)
    return f"{start} to {end}"


def short_range_words(window: Window, zone: ZoneInfo) -> str:
    """Return a window's hours in ``zone`` in few words: ``9–11 am`` or ``11 am–1 pm``."""
    first, last = (clock_words(instant.astimezone(zone).time()) for instant in window)
    if first[-2:] == last[-2:] in ("am", "pm"):
        first = first[:-3]
    return f"{first}–{last}"


def window_words(window: Window, zone: ZoneInfo) -> str:
    """Return a window as ``Tuesday, November 24, 9 am to 11 am Eastern time``."""
    day = day_words(window.start.astimezone(zone).date())
    return f"{day}, {clock_range_words(window, zone)} {zone_words(zone)} time"


def moment_words(instant: dt.datetime, zone: ZoneInfo, now: dt.datetime) -> str:
    """Return an instant as ``tomorrow at 9 am Eastern time``, seen from ``now``."""
    local = instant.astimezone(zone)
    day = near_day_words(local.date(), now.astimezone(zone).date())
    return f"{day} at {clock_words(local.time())} {zone_words(zone)} time"


def hours_words(schedule: Schedule) -> str:
    """Return the week as ``Mon–Thu 9 am–5 pm, Fri 9 am–3 pm Eastern``; empty without hours."""
    runs: list[list[int]] = []
    for day, spans in enumerate(schedule.hours):
        if not spans:
            continue
        joins = runs and runs[-1][-1] == day - 1 and schedule.hours[day - 1] == spans
        if joins:
            runs[-1].append(day)
        else:
            runs.append([day])
    parts = [f"{_run_words(run)} {_spans_words(schedule.hours[run[0]])}" for run in runs]
    return f"{', '.join(parts)} {zone_words(schedule.zone)}" if parts else ""


def today_words(schedule: Schedule, now: dt.datetime) -> str:
    """Return today's hours as ``9 am–5 pm Eastern``, or ``closed``."""
    spans = today_hours(schedule, now)
    return f"{_spans_words(spans)} {zone_words(schedule.zone)}" if spans else "closed"


def _run_words(run: list[int]) -> str:
    """Return a run of weekdays such as ``Mon–Thu``."""
    return _DAYS[run[0]] if len(run) == 1 else f"{_DAYS[run[0]]}–{_DAYS[run[-1]]}"


def _spans_words(spans: tuple[Span, ...]) -> str:
    """Return spans such as ``9 am–noon and 1 pm–5 pm``."""
    return " and ".join(f"{clock_words(opens)}–{clock_words(closes)}" for opens, closes in spans)
