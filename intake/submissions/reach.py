"""How a person may be reached: the contact, the call that is owed, and closing without one.

Everything here decides on the locked row, so that of two at once the second sees the first.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from intake import audit
from intake.crypto import KeyRing
from intake.errors import Refused
from intake.submissions import finding
from intake.submissions.contact import Contact
from intake.submissions.models import Callback, Submission
from intake.submissions.status import CALLBACK_OPEN, urgency_of
from intake.visit.model import RESULT_SHOWN, new_id


class Closed(Refused):
    """No contact is taken any more: the submission was closed, and not for want of one."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A call that the practice owes: ``kind`` is window, asap or urgent; instants are UTC."""

    kind: str
    due_at: dt.datetime
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None


def locked(session: Session, submission_id: str) -> Submission | None:
    """The submission as it stands in the database now, held until the end of the transaction."""
    return session.scalars(
        select(Submission)
        .where(Submission.id == submission_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def takes_contact(closed_reason: str | None) -> bool:
    """Whether a contact is still taken: it is open, or was closed only for want of one."""
    return closed_reason in (None, "no_contact")


def promise_of(submission: Submission) -> Callback | None:
    """The call that is owed now, or None; nobody is owed one once the submission is closed."""
    if submission.contact_at is None or submission.status == "closed":
        return None
    open_ones = [call for call in submission.callbacks if call.status in CALLBACK_OPEN]
    return open_ones[-1] if open_ones else None


def same_day(session: Session, submission: Submission) -> bool:
    """Whether a same-day flag stands: its own, or one of a submission merged into it."""
    if submission.priority and submission.flag_cleared_at is None:
        return True
    merged = exists().where(
        Submission.duplicate_of == submission.reference,
        Submission.priority.is_(True),
        Submission.flag_cleared_at.is_(None),
    )
    return bool(session.scalar(select(merged)))


def place_of(session: Session, submission: Submission, owed: Callback | None) -> int:
    """The place in the queue that ``submission`` has by the call it owes and the flags on it."""
    kind = owed.kind if owed is not None else None
    # Without a call no flag counts, so none is looked for.
    return urgency_of(kind, priority=kind is not None and same_day(session, submission))


def attach_contact(
    session: Session,
    keys: KeyRing,
    submission_id: str,
    contact: Contact,
    promise: Promise,
    now: dt.datetime,
    *,
    age_differs: bool = False,
    possible_abuse: bool = False,
    actor: audit.Actor = audit.VISITOR,
) -> Callback:
    """Keep how a person may be reached, and the call they are promised.

    Where a call is owed already, that one is given back and nothing changes. A submission that
    the clock closed for want of a contact is open again. Raises ``Closed`` for one that was
    closed for any other reason, and ``LookupError`` when the submission is gone; then nothing
    changes.
    """
    submission = locked(session, submission_id)
    if submission is None:
        raise LookupError("no such submission")
    if not takes_contact(submission.closed_reason):
        raise Closed("No call can be booked any more. You can call us.")
    standing = promise_of(submission)
    if standing is not None:
        return standing
    _reach(session, keys, submission, contact, promise, now)
    submission.age_differs = submission.age_differs or age_differs
    submission.possible_abuse = submission.possible_abuse or possible_abuse
    callback = Callback(
        id=new_id(),
        kind=promise.kind,
        status="booked" if promise.kind == "window" else "asap",
        created_at=now,
        starts_at=promise.starts_at,
        ends_at=promise.ends_at,
        due_at=promise.due_at,
    )
    submission.callbacks.append(callback)
    name, detail = (
        ("callback.urgent", {"possible_abuse": submission.possible_abuse})
        if promise.kind == "urgent"
        else ("callback.booked", {"kind": promise.kind})
    )
    audit.record(session, keys, name, actor, now, subject=submission.reference, **detail)
    return callback


def _reach(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    contact: Contact,
    promise: Promise,
    now: dt.datetime,
) -> None:
    """Set the submission's contact with its entries, due time and place in the queue."""
    urgency = urgency_of(promise.kind, priority=same_day(session, submission))
    submission.contact_sealed = keys.seal_field(
        Submission.contact_sealed, submission.id, contact.pack()
    )
    submission.contact_at = now
    submission.due_at = promise.due_at
    submission.urgency = urgency
    finding.enter(session, keys, submission, contact)
    if submission.status == "closed":
        submission.status, submission.closed_reason, submission.closed_at = "new", None, None


def close_under_age(session: Session, keys: KeyRing, submission_id: str, now: dt.datetime) -> None:
    """Close a submission whose birth date says under 18; no contact is kept.

    A contact that was left before is forgotten and its call cancelled, and what the clock closed
    counts as under age too. A call for help stays as it is, since a crisis is never turned away;
    so does what staff closed.
    """
    submission = locked(session, submission_id)
    if submission is None or not takes_contact(submission.closed_reason):
        return
    if any(call.kind == "urgent" for call in submission.callbacks):
        return
    _forget_contact(session, keys, submission, now)
    _close(session, keys, submission, "under_age", audit.VISITOR, now)


def _forget_contact(
    session: Session, keys: KeyRing, submission: Submission, now: dt.datetime
) -> None:
    """Cancel the calls that are owed, and keep nothing of how the person may be reached."""
    for call in submission.callbacks:
        if call.status in CALLBACK_OPEN:
            detail = {"from": call.status, "to": "cancelled"}
            call.status, call.settled_at = "cancelled", call.settled_at or now
            audit.record(
                session,
                keys,
                "callback.moved",
                audit.VISITOR,
                now,
                subject=submission.reference,
                **detail,
            )
    finding.leave(session, submission)
    submission.contact_sealed = submission.contact_at = submission.due_at = None
    submission.urgency = urgency_of(None, priority=submission.priority)


def close_without_contact(
    session: Session, keys: KeyRing, now: dt.datetime, most: int = 200
) -> int:
    """Close new submissions whose receipt can no longer bring a contact; gives how many.

    A receipt shows its result for 24 hours, and the callback step stands behind it.
    """
    waiting = session.scalars(
        select(Submission)
        .where(
            Submission.status == "new",
            Submission.contact_at.is_(None),
            Submission.submitted_at < now - RESULT_SHOWN,
        )
        .order_by(Submission.submitted_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for submission in waiting:
        _close(session, keys, submission, "no_contact", audit.CLOCK, now)
    return len(waiting)


def _close(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    reason: str,
    actor: audit.Actor,
    now: dt.datetime,
) -> None:
    """Close by the product's own rule."""
    submission.status, submission.closed_reason, submission.closed_at = "closed", reason, now
    audit.record(
        session,
        keys,
        "submission.closed_by_rule",
        actor,
        now,
        subject=submission.reference,
        reason=reason,
    )
