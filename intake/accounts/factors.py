"""What each person holds besides the password: phone, passkeys, recovery codes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.accounts.models import Passkey, RecoveryCode, Staff


@dataclass(frozen=True, slots=True)
class Factors:
    """How many passkeys and unused recovery codes somebody has, and whether they have a phone."""

    phone: bool
    passkeys: int
    recovery_codes: int

    @property
    def words(self) -> str:
        """The second step in words, such as "phone, 2 passkeys"; empty for none."""
        own = ["phone"] if self.phone else []
        if self.passkeys:
            own.append(f"{self.passkeys} passkey{'' if self.passkeys == 1 else 's'}")
        return ", ".join(own)


def of_everyone(session: Session) -> dict[str, Factors]:
    """What everyone holds, by staff id."""
    passkeys = select(Passkey.staff_id, func.count()).group_by(Passkey.staff_id)
    unused = (
        select(RecoveryCode.staff_id, func.count())
        .where(RecoveryCode.used_at.is_(None))
        .group_by(RecoveryCode.staff_id)
    )
    held = {row[0]: int(row[1]) for row in session.execute(passkeys)}
    codes = {row[0]: int(row[1]) for row in session.execute(unused)}
    phones = session.execute(select(Staff.id, Staff.totp_sealed.is_not(None)))
    return {
        staff_id: Factors(bool(phone), held.get(staff_id, 0), codes.get(staff_id, 0))
        for staff_id, phone in phones
    }
