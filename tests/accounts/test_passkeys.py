"""Passkeys in use: both steps at once, for their person alone, each answer once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from intake import audit
from intake.accounts import store
from intake.accounts.models import Passkey, SpentChallenge, Staff
from tests.accounts.authenticator import Authenticator
from tests.accounts.desk import Desk, Member
from tests.accounts.pressing import OWN, add, at, at_the_door, failures, send, sign_in, with_passkey
from tests.support.client import Visitor


@pytest.mark.both_databases
def test_a_passkey_opens_the_desk_at_once(desk: Desk) -> None:
    """One press is both steps; it is asked to verify its person; what was done is on record."""
    member = desk.member("intake")
    key = with_passkey(desk, member)
    browser, options = at_the_door(desk)
    assert (options["userVerification"], options["rpId"]) == ("required", "localhost")
    assert options["allowCredentials"] == []
    before = browser.cookie("staff")
    answer = send(browser, "/staff/login/passkey", credential=key.answer(options))
    assert answer == {"status": 200, "next": "/staff/"}
    assert browser.cookie("staff") != before
    page = browser.open(OWN)
    assert "Laptop" in page.words and "Last used" in page.words
    names = [event.name for event in desk.events() if event.name.startswith("staff.")]
    assert names[-3:] == ["staff.signed_in", "staff.passkey_added", "staff.signed_in"]
    kept = desk.session.scalars(select(Passkey)).one()
    assert (kept.sign_count, kept.staff_id, kept.name) == (2, member.id, "Laptop")


def test_a_device_learns_an_id_and_no_more(desk: Desk) -> None:
    """What is made lives on the device, verifies its person, and is filed under a short id."""
    member = desk.member("intake")
    browser = at(desk.sign_in(member), OWN)
    options = send(browser, f"{OWN}/challenge")
    wanted = options["authenticatorSelection"]
    assert (wanted["residentKey"], wanted["userVerification"]) == ("required", "required")
    assert options["attestation"] == "none"
    key = Authenticator()
    key.make(options)
    assert key.user == member.id.encode()


def wrong_origin(desk: Desk, member: Member, key: Authenticator) -> None:
    """The person was on another site."""
    key.origin = "http://127.0.0.1:8000"


def wrong_host(desk: Desk, member: Member, key: Authenticator) -> None:
    """The passkey belongs to another site."""
    key.host = "evil.example"


def unverified(desk: Desk, member: Member, key: Authenticator) -> None:
    """The device did not look who is there."""
    key.verified = False


def another_handle(desk: Desk, member: Member, key: Authenticator) -> None:
    """The device takes it for somebody else's."""
    key.user = desk.member("admin", name="Ada Stone").id.encode()


def another_key(desk: Desk, member: Member, key: Authenticator) -> None:
    """The signature is by another key."""
    key.key = Authenticator().key


def unknown(desk: Desk, member: Member, key: Authenticator) -> None:
    """Nobody here has this passkey."""
    key.id = b"unknown"


def disabled(desk: Desk, member: Member, key: Authenticator) -> None:
    """The person lost their place."""
    store.disable(desk.session, desk.keys, member.id, audit.OPERATOR, desk.now)
    desk.session.commit()


def disabled_row(desk: Desk, member: Member, key: Authenticator) -> None:
    """The person's row says so."""
    desk.session.execute(update(Staff).where(Staff.id == member.id).values(disabled_at=desk.now))
    desk.session.commit()


def lost_phone(desk: Desk, member: Member, key: Authenticator) -> None:
    """An administrator had everything set up anew."""
    store.reset(desk.session, desk.keys, member.id, audit.OPERATOR, desk.now, second_step=True)
    desk.session.commit()


@pytest.mark.parametrize(
    "spoil",
    [
        wrong_origin,
        wrong_host,
        unverified,
        another_handle,
        another_key,
        unknown,
        disabled,
        disabled_row,
        lost_phone,
    ],
)
def test_an_unsound_passkey_opens_nothing(
    desk: Desk, spoil: Callable[[Desk, Member, Authenticator], None]
) -> None:
    """Another site, person, key or place, or nobody verified: one answer, and it is recorded."""
    member = desk.member("intake")
    key = with_passkey(desk, member)
    spoil(desk, member, key)
    browser, answer = sign_in(desk, key)
    assert answer["status"] == 422
    assert "does not open the desk" in answer["problem"]
    assert browser.get("/staff/account").status_code == 303
    subject = None if spoil in (unknown, lost_phone) else member.id
    assert failures(desk) == [(subject, "passkey")]


@pytest.mark.parametrize("text", ["", "x", "{}", "[]", "1" * 20_000, '{"id":1}', "[" * 9_000, "\0"])
def test_any_text_in_the_place_of_an_answer_is_refused(desk: Desk, text: str) -> None:
    """What no browser sends is refused like a wrong passkey, at sign-in and when adding."""
    browser, _ = at_the_door(desk)
    assert send(browser, "/staff/login/passkey", credential=text)["status"] == 422
    browser = at(desk.signed_in("intake"), OWN)
    send(browser, f"{OWN}/challenge")
    answer = send(browser, OWN, credential=text, name="Laptop")
    assert answer["status"] == 422 and "could not be kept" in answer["problem"]


@pytest.mark.both_databases
def test_an_answer_is_taken_once(desk: Desk) -> None:
    """The same answer, sent again with the same cookie, opens nothing."""
    key = with_passkey(desk, desk.member("intake"))
    browser, options = at_the_door(desk)
    cookie, answer = browser.cookie("staff"), key.answer(options)
    assert send(browser, "/staff/login/passkey", credential=answer)["status"] == 200
    thief = desk.browser()
    thief.set_cookie(cookie or "", "staff")
    thief.csrf = browser.csrf
    again = send(thief, "/staff/login/passkey", credential=answer)
    assert again["status"] == 422 and "sent twice" in again["problem"]
    assert thief.get("/staff/account").status_code == 303


