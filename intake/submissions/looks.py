"""Up to where each staff member has seen the queue, and what happened since; never commits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from intake.audit import Event, EventHead
from intake.submissions.models import LastLook, Submission

# Who comes back after less than this still sees what was new before.
ONE_SITTING = dt.timedelta(minutes=15)
# Looking back costs the same however much happened.
MOST_EVENTS = 2_000


def look(session: Session, staff_id: str, now: dt.datetime) -> LastLook:
    """Note that ``staff_id`` looks at the queue now; what came since their last look stays new.

    The first look finds nothing new. After a pause of ``ONE_SITTING`` the base moves to what they
    had seen when they looked last.
    """
    head = session.scalars(select(EventHead.sequence)).one()
    first = {"since": head, "seen": head, "since_at": now, "looked_at": now}
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    # Two first looks at once: the second finds the row of the first.
    session.execute(insert(LastLook).values(staff_id=staff_id, **first).on_conflict_do_nothing())
    found = session.get_one(LastLook, staff_id, with_for_update=True)
    if now - found.looked_at >= ONE_SITTING:
        found.since, found.since_at = found.seen, found.looked_at
    found.seen, found.looked_at = max(head, found.seen), now
    return found


def seen(session: Session, staff_id: str, up_to: int) -> None:
    """Take everything up to the event ``up_to`` as seen, which the page of the last look showed."""
    found = session.get(LastLook, staff_id, with_for_update=True)
    if found is not None and found.since < up_to <= found.seen:
        found.since, found.since_at = up_to, found.looked_at


def events_since(session: Session, look: LastLook, names: Collection[str]) -> Sequence[Event]:
    """The events called ``names`` since ``look``, newest first, of the newest ``MOST_EVENTS``."""
    begin = max(look.since, look.seen - MOST_EVENTS)
    # The inner limit keeps the walk on the primary key, whatever the outer condition is.
    newest = (
        select(Event.sequence, Event.name)
        .where(Event.sequence > begin, Event.sequence <= look.seen)
        .order_by(Event.sequence.desc())
        .limit(MOST_EVENTS)
        .subquery()
    )
    numbers = session.scalars(select(newest.c.sequence).where(newest.c.name.in_(names))).all()
    return session.scalars(
        select(Event).where(Event.sequence.in_(numbers)).order_by(Event.sequence.desc())
    ).all()


def joined_at(session: Session, references: Collection[str]) -> Mapping[str, dt.datetime]:
    """When each of ``references`` came into the queue (UTC)."""
    found = session.execute(
        select(Submission.reference, Submission.contact_at).where(
            Submission.reference.in_(references), Submission.contact_at.is_not(None)
        )
    )
    return {reference: at for reference, at in found if at is not None}
