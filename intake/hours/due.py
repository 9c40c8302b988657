"""Business time and due times: when the practice owes a call.

Pure: standard library only. All instants are aware; results are UTC. A practice without any
opening hour still owes a call: then ``WITHOUT_HOURS`` of wall-clock time stands in.
"""

from __future__ import annotations

import datetime as dt

from intake.hours.slots import Schedule, Window, opening_spans

# "As soon as you can" is due within this much business time.
ASAP_WITHIN = dt.timedelta(hours=4)
# "Please have someone call me" from the crisis page is due by the wall clock, day and night.
URGENT_WITHIN = dt.timedelta(minutes=15)
# A same-day priority that comes in after hours is due this far into the next business day.
PRIORITY_WITHIN = dt.timedelta(hours=2)
WITHOUT_HOURS = dt.timedelta(days=1)


def due_asap(schedule: Schedule, now: dt.datetime) -> dt.datetime:
    """Return when a call "as soon as you can" is due: within four business hours."""
    return add_business_time(schedule, now, ASAP_WITHIN)


def due_window(window: Window) -> dt.datetime:
    """Return when a booked call is due: at the end of its window."""
    return window.end


def due_urgent(now: dt.datetime) -> dt.datetime:
    """Return when an urgent call is due: 15 minutes from ``now``, open or not."""
    return now + URGENT_WITHIN


def due_priority(schedule: Schedule, now: dt.datetime) -> dt.datetime:
    """Return when a same-day priority is due.

    From the first opening to the last closing of a business day: at that last closing. At any
    other time: two business hours into the next business day.
    """
    closing = _closing_of_today(schedule, now)
    return closing or add_business_time(schedule, now, PRIORITY_WITHIN)


def due_with_priority(
    schedule: Schedule, wished: dt.datetime, now: dt.datetime, *, priority: bool
) -> dt.datetime:
    """Return ``wished``; for a same-day ``priority`` not later than the priority is due."""
    return min(wished, due_priority(schedule, now)) if priority else wished


def add_business_time(schedule: Schedule, start: dt.datetime, amount: dt.timedelta) -> dt.datetime:
    """Return the instant by which ``amount`` of opening time has passed since ``start``.

    Without enough opening time in about a year: ``start`` plus ``WITHOUT_HOURS``.
    """
    left = amount
    for span in opening_spans(schedule, start):
        begins = max(span.start, start)
        if begins + left <= span.end:
            return begins + left
        left -= span.end - begins
    return start + WITHOUT_HOURS


def business_hours_between(
    schedule: Schedule, start: dt.datetime, end: dt.datetime
) -> dt.timedelta:
    """Return how much opening time lies between ``start`` and ``end``; zero if none or reversed.

    Counts at most about 400 days.
    """
    total = dt.timedelta()
    for span in opening_spans(schedule, start):
        begins = max(span.start, start)
        if begins >= end:
            break
        total += min(span.end, end) - begins
    return total


def _closing_of_today(schedule: Schedule, now: dt.datetime) -> dt.datetime | None:
    """Return the last closing of the practice's day of ``now`` while that day runs, else None."""
    today = now.astimezone(schedule.zone).date()
    midnight = dt.datetime.combine(today, dt.time.min, schedule.zone)
    spans = []
    for span in opening_spans(schedule, midnight.astimezone(dt.UTC)):
        if span.start.astimezone(schedule.zone).date() != today:
            break
        spans.append(span)
    running = bool(spans) and spans[0].start <= now < spans[-1].end
    return spans[-1].end if running else None
