"""Codes, durations and calls in the words of the desk. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from intake.hours.slots import Window
from intake.hours.words import clock_range_words, clock_words, zone_words

# What a word on the desk looks like: the tag's class in the style sheet.
OUTCOME_TONES = {
    "crisis": "crisis",
    "not_now": "alarm",
    "outside_area": "alarm",
    "under_age": "alarm",
    "talk_first": "care",
    "may_fit": "done",
}
EFFECT_WORDS = {
    "crisis": "Crisis",
    "outside_area": "Outside the area",
    "under_age": "Under 18",
    "not_now": "Hard stop",
    "talk_first": "Talk first",
    "note": "Note",
}
EFFECT_TONES = {**OUTCOME_TONES, "note": "plain"}
STATUS_TONES = {"closed": "done"}
NOTE_WORDS = {
    "call": "Call",
    "admin": "Admin",
    "safety_check": "Safety check",
    "clinical": "Clinical",
}
PAGE_WORDS = {
    "crisis": "the crisis page",
    "stop": "a stop page",
    "area": "the page for other states",
    "age": "the page for under 18",
    "result": "the result of an earlier check",
}
# The lists of the desk, as the way back from a record names them.
LIST_WORDS = {
    "all": "Queue",
    "unassigned": "Queue: Unassigned",
    "mine": "Queue: Mine",
    "due_today": "Queue: Due today",
    "overdue": "Queue: Overdue",
    "safety": "Queue: Safety",
    "closed": "Closed",
    "no_contact": "No contact",
}
VOICEMAIL_WORDS = {
    "none": "Leave no voicemail.",
    "number": "Voicemail: your name and our number only. Do not name the practice.",
    "practice": "Voicemail may name the practice. Say nothing about health.",
}
LANGUAGE_WORDS = {
    "en": "English",
    "es": "Spanish",
    "ht": "Haitian Creole",
    "pt": "Portuguese",
    "cmn": "Mandarin",
    "yue": "Cantonese",
    "vi": "Vietnamese",
    "ko": "Korean",
    "tl": "Tagalog",
    "ru": "Russian",
    "ar": "Arabic",
    "fr": "French",
    "it": "Italian",
    "pl": "Polish",
    "gu": "Gujarati",
    "hi": "Hindi",
    "ase": "American Sign Language",
    "und": "another language, not named",
}
SETTLED_WORDS = {"reached": "Reached", "wrong_number": "Wrong number"}
FACT_WORDS = {
    "hours": "opening hours",
    "price": "price",
    "address": "address",
    "licences": "licence numbers",
    "calling_number": "the number you call from",
    "help_lines": "the help lines",
}


@dataclass(frozen=True, slots=True)
class CallWords:
    """A promised call in words: ``main`` by our clock, ``theirs`` by another one of the person's.

    ``due``: when it is owed, unless that is the window's end. ``overdue``: once it was owed.
    ``owed`` is False for a call that is settled.
    """

    main: str
    due: str | None
    theirs: str | None
    overdue: bool
    owed: bool = True


def call_words(
    kind: str,
    window: Window | None,
    due_at: dt.datetime,
    now: dt.datetime,
    practice_zone: ZoneInfo,
    person_zone: ZoneInfo | None,
) -> CallWords:
    """The call that is owed, as seen at ``now``; ``kind`` is window, asap or urgent."""
    theirs = None
    if person_zone and person_zone.key != practice_zone.key:
        theirs = f"{_span_words(window, due_at, person_zone)} {zone_words(person_zone)}, theirs"
    if window is None:
        main = "Now" if kind == "urgent" else "As soon as possible"
    else:
        day = day_words(window.start.astimezone(practice_zone).date(), _today(now, practice_zone))
        main = capital(f"{day}, {_span_words(window, due_at, practice_zone)}")
    at_end = window is not None and due_at == window.end
    due = None if at_end else moment_words(due_at, practice_zone, now)
    return CallWords(main=main, due=due, theirs=theirs, overdue=due_at < now)


def settled_words(
    status: str, moved_at: dt.datetime | None, now: dt.datetime, zone: ZoneInfo
) -> CallWords | None:
    """A call that is owed no more, by its status; ``moved_at``: when it got there, if known."""
    if status == "rebooked":
        main = "Later call agreed, see the notes"
    elif status in SETTLED_WORDS:
        main = SETTLED_WORDS[status]
        main += f" {moment_words(moved_at, zone, now)}" if moved_at else ""
    else:
        return None
    return CallWords(main=main, due=None, theirs=None, overdue=False, owed=False)


def capital(words: str) -> str:
    """``words`` with a capital first letter, the rest as it is."""
    return words[:1].upper() + words[1:]


def _span_words(window: Window | None, due_at: dt.datetime, zone: ZoneInfo) -> str:
    """The hours of ``window``, or the time when a call without one is due, on a zone's clock."""
    if window is None:
        return clock_words(due_at.astimezone(zone).time())
    return clock_range_words(window, zone)


def moment_words(moment: dt.datetime, zone: ZoneInfo, now: dt.datetime) -> str:
    """An instant such as ``today, 9:12 am`` or ``Fri, Nov 20, 4 pm``, on the clock of ``zone``."""
    local = moment.astimezone(zone)
    day = day_words(local.date(), _today(now, zone))
    return f"{day}, {clock_words(local.time())}"


def day_words(day: dt.date, today: dt.date) -> str:
    """A day such as ``today``, ``yesterday`` or ``Fri, Nov 20``; with the year if another."""
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((day - today).days)
    year = f", {day.year}" if day.year != today.year else ""
    return near or f"{day:%a, %b} {day.day}{year}"


def duration_words(length: dt.timedelta) -> str:
    """A length of time such as ``12 min``, ``3 h 20 min`` or ``41 h``."""
    minutes = max(0, int(length.total_seconds() // 60))
    hours, rest = divmod(minutes, 60)
    if hours == 0:
        return f"{minutes} min"
    return f"{hours} h {rest} min" if hours < 8 and rest else f"{hours} h"


def count_words(count: int, most: int) -> str:
    """A count; past ``most`` it says ``more than``."""
    return f"more than {most}" if count > most else str(count)


def clock_now_words(now: dt.datetime, practice_zone: ZoneInfo, person_zone: ZoneInfo) -> str:
    """What the clocks show at ``now``: the person's, and ours where it differs."""
    theirs = f"{clock_words(now.astimezone(person_zone).time())} {zone_words(person_zone)}"
    if person_zone.key == practice_zone.key:
        return f"{theirs}, as here"
    return f"{theirs}; here {clock_words(now.astimezone(practice_zone).time())}"


def possible_clocks_words(now: dt.datetime, zones: Sequence[ZoneInfo]) -> str:
    """What the clocks show in all ``zones`` that a person may be in, who was not asked."""
    shown = [f"{clock_words(now.astimezone(zone).time())} {zone_words(zone)}" for zone in zones]
    return f"Not asked. {' or '.join(shown)}"


def _today(now: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The day that it is at ``now`` in ``zone``."""
    return now.astimezone(zone).date()
