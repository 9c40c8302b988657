"""Time-based one-time codes: six digits, thirty seconds, SHA-1 (RFC 6238, RFC 4226). Pure."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
from collections.abc import Iterable
from urllib.parse import quote, urlencode

SECONDS = 30
DIGITS = 6
# One step early or late is taken (RFC 6238, section 5.2).
SKEW = 1
# Up to this many steps off, the person is told to set the phone's clock.
CLOCK_HINT = 10


def step_at(now: dt.datetime) -> int:
    """The number of the 30-second step that holds the aware instant ``now``."""
    return int(now.timestamp()) // SECONDS


def code_of(secret: str, step: int) -> str:
    """The six digits of ``step`` for a base32 ``secret``.

    Raises ``ValueError`` when the secret is not base32.
    """
    key = base64.b32decode(secret)
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: str, code: str, now: dt.datetime) -> int | None:
    """The step whose code is ``code``, within one step of ``now``; None when there is none."""
    here = step_at(now)
    return _first_match(secret, code, range(here - SKEW, here + SKEW + 1))


def clock_is_off(secret: str, code: str, now: dt.datetime) -> bool:
    """Whether ``code`` is right for a clock that is more than one and up to ten steps off."""
    here = step_at(now)
    near = range(here - SKEW, here + SKEW + 1)
    steps = (s for s in range(here - CLOCK_HINT, here + CLOCK_HINT + 1) if s not in near)
    return _first_match(secret, code, steps) is not None


def new_secret(randomness: bytes) -> str:
    """A base32 secret from 20 random bytes (160 bits: RFC 4226, section 4, R6)."""
    return base64.b32encode(randomness).decode()


def address(secret: str, account: str, issuer: str) -> str:
    """The ``otpauth:`` address that an authenticator app reads from the square code."""
    label = quote(f"{issuer}:{account}", safe=":@")
    # Apps show a plus sign as it stands, so that a space is written %20.
    facts = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{label}?{facts}"


def _first_match(secret: str, code: str, steps: Iterable[int]) -> int | None:
    """The first of ``steps`` whose code is ``code``, each compared in constant time."""
    if not (code.isascii() and code.isdigit() and len(code) == DIGITS):
        return None
    found = [step for step in steps if hmac.compare_digest(code_of(secret, step), code)]
    return found[0] if found else None
