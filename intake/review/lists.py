"""The lists of the desk: the parts of the queue, and what is closed or cannot be called, to read.

Every submission stands in exactly one place: in the queue, among the closed ones, or among those
without a contact.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from intake.review.filters import NOBODY, PARTS, Filters
from intake.submissions import lanes
from intake.submissions.lanes import Wanted

UNFILTERED = Filters()


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a list, and when: the staff id ``me``, an instant, the zone of the practice.

    ``gone``: the staff ids of those who work here no more, and to whom open work still belongs.
    """

    me: str
    now: dt.datetime
    zone: ZoneInfo
    gone: Sequence[str] = ()


def wanted(part: str, reader: Reader, filters: Filters = UNFILTERED) -> Wanted:
    """The rows of ``part`` (one of ``PARTS``) that ``filters`` keep.

    ``due_today``: owed on this day by the clock of the practice, overdue or not. ``overdue``: owed
    before now. ``unassigned``: nobody's, and what somebody left behind.
    """
    return Wanted(
        LISTS.get(part, lanes.QUEUE),
        owners=_owners(part, reader, filters),
        due=_due(part, reader),
        state=filters.state,
        outcome=filters.outcome,
        status=filters.status,
    )


LISTS = {"safety": lanes.SAFETY, "closed": lanes.CLOSED, "no_contact": lanes.NO_CONTACT}


def each_part(reader: Reader) -> list[Wanted]:
    """Every list without filters, in the order of ``PARTS``."""
    return [wanted(part, reader) for part in PARTS]


def _owners(part: str, reader: Reader, filters: Filters) -> tuple[str | None, ...] | None:
    """Whose rows a list holds."""
    if part == "mine":
        return (reader.me,)
    if part == "unassigned":
        return (None, *reader.gone)
    if filters.owner is None:
        return None
    return (None,) if filters.owner == NOBODY else (filters.owner,)


def _due(part: str, reader: Reader) -> tuple[dt.datetime | None, dt.datetime] | None:
    """When the calls of a list are owed (UTC)."""
    if part == "overdue":
        return None, reader.now
    if part != "due_today":
        return None
    today = reader.now.astimezone(reader.zone).date()
    days = (today, today + dt.timedelta(days=1))
    begin, end = (
        dt.datetime.combine(day, dt.time(), reader.zone).astimezone(dt.UTC) for day in days
    )
    return begin, end
