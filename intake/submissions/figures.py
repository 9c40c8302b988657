"""The numbers of the dashboard about submissions and calls. Each is counted along an index.

Instants are aware, results in UTC; a stretch of time begins with its first instant and ends before
its last. Never commits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import case, func, select, text
from sqlalchemy.orm import Session

from intake.submissions import lanes, models
from intake.submissions.lanes import Wanted
from intake.submissions.models import Callback, Submission

# Counts of what is open stop here, so that they cost the same however much is open.
MOST_COUNTED = 999


class Open(NamedTuple):
    """What is open now: the whole queue, and its safety list; one past ``MOST_COUNTED`` is more."""

    waiting: int
    safety: int


class Oldest(NamedTuple):
    """Who waits longest for a call: the reference, and since when (UTC)."""

    reference: str
    since: dt.datetime


class Calls(NamedTuple):
    """Calls that were due: how many, and how many of them were settled by then."""

    due: int
    on_time: int


def open_now(session: Session) -> Open:
    """How many submissions the queue and its safety list hold, by one statement."""
    wanted = [Wanted(lanes.QUEUE), Wanted(lanes.SAFETY)]
    return Open(*lanes.count(session, wanted, MOST_COUNTED))


def oldest(session: Session) -> Oldest | None:
    """Who has waited longest of those to whom a call is owed; None where nobody waits."""
    found = session.execute(
        select(Submission.reference, Submission.contact_at)
        .where(text(models.STILL_OWED))
        .order_by(Submission.contact_at, Submission.id)
        .limit(1)
    ).one_or_none()
    if found is None or found[1] is None:
        return None
    return Oldest(found[0], found[1])


def outcomes(session: Session, since: dt.datetime, until: dt.datetime) -> Mapping[str, int]:
    """How many checks were sent with each outcome; an outcome that nobody had is left out."""
    found = session.execute(
        select(Submission.outcome, func.count())
        .where(Submission.submitted_at >= since, Submission.submitted_at < until)
        .group_by(Submission.outcome)
    )
    return {row[0]: row[1] for row in found}


def calls(session: Session, since: dt.datetime, until: dt.datetime) -> Calls:
    """How many calls were due, and how many of them were settled by then.

    One that is owed still counts as late, as does one that was missed; a cancelled one is not
    counted.
    """
    kept = (Callback.settled_at <= Callback.due_at) & (Callback.status != "missed")
    due, on_time = session.execute(
        select(func.count(), func.coalesce(func.sum(case((kept, 1), else_=0)), 0)).where(
            Callback.due_at >= since, Callback.due_at < until, Callback.status != "cancelled"
        )
    ).one()
    return Calls(due, int(on_time))


def flagged_without_contact(session: Session, since: dt.datetime, until: dt.datetime) -> int:
    """How many sent checks with a safety flag left no contact, so that nobody can be called."""
    return session.execute(
        select(func.count())
        .select_from(Submission)
        .where(
            text(models.FLAGGED_WITHOUT_CONTACT),
            Submission.submitted_at >= since,
            Submission.submitted_at < until,
        )
    ).scalar_one()
