"""What happened to a submission, by day: people's notes among the events, in words. Pure."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from intake.submissions.status import REASON_WORDS, STATUS_WORDS

# The events that stand on the timeline; notes stand there themselves.
SHOWN = (
    "submission.sent",
    "submission.moved",
    "submission.assigned",
    "submission.contact_shown",
    "submission.closed_by_rule",
    "submission.merged",
    "submission.flag_overridden",
    "submission.flag_restored",
    "submission.identity_checked",
    "callback.booked",
    "callback.moved",
    "callback.urgent",
)
CALLBACK_WORDS = {
    "window": "Booked a time for the call.",
    "asap": "Asked to be called as soon as possible.",
}

IDENTITY_WORDS = {
    True: "Asked for the birth date. It matched.",
    False: "Asked for the birth date. It did not match.",
}
CALL_MOVED_WORDS = {
    "reached": "Reached the person.",
    "left_message": "Left a message. The call is still owed.",
    "no_answer": "No answer. The call is still owed.",
    "wrong_number": "The number was wrong.",
    "cancelled": "The call was cancelled.",
    "missed": "The call was missed.",
    "rebooked": "A later call was agreed.",
    "booked": "The call is owed again.",
    "asap": "The call is owed again.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: ``at`` in UTC, ``by`` a name.

    For an event ``words`` says it all. For a note ``words`` is its type, ``note`` is True and
    ``text`` what was written; None where it does not open, or where it is ``closed`` to this
    reader.
    """

    at: dt.datetime
    by: str
    words: str
    note: bool = False
    text: str | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """One day, by the practice's clock, with what happened on it, the newest first."""

    date: dt.date
    entries: tuple[Entry, ...]


def by_day(entries: Iterable[Entry], zone: ZoneInfo) -> tuple[Day, ...]:
    """``entries``, given newest first, in days, the newest day first."""
    newest_first = sorted(entries, key=lambda entry: entry.at, reverse=True)
    days = itertools.groupby(newest_first, key=lambda entry: entry.at.astimezone(zone).date())
    return tuple(Day(date, tuple(found)) for date, found in days)


def event_words(name: str, detail: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What an event of ``SHOWN`` says; ``names``: staff members by id."""
    if name == "submission.moved":
        return _moved_words(detail)
    if name == "submission.assigned":
        owner = detail["owner"]
        return f"Gave it to {names.get(owner, owner)}." if owner else "Took its owner away."
    if name == "submission.closed_by_rule":
        return f"Closed. {REASON_WORDS[detail['reason']]}."
    if name == "callback.booked":
        return CALLBACK_WORDS.get(detail["kind"], "Asked for a call.")
    if name == "callback.moved":
        return CALL_MOVED_WORDS.get(detail["to"], "Changed the call.")
    if name == "submission.merged":
        return f"Merged it into {detail['into']}."
    if name == "submission.identity_checked":
        return IDENTITY_WORDS[detail["matched"]]
    return {
        "submission.flag_overridden": "Decided that it needs no call on the same day.",
        "submission.flag_restored": "Took back that it needs no call on the same day.",
        "submission.sent": "Sent the check.",
        "submission.contact_shown": "Saw the contact.",
        "callback.urgent": "Asked to be called, from the crisis page.",
    }[name]


def who(kind: str, staff_id: str | None, names: Mapping[str, str]) -> str:
    """Who did it, as the timeline names them."""
    if kind == "staff":
        return names.get(staff_id or "", "A former staff member")
    return {"visitor": "The person", "clock": "The system", "operator": "The operator"}[kind]


def _moved_words(detail: Mapping[str, Any]) -> str:
    """A change of status, with the reason of a closing."""
    moved = f"{STATUS_WORDS[detail['from']]} → {STATUS_WORDS[detail['to']]}."
    return f"{moved} {REASON_WORDS[detail['reason']]}." if detail["reason"] else moved
