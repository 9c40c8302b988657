"""Passkeys are added, kept and removed by their person; nobody is locked out of theirs."""

from __future__ import annotations

import pyotp
import pytest
from sqlalchemy import select

from intake import audit
from intake.accounts import store, throttle
from intake.accounts.models import Passkey, Staff
from tests.accounts.authenticator import Authenticator
from tests.accounts.desk import PASSWORD, Desk, Member, token_of
from tests.accounts.pressing import OWN, add, at, send, sign_in, with_passkey
from tests.accounts.test_limits import LIMITS_ON, try_password
from tests.accounts.test_set_up import codes_on, invited
from tests.support.client import Visitor


def test_a_passkey_is_kept_once_and_named(desk: Desk) -> None:
    """The same passkey twice, no name, a hidden or long one: refused with the reason."""
    key, browser = Authenticator(), desk.signed_in("intake")
    assert add(browser, key)["status"] == 200
    assert "known here already" in add(browser, key)["problem"]
    for name, because in (("", "Enter a name"), ("x" * 61, "60"), ("a\u202eb", "hidden")):
        assert because in add(browser, Authenticator(), name)["problem"]
    for _ in range(9):
        assert add(browser, Authenticator())["status"] == 200
    assert "which is the most" in browser.open(OWN).words
    token = {"csrf_token": browser.csrf}
    options = browser.post(f"{OWN}/challenge", token).get_json()
    sent = {**token, "credential": Authenticator().make(options), "name": "One more"}
    assert browser.post(OWN, sent).get_json()["problem"].endswith("Remove one first.")


def test_a_passkey_is_added_only_by_who_was_verified(desk: Desk) -> None:
    """A device that does not look who is there, or for another site, is not taken."""
    browser = desk.signed_in("intake")
    for key in (Authenticator(verified=False), Authenticator(host="evil.example")):
        assert "could not be kept" in add(browser, key)["problem"]
    assert not desk.session.scalars(select(Passkey)).all()


def test_what_changes_a_sign_in_needs_a_fresh_one(desk: Desk) -> None:
    """Ten minutes after sign-in, nothing is added or removed unconfirmed."""
    member = desk.member("intake")
    with_passkey(desk, member)
    browser = at(desk.sign_in(member), OWN)
    removal = browser.page.form().action
    desk.clock.forward(minutes=10)
    for address in (OWN, f"{OWN}/challenge", removal):
        answer = browser.post(address, {"csrf_token": browser.csrf})
        assert answer.headers["Location"].startswith("/staff/confirm"), address


@pytest.mark.both_databases
def test_a_removed_passkey_opens_nothing(desk: Desk) -> None:
    """Who lost a device removes its passkey: it is refused, and what it had opened ends."""
    member = desk.member("intake")
    key = with_passkey(desk, member)
    lost, _ = sign_in(desk, key)
    browser = at(desk.sign_in(member), OWN)
    assert browser.submit().status_code == 303
    assert "The passkey is removed." in browser.follow().words
    assert lost.get("/staff/account").status_code == 401
    assert sign_in(desk, key)[1]["status"] == 422
    assert len(desk.events("staff.passkey_removed")) == 1


def test_nobody_removes_the_passkey_of_another(desk: Desk) -> None:
    """Another's passkey looks as if it were not there."""
    with_passkey(desk, desk.member("admin", name="Ada Stone"))
    theirs = desk.session.scalars(select(Passkey.id)).one()
    browser = at(desk.signed_in("intake"), OWN)
    answer = browser.post(f"{OWN}/{theirs}/remove", {"csrf_token": browser.csrf})
    assert answer.status_code == 404


def enrolled_by_passkey(desk: Desk) -> tuple[Visitor, Authenticator]:
    """A new person who sets up a passkey in the place of a phone."""
    browser, key = desk.browser(), Authenticator()
    browser.open(invited(desk, "intake"))
    browser.submit(password=PASSWORD)
    at(browser, "/staff/enrol")
    options = send(browser, "/staff/enrol/passkey/challenge")
    answer = send(browser, "/staff/enrol/passkey", credential=key.make(options), name="Laptop")
    assert answer == {"status": 200, "next": "/staff/recovery-codes"}
    return browser, key


