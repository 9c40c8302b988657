"""Passkeys (WebAuthn Level 3): added, used, removed.

A passkey verifies its person (by finger, face or PIN) and works at our own address alone, so that
it is both steps of a sign-in at once, and no copied page can ask for it. Each challenge is
answered once, within five minutes. What comes from the browser is checked by ``webauthn``.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session
from webauthn.helpers import options_to_json_dict, parse_authentication_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from intake import audit
from intake.accounts.models import Passkey, SpentChallenge, Staff
from intake.crypto import KeyRing, token_digest
from intake.errors import NotFound, Refused

CHALLENGE_LASTS = dt.timedelta(minutes=5)
# So that servers whose clocks differ forget none too early.
SPENT_KEPT = 2 * CHALLENGE_LASTS
PATIENCE_MS = int(CHALLENGE_LASTS.total_seconds() * 1000)
# A person's devices; more would be somebody filling the table.
MOST = 10
LONGEST_NAME = 60
LONGEST_ID = 1_023
# An answer without attestation has about a thousand characters.
LONGEST_ANSWER = 16_384
REQUIRED = UserVerificationRequirement.REQUIRED

ONLY_ONE = "This is your only second step. Set up a phone or another passkey first."
ENOUGH = f"You have {MOST} passkeys, which is the most. Remove one first."


class Refusal(StrEnum):
    """Why an answer was not taken.

    ``LATE``: its challenge is old, or was answered before. ``COUNT``: the authenticator counted
    less far than it had, so that there may be two of it (WebAuthn, section 6.1.1).
    """

    WRONG = "wrong"
    LATE = "late"
    COUNT = "count"
    KNOWN = "known"
    ENOUGH = "enough"


@dataclass(frozen=True, slots=True)
class Place:
    """Where passkeys are good: ``origin`` as the browser names it, ``host`` its host name."""

    origin: str
    host: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Why an answer was not taken, and whose passkey it names where that is known."""

    refusal: Refusal
    staff_id: str | None = None


def place_of(base_url: str) -> Place | None:
    """The place of ``base_url``; None for an address of numbers, where browsers keep none."""
    host = urlsplit(base_url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return Place(base_url, host)
    return None


def new_challenge() -> bytes:
    """A challenge that nobody can guess (WebAuthn asks for 16 bytes or more)."""
    return secrets.token_bytes(32)


def of_person(session: Session, staff_id: str) -> list[Passkey]:
    """The passkeys of a person, the oldest first."""
    theirs = select(Passkey).where(Passkey.staff_id == staff_id)
    return list(session.scalars(theirs.order_by(Passkey.created_at, Passkey.id)))


def options_to_use(place: Place, challenge: bytes, known: list[Passkey]) -> dict[str, Any]:
    """What the browser asks for: one of the ``known`` passkeys, any of ours where none is named."""
    options = webauthn.generate_authentication_options(
        rp_id=place.host,
        challenge=challenge,
        timeout=PATIENCE_MS,
        allow_credentials=_described(known),
        user_verification=REQUIRED,
    )
    return options_to_json_dict(options)


def options_to_add(
    place: Place, practice: str, staff: Staff, challenge: bytes, known: list[Passkey]
) -> dict[str, Any]:
    """What the browser makes: a passkey for ``staff``, on a device that holds none of ``known``."""
    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name=practice,
        user_id=staff.id.encode(),
        user_name=staff.email,
        user_display_name=staff.name,
        challenge=challenge,
        timeout=PATIENCE_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=REQUIRED
        ),
        exclude_credentials=_described(known),
    )
    return options_to_json_dict(options)


def use(
    session: Session,
    place: Place,
    answer: str,
    challenge: bytes,
    now: dt.datetime,
    only: str | None = None,
) -> Staff | NotTaken:
    """Check the browser's ``answer`` to ``challenge`` and use the challenge up.

    Gives whose passkey it is, locked until the transaction ends; with ``only``, that person's
    alone is taken. The caller commits whatever comes of it, so that the challenge stays spent.
    """
    if not _spend(session, challenge, now):
        return NotTaken(Refusal.LATE)
    named = _named_in(answer)
    found = _locked(session, named[0]) if named is not None else None
    if named is None or found is None:
        return NotTaken(Refusal.WRONG)
    passkey, staff = found
    # The handle says whose passkey the device takes it for (WebAuthn, section 7.2, step 6).
    theirs = named[1] in (None, staff.id.encode()) and only in (None, staff.id)
    if staff.disabled_at is not None or not theirs:
        return NotTaken(Refusal.WRONG, staff.id)
    if (count := _checked_count(place, answer, challenge, passkey)) is None:
        return NotTaken(Refusal.WRONG, staff.id)
    if (count or passkey.sign_count) and count <= passkey.sign_count:
        return NotTaken(Refusal.COUNT, staff.id)
    passkey.sign_count, passkey.last_used_at = count, now
    session.flush()
    return staff


