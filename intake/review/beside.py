"""What stands beside a record: duplicates, what was merged, the last check of identity."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from intake.hours import due
from intake.hours.slots import Schedule
from intake.review import timeline, words
from intake.review.listing import Desk, asked_in_crisis
from intake.submissions import calls, duplicates, flags
from intake.submissions import desk as acts
from intake.submissions.models import Callback, Submission
from intake.submissions.reach import promise_of
from intake.submissions.status import STATUS_WORDS

SAME_WORDS = {"phone": "phone", "email": "e-mail"}
IDENTITY = ("submission.identity_checked",)
HELP = "Asked to be called, from the crisis page"
SAME_DAY = "Call today"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another record in words; ``same``: what is the same. ``open``: whether it can be kept."""

    reference: str
    same: str
    sent_at: dt.datetime
    status: str
    outcome: str
    outcome_tone: str
    open: bool


@dataclass(frozen=True, slots=True)
class Merged:
    """A record that was merged into this one; ``why`` it matters for the call, empty if not."""

    reference: str
    why: str


@dataclass(frozen=True, slots=True)
class Identity:
    """The last time that a birth date was compared: whether it matched, by whom, when."""

    matched: bool
    words: str


@dataclass(frozen=True, slots=True)
class Beside:
    """Everything that stands beside a record.

    ``outcomes``: what may be said of the owed call, codes with words. ``wrong_number``: the last
    call ended there. ``cleared``: who overrode the same-day flag, and when; None where nobody did.
    """

    duplicates: Sequence[Duplicate]
    merged: Sequence[Merged]
    identity: Identity | None
    outcomes: Sequence[tuple[str, str]]
    wrong_number: bool
    cleared: str | None


def beside(session: Session, submission: Submission, desk: Desk) -> Beside:
    """Gather what stands beside ``submission``."""
    owed = promise_of(submission)
    return Beside(
        duplicates=[_duplicate(each, desk) for each in duplicates.possible(session, submission)],
        merged=_merged(session, submission),
        identity=_identity(session, submission, desk),
        outcomes=tuple(calls.OUTCOMES.items()) if owed is not None else (),
        wrong_number=submission.status != "closed" and calls.wrong_number(submission),
        cleared=_cleared(submission, desk),
    )


def _duplicate(match: duplicates.Match, desk: Desk) -> Duplicate:
    """A possible duplicate in words."""
    other = match.submission
    return Duplicate(
        reference=other.reference,
        same="Same "
        + " and ".join(SAME_WORDS[each] for each in SAME_WORDS if each in match.fields),
        sent_at=other.submitted_at,
        status=STATUS_WORDS[other.status],
        outcome=desk.outcomes.get(other.outcome, other.outcome),
        outcome_tone=words.OUTCOME_TONES.get(other.outcome, "plain"),
        open=other.status != "closed",
    )


def _merged(session: Session, submission: Submission) -> Sequence[Merged]:
    """What was merged into it, with what that means for its call."""
    urgent = set(flags.merged_flags(session, submission))
    return [
        Merged(
            each.reference,
            HELP if asked_in_crisis(each) else SAME_DAY if each.reference in urgent else "",
        )
        for each in duplicates.of(session, submission.reference)
    ]


def _identity(session: Session, submission: Submission, desk: Desk) -> Identity | None:
    """The last check of the birth date, None where there was none."""
    found = acts.events_of(session, submission.reference, IDENTITY, most=1)
    if not found:
        return None
    who = timeline.who(found[0].actor_kind, found[0].actor_id, desk.names)
    when = words.moment_words(found[0].at, desk.practice.zone, desk.now)
    return Identity(json.loads(found[0].detail)["matched"], f"{when}, by {who}")


def _cleared(submission: Submission, desk: Desk) -> str | None:
    """Who overrode the same-day flag, and when."""
    if submission.flag_cleared_at is None:
        return None
    when = words.moment_words(submission.flag_cleared_at, desk.practice.zone, desk.now)
    return f"{desk.names.get(submission.flag_cleared_by or '', 'a former clinician')}, {when}"


def due_as_promised(schedule: Schedule, call: Callback) -> dt.datetime:
    """When a call is due by what was promised, whatever its flags (UTC)."""
    return due.due_asap(schedule, call.created_at) if call.kind == "asap" else call.due_at


def due_same_day(schedule: Schedule, call: Callback) -> dt.datetime:
    """When a call is due with a same-day flag (UTC)."""
    promised = due_as_promised(schedule, call)
    if call.kind == "urgent":
        return promised
    return due.due_with_priority(schedule, promised, call.created_at, priority=True)


def next_due(
    schedule: Schedule, call: Callback | None, now: dt.datetime, *, same_day: bool
) -> dt.datetime:
    """When a call is due again that did not reach the person (UTC).

    Two opening hours into the next business day; a same-day flag still stands for today, and a
    call for help is tried again within 15 minutes.
    """
    if call is not None and call.kind == "urgent":
        return due.due_urgent(now)
    today = now.astimezone(schedule.zone).date()
    tomorrow = dt.datetime.combine(today + dt.timedelta(days=1), dt.time.min, schedule.zone)
    wished = due.add_business_time(schedule, tomorrow.astimezone(dt.UTC), due.PRIORITY_WITHIN)
    return max(due.due_with_priority(schedule, wished, now, priority=same_day), now)
