"""The first shape: definitions, events, submissions, staff, limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from intake.db import Instant
from intake.migrations import triggers

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, the end of the event chain, and the triggers that guard it."""
    op.create_table(
        "definition_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.Column("live_at", Instant(), nullable=False),
        sa.Column("signed_at", Instant(), nullable=True),
        sa.Column("signed_by", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_definition_version")),
        sa.UniqueConstraint("sha256", name=op.f("uq_definition_version_sha256")),
    )
    op.create_table(
        "event",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.String(length=12), nullable=True),
        sa.Column("subject", sa.String(length=32), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_actor_id"), "event", ["actor_id"], unique=False)
    op.create_index(op.f("ix_event_name"), "event", ["name"], unique=False)
    op.create_index(op.f("ix_event_subject"), "event", ["subject"], unique=False)
    op.create_table(
        "event_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_event_head_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_head")),
    )
    op.create_table(
        "hits",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("ends", Instant(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "window", name=op.f("pk_hits")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("roles", sa.String(length=30), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("enrolled_at", Instant(), nullable=True),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "roles IN ('admin', 'clinician', 'admin clinician', 'intake', 'admin intake', 'clinician intake', 'admin clinician intake')",
            name=op.f("ck_staff_role_set"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=12), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'first') = (staff_id IS NULL)", name=op.f("ck_invitation_whose")
        ),
        sa.CheckConstraint("kind IN ('first', 'invite', 'reset')", name=op.f("ck_invitation_kind")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_invitation_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_invitation_token_sha256")),
    )
    op.create_index(op.f("ix_invitation_staff_id"), "invitation", ["staff_id"], unique=False)
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=12), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_recovery_code_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_staff_id"), "recovery_code", ["staff_id"], unique=False)
    op.create_table(
        "staff_session",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=12), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint("level IN ('password', 'full')", name=op.f("ck_staff_session_level")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_staff_session_token_sha256")),
    )
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"], unique=False)
    op.create_table(
        "submission",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=8), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=False),
        sa.Column("definition_version", sa.Integer(), nullable=False),
        sa.Column("definition_sha256", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("consent_version", sa.String(length=40), nullable=False),
        sa.Column("consented_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("closed_reason", sa.String(length=16), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("owner_id", sa.String(length=12), nullable=True),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("contact_at", Instant(), nullable=True),
        sa.Column("source_article", sa.String(length=80), nullable=True),
        sa.Column("entered_by", sa.String(length=12), nullable=True),
        sa.Column("earlier_reference", sa.String(length=8), nullable=True),
        sa.Column("age_differs", sa.Boolean(), nullable=False),
        sa.Column("possible_abuse", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("check_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(status = 'closed') = (closed_reason IS NOT NULL)", name=op.f("ck_submission_closed")
        ),
        sa.CheckConstraint(
            "closed_reason IS NULL OR closed_reason IN ('visit_booked', 'not_suitable', 'referred', 'declined', 'unreachable', 'duplicate', 'no_contact', 'under_age')",
            name=op.f("ck_submission_closed_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('new', 'in_review', 'contacted', 'scheduled', 'closed')",
            name=op.f("ck_submission_status"),
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["staff.id"], name=op.f("fk_submission_entered_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff.id"], name=op.f("fk_submission_owner_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("reference", name=op.f("uq_submission_reference")),
    )
    op.create_index(op.f("ix_submission_owner_id"), "submission", ["owner_id"], unique=False)
    op.create_index(
        "ix_submission_queue",
        "submission",
        ["urgency", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("status <> 'closed' AND contact_at IS NOT NULL"),
        postgresql_where=sa.text("status <> 'closed' AND contact_at IS NOT NULL"),
    )
    op.create_index(
        "ix_submission_submitted_at_id", "submission", ["submitted_at", "id"], unique=False
    )
    op.create_table(
        "callback",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("submission_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=True),
        sa.Column("ends_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'window') = (starts_at IS NOT NULL)", name=op.f("ck_callback_window")
        ),
        sa.CheckConstraint("kind IN ('window', 'asap', 'urgent')", name=op.f("ck_callback_kind")),
        sa.CheckConstraint(
            "status IN ('booked', 'asap', 'reached', 'left_message', 'no_answer', 'wrong_number', 'rebooked', 'cancelled', 'missed')",
            name=op.f("ck_callback_status"),
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_callback_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
    )
    op.create_index(
        "ix_callback_starts_at_due_at", "callback", ["starts_at", "due_at"], unique=False
    )
    op.create_index(op.f("ix_callback_submission_id"), "callback", ["submission_id"], unique=False)
    op.create_index(
        "uq_callback_in_force",
        "callback",
        ["submission_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('booked', 'asap')"),
        postgresql_where=sa.text("status IN ('booked', 'asap')"),
    )
    op.create_table(
        "note",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("submission_id", sa.String(length=32), nullable=False),
        sa.Column("author_id", sa.String(length=12), nullable=False),
        sa.Column("type", sa.String(length=12), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "type IN ('call', 'clinical', 'admin', 'safety_check')", name=op.f("ck_note_type")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_note_author_id_staff")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_note_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_submission_id"), "note", ["submission_id"], unique=False)
    triggers.guard_events()
    op.bulk_insert(
        sa.table("event_head", sa.column("id"), sa.column("sequence"), sa.column("hash")),
        [{"id": 1, "sequence": 0, "hash": bytes(32)}],
    )


def downgrade() -> None:
    """Remove everything."""
    triggers.unguard_events()
    op.drop_index(op.f("ix_note_submission_id"), table_name="note")
    op.drop_table("note")
    op.drop_index(
        "uq_callback_in_force",
        table_name="callback",
        sqlite_where=sa.text("status IN ('booked', 'asap')"),
        postgresql_where=sa.text("status IN ('booked', 'asap')"),
    )
    op.drop_index(op.f("ix_callback_submission_id"), table_name="callback")
    op.drop_index("ix_callback_starts_at_due_at", table_name="callback")
    op.drop_table("callback")
    op.drop_index("ix_submission_submitted_at_id", table_name="submission")
    op.drop_index(
        "ix_submission_queue",
        table_name="submission",
        sqlite_where=sa.text("status <> 'closed' AND contact_at IS NOT NULL"),
        postgresql_where=sa.text("status <> 'closed' AND contact_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_submission_owner_id"), table_name="submission")
    op.drop_table("submission")
    op.drop_index(op.f("ix_staff_session_staff_id"), table_name="staff_session")
    op.drop_table("staff_session")
    op.drop_index(op.f("ix_recovery_code_staff_id"), table_name="recovery_code")
    op.drop_table("recovery_code")
    op.drop_index(op.f("ix_invitation_staff_id"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_table("staff")
    op.drop_table("hits")
    op.drop_table("event_head")
    op.drop_index(op.f("ix_event_subject"), table_name="event")
    op.drop_index(op.f("ix_event_name"), table_name="event")
    op.drop_index(op.f("ix_event_actor_id"), table_name="event")
    op.drop_table("event")
    op.drop_table("definition_version")
