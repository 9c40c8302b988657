"""What a visitor sends: the check, then how to be reached. Never commits."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, make_transient_to_detached

from intake import audit
from intake.crypto import KeyRing
from intake.eligibility import Decision, Definition, journey
from intake.submissions.models import Submission
from intake.submissions.reach import (
    Closed,
    Promise,
    attach_contact,
    close_under_age,
    close_without_contact,
    promise_of,
    takes_contact,
)
from intake.submissions.record import Check, read_check, read_contact
from intake.submissions.status import urgency_of
from intake.visit.model import Draft

__all__ = [
    "Closed",
    "Promise",
    "Sent",
    "attach_contact",
    "by_id",
    "close_under_age",
    "close_without_contact",
    "promise_of",
    "read_check",
    "read_contact",
    "submit",
    "takes_contact",
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
