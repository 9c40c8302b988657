"""The outbox: letters that wait, are on their way, were sent, or could not be sent."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base

# ``dead``: given up after many tries; ``dropped``: a staff member decided against it.
STATES = ("waiting", "sent", "dead", "dropped")


class Letter(Base):
    """One letter.

    ``kind`` says what it is for, ``about`` the reference or staff id that it speaks of.
    ``letter_sealed`` holds recipient, subject and body. ``message_id`` stays the same however
    often it is sent; until the first try it is the bare id. ``lease`` names the worker that has it
    until ``leased_until`` (UTC). ``next_at``: when it is due; of a dead letter, when it was given
    up.
    """

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'dead', 'dropped')", name="state"),
        Index(
            "ix_letter_waiting",
            "next_at",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_letter_state_created_at", "state", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    about: Mapped[str | None] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    created_at: Mapped[dt.datetime]
    next_at: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[dt.datetime | None]
    error: Mapped[str | None] = mapped_column(String(80))
    sent_at: Mapped[dt.datetime | None]
    letter_sealed: Mapped[bytes] = mapped_column(LargeBinary)
