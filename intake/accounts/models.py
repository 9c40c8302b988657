"""Staff members, their sessions, their one-time links and recovery codes."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String, exists, or_
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base

# In the order in which they stand in ``Staff.roles``.
ROLES = ("admin", "clinician", "intake")
LEVELS = ("password", "full")
KINDS = ("first", "invite", "reset")


def _role_sets() -> tuple[str, ...]:
    """Every set of at least one role, as it is written in ``Staff.roles``."""
    count = len(ROLES)
    return tuple(
        " ".join(role for place, role in enumerate(ROLES) if bits >> place & 1)
        for bits in range(1, 1 << count)
    )


def _one_of(column: str, values: tuple[str, ...]) -> str:
    """An SQL condition: ``column`` holds one of our own fixed ``values``."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Staff(Base):
    """One person who works here.

    ``roles``: sorted and joined by spaces, one of the seven sets. ``password_hash`` is null until
    the person chose one; ``totp_sealed`` (base32 secret, sealed for this row) until the second
    step is set up; ``totp_last_step`` is the newest 30-second step whose code was used.
    """

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint(_one_of("roles", _role_sets()), name="role_set"),)

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    roles: Mapped[str] = mapped_column(String(30))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_last_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    enrolled_at: Mapped[dt.datetime | None]
    disabled_at: Mapped[dt.datetime | None]

    @property
    def role_set(self) -> frozenset[str]:
        """The roles as a set."""
        return frozenset(self.roles.split())


class StaffSession(Base):
    """One signed-in browser.

    ``level``: ``password`` (first step done) or ``full``. ``confirmed_at``: when password and
    code were last given. ``emergency_until``: how long emergency access lasts, where it was
    taken. Only the SHA-256 of the token is kept.
    """

    __tablename__ = "staff_session"
    __table_args__ = (CheckConstraint(_one_of("level", LEVELS), name="level"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    level: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[dt.datetime]
    last_seen_at: Mapped[dt.datetime]
    confirmed_at: Mapped[dt.datetime | None]
    emergency_until: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]


class Invitation(Base):
    """A one-time link: for the first administrator, an invited person, or a new password."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint(_one_of("kind", KINDS), name="kind"),
        CheckConstraint("(kind = 'first') = (staff_id IS NULL)", name="whose"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class RecoveryCode(Base):
    """A code that stands in for the phone, once; it has 114 bits, so SHA-256 is enough."""

    __tablename__ = "recovery_code"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    used_at: Mapped[dt.datetime | None]


class Passkey(Base):
    """A passkey (WebAuthn credential) of a staff member; the private half never comes here.

    ``sign_count`` is the newest that the authenticator gave, up to 2**32 - 1; 0 for one that does
    not count.
    """

    __tablename__ = "passkey"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]


# Whether a person of the query has a phone or a passkey: the one that a password alone waits for.
HAS_SECOND_STEP = or_(Staff.totp_sealed.is_not(None), exists().where(Passkey.staff_id == Staff.id))


class SpentChallenge(Base):
    """A challenge that was answered; each is taken once."""

    __tablename__ = "spent_challenge"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    at: Mapped[dt.datetime]


class EmergencyAccess(Base):
    """Emergency access that somebody took, with their reason, until others have looked at it."""

    __tablename__ = "emergency_access"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    session_id: Mapped[str] = mapped_column(String(32))
    began_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    reason_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    reviewed_at: Mapped[dt.datetime | None]
    reviewed_by: Mapped[str | None] = mapped_column(String(12), ForeignKey("staff.id"))
