"""The tables: events, which the database refuses to change, and where their chain ends."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base


class Event(Base):
    """One audit event; the database refuses to change or delete it."""

    __tablename__ = "event"
    # Each filter of the audit page reads from its index in the order of the chain.
    __table_args__ = (
        Index(None, "name", "sequence"),
        Index(None, "actor_kind", "sequence"),
        Index(None, "actor_id", "sequence"),
        Index(None, "subject", "sequence"),
        Index(None, "at", "sequence"),
    )

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime]
    name: Mapped[str] = mapped_column(String(40))
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[str | None] = mapped_column(String(12))
    subject: Mapped[str | None] = mapped_column(String(32))
    network: Mapped[str | None] = mapped_column(String(45))
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
