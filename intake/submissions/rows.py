"""Every submission in turn, opened, for an export; memory does not grow with their number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Mapped, Session

from intake.crypto import KeyRing
from intake.errors import UnreadableRecord
from intake.submissions.contact import Contact
from intake.submissions.models import Callback, Submission
from intake.submissions.record import Check

CHUNK = 500
Line = Row[*tuple[Any, ...]]
# A call that was taken back or moved is not the one that the person expects.
GIVEN_UP = ("cancelled", "rebooked")

PLAIN = (
    Submission.id,
    Submission.reference,
    Submission.submitted_at,
    Submission.definition_version,
    Submission.outcome,
    Submission.priority,
    Submission.status,
    Submission.closed_reason,
    Submission.owner_id,
    Submission.source_article,
    Submission.check_sealed,
)


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which submissions: sent from ``since`` (included) to ``before`` (not), instants in UTC."""

    since: dt.datetime | None = None
    before: dt.datetime | None = None
    outcome: str | None = None
    state: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a submission that fits fulfils."""
        found: list[ColumnElement[bool]] = []
        if self.since is not None:
            found.append(Submission.submitted_at >= self.since)
        if self.before is not None:
            found.append(Submission.submitted_at < self.before)
        if self.outcome is not None:
            found.append(Submission.outcome == self.outcome)
        if self.state is not None:
            found.append(Submission.state == self.state)
        return found


@dataclass(frozen=True, slots=True)
class Opened:
    """One submission: its plain columns, its check, and the contact and call where asked for.

    ``call_starts_at``: the start (UTC) of the window it has, None where it has none.
    """

    plain: Line
    check: Check
    contact: Contact | None
    call_starts_at: dt.datetime | None


def count(session: Session, criteria: Criteria) -> int:
    """How many submissions fit ``criteria``."""
    wanted = select(func.count()).select_from(Submission).where(*criteria.conditions())
    return session.execute(wanted).scalar_one()


def each(
    session: Session, keys: KeyRing, criteria: Criteria, *, contact: bool
) -> Iterator[Sequence[Opened]]:
    """Each fitting submission by time and id, in chunks; with its contact where asked.

    Raises ``UnreadableRecord``, which names the reference, at the first value that does not open.
    """
    columns = (*PLAIN, Submission.contact_sealed) if contact else PLAIN
    for chunk in in_chunks(session, criteria, columns):
        starts = _call_starts(session, [row.id for row in chunk]) if contact else {}
        yield [_open(keys, row, starts.get(row.id), contact=contact) for row in chunk]


def in_chunks(
    session: Session, criteria: Criteria, columns: Sequence[ColumnElement[Any] | Mapped[Any]]
) -> Iterator[Sequence[Line]]:
    """``columns`` of each fitting submission by time and id, at most ``CHUNK`` rows at a time."""
    found = session.execute(
        select(*columns)
        .where(*criteria.conditions())
        .order_by(Submission.submitted_at, Submission.id)
        .execution_options(yield_per=CHUNK)
    )
    yield from found.partitions()


def _open(keys: KeyRing, row: Line, starts: dt.datetime | None, *, contact: bool) -> Opened:
    """Open the sealed columns of one row."""
    try:
        check = Check.unpack(keys.open_field(Submission.check_sealed, row.id, row.check_sealed))
        reached = None
        if contact and row.contact_sealed is not None:
            sealed = keys.open_field(Submission.contact_sealed, row.id, row.contact_sealed)
            reached = Contact.unpack(sealed)
    except (UnreadableRecord, KeyError, TypeError, ValueError) as error:
        reason = str(error) if isinstance(error, UnreadableRecord) else "its form is not known"
        raise UnreadableRecord(f"Submission {row.reference} cannot be read. {reason}") from error
    return Opened(plain=row, check=check, contact=reached, call_starts_at=starts)


def _call_starts(session: Session, ids: Sequence[str]) -> dict[str, dt.datetime | None]:
    """The start of the newest call that stands, by submission."""
    found = session.execute(
        select(Callback.submission_id, Callback.starts_at)
        .where(Callback.submission_id.in_(ids), Callback.status.not_in(GIVEN_UP))
        .order_by(Callback.created_at, Callback.id)
    )
    return {row.submission_id: row.starts_at for row in found}