@pytest.mark.both_databases
def test_a_passkey_alone_sets_up_a_sign_in(desk: Desk) -> None:
    """Without a phone: recovery codes come, the password still asks for a second step."""
    browser, key = enrolled_by_passkey(desk)
    assert browser.open("/staff/recovery-codes").h1 == "Save your recovery codes"
    spare = codes_on(browser)[0]
    assert sign_in(desk, key)[1]["next"] == "/staff/"
    other = desk.browser()
    other.open("/staff/login")
    answer = other.submit(username="kim@example.org", password=PASSWORD)
    assert answer.headers["Location"] == "/staff/login/code"
    assert other.get("/staff/enrol").headers["Location"] == "/staff/login/code"
    token = {"csrf_token": token_of(at(other, "/staff/login/code"))}
    refused = other.post("/staff/enrol/passkey/challenge", token).get_json()
    assert refused == {"next": "/staff/login/code"}
    other.open("/staff/login/code")
    assert other.submit(code="123456").status_code == 422
    assert other.submit(code=spare).status_code == 303


def test_the_last_second_step_stays(desk: Desk) -> None:
    """The only passkey of a person without a phone stays until there is a phone."""
    browser, _ = enrolled_by_passkey(desk)
    browser.open("/staff/recovery-codes")
    browser.submit()
    browser.open(OWN)
    assert browser.submit().status_code == 422
    assert "your only second step" in browser.page.words
    browser.open("/staff/account/phone")
    secret = browser.page.main.xpath("//*[@id='totp-secret']")[0].text_content()
    assert browser.submit(code="000000").status_code == 422
    code = pyotp.TOTP(secret).generate_otp(int(desk.now.timestamp()) // 30)
    assert browser.submit(code=code).headers["Location"] == "/staff/account"
    assert "Your phone is set up." in browser.follow().words
    assert browser.get("/staff/account/phone").status_code == 303
    browser.open(OWN)
    assert browser.submit().status_code == 303
    assert len(desk.events("staff.phone_added")) == 1
    kim = desk.session.scalars(select(Staff)).one()
    desk.session.rollback()
    desk.sign_in(Member(kim.id, kim.email, secret))


def test_a_lost_password_keeps_the_passkey_and_a_lost_phone_does_not(desk: Desk) -> None:
    """A reset of the password leaves the second step; a reset of the phone takes all of it."""
    member = desk.member("intake")
    key = with_passkey(desk, member)
    store.reset(desk.session, desk.keys, member.id, audit.OPERATOR, desk.now)
    desk.session.commit()
    assert sign_in(desk, key)[1]["status"] == 200
    store.reset(desk.session, desk.keys, member.id, audit.OPERATOR, desk.now, second_step=True)
    desk.session.commit()
    assert not desk.session.scalars(select(Passkey)).all()


@LIMITS_ON
def test_strangers_never_keep_a_passkey_out(desk: Desk) -> None:
    """With the account's tries used up everywhere, its passkey still opens."""
    member = desk.member("intake")
    key = with_passkey(desk, member)
    tries = [try_password(desk, member, "wrong", f"10.1.{n}.1") for n in range(51)]
    assert tries[-1] == 429
    assert try_password(desk, member, PASSWORD, "10.2.0.1") == 429
    assert sign_in(desk, key)[1]["status"] == 200


@LIMITS_ON
def test_an_address_that_tries_passkeys_for_ever_is_slowed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past its limit an address is told when to come back; right passkeys do not count."""
    monkeypatch.setattr(throttle, "PASSKEY", throttle.Limit("sign_in_passkey", 3, 300))
    key = with_passkey(desk, desk.member("intake"))
    for _ in range(5):
        assert sign_in(desk, key)[1]["status"] == 200
    stranger = Authenticator()
    answers = [sign_in(desk, stranger)[1] for _ in range(4)]
    assert [each["status"] for each in answers] == [422, 422, 422, 429]
    assert "Try again in" in answers[-1]["problem"]


def test_the_page_says_where_passkeys_work(desk: Desk) -> None:
    """Opened by its number instead of its name, the desk says where to use a passkey."""
    browser = desk.browser()
    answer = browser.wsgi.get("/staff/login", base_url="http://127.0.0.1:8000")
    assert "Passkeys work only at http://localhost:8000." in answer.text
    assert "<script" not in answer.text
    browser.open("/staff/login")
    assert "Passkeys work only" not in browser.page.words
    assert "script-src 'nonce-" in browser.response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("house", [{"INTAKE_BASE_URL": "http://127.0.0.1:8000"}], indirect=True)
def test_without_a_name_there_are_no_passkeys(desk: Desk) -> None:
    """A desk whose address is a number offers none, and answers no request for one."""
    browser = at(desk.browser(), "/staff/login")
    assert not browser.page.root.xpath("//form[@data-passkey]")
    assert send(browser, "/staff/passkey/challenge")["status"] == 404
