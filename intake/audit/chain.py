"""The chain: each event carries the HMAC of itself and of the event before it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from intake.audit.events import EVENTS
from intake.audit.models import Event, EventHead
from intake.crypto import KeyRing


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: ``kind`` is visitor, staff, operator (command line) or clock; ``id`` for staff.

    ``network``: the address that a staff member came from; ``ValueError`` for anybody else's.
    """

    kind: str
    id: str | None = None
    network: str | None = None

    def __post_init__(self) -> None:
        """Refuse to hold the address of a visitor."""
        if self.network is not None and self.kind != "staff":
            raise ValueError("only the address of a staff member is kept")


VISITOR = Actor("visitor")
CLOCK = Actor("clock")
OPERATOR = Actor("operator")


class Chained(Protocol):
    """What an event's HMAC covers: an ``Event``, or a row of its table with ``at`` in UTC."""

    @property
    def sequence(self) -> int: ...
    @property
    def at(self) -> dt.datetime: ...
    @property
    def name(self) -> str: ...
    @property
    def actor_kind(self) -> str: ...
    @property
    def actor_id(self) -> str | None: ...
    @property
    def subject(self) -> str | None: ...
    @property
    def network(self) -> str | None: ...
    @property
    def detail(self) -> str: ...


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
        network=actor.network,
        detail=json.dumps(detail, sort_keys=True, separators=(",", ":")),
    )
    event.key_id, event.hash = keys.mac("audit", chained(event, previous))
    connection.execute(ADD_EVENT, {column: getattr(event, column) for column in COLUMNS})
    connection.execute(MOVE_HEAD, {"sequence": event.sequence, "hash": event.hash})
    return event


def chained(event: Chained, previous: bytes) -> bytes:
    """The bytes that an event's HMAC covers: itself and the hash before it."""
    at = event.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fields = [event.sequence, at, event.name, event.actor_kind, event.actor_id]
    fields += [event.subject, event.detail]
    # Events from before networks were kept have none, and are chained as they were.
    fields += [event.network] if event.network is not None else []
    return previous + json.dumps(fields).encode()
