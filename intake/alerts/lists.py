"""Which alerts stand open, and which were closed: for the banner and the page of alerts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select, tuple_
from sqlalchemy.orm import Session

from intake import audit
from intake.alerts.models import Alert
from intake.alerts.store import MOST_COUNTED
from intake.audit import Actor
from intake.crypto import KeyRing
from intake.submissions.models import Submission

PAGE = 25

# Loud ones first, then calls for help.
RANK = case((Alert.acknowledged_at.is_(None), 0), else_=2) + case(
    (Alert.kind == "crisis", 0), else_=1
)
RANK_CLOSED = 4

Place = tuple[int, dt.datetime, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """An alert with what its submission says: when the call is due (UTC), whether it is made up."""

    alert: Alert
    due_at: dt.datetime | None
    demo: bool


@dataclass(frozen=True, slots=True)
class Loud:
    """What nobody has acknowledged: the ``first`` ones, calls for help before flags, and how many.

    ``MOST_COUNTED`` plus one stands for more.
    """

    first: Sequence[Seen]
    crisis: int
    same_day: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of alerts; ``after`` is where the next one begins, None on the last."""

    rows: Sequence[Seen]
    after: Place | None


def loud(session: Session, most: int) -> Loud:
    """The open alerts that nobody has acknowledged; at most ``most`` of them are loaded."""
    waiting = (Alert.closed_at.is_(None), Alert.acknowledged_at.is_(None))
    first = session.execute(
        _with_submission()
        .where(*waiting)
        .order_by(Alert.kind, Alert.opened_at, Alert.id)
        .limit(most)
    )
    found = [Seen(*row) for row in first]
    if len(found) < most:
        kinds = [each.alert.kind for each in found]
        return Loud(found, kinds.count("crisis"), kinds.count("same_day"))

    def count(kind: str) -> int:
        some = select(Alert.id).where(*waiting, Alert.kind == kind).limit(MOST_COUNTED + 1)
        return session.execute(select(func.count()).select_from(some.subquery())).scalar_one()

    return Loud(found, count("crisis"), count("same_day"))


def page(
    session: Session,
    keys: KeyRing,
    actor: Actor,
    now: dt.datetime,
    *,
    closed: bool,
    after: Place | None = None,
    size: int = PAGE,
) -> Page:
    """One page of alerts, with its event; never commits.

    Open ones: loud first, a call for help before a flag, the oldest first. With ``closed``: the
    closed ones, the newest first. ``after``: the last row of the page before it.
    """
    wanted = _with_submission().limit(size + 1)
    columns: tuple[Any, ...]
    if closed:
        columns = (Alert.opened_at, Alert.id)
        wanted = wanted.where(Alert.closed_at.is_not(None))
        wanted = wanted.order_by(*(each.desc() for each in columns))
        if after is not None:
            wanted = wanted.where(tuple_(*columns) < after[1:])
    else:
        columns = (RANK, Alert.opened_at, Alert.id)
        wanted = wanted.where(Alert.closed_at.is_(None)).order_by(*columns)
        if after is not None:
            wanted = wanted.where(tuple_(*columns) > after)
    found = [Seen(*row) for row in session.execute(wanted)]
    rows = found[:size]
    references = [each.alert.reference for each in rows]
    audit.record(session, keys, "alerts.listed", actor, now, references=references)
    return Page(rows, _place(rows[-1].alert) if len(found) > size else None)


def count_open(session: Session) -> int:
    """How many alerts are open; ``MOST_COUNTED`` plus one stands for more."""
    some = select(Alert.id).where(Alert.closed_at.is_(None)).limit(MOST_COUNTED + 1)
    return session.execute(select(func.count()).select_from(some.subquery())).scalar_one()


def _with_submission() -> Any:
    """Alerts beside when their call is due, and whether the person is made up."""
    return select(Alert, Submission.due_at, Submission.demo).join(
        Submission, Submission.id == Alert.submission_id
    )


def _place(alert: Alert) -> Place:
    """Where an alert stands in the order of its list."""
    if alert.closed_at is not None:
        return RANK_CLOSED, alert.opened_at, alert.id
    rank = (2 if alert.acknowledged_at is not None else 0) + (alert.kind != "crisis")
    return rank, alert.opened_at, alert.id
