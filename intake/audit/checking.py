"""The check of the chain: walks every event, and names the first that is not as it was written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, select, type_coerce
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from intake.audit.anchors import Anchor, text_of
from intake.audit.chain import COLUMNS, Actor, chained, record
from intake.audit.models import Event, EventHead
from intake.crypto import KeyRing

START = bytes(32)
CHUNK = 1000
# The time is read as it is stored: text that is no time must not stop the walk.
STORED = [
    type_coerce(Event.at, NullType()).label("at") if name == "at" else getattr(Event, name)
    for name in COLUMNS
]
ROWS = (
    select(*STORED)
    .where(Event.sequence > bindparam("after"))
    .order_by(Event.sequence)
    .limit(bindparam("size"))
)
LOWEST = select(Event.sequence).where(Event.sequence < 1).order_by(Event.sequence).limit(1)
ENDS = select(EventHead.sequence, EventHead.hash)


@dataclass(frozen=True, slots=True)
class Break:
    """The first event that is not as it was written, by its place in the chain.

    ``kind``: changed, missing, out of order, added, end (the head row differs) or cut (an anchor
    names more). ``words`` go on after "the chain of events is broken:".
    """

    kind: str
    sequence: int
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a check ended: ``events`` that fit, the ``head`` they end in, what broke, if anything."""

    events: int
    head: bytes
    broken: Break | None

    @property
    def anchor(self) -> str:
        """The end of what fits, as an anchor."""
        return text_of(self.events, self.head)


@dataclass(slots=True)
class _Walk:
    """Where a walk stands: how many events fitted, the hash of the last."""

    events: int = 0
    head: bytes = START


def verify(session: Session, keys: KeyRing) -> str | None:
    """Walk the whole chain; None when it holds, else what is wrong at the first broken event."""
    broken = check(session, keys).broken
    return broken.words if broken else None


def check(session: Session, keys: KeyRing, anchors: Iterable[Anchor] = ()) -> Verdict:
    """Walk the whole chain in constant memory, and hold it against ``anchors``.

    ``session`` must see one unchanging state of the database where others write meanwhile. A tail
    that was cut off together with the head row is seen only against an anchor.
    """
    walk = _Walk()
    wanted = {anchor.sequence: anchor for anchor in sorted(anchors, key=_latest_last)}
    broken = _first_break(session, keys, walk, wanted)
    if broken is None:
        broken = _wrong_end(session, walk)
    cut = _cut(walk, wanted)
    if broken is None or (cut is not None and cut.sequence <= broken.sequence):
        broken = cut or broken
    return Verdict(walk.events, walk.head, broken)


def note_check(
    session: Session, keys: KeyRing, verdict: Verdict, actor: Actor, now: dt.datetime
) -> bool:
    """Record how a check ended; False where the end of the chain takes no event any more."""
    broken = verdict.broken
    head = session.execute(ENDS).one_or_none()
    if head is None:
        return False
    try:
        record(
            session,
            keys,
            "audit.verified",
            actor,
            now,
            sequence=broken.sequence if broken else verdict.events,
            whole=broken is None,
        )
    except IntegrityError:
        # A forged event stands where the next one belongs.
        session.rollback()
        return False
    return True


def _latest_last(anchor: Anchor) -> str:
    """Of several anchors for one event, the one with the latest day is named."""
    return anchor.said or ""


def _first_break(
    session: Session, keys: KeyRing, walk: _Walk, anchors: dict[int, Anchor]
) -> Break | None:
    """Walk the events; None when each fits the one before it."""
    below = session.execute(LOWEST).scalar()
    if below is not None:
        return Break("added", below, f"event {below} was added")
    for row in _rows(session):
        expected = walk.events + 1
        if row.sequence != expected:
            return Break("missing", expected, f"event {expected} is missing")
        if not _fits(keys, row, walk.head):
            return _named(session, keys, row, walk)
        walk.events, walk.head = expected, row.hash
        anchor = anchors.get(expected)
        if anchor is not None and anchor.hash != row.hash:
            return _other(anchor)
    return None


