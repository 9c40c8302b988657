"""The rows of the queue: what stands beside each reference, worked out from the record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from intake.crypto import KeyRing
from intake.errors import UnreadableRecord
from intake.hours import due
from intake.hours.slots import Schedule, Window
from intake.practice import STATES, Practice
from intake.review import words
from intake.review.words import CallWords
from intake.submissions import store
from intake.submissions.contact import Contact
from intake.submissions.models import Callback, Submission
from intake.submissions.status import REASON_WORDS, STATUS_WORDS


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One row of a list in words; ``initials`` is None where the contact does not open.

    ``owner_left``: the owner works here no more. ``closed``: why, and when.
    """

    reference: str
    initials: str | None
    state: str
    outcome: str
    outcome_tone: str
    crisis: bool
    same_day: bool
    waiting: str
    call: CallWords | None
    owner: str | None
    owner_left: bool
    status: str
    sent_at: dt.datetime
    closed: str | None
    demo: bool
    revision: int


@dataclass(frozen=True, slots=True)
class Desk:
    """What the rows are seen against: the practice, its hours, names by staff id, the time.

    ``schedule`` is None where the hours may not be used, since nobody has confirmed them.
    ``gone``: the staff ids of those who work here no more.
    """

    practice: Practice
    schedule: Schedule | None
    names: Mapping[str, str]
    gone: frozenset[str]
    outcomes: Mapping[str, str]
    now: dt.datetime


def queue_rows(
    keys: KeyRing,
    submissions: Iterable[Submission],
    desk: Desk,
    moved: Mapping[str, dt.datetime],
) -> tuple[QueueRow, ...]:
    """The rows of ``submissions``, in their order; ``moved``: when calls were moved last (UTC)."""
    return tuple(_queue_row(keys, each, desk, moved.get(each.reference)) for each in submissions)


def _queue_row(
    keys: KeyRing, submission: Submission, desk: Desk, moved_at: dt.datetime | None
) -> QueueRow:
    """One row."""
    try:
        contact = store.read_contact(keys, submission)
    except UnreadableRecord:
        contact = None
    owed = owed_call(submission)
    return QueueRow(
        reference=submission.reference,
        initials=contact.initials if contact else None,
        state=state_words(submission.state),
        outcome=desk.outcomes.get(submission.outcome, submission.outcome),
        outcome_tone=words.OUTCOME_TONES.get(submission.outcome, "plain"),
        crisis=owed is not None and owed.kind == "urgent",
        same_day=owed is not None and submission.priority and submission.flag_cleared_at is None,
        waiting=waiting_words(submission.contact_at or submission.submitted_at, desk),
        call=call_of(submission, contact, desk, moved_at),
        owner=owner_words(submission.owner_id, desk.names),
        owner_left=submission.owner_id in desk.gone,
        status=STATUS_WORDS[submission.status],
        sent_at=submission.submitted_at,
        closed=closed_words(submission, desk),
        demo=submission.demo,
        revision=submission.revision,
    )


def state_words(state: str) -> str:
    """The short name of a state, as people here write it: ``FL``."""
    return state.upper() if state in STATES else state


def owner_words(owner: str | None, names: Mapping[str, str]) -> str | None:
    """The owner's name, None without an owner."""
    return names.get(owner, owner) if owner else None


def waiting_words(since: dt.datetime, desk: Desk) -> str:
    """How long somebody waits: in opening hours, or by the wall clock where they are not known."""
    if desk.schedule is None:
        return words.duration_words(desk.now - since)
    return words.duration_words(due.business_hours_between(desk.schedule, since, desk.now))


def closed_words(submission: Submission, desk: Desk) -> str | None:
    """Why and when it was closed, such as ``The person declined, today, 9 am``; None if open."""
    if submission.closed_reason is None or submission.closed_at is None:
        return None
    when = words.moment_words(submission.closed_at, desk.practice.zone, desk.now)
    return f"{REASON_WORDS[submission.closed_reason]}, {when}"


def owed_call(submission: Submission) -> Callback | None:
    """The call that is owed now; None for a closed submission."""
    return None if submission.status == "closed" else store.promise_of(submission)


def asked_in_crisis(submission: Submission) -> bool:
    """Whether a call was asked for on the crisis page, where zone and language are not asked."""
    return any(call.kind == "urgent" for call in submission.callbacks)


def call_of(
    submission: Submission, contact: Contact | None, desk: Desk, moved_at: dt.datetime | None
) -> CallWords | None:
    """The call that is owed, or how it was settled at ``moved_at``; None where there is neither."""
    here = desk.practice.zone
    call = owed_call(submission)
    if call is None:
        last = submission.callbacks[-1] if submission.callbacks else None
        return words.settled_words(last.status, moved_at, desk.now, here) if last else None
    window = Window(call.starts_at, call.ends_at) if call.starts_at and call.ends_at else None
    zone = ZoneInfo(contact.zone) if contact and call.kind != "urgent" else None
    due_at = submission.due_at or call.due_at
    return words.call_words(call.kind, window, due_at, desk.now, here, zone)
