"""From a one-time link to the desk."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
from sqlalchemy import select

from intake import audit
from intake.accounts import store
from intake.accounts.models import Invitation, RecoveryCode, Staff
from intake.errors import Refused, UnreadableRecord
from tests.accounts.desk import PASSWORD, Desk, Member
from tests.support.client import Visitor

GONE = "This link does not work"


def first_link(desk: Desk) -> str:
    """The address of a new link for the first administrator."""
    token = store.create_first_link(desk.session, desk.keys, desk.now)
    desk.session.commit()
    return f"/staff/setup/{token}"


def invited(desk: Desk, *roles: str, email: str = "kim@example.org") -> str:
    """The address of a new person's link."""
    _, token = store.invite(
        desk.session, desk.keys, email, "Kim Lee", roles, audit.OPERATOR, desk.now
    )
    desk.session.commit()
    return f"/staff/setup/{token}"


def set_up_phone(desk: Desk, browser: Visitor) -> str:
    """Read the secret of the page as text, answer with its code, and give the secret."""
    secret = browser.page.main.xpath("//*[@id='totp-secret']")[0].text_content()
    assert re.fullmatch("[A-Z2-7]{32}", secret)
    code = pyotp.TOTP(secret).generate_otp(int(desk.now.timestamp()) // 30)
    assert browser.submit(code=code).status_code == 303
    return secret


def codes_on(browser: Visitor) -> list[str]:
    """The recovery codes that the page shows."""
    return re.findall(r"\b[2-9bcdfghjkmnpqrstvwxz]{6}(?:-[2-9a-z]{6}){3}\b", browser.page.words)


@pytest.mark.both_databases
def test_the_first_administrator_sets_everything_up(desk: Desk) -> None:
    """A link, a password, a phone, recovery codes, the desk: all through the pages."""
    browser = desk.browser()
    address = first_link(desk)
    assert browser.open(address).h1 == "Set up the first administrator"
    answer = browser.submit(
        name="Dr. Ana Silva",
        email="Ana@Example.org",
        password=PASSWORD,
        roles=["intake", "clinician"],
    )
    assert answer.headers["Location"] == "/staff/enrol"
    assert browser.follow().h1 == "Set up your second step"
    secret = set_up_phone(desk, browser)
    assert browser.follow().h1 == "Save your recovery codes"
    assert len(set(codes_on(browser))) == 10
    assert browser.submit().headers["Location"] == "/staff/"
    assert browser.follow()
    assert "10 unused" in browser.open("/staff/recovery-codes").words
    assert not codes_on(browser)
    ana = desk.session.scalars(select(Staff)).one()
    assert (ana.email, ana.roles) == ("ana@example.org", "admin clinician intake")
    assert desk.sign_in(Member(ana.id, ana.email, secret))
    assert [event.name for event in desk.events() if event.name.startswith("staff.")] == [
        "staff.invited",
        "staff.invited",
        "staff.password_changed",
        "staff.enrolled",
        "staff.recovery_codes_made",
        "staff.signed_in",
        "staff.signed_in",
    ]


def test_the_first_administrator_may_do_less(desk: Desk) -> None:
    """Nothing is ticked beforehand: who ticks no other work is an administrator only."""
    browser = desk.browser()
    page = browser.open(first_link(desk))
    assert not page.root.xpath("//input[@name='roles'][@checked]")
    browser.submit(name="Ana", email="ana@example.org", password=PASSWORD)
    assert desk.session.scalars(select(Staff.roles)).one() == "admin"


@pytest.mark.both_databases
def test_the_first_link_exists_only_without_an_administrator(desk: Desk) -> None:
    """Once there is an administrator, older first links are dead and none is made."""
    addresses = [first_link(desk), first_link(desk)]
    browsers = [desk.browser(), desk.browser()]
    for browser, address in zip(browsers, addresses, strict=True):
        browser.open(address)

    def press(number: int) -> int:
        email = f"person{number}@example.org"
        return browsers[number].submit(name="A B", email=email, password=PASSWORD).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, range(2))) == [303, 404]
    assert len(desk.session.scalars(select(Staff)).all()) == 1
    assert desk.browser().open(addresses[0]).h1 == GONE
    with pytest.raises(Refused):
        store.create_first_link(desk.session, desk.keys, desk.now)


@pytest.mark.both_databases
def test_an_invited_person_chooses_their_own_password(desk: Desk) -> None:
    """The link names the person; what else is sent with the form changes nothing."""
    browser = desk.browser()
    address = invited(desk, "intake")
    assert "Hello Kim Lee" in browser.open(address).words
    sent = browser.page.form().fill(password=PASSWORD)
    extra = {"roles": "admin", "email": "evil@example.org", "id": "sxxxxx", "name": "Evil"}
    assert browser.post(address, {**sent, **extra}).status_code == 303
    browser.follow()
    set_up_phone(desk, browser)
    kim = desk.session.scalars(select(Staff)).one()
    assert (kim.email, kim.name, kim.roles) == ("kim@example.org", "Kim Lee", "intake")
    assert browser.get("/staff/team").status_code == 403


def test_used_old_and_unknown_links_look_the_same(desk: Desk) -> None:
    """A link that is used up, too old, replaced or made up gives one and the same page."""
    used = invited(desk, "intake")
    browser = desk.browser()
    browser.open(used)
    browser.submit(password=PASSWORD)
    replaced = invited(desk, "intake", email="lee@example.org")
    lee = desk.session.scalars(select(Staff).where(Staff.email == "lee@example.org")).one()
    store.reset(desk.session, desk.keys, lee.id, audit.OPERATOR, desk.now)
    desk.session.commit()
    old = invited(desk, "intake", email="old@example.org")
    desk.clock.forward(hours=72)
    made_up = "/staff/setup/" + "a" * 43
    pages = set()
    for address in (used, replaced, old, made_up):
        answer = desk.browser().get(address)
        pages.add((answer.status_code, answer.text))
        assert desk.browser().post(address, {"password": PASSWORD}).status_code == 400
    assert [status for status, _ in pages] == [404]


