"""The tables of a submission; whatever a person answered or said is sealed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.db import Base
from intake.submissions.status import CALLBACK_STATUSES, CLOSED_REASONS, STATUSES


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The SQL condition that ``column`` holds one of ``values``."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Submission(Base):
    """One sent check.

    ``id`` is the draft's random id, which makes Send idempotent. ``check_sealed`` holds answers,
    flags and trail; ``contact_sealed`` how the person may be reached. ``contact_at`` is set once
    somebody can be called, and puts the submission into the queue. ``revision`` counts changes.
    """

    __tablename__ = "submission"
    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint(
            f"closed_reason IS NULL OR {one_of('closed_reason', CLOSED_REASONS)}",
            name="closed_reason",
        ),
        CheckConstraint("(status = 'closed') = (closed_reason IS NOT NULL)", name="closed"),
        Index(
            "ix_submission_queue",
            "urgency",
            "due_at",
            "id",
            sqlite_where=text("status <> 'closed' AND contact_at IS NOT NULL"),
            postgresql_where=text("status <> 'closed' AND contact_at IS NOT NULL"),
        ),
        Index("ix_submission_submitted_at_id", "submitted_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    reference: Mapped[str] = mapped_column(String(8), unique=True)
    started_at: Mapped[dt.datetime]
    submitted_at: Mapped[dt.datetime]
    definition_version: Mapped[int]
    definition_sha256: Mapped[str] = mapped_column(String(64))
    locale: Mapped[str] = mapped_column(String(8))
    consent_version: Mapped[str] = mapped_column(String(40))
    consented_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(String(8))
    outcome: Mapped[str] = mapped_column(String(16))
    priority: Mapped[bool]
    status: Mapped[str] = mapped_column(String(12), default="new")
    closed_reason: Mapped[str | None] = mapped_column(String(16))
    closed_at: Mapped[dt.datetime | None]
    owner_id: Mapped[str | None] = mapped_column(String(12), ForeignKey("staff.id"), index=True)
    urgency: Mapped[int]
    due_at: Mapped[dt.datetime | None]
    contact_at: Mapped[dt.datetime | None]
    source_article: Mapped[str | None] = mapped_column(String(80))
    entered_by: Mapped[str | None] = mapped_column(String(12), ForeignKey("staff.id"))
    earlier_reference: Mapped[str | None] = mapped_column(String(8))
    age_differs: Mapped[bool] = mapped_column(default=False)
    possible_abuse: Mapped[bool] = mapped_column(default=False)
    demo: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=1)
    check_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    contact_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    callbacks: Mapped[list[Callback]] = relationship(
        back_populates="submission", order_by="Callback.created_at, Callback.id"
    )

    __mapper_args__ = {"version_id_col": revision}


class Callback(Base):
    """One promised call.

    ``kind``: window, asap or urgent. ``starts_at``/``ends_at`` only for a window.
    """

    __tablename__ = "callback"
    __table_args__ = (
        CheckConstraint(one_of("status", CALLBACK_STATUSES), name="status"),
        CheckConstraint("kind IN ('window', 'asap', 'urgent')", name="kind"),
        CheckConstraint("(kind = 'window') = (starts_at IS NOT NULL)", name="window"),
        # One promise in force at a time: the second booking of two at once is refused.
        Index(
            "uq_callback_in_force",
            "submission_id",
            unique=True,
            sqlite_where=text("status IN ('booked', 'asap')"),
            postgresql_where=text("status IN ('booked', 'asap')"),
        ),
        Index("ix_callback_starts_at_due_at", "starts_at", "due_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[dt.datetime]
    starts_at: Mapped[dt.datetime | None]
    ends_at: Mapped[dt.datetime | None]
    due_at: Mapped[dt.datetime]

    submission: Mapped[Submission] = relationship(back_populates="callbacks")


class Note(Base):
    """What a staff member wrote down; notes are added, never changed."""

    __tablename__ = "note"
    __table_args__ = (
        CheckConstraint("type IN ('call', 'clinical', 'admin', 'safety_check')", name="type"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), index=True)
    author_id: Mapped[str] = mapped_column(String(12), ForeignKey("staff.id"))
    type: Mapped[str] = mapped_column(String(12))
    at: Mapped[dt.datetime]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