def add(
    session: Session,
    keys: KeyRing,
    place: Place,
    staff: Staff,
    answer: str,
    challenge: bytes,
    name: str,
    now: dt.datetime,
) -> Refusal | None:
    """Keep the passkey that the browser made for ``staff``, a row that the caller has locked.

    Gives why not, or None. The caller commits whatever comes of it, as for ``use``.
    """
    if not _spend(session, challenge, now):
        return Refusal.LATE
    if len(of_person(session, staff.id)) >= MOST:
        return Refusal.ENOUGH
    try:
        made = webauthn.verify_registration_response(
            credential=answer[: LONGEST_ANSWER + 1],
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except Exception:  # the forms of attestation fail in ways of their own
        return Refusal.WRONG
    if len(answer) > LONGEST_ANSWER or len(made.credential_id) > LONGEST_ID:
        return Refusal.WRONG
    taken = select(Passkey.id).where(Passkey.credential_id == made.credential_id)
    if session.scalars(taken).one_or_none() is not None:
        return Refusal.KNOWN
    passkey = Passkey(
        id=secrets.token_hex(16),
        staff_id=staff.id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
        created_at=now,
    )
    session.add(passkey)
    actor = audit.Actor("staff", staff.id)
    audit.record(
        session, keys, "staff.passkey_added", actor, now, subject=staff.id, passkey=passkey.id
    )
    return None


def remove(
    session: Session,
    keys: KeyRing,
    staff_id: str,
    passkey_id: str,
    actor: audit.Actor,
    now: dt.datetime,
) -> None:
    """Forget a passkey of a person.

    Raises ``NotFound`` when it is not theirs, and ``Refused`` when it is their last second step.
    """
    staff = session.get(Staff, staff_id, with_for_update=True, populate_existing=True)
    theirs = of_person(session, staff_id)
    passkey = next((each for each in theirs if each.id == passkey_id), None)
    if staff is None or passkey is None:
        raise NotFound("no such passkey")
    if staff.totp_sealed is None and len(theirs) == 1:
        raise Refused(ONLY_ONE)
    session.delete(passkey)
    audit.record(
        session, keys, "staff.passkey_removed", actor, now, subject=staff_id, passkey=passkey_id
    )


def _described(known: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    """Passkeys as the browser is told of them."""
    return [PublicKeyCredentialDescriptor(id=each.credential_id) for each in known]


def _spend(session: Session, challenge: bytes, now: dt.datetime) -> bool:
    """Use ``challenge`` up: true for one caller only. Those that are too old are forgotten."""
    session.execute(delete(SpentChallenge).where(SpentChallenge.at < now - SPENT_KEPT))
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    spent = session.scalars(
        insert(SpentChallenge)
        .values(digest=token_digest(challenge.hex()), at=now)
        .on_conflict_do_nothing()
        .returning(SpentChallenge.digest)
    )
    return spent.one_or_none() is not None


def _named_in(answer: str) -> tuple[bytes, bytes | None] | None:
    """The id of the passkey that ``answer`` names, and whose it says it is; None if unreadable."""
    if len(answer) > LONGEST_ANSWER:
        return None
    try:
        credential = parse_authentication_credential_json(answer)
    except Exception:  # text of any kind may come, and the parser fails in many ways
        return None
    return credential.raw_id, credential.response.user_handle


def _locked(session: Session, credential_id: bytes) -> tuple[Passkey, Staff] | None:
    """The passkey and its person, both locked, the person first as everywhere."""
    named = Passkey.credential_id == credential_id
    staff_id = session.scalars(select(Passkey.staff_id).where(named)).one_or_none()
    if staff_id is None:
        return None
    staff = session.get(Staff, staff_id, with_for_update=True, populate_existing=True)
    passkey = session.scalars(
        select(Passkey).where(named).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    return None if staff is None or passkey is None else (passkey, staff)


def _checked_count(place: Place, answer: str, challenge: bytes, passkey: Passkey) -> int | None:
    """How far the authenticator has counted, where its answer is sound; else None."""
    try:
        sound = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=passkey.public_key,
            # The count is compared by us, after the signature: a wrong one is told apart.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception:  # as above
        return None
    return sound.new_sign_count
