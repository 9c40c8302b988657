"""The tables of definition versions, of when they are live, and of checks and replays."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base

OPEN = "state IN ('waiting', 'running')"


class DefinitionVersion(Base):
    """One version: its bytes, their SHA-256, whence it came, and who signed it.

    ``origin``: ``package``, ``desk`` or ``upload``; ``based_on``: the version it was made from.
    ``signed_by``: the name as it stood then, ``signed_difference``: the sentences that the
    clinician had in view, against the version ``signed_against``. Once signed or live, the
    database refuses to change any of it.
    """

    __tablename__ = "definition_version"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    imported_at: Mapped[dt.datetime]
    signed_at: Mapped[dt.datetime | None]
    signed_by: Mapped[str | None] = mapped_column(String(120))
    origin: Mapped[str] = mapped_column(String(8), default="package")
    based_on: Mapped[int | None]
    created_by: Mapped[str | None] = mapped_column(String(12))
    signed_by_id: Mapped[str | None] = mapped_column(String(12))
    signed_against: Mapped[int | None]
    signed_difference: Mapped[str | None] = mapped_column(Text)


class GoingLive(Base):
    """An order: this version is live from then on, until a later order takes over.

    ``urgent``: open drafts are walked again under it.
    """

    __tablename__ = "going_live"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(ForeignKey("definition_version.version"), index=True)
    from_at: Mapped[dt.datetime]
    urgent: Mapped[bool]
    ordered_at: Mapped[dt.datetime]
    ordered_by: Mapped[str | None] = mapped_column(String(12))
    cancelled_at: Mapped[dt.datetime | None]
    cancelled_by: Mapped[str | None] = mapped_column(String(12))


class RuleRun(Base):
    """A check or a replay of one version's bytes, asked for on the desk, done beside the server.

    ``passed``: whether it found nothing wrong. ``beat_at``: the last sign of life. ``attempts``:
    how often it was begun; who has it is known by that number. The result is sealed, since a
    replay names references and rules.
    """

    __tablename__ = "rule_run"
    __table_args__ = (
        CheckConstraint("kind IN ('check', 'replay')", name="kind"),
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
        CheckConstraint("(state = 'done') = (passed IS NOT NULL)", name="passed"),
        Index("ix_rule_run_version_kind", "version", "kind"),
        Index("ix_rule_run_open", "asked_at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    version: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(8))
    passed: Mapped[bool | None]
    done: Mapped[int]
    total: Mapped[int]
    attempts: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[dt.datetime]
    asked_by: Mapped[str | None] = mapped_column(String(12))
    beat_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]
    result_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
