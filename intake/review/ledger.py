"""What an export leaves in the audit: one event before the first byte, one with its result."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from intake import audit
from intake.crypto import KeyRing
from intake.review.export import Form
from intake.review.export_rows import CsvFile
from intake.submissions import rows
from intake.submissions.rows import Criteria


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants to export: whole days of the practice, an outcome, a state, a form.

    ``start`` and ``end`` are both included.
    """

    form: Form = Form.WITHOUT_CONTACT
    start: dt.date | None = None
    end: dt.date | None = None
    outcome: str | None = None
    state: str | None = None

    def criteria(self, zone: ZoneInfo) -> Criteria:
        """The days as instants: from the first's midnight in ``zone`` to the last's end."""

        since = _midnight(self.start, zone)
        before = _midnight(self.end, zone, later=1)
        return Criteria(since, before, self.outcome, self.state)


def _midnight(day: dt.date | None, zone: ZoneInfo, later: int = 0) -> dt.datetime | None:
    """The instant at which ``day``, or a ``later`` one, begins; None past the calendar's ends."""
    if day is None:
        return None
    try:
        local = dt.datetime.combine(day + dt.timedelta(days=later), dt.time.min, zone)
        return local.astimezone(dt.UTC)
    except OverflowError:
        return None


def begin(
    session: Session,
    keys: KeyRing,
    order: Order,
    criteria: Criteria,
    actor: audit.Actor,
    now: dt.datetime,
) -> int:
    """Record what is exported by whom; gives how many submissions fit. The caller commits."""
    fitting = rows.count(session, criteria)
    audit.record(
        session,
        keys,
        "export.begun",
        actor,
        now,
        form=order.form.value,
        format="csv",
        **{
            "from": order.start.isoformat() if order.start else None,
            "to": order.end.isoformat() if order.end else None,
        },
        outcome=order.outcome,
        state=order.state,
        rows=fitting,
    )
    return fitting


def finish(
    session: Session, keys: KeyRing, file: CsvFile, actor: audit.Actor, now: dt.datetime
) -> None:
    """Record that the last byte left, with rows and digest."""
    audit.record(session, keys, "export.finished", actor, now, rows=file.rows, sha256=file.sha256)


def refuse(session: Session, keys: KeyRing, why: str, actor: audit.Actor, now: dt.datetime) -> None:
    """Record that the file was not finished, and why, in one word."""
    audit.record(session, keys, "export.refused", actor, now, why=why)
