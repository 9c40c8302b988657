"""The queue of the desk: who is to be called next. Keyset pages, bounded counts; never commits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import Session, selectinload

from intake import audit
from intake.audit import Actor, Event
from intake.crypto import KeyRing
from intake.submissions.models import Submission
from intake.submissions.status import URGENCY_CRISIS

PAGE = 25
# Counts stop here, so that they cost the same however many wait.
MOST_COUNTED = 999

Place = tuple[int, dt.datetime, str]


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue, and the places where the pages around it begin, if there are any.

    ``after`` leads to the page that follows, ``before`` to the one that precedes.
    """

    rows: Sequence[Submission]
    before: Place | None
    after: Place | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many wait: all, without an owner, and one person's.

    ``MOST_COUNTED`` plus one stands for more.
    """

    all: int
    unassigned: int
    mine: int


def in_queue() -> tuple[ColumnElement[bool], ...]:
    """The conditions of the queue: open, and somebody can be called."""
    return (Submission.status != "closed", Submission.contact_at.is_not(None))


def _place(submission: Submission) -> Place:
    """Where a submission stands in the order of the queue."""
    return submission.urgency, submission.due_at or submission.submitted_at, submission.id


def page(
    session: Session,
    keys: KeyRing,
    actor: Actor,
    now: dt.datetime,
    *,
    after: Place | None = None,
    before: Place | None = None,
    owner: str | None = None,
    unassigned: bool = False,
    size: int = PAGE,
) -> QueuePage:
    """One page of the queue by urgency, due time and id.

    ``after``: the last row of the page before it; ``before``: the first row of the page after
    it; where nothing is left there, the first page. ``owner`` keeps one person's,
    ``unassigned`` those without an owner.
    """
    wanted = select(Submission).where(*in_queue())
    if owner is not None:
        wanted = wanted.where(Submission.owner_id == owner)
    if unassigned:
        wanted = wanted.where(Submission.owner_id.is_(None))
    if before is not None:
        found = _page_before(session, wanted, before, size)
    else:
        found = _page_after(session, wanted, after, size)
    if not found.rows and after is not None:
        found = _page_after(session, wanted, None, size)
    audit.record(
        session,
        keys,
        "queue.listed",
        actor,
        now,
        references=[submission.reference for submission in found.rows],
    )
    return found


def _page_after(
    session: Session, wanted: Select[Submission], after: Place | None, size: int
) -> QueuePage:
    """The page that follows ``after``, or the first."""
    order = (Submission.urgency, Submission.due_at, Submission.id)
    if after is not None:
        wanted = wanted.where(tuple_(*order) > after)
    found = _load(session, wanted.order_by(*order).limit(size + 1))
    rows = found[:size]
    return QueuePage(
        rows=rows,
        before=_place(rows[0]) if rows and after is not None else None,
        after=_place(rows[-1]) if len(found) > size else None,
    )


def _page_before(
    session: Session, wanted: Select[Submission], before: Place, size: int
) -> QueuePage:
    """The page that precedes ``before``; the first one where that would be a short one."""
    order = (Submission.urgency, Submission.due_at, Submission.id)
    earlier = wanted.where(tuple_(*order) < before)
    found = _load(session, earlier.order_by(*(each.desc() for each in order)).limit(size + 1))
    if len(found) <= size:
        return _page_after(session, wanted, None, size)
    rows = found[size - 1 :: -1]
    return QueuePage(rows=rows, before=_place(rows[0]), after=_place(rows[-1]))


def _load(session: Session, wanted: Select[Submission]) -> Sequence[Submission]:
    """The submissions with their callbacks."""
    return session.scalars(wanted.options(selectinload(Submission.callbacks))).all()


def counts(session: Session, owner: str | None = None) -> Counts:
    """How many submissions wait, of all, without an owner, and of ``owner``."""

    def count(*conditions: ColumnElement[bool]) -> int:
        some = select(Submission.id).where(*in_queue(), *conditions).limit(MOST_COUNTED + 1)
        return session.execute(select(func.count()).select_from(some.subquery())).scalar_one()

    return Counts(
        all=count(),
        unassigned=count(Submission.owner_id.is_(None)),
        mine=count(Submission.owner_id == owner) if owner is not None else 0,
    )


def calls_moved_at(session: Session, references: Collection[str]) -> Mapping[str, dt.datetime]:
    """When the call of each submission was last moved (UTC), by reference; none where never."""
    found = session.execute(
        select(Event.subject, func.max(Event.at))
        .where(Event.subject.in_(references), Event.name == "callback.moved")
        .group_by(Event.subject)
    )
    return {subject: at for subject, at in found if subject is not None}


def last_new(session: Session) -> dt.datetime | None:
    """When the newest submission with a contact was sent (UTC); None when there never was one."""
    return session.scalars(
        select(Submission.submitted_at)
        .where(Submission.contact_at.is_not(None))
        .order_by(Submission.submitted_at.desc())
        .limit(1)
    ).one_or_none()


def crisis_waiting(session: Session) -> Sequence[Submission]:
    """Crisis requests that nobody has taken yet, oldest first."""
    return session.scalars(
        select(Submission)
        .where(
            *in_queue(),
            Submission.urgency == URGENCY_CRISIS,
            Submission.status == "new",
        )
        .order_by(Submission.due_at, Submission.id)
        .limit(20)
    ).all()
