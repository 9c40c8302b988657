"""Possible duplicates: the same phone or e-mail; and merging one submission into another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import audit
from intake.audit import Actor
from intake.crypto import KeyRing
from intake.errors import OutOfDate, Refused
from intake.submissions import desk
from intake.submissions.models import Callback, Finder, Submission
from intake.submissions.reach import place_of, promise_of
from intake.visit.model import new_id

MOST = 10


@dataclass(frozen=True, slots=True)
class Match:
    """Another submission, and what is the same: ``fields`` are phone and email."""

    submission: Submission
    fields: frozenset[str]


def possible(session: Session, submission: Submission) -> Sequence[Match]:
    """At most ``MOST`` other submissions with the same phone or e-mail, newest contact first."""
    same: dict[str, set[str]] = {}
    times: dict[str, dt.datetime] = {}
    mine = session.execute(
        select(Finder.field, Finder.digest).where(
            Finder.submission_id == submission.id, Finder.field.in_(("phone", "email"))
        )
    )
    for field, digest in mine.all():
        # One more than is shown, since its own entry is among them.
        found = session.execute(
            select(Finder.submission_id, Finder.contact_at)
            .where(Finder.field == field, Finder.digest == digest)
            .order_by(Finder.contact_at.desc(), Finder.submission_id.desc())
            .limit(MOST + 1)
        )
        for number, at in found:
            same.setdefault(number, set()).add(field)
            times[number] = at
    same.pop(submission.id, None)
    chosen = sorted(same, key=lambda number: (times[number], number), reverse=True)[:MOST]
    loaded = session.scalars(select(Submission).where(Submission.id.in_(chosen)))
    rows = {each.id: each for each in loaded}
    return [Match(rows[each], frozenset(same[each])) for each in chosen if each in rows]


def pair(session: Session, reference: str, into: str) -> tuple[Submission, Submission]:
    """A submission and the one that it is to be merged into, both locked.

    Locked in one order by everybody, so that two merges at once cannot wait for each other.
    Raises ``NotFound``, and ``Refused`` for one and the same.
    """
    if reference == into:
        raise Refused("A record cannot be merged into itself.")
    found = {each: desk.by_reference(session, each) for each in sorted((reference, into))}
    return found[reference], found[into]


def check(submission: Submission, kept: Submission) -> None:
    """Raise ``Refused``, with the reason in words, unless the one may be merged into the other."""
    if submission.status == "closed":
        raise Refused(f"{submission.reference} is closed already.")
    if kept.status == "closed":
        raise Refused(f"{kept.reference} is closed. Open it again first.")


def merge(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    kept: Submission,
    actor: Actor,
    now: dt.datetime,
    *,
    revision: int,
    kept_revision: int,
    roles: Collection[str],
) -> None:
    """Close ``submission`` as a duplicate of ``kept``, to which an owed call goes; both locked.

    Raises ``OutOfDate`` when either changed since it was seen, and ``Refused`` by ``check``.
    """
    check(submission, kept)
    if (submission.revision, kept.revision) != (revision, kept_revision):
        raise OutOfDate(submission.reference)
    owed = promise_of(submission)
    if owed is not None:
        _hand_over(session, keys, submission, kept, owed, actor, now)
    desk.move(
        session,
        keys,
        submission,
        "closed",
        actor,
        now,
        revision=submission.revision,
        roles=roles,
        reason="duplicate",
    )
    submission.duplicate_of = kept.reference
    audit.record(
        session,
        keys,
        "submission.merged",
        actor,
        now,
        subject=submission.reference,
        into=kept.reference,
    )


def _hand_over(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    kept: Submission,
    owed: Callback,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Let ``kept`` owe the call: the earlier due time, and the more urgent place until then."""
    due_at, place = submission.due_at or owed.due_at, submission.urgency
    desk.move_call(session, keys, submission, owed, "cancelled", actor, now)
    standing = promise_of(kept)
    if standing is None:
        kept.due_at = due_at
        _take_on(session, keys, kept, owed, actor, now)
    else:
        kept.due_at = min(kept.due_at or standing.due_at, due_at)
    own = place_of(session, kept, promise_of(kept))
    kept.urgency = min(own, kept.urgency, place)


def _take_on(
    session: Session,
    keys: KeyRing,
    kept: Submission,
    owed: Callback,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Give ``kept`` the call ``owed`` as it was promised."""
    kept.callbacks.append(
        Callback(
            id=new_id(),
            kind=owed.kind,
            status=desk.former_status(owed),
            created_at=now,
            starts_at=owed.starts_at,
            ends_at=owed.ends_at,
            due_at=owed.due_at,
        )
    )
    audit.record(
        session, keys, "callback.booked", actor, now, subject=kept.reference, kind=owed.kind
    )


def of(session: Session, reference: str) -> Sequence[Submission]:
    """The submissions that were merged into ``reference``, oldest first; at most ``MOST``."""
    return session.scalars(
        select(Submission)
        .where(Submission.duplicate_of == reference)
        .order_by(Submission.submitted_at, Submission.id)
        .limit(MOST)
    ).all()
