"""How often passwords and codes may be tried.

Each try is counted before it is checked, so that parallel tries cannot slip through; one that
succeeds is taken off again. The narrowest count is for one account from one address: a stranger
who guesses elsewhere does not lock the owner out. A passkey cannot be guessed and has no account
until it is checked: only its address counts, so that it opens whatever strangers do. A database
that does not answer refuses.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import update
from sqlalchemy.orm import Session

from intake.crypto import KeyRing
from intake.errors import TooMany
from intake.limits import Hits, Limit, hit, network_of, who_is

# One account from one address, one address, one account from everywhere, everybody.
HERE = Limit("sign_in_here", 10, 300)
ADDRESS = Limit("sign_in_address", 50, 300)
ACCOUNT = Limit("sign_in_account", 50, 300)
WHOLE = Limit("sign_in_whole", 1000, 300)
# A code has a million values, three of which are right; who tries it knows the password.
CODE = Limit("sign_in_code", 5, 300)
CODE_LONG = Limit("sign_in_code_long", 20, 3600)
# Many people may share an address; past this somebody wastes our time.
PASSKEY = Limit("sign_in_passkey", 120, 300)

Use = tuple[Limit, str]


def password_uses(keys: KeyRing, account: str, address: str | None) -> list[Use]:
    """What one try of a password counts against; ``account`` is what was typed, known or not."""
    here, anywhere = who_is(keys, address), who_is(keys, f"account:{account}")
    both = who_is(keys, f"{network_of(address)}:account:{account}")
    return [(HERE, both), (ADDRESS, here), (ACCOUNT, anywhere), (WHOLE, "all")]


def code_uses(staff_id: str) -> list[Use]:
    """What one try of a code counts against."""
    return [(CODE, staff_id), (CODE_LONG, staff_id)]


def passkey_uses(keys: KeyRing, address: str | None) -> list[Use]:
    """What one try of a passkey counts against."""
    return [(PASSKEY, who_is(keys, address))]


def count(session: Session, uses: list[Use], now: dt.datetime) -> TooMany | None:
    """Count one try; gives the refusal, with the longest wait, when a limit is passed.

    The caller commits in both cases, so that the count stands.
    """
    waits = [
        limit.seconds - int(now.timestamp()) % limit.seconds
        for limit, who in uses
        if hit(session, limit, who, now) > limit.most
    ]
    return TooMany(max(waits)) if waits else None


def forgive(session: Session, uses: list[Use], now: dt.datetime) -> None:
    """Take one try off again, since it succeeded."""
    for limit, who in uses:
        session.execute(
            update(Hits)
            .where(
                Hits.key == f"{limit.name}:{who}",
                Hits.window == int(now.timestamp()) // limit.seconds,
                Hits.count > 0,
            )
            .values(count=Hits.count - 1)
        )
