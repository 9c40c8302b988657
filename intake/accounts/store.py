"""Staff members: invite, roles, disable, reset, enrol. Each act records its event; none commits."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Iterable

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from intake import audit
from intake.accounts import credentials, links, sessions, totp
from intake.accounts.models import ROLES, Passkey, RecoveryCode, Staff
from intake.accounts.passwords import Passwords
from intake.audit import Actor
from intake.crypto import KeyRing
from intake.errors import NotFound, Refused
from intake.web.forms import hidden_character, tidy

__all__ = [
    "ROLES",
    "Staff",
    "all_staff",
    "create_first_link",
    "disable",
    "end_session",
    "enrol",
    "get",
    "has_administrator",
    "invite",
    "joined",
    "normal_email",
    "reset",
    "set_roles",
]

LONGEST_NAME = 100
NOT_AN_ADDRESS = "Enter an e-mail address, like name@example.com."


def normal_email(text: str) -> str:
    """The form in which an e-mail address is kept and compared; looks nothing up.

    Raises ``Refused`` when ``text`` is not an address.
    """
    try:
        checked = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise Refused(NOT_AN_ADDRESS) from error
    if "." not in checked.ascii_domain:
        raise Refused(NOT_AN_ADDRESS)
    return checked.normalized.lower()


def joined(roles: Iterable[str]) -> str:
    """A set of roles as it is stored; raises ``Refused`` for none or an unknown one."""
    chosen = set(roles)
    if not chosen or not chosen <= set(ROLES):
        raise Refused("Choose at least one role.")
    return " ".join(role for role in ROLES if role in chosen)


def all_staff(session: Session) -> list[Staff]:
    """Everyone, by name; the disabled last."""
    people = session.scalars(select(Staff).order_by(Staff.name, Staff.id))
    return sorted(people, key=lambda each: each.disabled_at is not None)


def get(session: Session, staff_id: str) -> Staff:
    """One staff member; raises ``NotFound``."""
    staff = session.get(Staff, staff_id)
    if staff is None:
        raise NotFound("no such staff member")
    return staff


def has_administrator(session: Session) -> bool:
    """Whether anyone who is not disabled holds the role ``admin``."""
    return any("admin" in each.role_set for each in all_staff(session) if not each.disabled_at)


def create_first_link(session: Session, keys: KeyRing, now: dt.datetime) -> str:
    """Make the link for the first administrator, good for a day; gives its token.

    Raises ``Refused`` once there is an administrator.
    """
    if has_administrator(session):
        raise Refused("There is an administrator already, who can invite others.")
    links.forget_old(session, now)
    token = links.make(session, None, "first", now + links.FIRST_LASTS)
    audit.record(session, keys, "staff.invited", audit.OPERATOR, now, roles=" ".join(ROLES))
    return token


def invite(
    session: Session,
    keys: KeyRing,
    email: str,
    name: str,
    roles: Iterable[str],
    actor: Actor,
    now: dt.datetime,
) -> tuple[Staff, str]:
    """Add a person, or open a disabled one's place again; gives them and their link's token.

    The link is good for three days. Raises ``Refused`` for a bad address, no role, or a person
    who is on the list and not disabled.
    """
    address, role_text = normal_email(email), joined(roles)
    name = tidy(name) or ""
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refused(f"Enter a name of at most {LONGEST_NAME} characters.")
    if hidden_character(name) or not any(each.isalpha() for each in name):
        raise Refused("Enter a name with at least one letter and no hidden characters.")
    staff = session.scalars(select(Staff).where(Staff.email == address)).one_or_none()
    if staff is not None and staff.disabled_at is None:
        raise Refused("This person is on the list already. You can reset their sign-in.")
    if staff is None:
        staff = Staff(id=_new_id(session), email=address, created_at=now, totp_last_step=0)
        session.add(staff)
    staff.name, staff.roles, staff.disabled_at = name, role_text, None
    _forget_sign_in(session, staff)
    session.flush()
    token = links.make(session, staff.id, "invite", now + links.INVITE_LASTS)
    audit.record(session, keys, "staff.invited", actor, now, subject=staff.id, roles=role_text)
    return staff, token


def set_roles(
    session: Session,
    keys: KeyRing,
    staff_id: str,
    roles: Iterable[str],
    actor: Actor,
    now: dt.datetime,
) -> Staff:
    """Give a person exactly ``roles``; every session of theirs ends at once.

    Raises ``NotFound``, and ``Refused`` when no administrator would be left.
    """
    role_text = joined(roles)
    staff = _locked(session, staff_id)
    before = staff.roles
    if role_text == before:
        return staff
    if "admin" not in role_text.split():
        _keep_an_administrator(session, without=staff)
    staff.roles = role_text
    sessions.end_all(session, staff.id, now)
    audit.record(
        session,
        keys,
        "staff.roles_changed",
        actor,
        now,
        subject=staff.id,
        **{"from": before, "to": role_text},
    )
    return staff


def disable(
    session: Session, keys: KeyRing, staff_id: str, actor: Actor, now: dt.datetime
) -> Staff:
    """End a person's access: sessions and open links at once, sign-in from now on.

    Raises ``NotFound``, and ``Refused`` when no administrator would be left.
    """
    staff = _locked(session, staff_id)
    if staff.disabled_at is not None:
        return staff
    _keep_an_administrator(session, without=staff)
    staff.disabled_at = now
    links.drop(session, staff.id)
    sessions.end_all(session, staff.id, now)
    audit.record(session, keys, "staff.disabled", actor, now, subject=staff.id)
    return staff


def reset(
    session: Session,
    keys: KeyRing,
    staff_id: str,
    actor: Actor,
    now: dt.datetime,
    *,
    second_step: bool = False,
) -> str:
    """Make a link, good for a day, with which a person chooses a new password; gives its token.

    The old password and every session end at once; the second step stays (ASVS 6.4.3). With
    ``second_step`` (a lost phone or passkey) the person is invited anew and sets up everything:
    phone, passkeys and recovery codes are gone. Raises ``NotFound``, and ``Refused`` for a
    disabled person.
    """
    staff = _locked(session, staff_id)
    if staff.disabled_at is not None:
        raise Refused("This person is disabled. Invite them again to give them access.")
    anew = second_step or not credentials.has_second_step(session, staff)
    if anew:
        _forget_sign_in(session, staff)
    staff.password_hash = None
    sessions.end_all(session, staff.id, now)
    token = links.make(session, staff.id, "invite" if anew else "reset", now + links.RESET_LASTS)
    audit.record(session, keys, "staff.reset", actor, now, subject=staff.id)
    if anew:
        audit.record(
            session, keys, "staff.invited", actor, now, subject=staff.id, roles=staff.roles
        )
    return token


def end_session(
    session: Session,
    keys: KeyRing,
    staff_id: str,
    session_id: str,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """End one session of a person; raises ``NotFound`` when it is not theirs or has ended."""
    if not sessions.end(session, staff_id, session_id, now):
        raise NotFound("no such session")
    audit.record(
        session, keys, "staff.session_ended", actor, now, subject=staff_id, session_id=session_id
    )


def enrol(
    session: Session,
    keys: KeyRing,
    staff: Staff,
    password: str,
    now: dt.datetime,
    passwords: Passwords | None = None,
) -> str:
    """Set up the sign-in of ``staff`` without a browser; gives the phone's base32 secret."""
    secret = totp.new_secret(os.urandom(20))
    staff.password_hash = (passwords or Passwords()).hash(password)
    credentials.keep_secret(keys, staff, secret, step=0)
    staff.enrolled_at = now
    links.drop(session, staff.id)
    audit.record(session, keys, "staff.enrolled", audit.OPERATOR, now, subject=staff.id)
    return secret


