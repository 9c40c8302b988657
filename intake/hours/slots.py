"""Opening spans and bookable windows: weekly hours and two time zones in, UTC instants out.

Pure: standard library only, no clock of its own. Hours are wall-clock hours of the practice's
zone. Where its clock jumps, they are read literally: the practice is open at an instant exactly
if its clock then shows an opening hour of a day that is not closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

Span = tuple[dt.time, dt.time]

# Calls only between these hours where the person is. Source: 47 CFR 64.1200(c)(1).
EARLIEST_CALL = dt.time(8)
LATEST_CALL = dt.time(20)

_DAY = dt.timedelta(days=1)
_LOOK_AHEAD = 400  # days: longer than any closure, so that a search for an opening ends


class Window(NamedTuple):
    """A stretch of time, ``start`` included and ``end`` not, both UTC."""

    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the practice is at the phone, and how it books.

    ``zone``: the practice's own zone. ``hours``: seven tuples, Monday first, of spans in that
    zone that do not overlap. ``closed``: days off. ``lead``: the earliest window starts this
    long from now. ``horizon``: the last one starts within this time. ``window``: its length.
    """

    zone: ZoneInfo
    hours: tuple[tuple[Span, ...], ...]
    closed: frozenset[dt.date]
    lead: dt.timedelta
    horizon: dt.timedelta
    window: dt.timedelta

    def spans_on(self, day: dt.date) -> tuple[Span, ...]:
        """Opening spans of ``day`` in the practice's wall-clock time, none when it is closed."""
        return () if day in self.closed else self.hours[day.weekday()]


def opening_spans(schedule: Schedule, since: dt.datetime) -> Iterator[Window]:
    """Yield the spans (UTC, by start) that end after ``since``, each whole, without overlap.

    Ends after about 400 days, so that a practice without hours ends it too.
    """
    first = since.astimezone(schedule.zone).date()
    for number in range(_LOOK_AHEAD):
        for span in _spans_of(schedule, first + number * _DAY):
            if span.end > since:
                yield span


def windows(schedule: Schedule, person_zone: ZoneInfo, now: dt.datetime) -> tuple[Window, ...]:
    """Return the windows that a person in ``person_zone`` can book at ``now`` (aware), by start.

    Windows are tiles of ``schedule.window`` from the start of each opening span; a rest that is
    too short is left out. Kept are those that start from ``now + lead`` to ``now + horizon`` and
    lie between 8 am and 8 pm where the person is.
    """
    found = []
    for span in opening_spans(schedule, now):
        if span.start > now + schedule.horizon:
            break
        found += [
            tile
            for tile in _tiles(span, schedule.window)
            if now + schedule.lead <= tile.start <= now + schedule.horizon
            and callable_at(tile, person_zone)
        ]
    return tuple(found)


def callable_at(window: Window, person_zone: ZoneInfo) -> bool:
    """Whether all of ``window`` lies between 8 am and 8 pm of one day in ``person_zone``."""
    start, end = (instant.astimezone(person_zone) for instant in window)
    return (
        start.date() == end.date() and start.time() >= EARLIEST_CALL and end.time() <= LATEST_CALL
    )


def nearest(offered: Collection[Window], wanted: dt.datetime, count: int) -> tuple[Window, ...]:
    """Return up to ``count`` of ``offered`` that start closest to ``wanted``, by start."""
    closest = sorted(offered, key=lambda window: (abs(window.start - wanted), window.start))
    return tuple(sorted(closest[:count]))


def open_now(schedule: Schedule, now: dt.datetime) -> bool:
    """Whether someone is at the phone at ``now`` (aware)."""
    return next_open(schedule, now) == now


def next_open(schedule: Schedule, now: dt.datetime) -> dt.datetime | None:
    """Return when someone is next at the phone: ``now`` itself while open, else a UTC instant.

    ``None`` when no opening lies within about a year.
    """
    span = next(opening_spans(schedule, now), None)
    return max(span.start, now) if span else None


def today_hours(schedule: Schedule, now: dt.datetime) -> tuple[Span, ...]:
    """Return the practice's opening spans (its wall-clock time) on its own day of ``now``."""
    return schedule.spans_on(now.astimezone(schedule.zone).date())


def _tiles(span: Window, length: dt.timedelta) -> Iterator[Window]:
    """Cut ``span`` into windows of ``length`` from its start."""
    start = span.start
    while start + length <= span.end:
        yield Window(start, start + length)
        start += length


def _spans_of(schedule: Schedule, day: dt.date) -> list[Window]:
    """Return the opening spans of one practice day in UTC, by start."""
    return sorted(
        piece
        for opens, closes in schedule.spans_on(day)
        for piece in _instants(schedule.zone, day, opens, closes)
    )


def _instants(zone: ZoneInfo, day: dt.date, opens: dt.time, closes: dt.time) -> list[Window]:
    """Return when on ``day`` the clock in ``zone`` shows ``opens`` to ``closes``.

    One stretch on a common day; none, one or two where the clock jumps within that day.
    """
    found: list[Window] = []
    for start, end, offset in _regimes(zone, day):
        piece = Window(
            max(start, _utc(day, opens, offset)),
            min(end, _utc(day, closes, offset)),
        )
        if piece.start >= piece.end:
            continue
        if found and found[-1].end == piece.start:
            piece = Window(found.pop().start, piece.end)
        found.append(piece)
    return found


def _utc(day: dt.date, time: dt.time, offset: dt.timedelta) -> dt.datetime:
    """Return the UTC instant of a wall-clock time under one offset from UTC."""
    return dt.datetime.combine(day, time, dt.UTC) - offset


@lru_cache(maxsize=4096)
def _regimes(
    zone: ZoneInfo, day: dt.date
) -> tuple[tuple[dt.datetime, dt.datetime, dt.timedelta], ...]:
    """Return the stretches (start and end UTC, offset) of ``day``: two where the clock jumps."""
    start, end = (
        dt.datetime.combine(each, dt.time.min, zone).astimezone(dt.UTC)
        for each in (day, day + _DAY)
    )
    jumps = [start, *_jumps(zone, start, end), end]
    return tuple((a, b, _offset(zone, a)) for a, b in pairwise(jumps))


def _jumps(zone: ZoneInfo, start: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    """Return the UTC instant from ``start`` to ``end`` at which the offset changes, if any."""
    if _offset(zone, start) == _offset(zone, end):
        return []
    while end - start > dt.timedelta(seconds=1):
        middle = (start + (end - start) / 2).replace(microsecond=0)
        if _offset(zone, middle) == _offset(zone, start):
            start = middle
        else:
            end = middle
    return [end]


def _offset(zone: ZoneInfo, instant: dt.datetime) -> dt.timedelta:
    """Return the offset from UTC that holds in ``zone`` at ``instant``."""
    return instant.astimezone(zone).utcoffset() or dt.timedelta()
