"""Anchors: the end of the chain on a day, as one line to be kept elsewhere.

A chain whose end was cut off looks whole; only a line that somebody kept tells.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.audit.chain import CLOCK, READ_HEAD, record
from intake.audit.models import Event, EventHead
from intake.crypto import KeyRing

WRITTEN = re.compile(r"(?<![0-9A-Za-z])([0-9]{1,18}):([0-9a-f]{64})(?![0-9A-Za-z])")
DAY = re.compile(r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
LATEST = (
    select(Event.at).where(Event.name == "audit.anchored").order_by(Event.sequence.desc()).limit(1)
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """An event that was there, with its hash; ``said``: the day that its line bears, as written."""

    sequence: int
    hash: bytes
    said: str | None = None


def text_of(sequence: int, head: bytes) -> str:
    """An anchor as ``SEQUENCE:HASH``, the hash in hexadecimal."""
    return f"{sequence}:{head.hex()}"


def read_anchor(text: str) -> Anchor:
    """The anchor that ``text_of`` wrote; ``ValueError`` for anything else."""
    match = WRITTEN.fullmatch(text.strip())
    if match is None:
        raise ValueError("an anchor is SEQUENCE:HASH, with 64 hexadecimal digits")
    return Anchor(int(match[1]), bytes.fromhex(match[2]))


def anchors_in(lines: Iterable[str]) -> tuple[Anchor, ...]:
    """Every anchor in ``lines``, which may be lines of a log; the first day of a line is its."""
    found = []
    for line in lines:
        day = DAY.search(line)
        for sequence, head in WRITTEN.findall(line):
            found.append(Anchor(int(sequence), bytes.fromhex(head), day[0] if day else None))
    return tuple(found)


def head_line(session: Session) -> str:
    """The end of the chain now, as an anchor."""
    head = session.execute(select(EventHead.sequence, EventHead.hash)).one()
    return text_of(head.sequence, head.hash)


def anchor_due(session: Session, now: dt.datetime, zone: ZoneInfo) -> bool:
    """Whether the anchor of today, by the practice's clock, was not yet made."""
    latest = session.execute(LATEST).scalar()
    return latest is None or latest.astimezone(zone).date() < now.astimezone(zone).date()


def anchor_daily(session: Session, keys: KeyRing, now: dt.datetime, zone: ZoneInfo) -> str | None:
    """Record the first anchor of a day, and give it, to be logged once it is committed.

    None where today's was made. Of several processes one makes it: the others wait for the end of
    the chain, and ask once more. The caller commits.
    """
    if not anchor_due(session, now, zone):
        return None
    sequence, head = session.execute(READ_HEAD).one()
    if not anchor_due(session, now, zone):
        return None
    record(session, keys, "audit.anchored", CLOCK, now, sequence=sequence, head=head.hex())
    return text_of(sequence, head)
