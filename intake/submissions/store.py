"""What a visitor sends: the check, then how to be reached. Never commits."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, make_transient_to_detached

from intake import audit
from intake.crypto import KeyRing
from intake.eligibility import Decision, Definition, journey
from intake.submissions.contact import Contact
from intake.submissions.models import Callback, Submission
from intake.submissions.record import Check, read_check, read_contact
from intake.submissions.status import (
    CALLBACK_OPEN,
    urgency_of,
)
from intake.visit.model import RESULT_SHOWN, Draft, new_id

__all__ = [
    "Promise",
    "Sent",
    "attach_contact",
    "by_id",
    "close_under_age",
    "promise_of",
    "read_check",
    "read_contact",
    "submit",
]

# Insert a submission unless its id or its reference stands already.
INSERT_ONCE = {
    "sqlite": sqlite_insert(Submission).on_conflict_do_nothing().returning(Submission.id),
    "postgresql": postgresql_insert(Submission).on_conflict_do_nothing().returning(Submission.id),
}
LETTERS = "BCDFGHJKMNPQRSTVWXZ"
ALPHABET = "23456789" + LETTERS


@dataclass(frozen=True, slots=True)
class Sent:
    """A stored submission; ``new`` on the first Send, ``differs`` when other answers came later."""

    submission: Submission
    new: bool
    differs: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """A call that the practice owes: ``kind`` is window, asap or urgent; instants are UTC."""

    kind: str
    due_at: dt.datetime
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None


def new_reference() -> str:
    """A random short code that people can say on the phone, such as ``KQ7-4FXM``."""
    tail = "".join(secrets.choice(ALPHABET) for _ in range(6))
    return f"{secrets.choice(LETTERS)}{tail[:2]}-{tail[2:]}"


def submit(
    session: Session,
    keys: KeyRing,
    *,
    draft: Draft,
    definition: Definition,
    decision: Decision,
    now: dt.datetime,
    possible_abuse: bool = False,
    demo: bool = False,
) -> Sent:
    """Store the check of ``draft`` once; a second Send of the same draft gives the first.

    Only answers on the path are stored. The audit event stands in the same transaction.
    """
    answers = journey.on_path(definition, draft.answers)
    check = Check(answers=dict(answers), flags=decision.flags, trail=draft.trail)
    row: dict[str, Any] = {
        "id": draft.id,
        "started_at": draft.started,
        "submitted_at": now,
        "definition_version": definition.version,
        "definition_sha256": definition.sha256,
        "locale": draft.locale,
        "consent_version": definition.consent.version,
        "consented_at": now,
        "state": answers["state"][0],
        "outcome": decision.outcome.value,
        "priority": decision.priority,
        "status": "new",
        "urgency": urgency_of(None, priority=decision.priority),
        "source_article": draft.source,
        "entered_by": draft.entered_by,
        "earlier_reference": draft.earlier,
        "age_differs": False,
        "possible_abuse": possible_abuse,
        "demo": demo,
        "revision": 1,
        "check_sealed": keys.seal_field(Submission.check_sealed, draft.id, check.pack()),
    }
    row["reference"] = new_reference()
    while not _inserted(session, row):
        stored = by_id(session, draft.id)
        if stored is not None:
            differs = read_check(keys, stored).answers != dict(answers)
            return Sent(stored, new=False, differs=differs)
        row["reference"] = new_reference()
    stored = _held(session, row)
    _record_sent(session, keys, stored, now)
    return Sent(stored, new=True, differs=False)


def _inserted(session: Session, row: dict[str, Any]) -> bool:
    """Insert ``row`` unless its id or reference stands already; whether it was inserted."""
    statement = INSERT_ONCE[session.get_bind().dialect.name]
    return session.connection().execute(statement, row).scalar() is not None


def _held(session: Session, row: dict[str, Any]) -> Submission:
    """The submission of a ``row`` that was just inserted, without reading it back."""
    empty = dict.fromkeys(Submission.__table__.c.keys())
    submission = Submission(**empty | row)
    make_transient_to_detached(submission)
    session.add(submission)
    return submission


def _record_sent(session: Session, keys: KeyRing, submission: Submission, now: dt.datetime) -> None:
    """Write the one event of a Send."""
    audit.record(
        session,
        keys,
        "submission.sent",
        audit.VISITOR
        if submission.entered_by is None
        else audit.Actor("staff", submission.entered_by),
        now,
        subject=submission.reference,
        definition_version=submission.definition_version,
        outcome=submission.outcome,
    )


def by_id(session: Session, submission_id: str) -> Submission | None:
    """The submission that a receipt names, as it stands in the database now."""
    return session.get(Submission, submission_id, populate_existing=True)


def locked(session: Session, submission_id: str) -> Submission | None:
    """The same, held until the end of the transaction."""
    return session.scalars(
        select(Submission)
        .where(Submission.id == submission_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def promise_of(submission: Submission) -> Callback | None:
    """The call that is owed now, or None."""
    if submission.contact_at is None:
        return None
    open_ones = [call for call in submission.callbacks if call.status in CALLBACK_OPEN]
    return open_ones[-1] if open_ones else None


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
    the clock closed for want of a contact is open again. Raises ``LookupError`` when the
    submission is gone.
    """
    submission = locked(session, submission_id)
    if submission is None:
        raise LookupError("no such submission")
    standing = promise_of(submission)
    if standing is not None:
        return standing
    _reach(keys, submission, contact, promise, now)
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
    keys: KeyRing, submission: Submission, contact: Contact, promise: Promise, now: dt.datetime
) -> None:
    """Set the submission's contact, due time and place in the queue."""
    submission.contact_sealed = keys.seal_field(
        Submission.contact_sealed, submission.id, contact.pack()
    )
    submission.contact_at = now
    submission.due_at = promise.due_at
    submission.urgency = urgency_of(promise.kind, priority=submission.priority)
    if submission.closed_reason == "no_contact":
        submission.status, submission.closed_reason, submission.closed_at = "new", None, None


def close_under_age(session: Session, keys: KeyRing, submission_id: str, now: dt.datetime) -> None:
    """Close a submission whose birth date says under 18; no contact is kept."""
    submission = locked(session, submission_id)
    if submission is None or submission.status == "closed":
        return
    _close(session, keys, submission, "under_age", audit.VISITOR, now)


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
