"""The query of the audit page: events newest first, by keyset, each step bounded by one index.

The days that are asked for become places in the chain first. Then one filter leads: its index
gives the events in the order of the chain. Where others are left, they look at a window of
``WINDOW`` events at a time, and the page says where the look ended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Subquery, false, func, or_, select, union_all
from sqlalchemy.orm import Session

from intake.audit.chain import Actor, record
from intake.audit.models import Event, EventHead
from intake.crypto import KeyRing

PAGE = 50
# So many events are looked at in one look. An event's time and its place in the chain may stand as
# far apart, since the clocks of several servers differ, and a clock can be put back.
WINDOW = 5_000

Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events; what is empty asks for any.

    ``names``: one of these. ``subject``: a reference or a staff id. ``since`` (included) and
    ``until`` (not) are instants in UTC.
    """

    names: tuple[str, ...] = ()
    actor_kind: str | None = None
    actor_id: str | None = None
    subject: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Events, the newest first, and where the pages around them begin, as sequences.

    ``older`` stands for ``before``, ``newer`` for ``after``. ``looked``: how many events were
    looked at, where there was not room to look at all; ``older`` (or ``newer``, for a page that
    was asked for by ``after``) then leads on.
    """

    rows: Sequence[Event]
    older: int | None
    newer: int | None
    looked: int | None = None


@dataclass(frozen=True, slots=True)
class LastCheck:
    """When the chain was checked last (UTC), by whom, and what the event says of it."""

    at: dt.datetime
    actor_kind: str
    actor_id: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class _Look:
    """One look along an index: what fits, and the place where it ended before the end."""

    rows: list[Event]
    edge: int | None


def page(
    session: Session,
    keys: KeyRing,
    actor: Actor,
    now: dt.datetime,
    wanted: Wanted,
    *,
    before: int | None = None,
    after: int | None = None,
    size: int = PAGE,
) -> Page:
    """One page of what is ``wanted``, with the event of its reading; the caller commits.

    ``before``: only events of a lower sequence; ``after``: the next ones of a higher sequence, and
    the newest page where no more than a page of them is left.
    """
    found = _page(session, wanted, before, after, size)
    record(session, keys, "audit.read", actor, now, events=len(found.rows))
    return found


def each(session: Session, wanted: Wanted, most: int) -> Iterator[Event]:
    """At most ``most`` of the events that are ``wanted``, newest first, in constant memory.

    No more than ``most`` events are looked at either. ``session`` only reads.
    """
    before: int | None = None
    for _ in range(0, most, WINDOW):
        look = _look(session, wanted, before, backwards=False, most=WINDOW)
        yield from look.rows
        before = look.rows[-1].sequence if len(look.rows) == WINDOW else look.edge
        session.expunge_all()
        if before is None:
            return


def last_check(session: Session) -> LastCheck | None:
    """How the chain was checked last; None where it never was."""
    columns = (Event.at, Event.actor_kind, Event.actor_id, Event.detail)
    row = session.execute(
        select(*columns)
        .where(Event.name == "audit.verified")
        .order_by(Event.sequence.desc())
        .limit(1)
    ).one_or_none()
    return LastCheck(*row) if row else None


def length(session: Session) -> int:
    """How many events there are, by the end of the chain."""
    return session.execute(select(EventHead.sequence)).scalar() or 0


def _page(
    session: Session, wanted: Wanted, before: int | None, after: int | None, size: int
) -> Page:
    """The page without its event."""
    if after is not None:
        look = _look(session, wanted, after, backwards=True, most=size + 1)
        shown = look.rows[:size][::-1]
        if len(look.rows) > size:
            return Page(shown, older=shown[-1].sequence, newer=shown[0].sequence)
        if look.edge is not None:
            return Page(shown, older=after + 1, newer=look.edge, looked=WINDOW)
        before = None
    look = _look(session, wanted, before, backwards=False, most=size + 1)
    shown = look.rows[:size]
    newer = None if before is None else (shown[0].sequence if shown else before - 1)
    if len(look.rows) > size:
        return Page(shown, older=shown[-1].sequence, newer=newer)
    return Page(shown, older=look.edge, newer=newer, looked=WINDOW if look.edge else None)


def _look(
    session: Session, wanted: Wanted, place: int | None, *, backwards: bool, most: int
) -> _Look:
    """At most ``most`` events from ``place`` on, away from it."""
    bounds = [*_days(session, wanted), *_beyond(place, backwards=backwards)]
    leading, left = _leading(wanted)
    window = _window(leading, bounds, WINDOW if left else most, backwards=backwards)
    fitting = select(Event).join(window, window.c.sequence == Event.sequence).where(*left)
    ordered = fitting.order_by(_order(Event.sequence, backwards=backwards)).limit(most)
    rows = list(session.scalars(ordered))
    if not left or len(rows) == most:
        return _Look(rows, None)
    last = func.max(window.c.sequence) if backwards else func.min(window.c.sequence)
    looked, edge = session.execute(select(func.count(), last).select_from(window)).one()
    return _Look(rows, edge if looked == WINDOW else None)


def _window(leading: Conditions, bounds: Conditions, size: int, *, backwards: bool) -> Subquery:
    """The sequences of the ``size`` nearest events that fit any of ``leading``, from its index."""
    parts = [
        select(Event.sequence)
        .where(*bounds, *one)
        .order_by(_order(Event.sequence, backwards=backwards))
        .limit(size)
        .subquery()
        for one in ([[each] for each in leading] or [[]])
    ]
    if len(parts) == 1:
        return parts[0]
    several = union_all(*(select(part.c.sequence) for part in parts)).subquery()
    column = several.c.sequence
    return select(column).order_by(_order(column, backwards=backwards)).limit(size).subquery()


def _leading(wanted: Wanted) -> tuple[Conditions, Conditions]:
    """The filter that leads, as a condition for each of its values, and what is left besides.

    Few events are about one subject, more are by one person, and many are of several names.
    """
    names = [Event.name == name for name in wanted.names]
    in_order = [
        [Event.subject == wanted.subject] if wanted.subject else [],
        [Event.actor_id == wanted.actor_id] if wanted.actor_id else [],
        names if len(names) == 1 else [],
        [Event.actor_kind == wanted.actor_kind] if wanted.actor_kind else [],
        names if len(names) > 1 else [],
    ]
    chosen = [conditions for conditions in in_order if conditions]
    return (chosen[0], [or_(*each) for each in chosen[1:]]) if chosen else ([], [])


def _order(column: Any, *, backwards: bool) -> Any:
    """Newest first, or ``backwards``: away from an event to newer ones."""
    return column.asc() if backwards else column.desc()


def _beyond(place: int | None, *, backwards: bool) -> Conditions:
    """What lies beyond ``place``, older or, ``backwards``, newer."""
    if place is None:
        return []
    return [Event.sequence > place if backwards else Event.sequence < place]


def _days(session: Session, wanted: Wanted) -> Conditions:
    """The times as bounds of the chain, within which the times are then held exactly.

    The time is not compared as a bare column, so that no database turns to its index there.
    """
    at = func.coalesce(Event.at, Event.at)
    inside, exactly = [], []
    if wanted.since is not None:
        inside.append(Event.at >= wanted.since)
        exactly.append(at >= wanted.since)
    if wanted.until is not None:
        inside.append(Event.at < wanted.until)
        exactly.append(at < wanted.until)
    if not inside:
        return []
    first = _edge(session, inside, func.min, Event.at.asc())
    last = _edge(session, inside, func.max, Event.at.desc())
    if first is None or last is None:
        return [false()]
    return [Event.sequence >= first, Event.sequence <= last, *exactly]


def _edge(session: Session, inside: Conditions, edge: Any, order: Any) -> int | None:
    """The lowest or highest sequence among the ``WINDOW`` events nearest to an end of a time."""
    near = select(Event.sequence).where(*inside).order_by(order).limit(WINDOW).subquery()
    found: int | None = session.execute(select(edge(near.c.sequence))).scalar()
    return found
