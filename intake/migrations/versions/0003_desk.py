"""The desk: mail, alerts, counters, passkeys, emergency access, where events came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from intake.db import Instant

revision = "0003"
down_revision = "0002"

EVENT_INDEXES = ("name", "actor_kind", "actor_id", "subject", "at")
NARROW_EVENT_INDEXES = ("name", "actor_id", "subject")


def upgrade() -> None:
    """Make the tables; add who came from where, and until when an emergency lasts."""
    op.create_table(
        "count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", "name", "version", name=op.f("pk_count")),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("about", sa.String(length=12), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("leased_until", Instant(), nullable=True),
        sa.Column("error", sa.String(length=80), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("letter_sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'dead', 'dropped')", name=op.f("ck_letter_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("message_id", name=op.f("uq_letter_message_id")),
    )
    op.create_index(
        "ix_letter_state_created_at", "letter", ["state", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_letter_waiting",
        "letter",
        ["next_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "spent_challenge",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_challenge")),
    )
    op.create_table(
        "emergency_access",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=12), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reviewed_at", Instant(), nullable=True),
        sa.Column("reviewed_by", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(
            ["reviewed_by"], ["staff.id"], name=op.f("fk_emergency_access_reviewed_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_emergency_access_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_access")),
    )
    op.create_index(
        op.f("ix_emergency_access_staff_id"), "emergency_access", ["staff_id"], unique=False
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=12), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_passkey_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_staff_id"), "passkey", ["staff_id"], unique=False)
    op.create_table(
        "alert",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("submission_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("mails", sa.Boolean(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("climbs_at", Instant(), nullable=True),
        sa.Column("acknowledged_at", Instant(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=12), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=12), nullable=True),
        sa.Column("closed_reason", sa.String(length=20), nullable=True),
        sa.Column("done_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('crisis', 'same_day')", name=op.f("ck_alert_kind")),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["staff.id"], name=op.f("fk_alert_acknowledged_by_staff")
        ),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_alert_closed_by_staff")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_alert_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(
        "ix_alert_climbs_at",
        "alert",
        ["climbs_at", "id"],
        unique=False,
        sqlite_where=sa.text("climbs_at IS NOT NULL"),
        postgresql_where=sa.text("climbs_at IS NOT NULL"),
    )
    op.create_index(
        "ix_alert_open",
        "alert",
        ["kind", "opened_at", "id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_alert_opened_at", "alert", ["opened_at", "id"], unique=False)
    op.create_index(op.f("ix_alert_submission_id"), "alert", ["submission_id"], unique=False)
    op.create_index(
        "uq_alert_open",
        "alert",
        ["submission_id", "kind"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.add_column("event", sa.Column("network", sa.String(length=45), nullable=True))
    # The audit page reads each filter in the order of the chain.
    for column in EVENT_INDEXES:
        op.create_index(op.f(f"ix_event_{column}_sequence"), "event", [column, "sequence"])
    for column in NARROW_EVENT_INDEXES:
        op.drop_index(op.f(f"ix_event_{column}"), table_name="event")
    op.add_column("staff_session", sa.Column("emergency_until", Instant(), nullable=True))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("staff_session", "emergency_until")
    for column in NARROW_EVENT_INDEXES:
        op.create_index(op.f(f"ix_event_{column}"), "event", [column])
    for column in EVENT_INDEXES:
        op.drop_index(op.f(f"ix_event_{column}_sequence"), table_name="event")
    op.drop_column("event", "network")
    op.drop_index(
        "uq_alert_open",
        table_name="alert",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index(op.f("ix_alert_submission_id"), table_name="alert")
    op.drop_index("ix_alert_opened_at", table_name="alert")
    op.drop_index(
        "ix_alert_open",
        table_name="alert",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index(
        "ix_alert_climbs_at",
        table_name="alert",
        sqlite_where=sa.text("climbs_at IS NOT NULL"),
        postgresql_where=sa.text("climbs_at IS NOT NULL"),
    )
    op.drop_table("alert")
    op.drop_index(op.f("ix_passkey_staff_id"), table_name="passkey")
    op.drop_table("passkey")
    op.drop_index(op.f("ix_emergency_access_staff_id"), table_name="emergency_access")
    op.drop_table("emergency_access")
    op.drop_table("spent_challenge")
    op.drop_index(
        "ix_letter_waiting",
        table_name="letter",
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index("ix_letter_state_created_at", table_name="letter")
    op.drop_table("letter")
    op.drop_table("count")
