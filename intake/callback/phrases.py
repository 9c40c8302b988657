"""Sentences about when someone is at the phone, and the texts that people agree to.

Pure: no Flask, no clock. Where the hours are not shown, ``schedule`` is None and no time is named.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from intake.hours.slots import Schedule, next_open, open_now, today_hours
from intake.hours.words import clock_words, moment_words, today_words, zone_words


class Text(NamedTuple):
    """A text that a person agrees to, and the version under which the consent is stored."""

    version: str
    words: str


SMS = Text(
    "sms-1",
    "You may text me about my request, also with automated tools. My care does not depend on it. "
    "Rates may apply. To stop, I reply STOP or tell you in any way.",
)
URGENT = Text(
    "urgent-call-1",
    "When you press the button, we keep your name, your number and the answers you gave. "
    "Our staff use them to call you.",
)


def call_now(schedule: Schedule | None, now: dt.datetime) -> str:
    """Say whether someone is at the phone now, with today's hours; empty without hours."""
    if schedule is None:
        return ""
    if open_now(schedule, now):
        return f"Today we are at the phone {today_words(schedule, now)}."
    opens = next_open(schedule, now)
    if opens is None:
        return "We are closed now."
    return f"We are closed now. We open {moment_words(opens, schedule.zone, now)}."


def someone_will_call(schedule: Schedule | None, now: dt.datetime) -> str:
    """Say when someone could call back after an urgent request."""
    opens = None if schedule is None else next_open(schedule, now)
    if schedule is None or opens is None:
        return "We cannot say when someone will be at our phone."
    if opens == now:
        closes = clock_words(_last_closing(schedule, now))
        zone = zone_words(schedule.zone)
        return f"Someone is at our phone today until {closes} {zone} time."
    moment = moment_words(opens, schedule.zone, now)
    return f"No one is at our phone now. Someone will be there {moment}."


def _last_closing(schedule: Schedule, now: dt.datetime) -> dt.time:
    """Return the closing time, on the practice's clock, of the span that is open at ``now``."""
    clock = now.astimezone(schedule.zone).time()
    return next(closes for opens, closes in today_hours(schedule, now) if opens <= clock < closes)
