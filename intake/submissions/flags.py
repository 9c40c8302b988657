"""Same-day flags: whether one stands, and a clinician's decision that it needs no call today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import audit
from intake.audit import Actor
from intake.crypto import KeyRing
from intake.errors import OutOfDate, Refused
from intake.submissions import desk
from intake.submissions.models import Submission
from intake.submissions.reach import place_of, promise_of, same_day

LEAST_REASON = 15
NOTE = "Same-day flag overridden. "


def override(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    reason: str,
    actor: Actor,
    now: dt.datetime,
    *,
    revision: int,
    roles: Collection[str],
    due_at: dt.datetime | None,
) -> None:
    """Decide that the same-day flag of a locked ``submission`` needs no call today.

    ``due_at``: when the call is due without the flag (UTC); kept where it is later already. The
    reason (15 characters or more) is kept as a clinical note. Raises ``WrongRole`` for anybody
    but a clinician, ``OutOfDate`` since ``revision``, and ``Refused`` for a short reason or where
    no flag stands.
    """
    _check(submission, revision, roles)
    if not submission.priority or submission.flag_cleared_at is not None:
        raise Refused("No same-day flag stands on this record.")
    if len(reason.strip()) < LEAST_REASON:
        raise Refused(f"Write why, in {LEAST_REASON} characters or more.")
    submission.flag_cleared_at, submission.flag_cleared_by = now, actor.id
    if due_at is not None and submission.due_at is not None and not same_day(session, submission):
        submission.due_at = max(submission.due_at, due_at)
    submission.urgency = place_of(session, submission, promise_of(submission))
    audit.record(
        session, keys, "submission.flag_overridden", actor, now, subject=submission.reference
    )
    desk.add_note(
        session, keys, submission, "clinical", f"{NOTE}{reason.strip()}", actor, now, roles=roles
    )


def restore(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    actor: Actor,
    now: dt.datetime,
    *,
    revision: int,
    roles: Collection[str],
    due_at: dt.datetime | None,
) -> None:
    """Take an override back; ``due_at``: when the call is due with the flag (UTC).

    Raises ``WrongRole``, ``OutOfDate``, and ``Refused`` where nothing was overridden.
    """
    _check(submission, revision, roles)
    if submission.flag_cleared_at is None:
        raise Refused("The same-day flag of this record was not overridden.")
    submission.flag_cleared_at = submission.flag_cleared_by = None
    if due_at is not None and submission.due_at is not None:
        submission.due_at = min(submission.due_at, due_at)
    submission.urgency = place_of(session, submission, promise_of(submission))
    audit.record(
        session, keys, "submission.flag_restored", actor, now, subject=submission.reference
    )


def _check(submission: Submission, revision: int, roles: Collection[str]) -> None:
    """Raise unless a clinician acts on what they saw."""
    if "clinician" not in roles:
        raise desk.WrongRole("Only a clinician overrides a safety flag.")
    if submission.revision != revision:
        raise OutOfDate(submission.reference)


def merged_flags(session: Session, submission: Submission) -> list[str]:
    """The references of submissions merged into this one whose same-day flag still stands."""
    return list(
        session.scalars(
            select(Submission.reference)
            .where(
                Submission.duplicate_of == submission.reference,
                Submission.priority.is_(True),
                Submission.flag_cleared_at.is_(None),
            )
            .order_by(Submission.reference)
        )
    )