@pytest.mark.both_databases
def test_of_parallel_uses_of_an_answer_one_succeeds(desk: Desk) -> None:
    """Five browsers with the same cookie send the same answer at once: one gets in."""
    key = with_passkey(desk, desk.member("intake"))
    key.count = 0
    desk.session.execute(update(Passkey).values(sign_count=0))
    desk.session.commit()
    first, options = at_the_door(desk)
    answer = key.answer(options)
    browsers = [desk.browser() for _ in range(5)]
    for browser in browsers:
        browser.set_cookie(first.cookie("staff") or "", "staff")
        browser.csrf = first.csrf

    def press(browser: Visitor) -> int:
        return send(browser, "/staff/login/passkey", credential=answer)["status"]

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(press, browsers)) == [200, 422, 422, 422, 422]
    assert len(desk.events("staff.signed_in")) == 2, "the sign-in that added it, and one more"


def test_a_challenge_ends_after_five_minutes(desk: Desk) -> None:
    """An answer that comes too late opens nothing, nor does one without a challenge."""
    key = with_passkey(desk, desk.member("intake"))
    browser, options = at_the_door(desk)
    desk.clock.forward(minutes=5)
    answer = send(browser, "/staff/login/passkey", credential=key.answer(options))
    assert answer["status"] == 422 and "five minutes" in answer["problem"]
    assert send(browser, "/staff/login/passkey", credential=key.answer(options))["status"] == 422


def test_spent_challenges_are_forgotten(desk: Desk) -> None:
    """What was spent is kept while it could be sent again, and no longer."""
    key = with_passkey(desk, desk.member("intake"))
    sign_in(desk, key)
    desk.session.rollback()
    assert len(desk.session.scalars(select(SpentChallenge)).all()) == 2
    desk.session.rollback()
    desk.clock.forward(minutes=11)
    sign_in(desk, key)
    assert len(desk.session.scalars(select(SpentChallenge)).all()) == 1


@pytest.mark.both_databases
def test_a_counter_never_goes_back(desk: Desk) -> None:
    """A device that counts less far than it had may be a copy: refused, told, on record."""
    member = desk.member("intake")
    key = with_passkey(desk, member)
    key.count = 2**32 - 1
    assert sign_in(desk, key)[1]["status"] == 200
    for count in (2**32 - 1, 7, 0):
        key.count = count
        _, answer = sign_in(desk, key)
        assert answer["status"] == 422 and "may have been copied" in answer["problem"]
    assert failures(desk) == [(member.id, "passkey_count")] * 3


def test_a_device_that_does_not_count_is_taken(desk: Desk) -> None:
    """Passkeys that are kept in an account of the person's do not count; they stay at nought."""
    key = Authenticator(count=0)
    assert add(desk.signed_in("intake"), key)["status"] == 200
    for _ in range(2):
        assert sign_in(desk, key)[1]["status"] == 200


def test_a_passkey_is_the_second_step_of_its_person_alone(desk: Desk) -> None:
    """After a password, only a passkey of the same person goes on to the desk."""
    mine, other = desk.member("intake"), desk.member("admin", name="Ada Stone")
    own, foreign = with_passkey(desk, mine), with_passkey(desk, other)
    browser = at(desk.first_step(mine), "/staff/login/code")
    step = "/staff/login/code/passkey"
    options = send(browser, "/staff/passkey/challenge")
    assert len(options["allowCredentials"]) == 1
    assert send(browser, step, credential=foreign.answer(options))["status"] == 422
    assert browser.get("/staff/account").headers["Location"] == "/staff/login/code"
    options = send(browser, "/staff/passkey/challenge")
    assert send(browser, step, credential=own.answer(options))["next"] == "/staff/"
    assert browser.get("/staff/account").status_code == 200
    assert failures(desk) == [(mine.id, "passkey")]


def test_a_passkey_confirms_its_person_alone(desk: Desk) -> None:
    """Before an act that asks again, a passkey stands in for password and code."""
    mine, other = desk.member("admin"), desk.member("intake", name="Sam Sol")
    own, foreign = with_passkey(desk, mine), with_passkey(desk, other)
    browser, _ = sign_in(desk, own)
    desk.clock.forward(minutes=10)
    at(browser, "/staff/team/invite")
    assert browser.page.h1 == "Confirm that it is you"
    fields = {"next": "/staff/team/invite"}
    step = "/staff/confirm/passkey"
    options = send(browser, "/staff/passkey/challenge")
    assert send(browser, step, credential=foreign.answer(options), **fields)["status"] == 422
    assert browser.get("/staff/team/invite").status_code == 303
    options = send(browser, "/staff/passkey/challenge")
    before = browser.cookie("staff")
    answer = send(browser, step, credential=own.answer(options), **fields)
    assert answer["next"] == "/staff/team/invite"
    assert browser.open("/staff/team/invite").h1 == "Invite a person"
    thief = desk.browser()
    thief.set_cookie(before or "", "staff")
    assert thief.get("/staff/account").status_code == 401, "the token is new"
    assert failures(desk) == [(mine.id, "confirm")]


def test_sign_in_by_passkey_never_leads_away(desk: Desk) -> None:
    """Sign-in goes on to a page of the desk, whatever `next` says."""
    key = with_passkey(desk, desk.member("intake"))
    for target, leads in (("/staff/account", "/staff/account"), ("//evil.example", "/staff/")):
        browser, options = at_the_door(desk)
        sent = {"credential": key.answer(options), "next": target}
        assert send(browser, "/staff/login/passkey", **sent)["next"] == leads
