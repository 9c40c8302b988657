"""The lists of the desk: the parts of the queue, and what is closed or cannot be called, to read.

Every submission stands in exactly one place: in the queue, among the closed ones, or among those
without a contact.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import Session, selectinload

from intake import audit
from intake.audit import Actor
from intake.crypto import KeyRing
from intake.review.cursor import Place
from intake.submissions import queue as line
from intake.submissions.models import Submission
from intake.submissions.queue import QueuePage
from intake.submissions.status import URGENCY_DONE

# The parts of the queue, then the lists that are only read.
QUEUE_PARTS = ("all", "unassigned", "mine")
READ_ONLY = ("closed", "no_contact")
PARTS = (*QUEUE_PARTS, *READ_ONLY)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a list: the staff id ``me``, and as whom the event names them.

    ``gone``: the staff ids of those who work here no more.
    """

    me: str
    actor: Actor
    gone: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class _Walk:
    """Which submissions a list holds, by which columns it is ordered, and in which direction."""

    conditions: tuple[ColumnElement[bool], ...]
    order: tuple[Any, ...]
    newest_first: bool


def page(
    session: Session,
    keys: KeyRing,
    reader: Reader,
    now: dt.datetime,
    part: str,
    *,
    after: Place | None = None,
    before: Place | None = None,
    size: int = line.PAGE,
) -> QueuePage:
    """One page of ``part`` (one of ``PARTS``), with its event; never commits.

    ``after``: the last row of the page before it; ``before``: the first row of the page after it;
    where nothing is left there, the first page.
    """
    if part in ("all", "mine"):
        owner = reader.me if part == "mine" else None
        return line.page(
            session, keys, reader.actor, now, after=after, before=before, owner=owner, size=size
        )
    found = _page(session, _walk(part, reader.gone), after, before, size)
    references = [each.reference for each in found.rows]
    audit.record(session, keys, "queue.listed", reader.actor, now, references=references)
    return found


def counts(session: Session, reader: Reader) -> line.Counts:
    """How many wait; what somebody left behind counts as without an owner."""
    found = line.counts(session, reader.me)
    if not reader.gone:
        return found
    some = select(Submission.id).where(*line.in_queue(), Submission.owner_id.in_(reader.gone))
    left = session.execute(
        select(func.count()).select_from(some.limit(line.MOST_COUNTED + 1).subquery())
    ).scalar_one()
    return line.Counts(found.all, found.unassigned + left, found.mine)


def _walk(part: str, gone: Collection[str]) -> _Walk:
    """The list that is called ``part``."""
    sent = (Submission.submitted_at, Submission.id)
    if part == "closed":
        closed = (Submission.status == "closed", Submission.contact_at.is_not(None))
        return _Walk(closed, sent, newest_first=True)
    if part == "no_contact":
        return _Walk((Submission.contact_at.is_(None),), sent, newest_first=True)
    nobodys = or_(Submission.owner_id.is_(None), Submission.owner_id.in_(sorted(gone)))
    due = (Submission.urgency, Submission.due_at, Submission.id)
    return _Walk((*line.in_queue(), nobodys), due, newest_first=False)


def _page(
    session: Session, walk: _Walk, after: Place | None, before: Place | None, size: int
) -> QueuePage:
    """The page around a place; the first one where the place leads past either end."""
    place, backwards = before or after, before is not None
    found = _rows(session, walk, place, backwards, size + 1)
    if place is not None and (not found or (backwards and len(found) <= size)):
        place, backwards = None, False
        found = _rows(session, walk, None, False, size + 1)
    rows = found[size - 1 :: -1] if backwards else found[:size]
    return QueuePage(
        rows=rows,
        before=_place(walk, rows[0]) if rows and place is not None else None,
        after=_place(walk, rows[-1]) if len(found) > size else None,
    )


def _rows(
    session: Session, walk: _Walk, place: Place | None, backwards: bool, most: int
) -> Sequence[Submission]:
    """At most ``most`` submissions from ``place`` on, away from it."""
    falling = walk.newest_first is not backwards
    wanted = select(Submission).where(*walk.conditions)
    if place is not None:
        start = place[-len(walk.order) :]
        columns = tuple_(*walk.order)
        wanted = wanted.where(columns < start if falling else columns > start)
    order = [each.desc() if falling else each for each in walk.order]
    wanted = wanted.order_by(*order).limit(most).options(selectinload(Submission.callbacks))
    return session.scalars(wanted).all()


def _place(walk: _Walk, submission: Submission) -> Place:
    """Where a submission stands in the order of its list."""
    if walk.newest_first:
        return URGENCY_DONE, submission.submitted_at, submission.id
    return submission.urgency, submission.due_at or submission.submitted_at, submission.id
