"""What happened in the queue since somebody looked last, in words. Pure but for names of events."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intake.audit import Event
from intake.review import timeline

# What brings a submission into the queue, and what others do with it there.
JOINING = ("callback.booked", "callback.urgent")
OTHER_WORDS = {
    "submission.noted": "Wrote a note.",
    "submission.merged": "Merged it into another record.",
    "submission.flag_overridden": "Decided that its flags need no call the same day.",
    "submission.flag_restored": "Brought its safety flags back.",
}
CHANGES = (
    *JOINING,
    *OTHER_WORDS,
    "submission.moved",
    "submission.assigned",
    "submission.closed_by_rule",
    "callback.moved",
)
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One submission that is new or changed: the newest thing that happened, by whom, when."""

    reference: str
    at: dt.datetime
    by: str
    words: str
    new: bool


@dataclass(frozen=True, slots=True)
class Since:
    """What happened since ``at``: ``entries`` newest first, of ``new`` and ``changed`` in all.

    ``up_to``: the newest event that it covers. ``marks``: the word beside each reference.
    """

    at: dt.datetime
    up_to: int
    new: int
    changed: int
    entries: tuple[Change, ...]
    marks: Mapping[str, str]


def by_others(events: Iterable[Event], me: str) -> Sequence[Event]:
    """The ``events`` about submissions that ``me`` did not cause."""
    return [each for each in events if each.subject and each.actor_id != me]


def joining(events: Iterable[Event]) -> set[str]:
    """The references that may have come into the queue by one of ``events``."""
    return {each.subject for each in events if each.name in JOINING and each.subject}


def told(
    events: Sequence[Event],
    joined_at: Mapping[str, dt.datetime],
    names: Mapping[str, str],
    at: dt.datetime,
    up_to: int,
) -> Since:
    """What ``events`` (newest first, of others) tell; ``joined_at``: when records came in (UTC).

    A call that was booked at the very time when its record came in is what brought it.
    """
    new = {
        each.subject
        for each in events
        if each.name in JOINING and joined_at.get(each.subject or "") == each.at
    }
    newest: dict[str, Event] = {}
    for each in events:
        newest.setdefault(each.subject or "", each)
    entries = [
        Change(
            reference=reference,
            at=each.at,
            by=timeline.who(each.actor_kind, each.actor_id, names),
            words=_words(each.name, json.loads(each.detail), names),
            new=reference in new,
        )
        for reference, each in newest.items()
    ]
    return Since(
        at=at,
        up_to=up_to,
        new=sum(each.new for each in entries),
        changed=sum(not each.new for each in entries),
        entries=tuple(entries[:MOST_SHOWN]),
        marks={each.reference: "New" if each.new else "Changed" for each in entries},
    )


def _words(name: str, detail: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What one event says."""
    return OTHER_WORDS.get(name) or timeline.event_words(name, detail, names)
