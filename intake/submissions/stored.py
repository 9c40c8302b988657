"""Stored checks, opened one after the other, for a version of the rules to be tried on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from intake import audit
from intake.crypto import KeyRing
from intake.eligibility import Definition, Outcome
from intake.errors import UnreadableRecord
from intake.rulebook.replay import Stored, Unopened, deciding_rules
from intake.submissions import rows
from intake.submissions.models import Submission
from intake.submissions.record import Check
from intake.submissions.rows import Criteria, Line

COLUMNS = (
    Submission.id,
    Submission.reference,
    Submission.submitted_at,
    Submission.definition_version,
    Submission.outcome,
    Submission.status,
    Submission.contact_at,
    Submission.check_sealed,
)


def begin(
    session: Session,
    keys: KeyRing,
    candidate: Definition,
    start: dt.date | None,
    end: dt.date | None,
    actor: audit.Actor,
    now: dt.datetime,
) -> None:
    """Record which version is tried on the checks of which days (both included), and by whom.

    The caller commits before anything is read.
    """
    audit.record(
        session,
        keys,
        "rules.replayed",
        actor,
        now,
        version=candidate.version,
        sha256=candidate.sha256,
        **{
            "from": start.isoformat() if start else None,
            "to": end.isoformat() if end else None,
        },
    )


def each(
    session: Session, keys: KeyRing, criteria: Criteria
) -> Iterator[Sequence[Stored | Unopened]]:
    """Each fitting check by time and id, in chunks, without name or number of anybody.

    A record that does not open is given as ``Unopened`` and hides no other.
    """
    for chunk in rows.in_chunks(session, criteria, COLUMNS):
        yield [_open(keys, row) for row in chunk]


def _open(keys: KeyRing, row: Line) -> Stored | Unopened:
    """Open the check of one row."""
    try:
        check = Check.unpack(keys.open_field(Submission.check_sealed, row.id, row.check_sealed))
        outcome = Outcome(row.outcome)
    except (UnreadableRecord, AttributeError, KeyError, TypeError, ValueError):
        return Unopened(row.reference)
    return Stored(
        reference=row.reference,
        version=row.definition_version,
        outcome=outcome,
        rules=deciding_rules(check.flags, outcome),
        answers=check.answers,
        trail=check.trail,
        sent_at=row.submitted_at,
        open=row.status != "closed",
        has_contact=row.contact_at is not None,
    )
