"""Events: every read and act of staff, every send of a patient, in one chain.

An event stands in the same transaction as the act. Each carries the HMAC of itself and of the
event before it, so that a changed, removed or reordered row is found. Details are plain, by an
exact list of keys, and never hold an answer, a name or a number.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CheckConstraint, LargeBinary, String, Text, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from intake.crypto import KeyRing
from intake.db import Base

# Event name -> the exact keys of its detail.
EVENTS: dict[str, frozenset[str]] = {
    "definition.imported": frozenset({"version", "sha256"}),
    "rules.changed": frozenset({"version", "sha256"}),
    "rules.discarded": frozenset({"version", "sha256"}),
    "rules.checked": frozenset({"version", "sha256", "passed"}),
    "rules.replayed": frozenset({"version", "sha256", "from", "to"}),
    "rules.signed": frozenset({"version", "sha256"}),
    "rules.ordered": frozenset({"version", "urgent", "from"}),
    "rules.cancelled": frozenset({"version"}),
    "rules.movers_read": frozenset({"version"}),
    "article.confirmed": frozenset({"slug", "version"}),
    "submission.sent": frozenset({"definition_version", "outcome"}),
    "submission.opened": frozenset(),
    "submission.contact_shown": frozenset(),
    "submission.moved": frozenset({"from", "to", "reason"}),
    "submission.assigned": frozenset({"owner"}),
    "submission.noted": frozenset({"type"}),
    "submission.closed_by_rule": frozenset({"reason"}),
    "queue.listed": frozenset({"references"}),
    "callbacks.listed": frozenset({"references"}),
    "callback.booked": frozenset({"kind"}),
    "callback.moved": frozenset({"from", "to"}),
    "callback.urgent": frozenset({"possible_abuse"}),
    "export.begun": frozenset({"form", "format", "from", "to", "outcome", "state", "rows"}),
    "export.finished": frozenset({"rows", "sha256"}),
    "export.refused": frozenset({"why"}),
    "staff.invited": frozenset({"roles"}),
    "staff.enrolled": frozenset(),
    "staff.signed_in": frozenset(),
    "staff.sign_in_failed": frozenset({"step"}),
    "staff.signed_out": frozenset(),
    "staff.session_ended": frozenset({"session_id"}),
    "staff.confirmed_again": frozenset(),
    "staff.password_changed": frozenset(),
    "staff.recovery_codes_made": frozenset(),
    "staff.recovery_code_used": frozenset(),
    "staff.roles_changed": frozenset({"from", "to"}),
    "staff.disabled": frozenset(),
    "staff.reset": frozenset(),
    "access.refused": frozenset({"endpoint"}),
    "team.listed": frozenset(),
    "account.read": frozenset(),
    "demo.filled": frozenset({"people"}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: ``kind`` is visitor, staff, operator (command line) or clock; ``id`` for staff."""

    kind: str
    id: str | None = None


VISITOR = Actor("visitor")
CLOCK = Actor("clock")
OPERATOR = Actor("operator")


class Event(Base):
    """One audit event; the database refuses to change or delete it."""

    __tablename__ = "event"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime]
    name: Mapped[str] = mapped_column(String(40), index=True)
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[str | None] = mapped_column(String(12), index=True)
    subject: Mapped[str | None] = mapped_column(String(32), index=True)
    detail: Mapped[str] = mapped_column(Text)
    key_id: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class EventHead(Base):
    """The one row that says where the chain ends; writers queue on it."""

    __tablename__ = "event_head"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


# A send needs no objects that follow their rows: plain statements, built once.
READ_HEAD = select(EventHead.sequence, EventHead.hash).with_for_update()
ADD_EVENT = insert(Event)
MOVE_HEAD = update(EventHead)
COLUMNS = tuple(Event.__table__.c.keys())


def record(
    session: Session,
    keys: KeyRing,
    name: str,
    actor: Actor,
    now: dt.datetime,
    *,
    subject: str | None = None,
    **detail: Any,
) -> Event:
    """Append one event to the chain; ``subject`` is a submission's reference or a staff id.

    The event that it gives back is a copy, which the session does not follow.

    Raises ``KeyError`` for an unknown name and ``ValueError`` for keys that are not the event's.
    """
    if set(detail) != EVENTS[name]:
        raise ValueError(f"{name} takes exactly {sorted(EVENTS[name])}")
    # What the event tells of is locked before the chain, by everybody.
    session.flush()
    connection = session.connection()
    sequence, previous = connection.execute(READ_HEAD).one()
    event = Event(
        sequence=sequence + 1,
        at=now,
        name=name,
        actor_kind=actor.kind,
        actor_id=actor.id,
        subject=subject,
        detail=json.dumps(detail, sort_keys=True, separators=(",", ":")),
    )
    event.key_id, event.hash = keys.mac("audit", chained(event, previous))
    connection.execute(ADD_EVENT, {column: getattr(event, column) for column in COLUMNS})
    connection.execute(MOVE_HEAD, {"sequence": event.sequence, "hash": event.hash})
    return event


def chained(event: Event, previous: bytes) -> bytes:
    """The bytes that an event's HMAC covers: itself and the hash before it."""
    at = event.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fields = [event.sequence, at, event.name, event.actor_kind, event.actor_id]
    return previous + json.dumps([*fields, event.subject, event.detail]).encode()


def verify(session: Session, keys: KeyRing) -> str | None:
    """Walk the whole chain; None when it holds, else what is wrong at the first broken event.

    A tail that was cut off together with the head row is seen only against a copy of the head.
    """
    previous, expected = bytes(32), 1
    events = session.scalars(
        select(Event).order_by(Event.sequence).execution_options(yield_per=1000)
    )
    for event in events:
        if event.sequence != expected:
            return f"event {expected} is missing"
        if not keys.mac_fits("audit", event.key_id, chained(event, previous), event.hash):
            return f"event {event.sequence} was changed"
        previous, expected = event.hash, expected + 1
    head = session.scalars(select(EventHead)).one()
    if (head.sequence, head.hash) != (expected - 1, previous):
        return f"event {expected} and what follows are missing"
    return None
