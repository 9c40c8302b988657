"""The lists: search, saved views, kept notes, merged records, cleared flags, and their indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from intake.db import Instant

revision = "0004"
down_revision = "0003"

# The lists of the desk and how each is walked: condition, then columns by the index's name.
OPEN = "status <> 'closed' AND contact_at IS NOT NULL"
FLAGGED = "(outcome = 'crisis' OR (priority AND flag_cleared_at IS NULL))"
SAFETY = OPEN + " AND " + FLAGGED
WALKS = {
    OPEN: {
        "queue_owner": "owner_id urgency due_at id",
        "queue_sorted": "state outcome status urgency due_at id",
        "queue_owner_sorted": "owner_id state outcome status urgency due_at id",
    },
    SAFETY: {
        "safety": "urgency due_at id",
        "safety_sorted": "state outcome status urgency due_at id",
        "safety_owner_sorted": "owner_id state outcome status urgency due_at id",
    },
    "status = 'closed' AND contact_at IS NOT NULL": {
        "closed": "submitted_at id",
        "closed_sorted": "state outcome submitted_at id",
        "closed_owner_sorted": "owner_id state outcome submitted_at id",
    },
    "contact_at IS NULL": {
        "no_contact": "submitted_at id",
        "no_contact_sorted": "state outcome submitted_at id",
    },
    # What the figures of the dashboard are counted along.
    OPEN + " AND urgency <> 3": {"still_owed": "contact_at id"},
    "contact_at IS NULL AND " + FLAGGED: {"flagged_no_contact": "submitted_at"},
}
LANES = [
    (f"ix_submission_{name}", columns.split(), where)
    for where, walks in WALKS.items()
    for name, columns in walks.items()
]


def upgrade() -> None:
    """Make the tables; add merged records, cleared flags, and when a call was settled."""
    op.create_table(
        "last_look",
        sa.Column("staff_id", sa.String(length=12), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("since_at", Instant(), nullable=False),
        sa.Column("looked_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_last_look_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_last_look")),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner_id", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=200), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff.id"], name=op.f("fk_saved_view_owner_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index("uq_saved_view_owner_id_name", "saved_view", ["owner_id", "name"], unique=True)
    op.create_table(
        "finder",
        sa.Column("submission_id", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(length=8), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("contact_at", Instant(), nullable=False),
        sa.CheckConstraint("field IN ('phone', 'email', 'name')", name=op.f("ck_finder_field")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_finder_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("submission_id", "field", "digest", name=op.f("pk_finder")),
    )
    op.create_index(
        "ix_finder_found",
        "finder",
        ["field", "digest", "contact_at", "submission_id"],
        unique=False,
    )
    op.create_table(
        "kept_note",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=12), nullable=False),
        sa.Column("submission_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_kept_note_staff_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_kept_note_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_note")),
    )
    op.create_index(
        op.f("ix_kept_note_submission_id"), "kept_note", ["submission_id"], unique=False
    )
    op.create_index(
        "uq_kept_note_staff_id_submission_id",
        "kept_note",
        ["staff_id", "submission_id"],
        unique=True,
    )
    op.add_column("callback", sa.Column("settled_at", Instant(), nullable=True))
    op.add_column("submission", sa.Column("duplicate_of", sa.String(length=8), nullable=True))
    op.add_column("submission", sa.Column("flag_cleared_at", Instant(), nullable=True))
    op.add_column("submission", sa.Column("flag_cleared_by", sa.String(length=12), nullable=True))
    op.add_column("submission", sa.Column("found_by", sa.Integer(), nullable=True))
    op.create_index(
        "ix_submission_not_entered",
        "submission",
        ["id"],
        unique=False,
        sqlite_where=sa.text("contact_at IS NOT NULL AND found_by IS NULL"),
        postgresql_where=sa.text("contact_at IS NOT NULL AND found_by IS NULL"),
    )
    op.create_index(
        op.f("ix_submission_duplicate_of"), "submission", ["duplicate_of"], unique=False
    )
    op.create_index(
        "ix_submission_submitted_at_outcome",
        "submission",
        ["submitted_at", "outcome"],
        unique=False,
    )
    op.create_index(
        "ix_callback_due_at_status_settled_at",
        "callback",
        ["due_at", "status", "settled_at"],
        unique=False,
    )
    for name, columns, where in LANES:
        op.create_index(
            name,
            "submission",
            columns,
            unique=False,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def downgrade() -> None:
    """Take them away again."""
    for name, _, where in LANES:
        op.drop_index(
            name,
            table_name="submission",
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.drop_index("ix_callback_due_at_status_settled_at", table_name="callback")
    op.drop_index("ix_submission_submitted_at_outcome", table_name="submission")
    op.drop_index(op.f("ix_submission_duplicate_of"), table_name="submission")
    op.drop_index(
        "ix_submission_not_entered",
        table_name="submission",
        sqlite_where=sa.text("contact_at IS NOT NULL AND found_by IS NULL"),
        postgresql_where=sa.text("contact_at IS NOT NULL AND found_by IS NULL"),
    )
    op.drop_column("submission", "found_by")
    op.drop_column("submission", "flag_cleared_by")
    op.drop_column("submission", "flag_cleared_at")
    op.drop_column("submission", "duplicate_of")
    op.drop_column("callback", "settled_at")
    op.drop_index("uq_kept_note_staff_id_submission_id", table_name="kept_note")
    op.drop_index(op.f("ix_kept_note_submission_id"), table_name="kept_note")
    op.drop_table("kept_note")
    op.drop_index("ix_finder_found", table_name="finder")
    op.drop_table("finder")
    op.drop_index("uq_saved_view_owner_id_name", table_name="saved_view")
    op.drop_table("saved_view")
    op.drop_table("last_look")
