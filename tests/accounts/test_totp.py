"""Codes of the second step, against the published vectors and an independent generator."""

from __future__ import annotations

import base64
import datetime as dt
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.accounts import totp

# RFC 6238, appendix B, SHA-1; the last six of its eight digits.
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
NOON = dt.datetime(2026, 11, 23, 17, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(("second", "digits"), VECTORS)
def test_codes_are_those_of_the_standard(second: int, digits: str) -> None:
    """The codes equal the standard's own table."""
    assert totp.code_of(RFC_SECRET, second // 30) == digits


@given(st.binary(min_size=20, max_size=20), st.integers(0, 2**40))
def test_codes_are_those_of_another_generator(key: bytes, second: int) -> None:
    """For any secret and time, the code is the one that another program shows."""
    secret = totp.new_secret(key)
    assert totp.code_of(secret, second // 30) == pyotp.TOTP(secret).generate_otp(second // 30)


@pytest.mark.parametrize("steps", range(-12, 13))
def test_only_the_steps_around_now_count(steps: int) -> None:
    """One step early or late is taken; two to ten steps off say that the clock is off."""
    code = pyotp.TOTP(RFC_SECRET).generate_otp(int(NOON.timestamp()) // 30 + steps)
    here = totp.step_at(NOON)
    expected = here + steps if abs(steps) <= 1 else None
    assert totp.matching_step(RFC_SECRET, code, NOON) == expected
    assert totp.clock_is_off(RFC_SECRET, code, NOON) == (1 < abs(steps) <= 10)


@pytest.mark.parametrize(
    "text", ["", "12345", "1234567", "12345a", "１２３４５６", "12 345", "-12345"]
)
def test_what_is_not_six_digits_never_fits(text: str) -> None:
    """Only six plain digits are a code; digits of other scripts are not."""
    assert totp.matching_step(RFC_SECRET, text, NOON) is None


def test_the_address_carries_what_an_app_needs() -> None:
    """The square code holds the secret, the account and the practice's name."""
    address = totp.address(RFC_SECRET, "ana+1@example.org", "Bay & Shore")
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/Bay & Shore:ana+1@example.org"
    assert parse_qs(parts.query) == {"secret": [RFC_SECRET], "issuer": ["Bay & Shore"]}
    assert pyotp.parse_uri(address).secret == RFC_SECRET
    assert "+" not in parts.query
