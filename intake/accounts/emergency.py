"""Emergency access: somebody in danger can be reached by whoever is here.

The rule asks for it (45 CFR 164.312(a)(2)(ii)). For half an hour, in one session, a person may do
at the desk what intake and clinician may with a record. Everybody is told, and another person looks
at it afterwards. Nothing here commits.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from intake import audit
from intake.accounts.banners import Banner
from intake.accounts.models import EmergencyAccess, StaffSession
from intake.accounts.sessions import Person
from intake.accounts.store import Staff, all_staff
from intake.audit import Actor, Event
from intake.crypto import KeyRing
from intake.errors import NotFound, Refused, UnreadableRecord
from intake.mail import store as mail

LASTS = dt.timedelta(minutes=30)
# Whoever decides about records or the team can judge whether it was right to take it.
REVIEWERS = frozenset(("admin", "clinician"))
SUBJECT = "Emergency access at the desk"
ADDRESS = "/staff/emergency"
MOST_SHOWN = 50
MOST_IN_BANNER = 3
MOST_COUNTED = 1000

# A person's name and what they took, as a sentence.
Words = Callable[[str, EmergencyAccess], str]


@dataclass(frozen=True, slots=True)
class Taken:
    """Emergency access that somebody took.

    ``reason`` is None where the reader may not see it. ``events``: how many acts and reads of
    this person are on record while it lasted, at most a thousand. ``may_review``: the reader may
    say that they looked at it; ``alone``: although it was they who took it.
    """

    row: EmergencyAccess
    who: str
    running: bool
    reason: str | None
    events: int
    reviewed_by: str | None
    may_review: bool
    alone: bool


def letter(who: str, began: str, until: str, link: str) -> str:
    """The text of the mail to everybody; ``began`` and ``until`` are times in words."""
    return (
        f"{who} took emergency access at the desk on {began}. It lasts until {until}.\n\n"
        "With it they can open records for half an hour, whatever their roles are.\n"
        "A clinician or an administrator other than them reviews it afterwards:\n"
        f"{link}\n"
    )


def begin(
    session: Session,
    keys: KeyRing,
    person: Person,
    reason: str,
    body: str,
    actor: Actor,
    now: dt.datetime,
) -> bool:
    """Give ``person`` emergency access in this browser, and tell everybody by mail.

    ``body`` is the text of the mail; it says nothing about a patient. The reason is sealed.
    False where they have it already: a second press changes nothing.
    """
    row = session.scalars(
        select(StaffSession).where(StaffSession.id == person.session_id).with_for_update()
    ).one()
    if row.emergency_until is not None and now < row.emergency_until:
        return False
    number, until = secrets.token_hex(16), now + LASTS
    row.emergency_until = until
    session.add(
        EmergencyAccess(
            id=number,
            staff_id=person.id,
            session_id=person.session_id,
            began_at=now,
            ends_at=until,
            reason_sealed=keys.seal_field(EmergencyAccess.reason_sealed, number, reason),
        )
    )
    audit.record(
        session, keys, "emergency.begun", actor, now, subject=person.id, until=until.isoformat()
    )
    for staff in all_staff(session):
        if staff.disabled_at is None:
            mail.put(
                session,
                keys,
                kind="emergency",
                to=staff.email,
                subject=SUBJECT,
                body=body,
                about=person.id,
                now=now,
            )
    return True


def end(session: Session, keys: KeyRing, person: Person, actor: Actor, now: dt.datetime) -> bool:
    """End it before its time; False where it is over already."""
    ended = session.scalars(
        update(EmergencyAccess)
        .where(EmergencyAccess.session_id == person.session_id, EmergencyAccess.ends_at > now)
        .values(ends_at=now)
        .returning(EmergencyAccess.id)
    ).all()
    if not ended:
        return False
    session.execute(
        update(StaffSession).where(StaffSession.id == person.session_id).values(emergency_until=now)
    )
    audit.record(session, keys, "emergency.ended", actor, now, subject=person.id)
    return True


def review(
    session: Session,
    keys: KeyRing,
    access_id: str,
    reviewer: Person,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Note that ``reviewer`` looked at it; a second review changes nothing.

    Raises ``NotFound``, and ``Refused`` while it lasts, or for the person who took it, unless
    nobody else could review it.
    """
    row = session.scalars(
        select(EmergencyAccess).where(EmergencyAccess.id == access_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("no such emergency access")
    if row.reviewed_at is not None:
        return
    if now < row.ends_at:
        raise Refused("It has not ended yet. Review it afterwards.")
    if row.staff_id == reviewer.id and _others(all_staff(session), reviewer.id):
        raise Refused("Another clinician or administrator has to review it.")
    row.reviewed_at, row.reviewed_by = now, reviewer.id
    audit.record(session, keys, "emergency.reviewed", actor, now, subject=row.staff_id)


def taken(
    session: Session, keys: KeyRing, reader: Person, actor: Actor, now: dt.datetime
) -> tuple[Sequence[Taken], bool]:
    """The newest fifty, newest first, and whether there are more; records that they were read.

    The reason is opened for clinicians and administrators; it can say something about a patient.
    """
    rows = session.scalars(
        select(EmergencyAccess)
        .order_by(EmergencyAccess.began_at.desc(), EmergencyAccess.id)
        .limit(MOST_SHOWN + 1)
    ).all()
    audit.record(session, keys, "emergency.listed", actor, now)
    everyone = all_staff(session)
    found = [_taken(session, keys, row, everyone, reader, now) for row in rows[:MOST_SHOWN]]
    return found, len(rows) > MOST_SHOWN


def _taken(
    session: Session,
    keys: KeyRing,
    row: EmergencyAccess,
    everyone: Sequence[Staff],
    reader: Person,
    now: dt.datetime,
) -> Taken:
    """One of them as ``reader`` may see it."""
    names = {staff.id: staff.name for staff in everyone}
    judges = not reader.roles.isdisjoint(REVIEWERS)
    alone = row.staff_id == reader.id and not _others(everyone, reader.id)
    over = now >= row.ends_at
    return Taken(
        row=row,
        who=names[row.staff_id],
        running=not over,
        reason=_reason(keys, row) if judges else None,
        events=_events(session, row),
        reviewed_by=names[row.reviewed_by] if row.reviewed_by else None,
        may_review=judges
        and over
        and row.reviewed_at is None
        and (alone or row.staff_id != reader.id),
        alone=alone,
    )


def _reason(keys: KeyRing, row: EmergencyAccess) -> str:
    """The reason, or that it does not open."""
    try:
        text: str = keys.open_field(EmergencyAccess.reason_sealed, row.id, row.reason_sealed)
    except UnreadableRecord:
        return "The reason cannot be read. Tell the person who runs this system."
    return text


def _events(session: Session, row: EmergencyAccess) -> int:
    """How many events stand under this person while it lasted."""
    begun = (
        select(func.min(Event.sequence))
        .where(
            Event.name == "emergency.begun",
            Event.subject == row.staff_id,
            Event.at == row.began_at,
        )
        .scalar_subquery()
    )
    # In the order of the chain, so that not all that they ever did is looked at.
    moments = session.scalars(
        select(Event.at)
        .where(Event.actor_id == row.staff_id, Event.sequence > begun)
        .order_by(Event.sequence)
        .limit(MOST_COUNTED)
    )
    return sum(moment <= row.ends_at for moment in moments)


def _others(everyone: Sequence[Staff], me: str) -> bool:
    """Whether anybody but ``me`` could review: enabled, set up, clinician or administrator."""
    return any(
        staff.id != me
        and staff.disabled_at is None
        and staff.enrolled_at is not None
        and not staff.role_set.isdisjoint(REVIEWERS)
        for staff in everyone
    )


def banner(session: Session, now: dt.datetime, words: Words) -> Iterator[Banner]:
    """What everybody sees while it lasts, and until it was reviewed.

    ``words`` says it of one: the name, and the row.
    """
    rows = session.execute(
        select(EmergencyAccess, Staff.name)
        .join(Staff, Staff.id == EmergencyAccess.staff_id)
        .where(EmergencyAccess.reviewed_at.is_(None))
        .order_by(EmergencyAccess.ends_at.desc(), EmergencyAccess.id)
    ).all()
    if not rows:
        return
    lines = [(words(name, row), ADDRESS) for row, name in rows[:MOST_IN_BANNER]]
    if len(rows) > MOST_IN_BANNER:
        lines.append((f"And {len(rows) - MOST_IN_BANNER} more to review", ADDRESS))
    running = any(now < row.ends_at for row, _ in rows)
    yield Banner("alarm" if running else "care", "Emergency access", tuple(lines))
