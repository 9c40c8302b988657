"""The windows a person is offered, grouped by day, as the page shows them.

Pure: no Flask, no clock. A window is named by its start, ``2026-11-24T14:00:00Z``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from intake.hours.slots import Schedule, Window, callable_at, nearest, windows
from intake.hours.words import day_words, short_range_words, zone_words

ASAP = "asap"
CALL = "call"
# So many days with windows stand open; the others wait behind "Later days".
DAYS_SHOWN = 3
NEAREST = 3


@dataclass(frozen=True, slots=True)
class Option:
    """One radio: the value it posts and the words beside it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Day:
    """The windows of one day under its name."""

    name: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What the page offers: ``near`` to a window that is gone, then ``soon`` and ``later`` days."""

    near: tuple[Option, ...]
    soon: tuple[Day, ...]
    later: tuple[Day, ...]

    @property
    def empty(self) -> bool:
        """Whether no window is offered."""
        return not (self.near or self.soon)

    def holds_later(self, value: str | None) -> bool:
        """Whether ``value`` is one of the later windows, so that they must stand open."""
        return any(option.value == value for day in self.later for option in day.options)


NOTHING = Offer((), (), ())


def offered(schedule: Schedule, zones: Sequence[ZoneInfo], now: dt.datetime) -> tuple[Window, ...]:
    """Return the windows that can be booked by someone in at least one of ``zones``, by start."""
    found = {window for zone in zones for window in windows(schedule, zone, now)}
    return tuple(sorted(found))


def grouped(
    found: Sequence[Window], zones: Sequence[ZoneInfo], gone: dt.datetime | None = None
) -> Offer:
    """Arrange windows for the page; ``gone``: the start of a window that cannot be had.

    Days and hours are those of the first of ``zones``; the others stand in brackets.
    """
    close = nearest(found, gone, NEAREST) if gone else ()
    near = tuple(
        Option(stamp(window.start), f"{_day(window, zones[0])}, {label(window, zones)}")
        for window in close
    )
    rest = [window for window in found if window not in close]
    days = tuple(
        Day(name, tuple(Option(stamp(window.start), label(window, zones)) for window in group))
        for name, group in groupby(rest, key=lambda window: _day(window, zones[0]))
    )
    return Offer(near, days[:DAYS_SHOWN], days[DAYS_SHOWN:])


def label(window: Window, zones: Sequence[ZoneInfo]) -> str:
    """Return a window's hours such as ``9–11 am``, or ``9–11 am (8–10 Central)``."""
    others = [
        f"{_bare(short_range_words(window, zone))} {zone_words(zone)}"
        for zone in zones[1:]
        if callable_at(window, zone)
    ]
    first = short_range_words(window, zones[0])
    return f"{first} ({', '.join(others)})" if others else first


def _bare(hours: str) -> str:
    """Leave out am and pm, which the first zone has said already."""
    return hours.replace(" am", "").replace(" pm", "")


def stamp(instant: dt.datetime) -> str:
    """Return an instant as ``2026-11-24T14:00:00Z``."""
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_stamp(text: str) -> dt.datetime | None:
    """Read what ``stamp`` wrote; None for anything else."""
    try:
        return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        return None


def _day(window: Window, zone: ZoneInfo) -> str:
    """Return the day of a window in words."""
    return day_words(window.start.astimezone(zone).date())