@pytest.mark.both_databases
def test_a_link_works_once_even_for_two_at_once(desk: Desk) -> None:
    """Two browsers send the same link's form at the same time: one is let in."""
    address = invited(desk, "intake")
    browsers = [desk.browser(), desk.browser()]
    for browser in browsers:
        browser.open(address)
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda each: each.submit(password=PASSWORD).status_code, browsers)
        assert sorted(answers) == [303, 404]


WEAK = {
    "short": "at least 15 characters",
    "Kim Lee kim@example.org": "common words",
    "Tovani Health 2026": "common words",
    "passwordpassword1": "common words",
    "": "Enter a password.",
}


def test_a_weak_password_is_refused_with_its_reason(desk: Desk) -> None:
    """The page says why the password does not do, keeps nothing of it, and the link lives on."""
    browser = desk.browser()
    browser.open(invited(desk, "intake"))
    for password, because in WEAK.items():
        assert browser.submit(password=password).status_code == 422
        assert because in browser.page.words
        assert browser.page.title.startswith("Error: ")
        assert browser.page.form().values["password"] == [""]
    assert browser.submit(password=PASSWORD).status_code == 303


def test_set_up_can_be_taken_up_again(desk: Desk) -> None:
    """Whoever stopped before the phone signs in with the password and goes on there."""
    browser = desk.browser()
    browser.open(invited(desk, "intake"))
    browser.submit(password=PASSWORD)
    later = desk.browser()
    later.open("/staff/login")
    answer = later.submit(username="kim@example.org", password=PASSWORD)
    assert answer.headers["Location"] == "/staff/enrol"
    assert later.get("/staff/account").headers["Location"] == "/staff/enrol"
    assert later.get("/staff/login/code").headers["Location"] == "/staff/enrol"
    later.open("/staff/enrol")
    secret = set_up_phone(desk, later)
    kim = desk.session.scalars(select(Staff)).one()
    browser.open("/staff/login")
    again = desk.first_step(Member(kim.id, kim.email, secret))
    code = pyotp.TOTP(secret).generate_otp(int(desk.now.timestamp()) // 30)
    again.open("/staff/login/code")
    assert again.submit(code=code).status_code == 422, "the code of the set-up is used up"


def test_a_wrong_code_sets_nothing_up(desk: Desk) -> None:
    """The phone is set up only when its code is right; the secret stays until then."""
    browser = desk.browser()
    browser.open(invited(desk, "intake"))
    browser.submit(password=PASSWORD)
    browser.follow()
    secret = browser.page.main.xpath("//*[@id='totp-secret']")[0].text_content()
    assert browser.submit(code="123456").status_code == 422
    assert secret in browser.page.words
    assert desk.session.scalars(select(Staff.totp_sealed)).one() is None


def test_the_phone_is_sealed_for_its_person(desk: Desk) -> None:
    """The secret stands encrypted, and opens in no other person's row."""
    one, two = desk.member("intake"), desk.member("clinician")
    first, second = (store.get(desk.session, each.id) for each in (one, two))
    assert one.secret.encode() not in (first.totp_sealed or b"")
    first.totp_sealed, second.totp_sealed = second.totp_sealed, first.totp_sealed
    desk.session.commit()
    browser = desk.first_step(one)
    browser.open("/staff/login/code")
    assert browser.submit(code=two.code(desk.now)).status_code == 409
    with pytest.raises(UnreadableRecord):
        desk.keys.open_field(Staff.totp_sealed, one.id, first.totp_sealed or b"")


@pytest.mark.both_databases
def test_a_recovery_code_stands_in_for_the_phone_once(desk: Desk) -> None:
    """A recovery code opens the desk once; of two uses at once one succeeds."""
    member = desk.member("intake")
    browser = desk.sign_in(member)
    browser.open("/staff/recovery-codes")
    browser.submit()
    browser.follow()
    code = codes_on(browser)[3]
    others = [desk.first_step(member) for _ in range(2)]
    for other in others:
        other.open("/staff/login/code")
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda each: each.submit(code=code.upper()).status_code, others)
        assert sorted(answers) == [303, 422]
    assert len(desk.events("staff.recovery_code_used")) == 1
    assert code not in str(desk.session.scalars(select(RecoveryCode.code_hash)).all())


def test_new_recovery_codes_end_the_old_ones(desk: Desk) -> None:
    """After new codes were made, an old one opens nothing."""
    member = desk.member("intake")
    browser = desk.sign_in(member)
    browser.open("/staff/recovery-codes")
    browser.submit()
    browser.follow()
    old = codes_on(browser)[0]
    browser.submit()
    browser.open("/staff/recovery-codes")
    browser.submit()
    browser.follow()
    assert old not in codes_on(browser)
    other = desk.first_step(member)
    other.open("/staff/login/code")
    assert other.submit(code=old).status_code == 422


def test_old_links_are_forgotten(desk: Desk) -> None:
    """Links that ended more than a month ago are deleted when a first link is made."""
    first_link(desk)
    desk.clock.forward(days=32)
    first_link(desk)
    assert len(desk.session.scalars(select(Invitation)).all()) == 1
