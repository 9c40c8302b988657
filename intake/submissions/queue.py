"""The lists of the desk: who is to be called next, and what is closed or cannot be called.

The queue stands by urgency (asked for in crisis, same-day flag, usual, no call owed), then by the
time when the call is due, then by id: among calls of one urgency the overdue ones come first, and
a usual call is never put before a same-day one, however late it is. Keyset pages, bounded counts;
never commits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer, selectinload

from intake import audit
from intake.audit import Actor, Event
from intake.crypto import KeyRing
from intake.submissions import lanes
from intake.submissions.lanes import Place, Wanted
from intake.submissions.models import Submission

PAGE = 25
# Counts stop here, so that they cost the same however many wait.
MOST_COUNTED = 99
# The events by which somebody worked on a submission.
ACTS = ("callback.moved", "submission.moved", "submission.assigned", "submission.noted")


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of a list, and the places where the pages around it begin, if there are any.

    ``after`` leads to the page that follows, ``before`` to the one that precedes.
    """

    rows: Sequence[Submission]
    before: Place | None
    after: Place | None


def page(
    session: Session,
    keys: KeyRing,
    actor: Actor,
    now: dt.datetime,
    wanted: Wanted,
    *,
    after: Place | None = None,
    before: Place | None = None,
    size: int = PAGE,
) -> QueuePage:
    """One page of what is ``wanted``, with the event of its reading.

    ``after``: the last row of the page before it; ``before``: the first row of the page after it;
    where nothing is left there, the first page.
    """
    place, backwards = before or after, before is not None
    found = lanes.places(session, wanted, place, backwards=backwards, most=size + 1)
    if place is not None and (not found or (backwards and len(found) <= size)):
        place, backwards = None, False
        found = lanes.places(session, wanted, None, backwards=False, most=size + 1)
    shown = found[size - 1 :: -1] if backwards else found[:size]
    rows = _load(session, [number for _, _, number in shown])
    references = [each.reference for each in rows]
    audit.record(session, keys, "queue.listed", actor, now, references=references)
    return QueuePage(
        rows=rows,
        before=shown[0] if shown and place is not None else None,
        after=shown[-1] if len(found) > size else None,
    )


def first(
    session: Session,
    wanted: Wanted,
    me: str,
    *,
    gone: Collection[str],
    passed: str,
    since: dt.datetime,
) -> str | None:
    """The reference of the row that ``me`` (a staff id) takes up next, of the first page.

    Passed over: the reference ``passed``, what belongs to somebody other than ``me`` and those who
    are ``gone``, and what ``me`` acted on at ``since`` (UTC) or later. None where nothing is left.
    """
    found = lanes.places(session, wanted, None, backwards=False, most=PAGE)
    rows = _load(session, [number for _, _, number in found])
    acted = set(
        session.scalars(
            select(Event.subject).where(
                Event.subject.in_([each.reference for each in rows]),
                Event.name.in_(ACTS),
                Event.actor_id == me,
                Event.at >= since,
            )
        )
    )
    mine = {None, me, *gone}
    left = (
        each.reference
        for each in rows
        if each.reference not in acted | {passed} and each.owner_id in mine
    )
    return next(left, None)


def _load(session: Session, numbers: Sequence[str]) -> Sequence[Submission]:
    """The submissions of ``numbers`` in that order, with callbacks and without their answers."""
    found = session.scalars(
        select(Submission)
        .where(Submission.id.in_(numbers))
        .options(selectinload(Submission.callbacks), defer(Submission.check_sealed))
    )
    rows = {each.id: each for each in found}
    return [rows[number] for number in numbers if number in rows]


def locked(session: Session, references: Collection[str]) -> Mapping[str, Submission]:
    """The submissions of ``references``, held by this transaction, by reference.

    They are locked in one order, so that two who act on several records never wait for each other.
    """
    found = session.scalars(
        select(Submission)
        .where(Submission.reference.in_(references))
        .order_by(Submission.id)
        .with_for_update()
    )
    return {each.reference: each for each in found}


def counts(session: Session, wanted: Sequence[Wanted]) -> list[int]:
    """How many rows each of ``wanted`` has; ``MOST_COUNTED`` plus one stands for more."""
    return lanes.count(session, wanted, MOST_COUNTED)


def at_work_for(session: Session, owners: Collection[str]) -> tuple[str, ...]:
    """Those of ``owners`` (staff ids) to whom something in the queue belongs."""
    each_ones = [Wanted(lanes.QUEUE, owners=(owner,)) for owner in sorted(owners)]
    numbers = lanes.count(session, each_ones, 0) if each_ones else []
    return tuple(owner for owner, number in zip(sorted(owners), numbers, strict=True) if number)


def calls_moved_at(session: Session, references: Collection[str]) -> Mapping[str, dt.datetime]:
    """When the call of each submission was last moved (UTC), by reference; none where never."""
    found = session.execute(
        select(Event.subject, func.max(Event.at))
        .where(Event.subject.in_(references), Event.name == "callback.moved")
        .group_by(Event.subject)
    )
    return {subject: at for subject, at in found if subject is not None}


def last_closed(session: Session) -> dt.datetime | None:
    """When the newest of the closed submissions was sent (UTC); None where none is closed."""
    found = lanes.places(session, Wanted(lanes.CLOSED), None, backwards=False, most=1)
    return found[0][1] if found else None
