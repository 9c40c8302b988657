"""How the lists of the desk are read: along lanes, stretches of an index that already lie in order.

A lane has one owner, state, outcome and status, so that its rows stand in the order of the list and
no other row has to be passed. A filter is a handful of lanes, each read no further than a page;
so a page costs the same however many submissions there are.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Subquery,
    func,
    literal,
    select,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from intake.eligibility import Outcome
from intake.practice import STATES
from intake.submissions import models
from intake.submissions.models import Submission
from intake.submissions.status import STATUSES, URGENCY_DONE

COLUMNS = Submission.__table__.c
# Urgency, due time and id; in lists by the time of sending, URGENCY_DONE and that time instead.
Place = tuple[int, dt.datetime, str]

# What a filter can keep one of; the values of those that it leaves open are lanes of their own.
KINDS = {
    "state": tuple(STATES),
    "outcome": tuple(each.value for each in Outcome),
    "status": tuple(each for each in STATUSES if each != "closed"),
}
OWED = range(URGENCY_DONE)
# SQLite takes at most 500 selects in one statement.
MOST_LANES = 100


@dataclass(frozen=True, slots=True)
class List:
    """A list of the desk: its condition and its order, which its indexes in ``models`` follow.

    ``by_owner``: whether one owner's rows lie in that order by themselves; else they can only be
    walked sorted by ``kinds``.
    """

    where: str
    order: tuple[str, ...]
    newest_first: bool
    kinds: tuple[str, ...]
    by_owner: bool


QUEUE = List(
    models.IN_QUEUE,
    models.DUE,
    newest_first=False,
    kinds=models.SORTED,
    by_owner=True,
)
SAFETY = List(
    models.IN_SAFETY,
    models.DUE,
    newest_first=False,
    kinds=models.SORTED,
    by_owner=False,
)
CLOSED = List(
    models.IN_CLOSED,
    models.SENT,
    newest_first=True,
    kinds=("state", "outcome"),
    by_owner=False,
)
# Nobody looks after a record that nobody can call: this list is not asked for by owner.
NO_CONTACT = List(
    models.WITHOUT_CONTACT,
    models.SENT,
    newest_first=True,
    kinds=("state", "outcome"),
    by_owner=False,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rows of ``list`` that are asked for.

    ``owners``: staff ids, with None for nobody; None for anyone's. ``due``: from when to before
    when (UTC; no beginning where the first is None) the call must be owed. ``state``, ``outcome``
    and ``status`` keep one each.
    """

    list: List
    owners: tuple[str | None, ...] | None = None
    due: tuple[dt.datetime | None, dt.datetime] | None = None
    state: str | None = None
    outcome: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class _Lane:
    """One stretch of an index: the columns that it fixes, and the urgency where it is fixed."""

    fixed: tuple[tuple[str, str | None], ...]
    urgency: int | None


def _lanes(wanted: Wanted) -> Iterator[_Lane]:
    """The lanes that together hold what is ``wanted``, each row in one of them."""
    of = wanted.list
    owners = [] if wanted.owners is None else [[("owner_id", each) for each in wanted.owners]]
    asked = {kind: getattr(wanted, kind) for kind in of.kinds}
    kinds = []
    if any(asked.values()) or not (wanted.owners is None or of.by_owner):
        kinds = [[(kind, each) for each in _values(kind, asked[kind])] for kind in of.kinds]
    for fixed in itertools.product(*owners, *kinds):
        for urgency in OWED if wanted.due is not None else (None,):
            yield _Lane(fixed, urgency)


def _values(kind: str, asked: str | None) -> Sequence[str]:
    """The one value that is asked for, or all that there are."""
    return (asked,) if asked else KINDS[kind]


def _walk(
    wanted: Wanted, lane: _Lane, place: Place | None, falling: bool, most: int
) -> Select[Any] | None:
    """At most ``most`` places of one lane from ``place`` on; None where it ends before that."""
    names, start = wanted.list.order, place
    conditions: list[Any] = [text(wanted.list.where)]
    conditions += [_is(name, value) for name, value in lane.fixed]
    fixed = [name for name, _ in lane.fixed]
    if lane.urgency is not None and wanted.due is not None:
        conditions += [COLUMNS.urgency == lane.urgency, *_in_time(wanted.due)]
        if place is not None and lane.urgency != place[0]:
            if (lane.urgency > place[0]) is falling:
                return None
            start = None
        names, fixed = names[1:], [*fixed, "urgency"]
    order = [COLUMNS[name] for name in names]
    if start is not None:
        beyond = tuple_(*order)
        last = start[-len(order) :]
        conditions.append(beyond < last if falling else beyond > last)
    # PostgreSQL sees that an index lies in order only where its fixed columns are named too.
    sorting = [COLUMNS[name] for name in fixed] + order
    return (
        select(*(COLUMNS[name] for name in wanted.list.order))
        .where(*conditions)
        .order_by(*(each.desc() if falling else each for each in sorting))
        .limit(most)
    )


def _is(name: str, value: str | None) -> ColumnElement[bool]:
    """That a column holds ``value``."""
    return COLUMNS[name].is_(None) if value is None else COLUMNS[name] == value


def _in_time(due: tuple[dt.datetime | None, dt.datetime]) -> list[ColumnElement[bool]]:
    """The conditions of a due time."""
    begin, end = due
    found: list[ColumnElement[bool]] = [COLUMNS.due_at < end]
    return found if begin is None else [COLUMNS.due_at >= begin, *found]


def places(
    session: Session, wanted: Wanted, start: Place | None, *, backwards: bool, most: int
) -> list[Place]:
    """The first ``most`` places after ``start``, or before it where ``backwards``, nearest first.

    From the end of the list that is walked towards where ``start`` is None.
    """
    falling = wanted.list.newest_first is not backwards
    found: list[Place] = []
    for together in _together(wanted, start, falling, most):
        order = [each.desc() if falling else each for each in together.c]
        rows = session.execute(select(*together.c).order_by(*order).limit(most))
        found += [_place(tuple(row)) for row in rows]
    return sorted(found, reverse=falling)[:most]


def count(session: Session, wanted: Sequence[Wanted], most: int) -> list[int]:
    """How many rows each of ``wanted`` has, by one statement; ``most`` plus one stands for more."""
    parts = [list(_together(each, None, False, most + 1)) for each in wanted]
    counted = [_number(part, most + 1) for each in parts for part in each]
    numbers = iter(session.execute(select(*counted)).one())
    return [min(most + 1, sum(next(numbers) for _ in each)) for each in parts]


def _number(rows: Subquery, most: int) -> ScalarSelect[int]:
    """How many ``rows`` there are, up to ``most``."""
    some = select(literal(1)).select_from(rows).limit(most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _together(wanted: Wanted, start: Place | None, falling: bool, most: int) -> Iterator[Subquery]:
    """The lanes of ``wanted`` as tables of places, each of as many as one statement takes."""
    walks = [_walk(wanted, lane, start, falling, most) for lane in _lanes(wanted)]
    some = [select(*each.subquery().c) for each in walks if each is not None]
    for first in range(0, len(some), MOST_LANES):
        yield union_all(*some[first : first + MOST_LANES]).subquery()


def _place(row: tuple[Any, ...]) -> Place:
    """A place from the columns of a list's order."""
    return (row[0], row[1], row[2]) if len(row) == 3 else (URGENCY_DONE, row[0], row[1])
