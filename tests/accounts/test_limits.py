"""Guessing is slowed; the owner is not locked out."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from intake import limits
from intake.accounts import throttle
from intake.accounts.models import StaffSession
from tests.accounts.desk import PASSWORD, Desk, Member

LIMITS_ON = pytest.mark.parametrize("house", [{"INTAKE_LIMITS": "on"}], indirect=True)


def try_password(desk: Desk, member: Member, password: str, address: str) -> int:
    """Give a password from a network address; gives the status."""
    browser = desk.browser()
    browser.open("/staff/login")
    sent = browser.page.form().fill(username=member.email, password=password)
    place = {"REMOTE_ADDR": address}
    return browser.post("/staff/login", sent, environ_overrides=place).status_code


@LIMITS_ON
@pytest.mark.both_databases
def test_guessing_is_slowed_and_the_owner_is_not_locked_out(desk: Desk) -> None:
    """Ten wrong passwords from one address end there; elsewhere and later the owner gets in."""
    member = desk.member("intake")
    tries = [try_password(desk, member, f"wrong password {n}", "10.0.0.1") for n in range(12)]
    assert tries == [422] * 10 + [429] * 2
    assert try_password(desk, member, PASSWORD, "10.0.0.1") == 429
    assert try_password(desk, member, PASSWORD, "10.0.0.2") == 303
    desk.clock.forward(minutes=5)
    assert try_password(desk, member, PASSWORD, "10.0.0.1") == 303


@LIMITS_ON
def test_the_addresses_of_one_line_count_together(desk: Desk) -> None:
    """Fifty guesses from one IPv6 /64 are the last from there; its neighbour is another."""
    nobody = Member("x", "nobody@example.org", "")
    tries = []
    for n in range(51):
        nobody.email = f"nobody-{n}@example.org"
        tries.append(try_password(desk, nobody, "wrong", f"2001:db8:0:1::{n:x}"))
    assert tries == [422] * 50 + [429]
    assert try_password(desk, nobody, "wrong", "2001:db8:0:1:ffff:ffff:ffff:ffff") == 429
    assert try_password(desk, nobody, "wrong", "2001:db8:0:2::1") == 422


def test_an_address_is_kept_as_what_it_counts_as(desk: Desk) -> None:
    """An IPv4 address is itself in either form; a key of limits tells nothing of the address."""
    one = limits.who_is(desk.keys, "192.0.2.1")
    assert one == limits.who_is(desk.keys, "::ffff:192.0.2.1")
    others = ("192.0.2.2", "192.0.2.1:account:x", "account:192.0.2.1", None, "", "2001:db8::1")
    keys = {limits.who_is(desk.keys, each) for each in others}
    assert len(keys) == len(others) and one not in keys
    assert one not in desk.keys.mac("csrf", b"address:192.0.2.1")[1].hex()


@LIMITS_ON
def test_a_refused_try_says_when_to_come_back(desk: Desk) -> None:
    """Past the limit the page says in how many minutes the next try can succeed."""
    member = desk.member("intake")
    browser = desk.browser()
    for _ in range(11):
        browser.open("/staff/login")
        answer = browser.submit(username=member.email, password="wrong")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert "Try again in 5 minutes." in browser.page.words


@LIMITS_ON
def test_signing_in_often_is_no_guessing(desk: Desk) -> None:
    """Right passwords and codes are not counted as guesses."""
    member = desk.member("intake")
    for _ in range(12):
        desk.sign_in(member)


@LIMITS_ON
def test_codes_are_limited_for_the_account(desk: Desk) -> None:
    """Six wrong codes are one too many, in any session; five minutes later a right one works."""
    member = desk.member("intake")
    browser = desk.first_step(member)
    answers = []
    for _ in range(6):
        browser.open("/staff/login/code")
        answers.append(browser.submit(code="000000").status_code)
    assert answers == [422] * 5 + [429]
    other = desk.first_step(member)
    other.open("/staff/login/code")
    assert other.submit(code=member.code(desk.now)).status_code == 429
    desk.clock.forward(minutes=5)
    assert other.submit(code=member.code(desk.now)).status_code == 303


@LIMITS_ON
def test_sign_in_is_closed_while_the_count_cannot_be_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the database does not answer, nobody gets in uncounted."""
    member = desk.member("intake")

    def away(*_: object) -> None:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(throttle, "hit", away)
    assert try_password(desk, member, PASSWORD, "10.0.0.1") == 503
    assert not desk.session.scalars(select(StaffSession)).all()