def _new_id(session: Session) -> str:
    """A short id that nobody has: ``s`` and five characters."""
    while True:
        tail = "".join(secrets.choice(credentials.CODE_ALPHABET) for _ in range(5))
        if session.get(Staff, "s" + tail) is None:
            return "s" + tail


def _forget_sign_in(session: Session, staff: Staff) -> None:
    """Forget password, phone, passkeys and recovery codes; the used steps stay used."""
    staff.password_hash = staff.totp_sealed = staff.enrolled_at = None
    for kept in (RecoveryCode, Passkey):
        session.execute(delete(kept).where(kept.staff_id == staff.id))


def _locked(session: Session, staff_id: str) -> Staff:
    """The person, with every row of the list locked, so that two acts cannot cross."""
    people = session.scalars(
        select(Staff).order_by(Staff.id).with_for_update().execution_options(populate_existing=True)
    )
    for staff in people.all():
        if staff.id == staff_id:
            return staff
    raise NotFound("no such staff member")


def _keep_an_administrator(session: Session, without: Staff) -> None:
    """Raise ``Refused`` unless somebody else who can sign in administers."""
    if "admin" not in without.role_set:
        return
    for staff in all_staff(session):
        others = staff.id != without.id and not staff.disabled_at and staff.enrolled_at
        if others and "admin" in staff.role_set:
            return
    raise Refused("This is the last administrator. Make another person one first.")
