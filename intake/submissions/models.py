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


# The lists of the desk; each is the condition of its partial indexes, word for word.
IN_QUEUE = "status <> 'closed' AND contact_at IS NOT NULL"
FLAGGED = "(outcome = 'crisis' OR (priority AND flag_cleared_at IS NULL))"
IN_SAFETY = f"{IN_QUEUE} AND {FLAGGED}"
IN_CLOSED = "status = 'closed' AND contact_at IS NOT NULL"
WITHOUT_CONTACT = "contact_at IS NULL"

DUE = ("urgency", "due_at", "id")
SENT = ("submitted_at", "id")
SORTED = ("state", "outcome", "status")
# Every list, whole or filtered, is walked along an index that holds just its rows in its order.
LANES = (
    ("ix_submission_queue", DUE, IN_QUEUE),
    ("ix_submission_queue_owner", ("owner_id", *DUE), IN_QUEUE),
    ("ix_submission_queue_sorted", (*SORTED, *DUE), IN_QUEUE),
    ("ix_submission_queue_owner_sorted", ("owner_id", *SORTED, *DUE), IN_QUEUE),
    ("ix_submission_safety", DUE, IN_SAFETY),
    ("ix_submission_safety_sorted", (*SORTED, *DUE), IN_SAFETY),
    ("ix_submission_safety_owner_sorted", ("owner_id", *SORTED, *DUE), IN_SAFETY),
    ("ix_submission_closed", SENT, IN_CLOSED),
    ("ix_submission_closed_sorted", ("state", "outcome", *SENT), IN_CLOSED),
    ("ix_submission_closed_owner_sorted", ("owner_id", "state", "outcome", *SENT), IN_CLOSED),
    ("ix_submission_no_contact", SENT, WITHOUT_CONTACT),
    ("ix_submission_no_contact_sorted", ("state", "outcome", *SENT), WITHOUT_CONTACT),
)
# What the figures of the dashboard are counted along.
# An inequality, since for a range SQLite would walk the queue by urgency and sort it.
STILL_OWED = f"{IN_QUEUE} AND urgency <> 3"
FLAGGED_WITHOUT_CONTACT = f"{WITHOUT_CONTACT} AND {FLAGGED}"
COUNTED = (
    ("ix_submission_still_owed", ("contact_at", "id"), STILL_OWED),
    ("ix_submission_flagged_no_contact", ("submitted_at",), FLAGGED_WITHOUT_CONTACT),
)


class Submission(Base):
    """One sent check.

    ``id`` is the draft's random id, which makes Send idempotent. ``check_sealed`` holds answers,
    flags and trail; ``contact_sealed`` how the person may be reached. ``contact_at`` is set once
    somebody can be called, and puts the submission into the queue. ``duplicate_of``: the reference
    of the submission that this one was merged into. ``flag_cleared_at``: when a clinician decided
    that the safety flags need no call on the same day. ``found_by``: the key of its entries in the
    blind index, None where it has none. ``revision`` counts changes.
    """

    __tablename__ = "submission"
    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint(
            f"closed_reason IS NULL OR {one_of('closed_reason', CLOSED_REASONS)}",
            name="closed_reason",
        ),
        CheckConstraint("(status = 'closed') = (closed_reason IS NOT NULL)", name="closed"),
        *(
            Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))
            for name, columns, where in (*LANES, *COUNTED)
        ),
        Index("ix_submission_submitted_at_id", "submitted_at", "id"),
        Index("ix_submission_submitted_at_outcome", "submitted_at", "outcome"),
        Index(
            "ix_submission_not_entered",
            "id",
            sqlite_where=text("contact_at IS NOT NULL AND found_by IS NULL"),
            postgresql_where=text("contact_at IS NOT NULL AND found_by IS NULL"),
        ),
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
    duplicate_of: Mapped[str | None] = mapped_column(String(8), index=True)
    flag_cleared_at: Mapped[dt.datetime | None]
    flag_cleared_by: Mapped[str | None] = mapped_column(String(12))
    age_differs: Mapped[bool] = mapped_column(default=False)
    possible_abuse: Mapped[bool] = mapped_column(default=False)
    demo: Mapped[bool] = mapped_column(default=False)
    found_by: Mapped[int | None]
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
    ``settled_at``: when staff called or it was otherwise settled; None while it is owed.
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
        Index("ix_callback_due_at_status_settled_at", "due_at", "status", "settled_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[dt.datetime]
    starts_at: Mapped[dt.datetime | None]
    ends_at: Mapped[dt.datetime | None]
    due_at: Mapped[dt.datetime]
    settled_at: Mapped[dt.datetime | None]

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


class KeptNote(Base):
    """A note that was being typed when its author's session ended; nobody else can read it.

    ``number`` is the id that the note will have, as its form carried it.
    """

    __tablename__ = "kept_note"
    __table_args__ = (
        Index("uq_kept_note_staff_id_submission_id", "staff_id", "submission_id", unique=True),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    staff_id: Mapped[str] = mapped_column(String(12), ForeignKey("staff.id"))
    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), index=True)
    number: Mapped[str] = mapped_column(String(32))
    kept_at: Mapped[dt.datetime]
    note_sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Finder(Base):
    """One entry of the blind index: an HMAC of a phone, an address, or words of a name.

    ``digest`` tells nothing without the key; ``field`` is phone, email or name. ``contact_at``
    orders what is found.
    """

    __tablename__ = "finder"
    __table_args__ = (
        CheckConstraint("field IN ('phone', 'email', 'name')", name="field"),
        Index("ix_finder_found", "field", "digest", "contact_at", "submission_id"),
    )

    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    field: Mapped[str] = mapped_column(String(8), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    key_id: Mapped[int]
    contact_at: Mapped[dt.datetime]


class SavedView(Base):
    """A list of the queue under a name: one person's own, or everybody's.

    ``query`` holds the filters as they stand in the address; nothing about a person.
    """

    __tablename__ = "saved_view"
    __table_args__ = (Index("uq_saved_view_owner_id_name", "owner_id", "name", unique=True),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(12), ForeignKey("staff.id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(200))
    shared: Mapped[bool]
    created_at: Mapped[dt.datetime]


class LastLook(Base):
    """Up to which event a staff member has seen the queue.

    ``since``: what came after this event is shown as new; ``seen``: the newest event when they
    looked last, at ``looked_at`` (UTC).
    """

    __tablename__ = "last_look"

    staff_id: Mapped[str] = mapped_column(String(12), ForeignKey("staff.id"), primary_key=True)
    since: Mapped[int]
    seen: Mapped[int]
    since_at: Mapped[dt.datetime]
    looked_at: Mapped[dt.datetime]