def _rows(session: Session) -> Iterator[Any]:
    """The rows of the table in the order of the chain; one that cannot be read stands for itself.

    SQLite keeps text that is no UTF-8, which its driver refuses to give.
    """
    after, size = 0, CHUNK
    while True:
        try:
            found = session.execute(ROWS, {"after": after, "size": size}).all()
        except DBAPIError as error:
            if "decode" not in str(error.orig).lower():
                raise
            if size == 1:
                yield SimpleNamespace(sequence=after + 1, hash=None)
                return
            size = 1
            continue
        yield from found
        if not found:
            return
        after = found[-1].sequence


def _fits(keys: KeyRing, row: Any, previous: bytes, sequence: int | None = None) -> bool:
    """Whether ``row`` is what was written after ``previous``, at ``sequence`` or its own place."""
    try:
        values = row._asdict()
        values |= {"at": _time(row.at), "sequence": sequence or row.sequence}
        data = chained(SimpleNamespace(**values), previous)
        return keys.mac_fits("audit", row.key_id, data, row.hash)
    except (AttributeError, TypeError, ValueError):
        # SQLite keeps any kind of value in any column.
        return False


def _time(stored: Any) -> dt.datetime:
    """The instant of a stored time: SQLite has text, in one exact form; ``ValueError`` else."""
    if isinstance(stored, dt.datetime):
        return stored
    moment = dt.datetime.fromisoformat(stored)
    if moment.isoformat(" ", "microseconds") != stored:
        raise ValueError("not as it was written")
    return moment.replace(tzinfo=dt.UTC)


def _named(session: Session, keys: KeyRing, row: Any, walk: _Walk) -> Break:
    """What was done at the first event that does not fit."""
    place = walk.events + 1
    head = session.execute(ENDS).one_or_none()
    following = session.execute(ROWS, {"after": place, "size": 1}).first()
    # The next event belongs here: this one was put before it, unless the two were exchanged.
    pushed = (
        following is not None
        and _fits(keys, following, walk.head, place)
        and not _fits(keys, row, following.hash, place + 1)
    )
    if pushed or (head is not None and place > head.sequence):
        return Break("added", place, f"event {place} was added")
    if _written_elsewhere(session, keys, row):
        return Break("out of order", place, f"event {place} is out of order")
    return Break("changed", place, f"event {place} was changed")


def _written_elsewhere(session: Session, keys: KeyRing, row: Any) -> bool:
    """Whether ``row`` fits behind some other event: then it was moved."""
    return any(
        _fits(keys, row, other.hash, sequence)
        for other in _rows(session)
        if isinstance(other.hash, bytes)
        for sequence in (other.sequence, other.sequence + 1)
    )


def _wrong_end(session: Session, walk: _Walk) -> Break | None:
    """Whether the head row names another end than the events have."""
    head = session.execute(ENDS).one_or_none()
    place = walk.events + 1
    if head is None:
        return Break("end", place, f"the end of the chain, after event {walk.events}, is missing")
    if head.sequence > walk.events:
        return Break("missing", place, f"event {place} and what follows are missing")
    if (head.sequence, head.hash) != (walk.events, walk.head):
        first = min(head.sequence + 1, walk.events)
        return Break("end", first, f"the end of the chain was changed, at event {first}")
    return None


def _cut(walk: _Walk, anchors: dict[int, Anchor]) -> Break | None:
    """The anchor that names more events than there are."""
    beyond = [anchor for number, anchor in anchors.items() if number > walk.events]
    if not beyond:
        return None
    last = max(beyond, key=lambda anchor: anchor.sequence)
    when = f" on {last.said}" if last.said else ""
    first = walk.events + 1
    words = f"events up to {last.sequence} were there{when}: the end was cut off at event {first}"
    return Break("cut", first, words)


def _other(anchor: Anchor) -> Break:
    """An event that is not the one that its anchor names, though the chain fits."""
    number = anchor.sequence
    when = f" on {anchor.said}" if anchor.said else ""
    words = (
        f"event {number} is not the one that stood there{when}: the end was cut off or written anew"
    )
    return Break("cut", number, words)
