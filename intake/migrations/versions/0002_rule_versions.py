"""Versions of the rules: candidates, signatures, when each goes live, checks and replays."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from intake.db import Instant
from intake.migrations import triggers

revision = "0002"
down_revision = "0001"


def _added() -> list[sa.Column[Any]]:
    """The columns that a version gains."""
    return [
        sa.Column("origin", sa.String(length=8), nullable=False, server_default="package"),
        sa.Column("based_on", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(length=12), nullable=True),
        sa.Column("signed_by_id", sa.String(length=12), nullable=True),
        sa.Column("signed_against", sa.Integer(), nullable=True),
        sa.Column("signed_difference", sa.Text(), nullable=True),
    ]


def upgrade() -> None:
    """Keep apart what a version is and when it is live; guard both."""
    op.create_table(
        "going_live",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("ordered_at", Instant(), nullable=False),
        sa.Column("ordered_by", sa.String(length=12), nullable=True),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.Column("cancelled_by", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(
            ["version"],
            ["definition_version.version"],
            name=op.f("fk_going_live_version_definition_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_going_live")),
    )
    op.create_index(op.f("ix_going_live_version"), "going_live", ["version"], unique=False)
    op.execute(
        "INSERT INTO going_live (version, from_at, urgent, ordered_at) "
        "SELECT version, live_at, false, live_at FROM definition_version ORDER BY live_at, version"
    )
    op.drop_column("definition_version", "live_at")
    for column in _added():
        op.add_column("definition_version", column)
    op.create_table(
        "rule_run",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("asked_by", sa.String(length=12), nullable=True),
        sa.Column("beat_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("result_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind IN ('check', 'replay')", name=op.f("ck_rule_run_kind")),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_rule_run_state")
        ),
        sa.CheckConstraint(
            "(state = 'done') = (passed IS NOT NULL)", name=op.f("ck_rule_run_passed")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_run")),
    )
    op.create_index("ix_rule_run_version_kind", "rule_run", ["version", "kind"], unique=False)
    op.create_index(
        "ix_rule_run_open",
        "rule_run",
        ["asked_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting', 'running')"),
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.create_table(
        "article_confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by_id", sa.String(length=12), nullable=False),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_confirmation")),
    )
    triggers.guard_versions()


def downgrade() -> None:
    """Put the live time back onto the version; the rest is lost."""
    triggers.unguard_versions()
    op.drop_table("article_confirmation")
    op.drop_index(
        "ix_rule_run_open",
        table_name="rule_run",
        sqlite_where=sa.text("state IN ('waiting', 'running')"),
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.drop_index("ix_rule_run_version_kind", table_name="rule_run")
    op.drop_table("rule_run")
    for column in _added():
        op.drop_column("definition_version", column.name)
    op.add_column(
        "definition_version",
        sa.Column("live_at", Instant(), nullable=False, server_default="2026-01-01 00:00:00+00"),
    )
    # A candidate was never live, and the first shape knows none.
    op.execute(
        "DELETE FROM definition_version WHERE version NOT IN (SELECT version FROM going_live)"
    )
    op.execute(
        "UPDATE definition_version SET live_at = "
        "(SELECT max(from_at) FROM going_live WHERE version = definition_version.version)"
    )
    op.drop_index(op.f("ix_going_live_version"), table_name="going_live")
    op.drop_table("going_live")
