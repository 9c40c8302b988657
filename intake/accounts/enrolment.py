"""From a one-time link to a person who can sign in: password, second step, recovery codes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from intake import audit
from intake.accounts import credentials, passkeys, store, totp
from intake.accounts.models import Invitation, Staff
from intake.accounts.passkeys import Place, Refusal
from intake.crypto import KeyRing, token_digest
from intake.errors import NotFound, Refused


def open_link(session: Session, token: str, now: dt.datetime) -> Invitation:
    """The link behind ``token``.

    Raises ``NotFound`` alike for one that never was, is used up, is too old, or was made for the
    first administrator when there is one.
    """
    link = session.scalars(
        select(Invitation).where(Invitation.token_sha256 == token_digest(token))
    ).one_or_none()
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise NotFound("no such link")
    if link.kind == "first" and store.has_administrator(session):
        raise NotFound("no such link")
    return link


def found_practice(
    session: Session,
    keys: KeyRing,
    link: Invitation,
    email: str,
    name: str,
    roles: Iterable[str],
    password_hash: str,
    now: dt.datetime,
) -> Staff:
    """Use up the first link: its bearer becomes the first administrator, whatever ``roles`` adds.

    Raises ``NotFound`` when another was quicker, ``Refused`` as ``store.invite``.
    """
    # All open first links are used up in one statement, so that two bearers cannot both pass.
    claimed = session.scalars(
        update(Invitation)
        .where(Invitation.kind == "first", Invitation.used_at.is_(None))
        .values(used_at=now)
        .returning(Invitation.id)
    ).all()
    if link.id not in claimed or store.has_administrator(session):
        raise NotFound("no such link")
    everything = {*roles, "admin"}
    staff, token = store.invite(session, keys, email, name, everything, audit.OPERATOR, now)
    return choose_password(session, keys, open_link(session, token, now), password_hash, now)


def choose_password(
    session: Session, keys: KeyRing, link: Invitation, password_hash: str, now: dt.datetime
) -> Staff:
    """Use up the link of a person and keep their password; raises ``NotFound`` when it is gone."""
    claimed = session.scalars(
        update(Invitation)
        .where(Invitation.id == link.id, Invitation.used_at.is_(None))
        .values(used_at=now)
        .returning(Invitation.id)
    ).one_or_none()
    staff = session.get(Staff, link.staff_id or "")
    if claimed is None or staff is None or staff.disabled_at is not None:
        raise NotFound("no such link")
    staff.password_hash = password_hash
    actor = audit.Actor("staff", staff.id)
    audit.record(session, keys, "staff.password_changed", actor, now, subject=staff.id)
    return staff


def set_up_phone(
    session: Session, keys: KeyRing, staff_id: str, secret: str, code: str, now: dt.datetime
) -> list[str] | None:
    """Set up the second step with a phone whose ``code`` proves that it holds ``secret``.

    Gives the person's new recovery codes; None when the code is not right. Raises ``Refused``
    when a phone or a passkey is set up already.
    """
    staff = _without_second_step(session, staff_id)
    if not _take_phone(keys, staff, secret, code, now):
        return None
    return _enrolled(session, keys, staff, now)


def set_up_passkey(
    session: Session,
    keys: KeyRing,
    place: Place,
    staff_id: str,
    answer: str,
    challenge: bytes,
    name: str,
    now: dt.datetime,
) -> list[str] | Refusal:
    """Set up the second step with a passkey, by the browser's ``answer`` to ``challenge``.

    Gives the person's new recovery codes, or why the answer was not taken; raises as
    ``set_up_phone``.
    """
    staff = _without_second_step(session, staff_id)
    refusal = passkeys.add(session, keys, place, staff, answer, challenge, name, now)
    return refusal if refusal is not None else _enrolled(session, keys, staff, now)


def add_phone(
    session: Session, keys: KeyRing, staff_id: str, secret: str, code: str, now: dt.datetime
) -> bool:
    """Set up a phone beside a person's passkeys; False when ``code`` is not right.

    Raises ``Refused`` when they have a phone.
    """
    staff = session.get(Staff, staff_id, with_for_update=True, populate_existing=True)
    if staff is None or staff.totp_sealed is not None:
        raise Refused("Your phone is set up already.")
    if not _take_phone(keys, staff, secret, code, now):
        return False
    actor = audit.Actor("staff", staff.id)
    audit.record(session, keys, "staff.phone_added", actor, now, subject=staff.id)
    return True


def make_recovery_codes(
    session: Session, keys: KeyRing, staff_id: str, now: dt.datetime
) -> list[str]:
    """Put new recovery codes in the place of the old ones, by the person's own act."""
    codes = credentials.new_recovery_codes(session, staff_id)
    actor = audit.Actor("staff", staff_id)
    audit.record(session, keys, "staff.recovery_codes_made", actor, now, subject=staff_id)
    return codes


def _without_second_step(session: Session, staff_id: str) -> Staff:
    """The person, locked, who has neither phone nor passkey yet; raises ``Refused``."""
    staff = session.get(Staff, staff_id, with_for_update=True, populate_existing=True)
    if staff is None or credentials.has_second_step(session, staff):
        raise Refused("Your second step is set up already. Sign in with it.")
    return staff


def _take_phone(keys: KeyRing, staff: Staff, secret: str, code: str, now: dt.datetime) -> bool:
    """Keep the phone of ``staff`` if ``code`` proves that it holds ``secret``."""
    step = totp.matching_step(secret, credentials.tidy_code(code), now)
    if step is None or step <= staff.totp_last_step:
        return False
    credentials.keep_secret(keys, staff, secret, step)
    return True


def _enrolled(session: Session, keys: KeyRing, staff: Staff, now: dt.datetime) -> list[str]:
    """Record that ``staff`` has a second step now, and give their recovery codes."""
    staff.enrolled_at = now
    actor = audit.Actor("staff", staff.id)
    audit.record(session, keys, "staff.enrolled", actor, now, subject=staff.id)
    return make_recovery_codes(session, keys, staff.id, now)
