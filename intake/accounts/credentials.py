"""The second step by code: from a phone, each once, and recovery codes, each once."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from intake import audit
from intake.accounts import totp
from intake.accounts.models import HAS_SECOND_STEP, RecoveryCode, Staff
from intake.crypto import KeyRing, token_digest

RECOVERY_CODES = 10
# 24 of 27 characters: 114 bits, so that a plain hash is enough (ASVS 6.5.2).
CODE_LENGTH = 24
CODE_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


@dataclass(frozen=True, slots=True)
class Known:
    """What a try of a password is checked against: both None for nobody."""

    staff_id: str | None = None
    password_hash: str | None = None


class CodeResult(StrEnum):
    """What came of a code."""

    RIGHT = "right"
    WRONG = "wrong"
    CLOCK = "clock"


def known(session: Session, username: str) -> Known:
    """The account behind what was typed as e-mail address; nobody for a disabled one."""
    staff = session.scalars(select(Staff).where(Staff.email == username)).one_or_none()
    if staff is None or staff.disabled_at is not None:
        return Known()
    return Known(staff.id, staff.password_hash)


def still(session: Session, account: Known) -> Staff | None:
    """The staff member, locked, if the password that was checked is still theirs."""
    if account.staff_id is None:
        return None
    staff = session.get(Staff, account.staff_id, with_for_update=True, populate_existing=True)
    if staff is None or staff.disabled_at is not None:
        return None
    return staff if staff.password_hash == account.password_hash else None


def has_second_step(session: Session, staff: Staff) -> bool:
    """Whether a password alone does not open the account: a phone or a passkey is set up."""
    own = select(HAS_SECOND_STEP).where(Staff.id == staff.id)
    return bool(session.scalar(own))


def tidy_code(text: str) -> str:
    """A code as it is compared: lower case, without spaces and hyphens."""
    return "".join(text.split()).replace("-", "").lower()


def accept_code(
    session: Session, keys: KeyRing, staff: Staff, text: str, now: dt.datetime
) -> CodeResult:
    """Take a code from the phone or a recovery code of ``staff``, and use it up.

    A code from the phone counts for the 30-second steps before, at and after ``now``, each step
    once; of two that come at the same time one succeeds. ``CLOCK``: right for a clock that is
    off by more. Raises ``UnreadableRecord`` when the sealed secret does not open.
    """
    code = tidy_code(text)
    if len(code) == CODE_LENGTH:
        return _use_recovery_code(session, keys, staff, code, now)
    if staff.totp_sealed is None:
        return CodeResult.WRONG
    secret = open_secret(keys, staff)
    step = totp.matching_step(secret, code, now)
    if step is None:
        return CodeResult.CLOCK if totp.clock_is_off(secret, code, now) else CodeResult.WRONG
    return CodeResult.RIGHT if _claim_step(session, staff, step) else CodeResult.WRONG


def open_secret(keys: KeyRing, staff: Staff) -> str:
    """The base32 secret of the phone of ``staff``; raises ``UnreadableRecord``."""
    secret: str = keys.open_field(Staff.totp_sealed, staff.id, staff.totp_sealed or b"")
    return secret


def keep_secret(keys: KeyRing, staff: Staff, secret: str, step: int) -> None:
    """Set up the phone of ``staff``; ``step`` is the step whose code proved it."""
    staff.totp_sealed = keys.seal_field(Staff.totp_sealed, staff.id, secret)
    staff.totp_last_step = step


def new_recovery_codes(session: Session, staff_id: str) -> list[str]:
    """Put ten new recovery codes in the place of the old ones; the text is given only here."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    codes = [
        "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    session.add_all(
        RecoveryCode(id=secrets.token_hex(16), staff_id=staff_id, code_hash=token_digest(code))
        for code in codes
    )
    session.flush()
    return ["-".join(code[at : at + 6] for at in range(0, CODE_LENGTH, 6)) for code in codes]


def recovery_codes_left(session: Session, staff_id: str) -> int:
    """How many recovery codes of a person are unused."""
    unused = select(RecoveryCode.id).where(
        RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None)
    )
    return len(session.scalars(unused).all())


def _claim_step(session: Session, staff: Staff, step: int) -> bool:
    """Use up ``step``: true for one caller only, since the newest used step can only grow."""
    claimed = session.scalars(
        update(Staff)
        .where(Staff.id == staff.id, Staff.totp_last_step < step)
        .values(totp_last_step=step)
        .returning(Staff.id)
    )
    return claimed.one_or_none() is not None


def _use_recovery_code(
    session: Session, keys: KeyRing, staff: Staff, code: str, now: dt.datetime
) -> CodeResult:
    """Use up a recovery code: right for one caller only."""
    used = session.scalars(
        update(RecoveryCode)
        .where(
            RecoveryCode.staff_id == staff.id,
            RecoveryCode.code_hash == token_digest(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    if used.one_or_none() is None:
        return CodeResult.WRONG
    actor = audit.Actor("staff", staff.id)
    audit.record(session, keys, "staff.recovery_code_used", actor, now, subject=staff.id)
    return CodeResult.RIGHT
