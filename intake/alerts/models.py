"""Alerts: somebody in danger, or a call that must be made on the same day."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base

KINDS = ("crisis", "same_day")


class Alert(Base):
    """One alert about a submission.

    ``level``: how far it has climbed (0 the desk, 1 the on-call list, 2 the physician).
    ``climbs_at``: when it climbs next, or when its acknowledgement lapses (UTC); None for neither.
    ``mails``: whether it climbs by mail at all. ``done_sealed``: what was done, in the words of
    whoever closed it.
    """

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint("kind IN ('crisis', 'same_day')", name="kind"),
        Index(
            "uq_alert_open",
            "submission_id",
            "kind",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_alert_climbs_at",
            "climbs_at",
            "id",
            sqlite_where=text("climbs_at IS NOT NULL"),
            postgresql_where=text("climbs_at IS NOT NULL"),
        ),
        Index(
            "ix_alert_open",
            "kind",
            "opened_at",
            "id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_alert_opened_at", "opened_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), index=True)
    reference: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(10))
    mails: Mapped[bool]
    opened_at: Mapped[dt.datetime]
    level: Mapped[int] = mapped_column(default=0)
    climbs_at: Mapped[dt.datetime | None]
    acknowledged_at: Mapped[dt.datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(12), ForeignKey("staff.id"))
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(12), ForeignKey("staff.id"))
    closed_reason: Mapped[str | None] = mapped_column(String(20))
    done_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    revision: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": revision}
