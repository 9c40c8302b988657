"""Sessions of staff: kept on the server, a new token at each step, ended at once."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from intake.accounts.models import HAS_SECOND_STEP, EmergencyAccess, Staff, StaffSession
from intake.crypto import token_digest

IDLE = dt.timedelta(minutes=15)
LASTS = dt.timedelta(hours=12)
# From the password to the second step, which may include setting up a phone.
PENDING_LASTS = dt.timedelta(minutes=30)
SEEN_EVERY = dt.timedelta(minutes=1)
FRESH = dt.timedelta(minutes=10)
# What emergency access adds to the roles of the person who took it.
EMERGENCY_ROLES = frozenset(("clinician", "intake"))
KEPT = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, and how far.

    ``level``: ``password`` or ``full``. ``has_second_step``: whether a phone or a passkey is set
    up. Instants are in UTC; ``confirmed_at`` is when both steps were last done, ``began_at`` when
    the session began, ``emergency_until`` when emergency access ends. ``emergency``: ``roles``
    holds what it adds, on this page.
    """

    id: str
    name: str
    email: str
    roles: frozenset[str]
    session_id: str
    level: str
    has_second_step: bool
    last_seen_at: dt.datetime
    confirmed_at: dt.datetime | None
    began_at: dt.datetime
    emergency_until: dt.datetime | None = None
    emergency: bool = False

    def may(self, *roles: str) -> bool:
        """Whether this person holds any of ``roles``."""
        return not self.roles.isdisjoint(roles)

    def is_fresh(self, now: dt.datetime) -> bool:
        """Whether password and code were given within the last ten minutes."""
        return self.confirmed_at is not None and now - self.confirmed_at < FRESH

    def has_emergency(self, now: dt.datetime) -> bool:
        """Whether this person took emergency access in this browser, and it still lasts."""
        until = self.emergency_until
        return self.level == "full" and until is not None and now < until

    def in_emergency(self) -> Person:
        """This person with the roles that emergency access adds."""
        return replace(self, roles=self.roles | EMERGENCY_ROLES, emergency=True)

    def left(self, now: dt.datetime) -> tuple[dt.timedelta, dt.timedelta]:
        """How long the sign-in lasts without use, and how long at most."""
        return self.last_seen_at + IDLE - now, self.began_at + LASTS - now


def start(session: Session, staff: Staff, level: str, now: dt.datetime) -> str:
    """Open a session for ``staff`` at ``level``; gives its token, which is kept only as a hash."""
    old = now - KEPT
    session.execute(
        delete(StaffSession).where(StaffSession.staff_id == staff.id, StaffSession.created_at < old)
    )
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            id=secrets.token_hex(16),
            token_sha256=token_digest(token),
            staff_id=staff.id,
            level=level,
            created_at=now,
            last_seen_at=now,
            confirmed_at=now if level == "full" else None,
        )
    )
    session.flush()
    return token


def find(session: Session, token: str, now: dt.datetime) -> Person | None:
    """Who holds ``token`` at ``now``; None when its session ended or its person is disabled."""
    found = session.execute(
        select(StaffSession, Staff, HAS_SECOND_STEP)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.token_sha256 == token_digest(token))
    ).one_or_none()
    if found is None:
        return None
    row, staff, has_second_step = found
    if not _is_open(row, now) or staff.disabled_at is not None:
        return None
    return Person(
        id=staff.id,
        name=staff.name,
        email=staff.email,
        roles=staff.role_set,
        session_id=row.id,
        level=row.level,
        has_second_step=has_second_step,
        last_seen_at=row.last_seen_at,
        confirmed_at=row.confirmed_at,
        began_at=row.created_at,
        emergency_until=row.emergency_until,
    )


def see(session: Session, person: Person, now: dt.datetime) -> Person:
    """Keep the session alive: note that it was used, at most once a minute; gives the person."""
    if now - person.last_seen_at < SEEN_EVERY:
        return person
    session.execute(
        update(StaffSession).where(StaffSession.id == person.session_id).values(last_seen_at=now)
    )
    return replace(person, last_seen_at=now)


def timed_out(session: Session, token: str, now: dt.datetime) -> str | None:
    """Whose session ``token`` named, where time alone ended it: a staff id.

    None for one that was ended (sign-out, new roles, a reset), of a disabled person, still open,
    before its second step, or of somebody who could open no record in it.
    """
    found = session.execute(
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.token_sha256 == token_digest(token))
    ).one_or_none()
    if found is None:
        return None
    row, staff = found
    if row.ended_at is not None or staff.disabled_at is not None or row.level != "full":
        return None
    at_desk = not EMERGENCY_ROLES.isdisjoint(staff.role_set) or row.emergency_until is not None
    return staff.id if at_desk and not _is_open(row, now) else None


def renew(session: Session, person: Person, now: dt.datetime, *, confirmed: bool) -> str:
    """Give the person's session a new token; ``confirmed``: password and code were given now."""
    token = secrets.token_urlsafe(32)
    session.execute(
        update(StaffSession)
        .where(StaffSession.id == person.session_id)
        .values(
            token_sha256=token_digest(token),
            last_seen_at=now,
            confirmed_at=now if confirmed else person.confirmed_at,
        )
    )
    return token


def end(session: Session, staff_id: str, session_id: str, now: dt.datetime) -> bool:
    """End one session of one person; False when it had ended already or is not theirs."""
    ended = session.scalars(
        update(StaffSession)
        .where(
            StaffSession.id == session_id,
            StaffSession.staff_id == staff_id,
            StaffSession.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(StaffSession.id)
    )
    if ended.one_or_none() is None:
        return False
    _end_emergency(session, now, EmergencyAccess.session_id == session_id)
    return True


def end_all(session: Session, staff_id: str, now: dt.datetime, keep: str | None = None) -> None:
    """End every session of a person but ``keep``."""
    session.execute(
        update(StaffSession)
        .where(
            StaffSession.staff_id == staff_id,
            StaffSession.ended_at.is_(None),
            StaffSession.id != (keep or ""),
        )
        .values(ended_at=now)
    )
    others = EmergencyAccess.session_id != (keep or "")
    _end_emergency(session, now, EmergencyAccess.staff_id == staff_id, others)


def _end_emergency(session: Session, now: dt.datetime, *which: ColumnElement[bool]) -> None:
    """Emergency access ends with its session."""
    session.execute(
        update(EmergencyAccess)
        .where(*which, EmergencyAccess.ends_at > now)
        .values(ends_at=now)
        # What is loaded is read again, not compared in Python.
        .execution_options(synchronize_session=False)
    )


def open_of(session: Session, staff_id: str, now: dt.datetime) -> list[StaffSession]:
    """The open sessions of a person, the one used last first."""
    rows = session.scalars(
        select(StaffSession)
        .where(
            StaffSession.staff_id == staff_id,
            StaffSession.ended_at.is_(None),
            StaffSession.level == "full",
        )
        .order_by(StaffSession.last_seen_at.desc(), StaffSession.id)
    )
    return [row for row in rows if _is_open(row, now)]


def _is_open(row: StaffSession, now: dt.datetime) -> bool:
    """Whether the session stands at ``now``: not ended, not idle, not past its longest life."""
    longest = LASTS if row.level == "full" else PENDING_LASTS
    return row.ended_at is None and now - row.last_seen_at < IDLE and now - row.created_at < longest
