"""Sessions end: by sign-out, by others, by time; at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from intake import audit
from intake.accounts import store
from intake.accounts.models import Staff, StaffSession
from tests.accounts.desk import PASSWORD, Desk, Member, sign_out
from tests.support.client import Visitor


def by_sign_out(desk: Desk, member: Member, browser: Visitor) -> None:
    """The person signs out."""
    browser.open("/staff/account")
    sign_out(browser)


def by_disable(desk: Desk, member: Member, browser: Visitor) -> None:
    """An administrator disables the person."""
    store.disable(desk.session, desk.keys, member.id, audit.OPERATOR, desk.now)
    desk.session.commit()


def by_role_change(desk: Desk, member: Member, browser: Visitor) -> None:
    """An administrator changes the person's roles."""
    store.set_roles(desk.session, desk.keys, member.id, ["intake"], audit.OPERATOR, desk.now)
    desk.session.commit()


def by_reset(desk: Desk, member: Member, browser: Visitor) -> None:
    """An administrator resets the person's sign-in."""
    store.reset(desk.session, desk.keys, member.id, audit.OPERATOR, desk.now)
    desk.session.commit()


@pytest.mark.both_databases
@pytest.mark.parametrize("ending", [by_sign_out, by_disable, by_role_change, by_reset])
def test_an_old_cookie_is_refused_at_once(
    desk: Desk, ending: Callable[[Desk, Member, Visitor], None]
) -> None:
    """After sign-out, disable, role change or reset the same cookie gets 401 and a new form."""
    member = desk.member("clinician")
    browser = desk.sign_in(member)
    assert browser.get("/staff/account").status_code == 200
    kept = browser.cookie("staff")
    assert kept is not None
    ending(desk, member, browser)
    thief = desk.browser()
    thief.set_cookie(kept, "staff")
    answer = thief.get("/staff/account")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"]
    assert thief.page.h1 == "Sign in to the desk"
    assert thief.page.form().values["next"] == ["/staff/account"]
    thief.set_cookie(kept, "staff")
    assert thief.post("/staff/logout", {"csrf_token": "any"}).status_code == 401


def test_disabling_also_ends_the_pending_step(desk: Desk) -> None:
    """A person who is disabled between the steps does not get in with a right code."""
    member = desk.member("intake")
    browser = desk.first_step(member)
    browser.open("/staff/login/code")
    by_disable(desk, member, browser)
    assert browser.submit(code=member.code(desk.now)).status_code == 401
    again = desk.browser()
    again.open("/staff/login")
    assert again.submit(username=member.email, password=member.password).status_code == 422


def test_a_row_that_says_disabled_is_enough(desk: Desk) -> None:
    """Even with an open session, a person whose row says disabled is out."""
    member = desk.member("intake")
    browser = desk.sign_in(member)
    desk.session.execute(update(Staff).where(Staff.id == member.id).values(disabled_at=desk.now))
    desk.session.commit()
    assert browser.get("/staff/account").status_code == 401


def test_a_session_ends_after_fifteen_minutes_without_use(desk: Desk) -> None:
    """Unused for 15 minutes, a session is over; used, it goes on."""
    browser = desk.signed_in("intake")
    for _ in range(4):
        desk.clock.forward(minutes=13)
        assert browser.get("/staff/account").status_code == 200
    desk.clock.forward(minutes=15)
    assert browser.get("/staff/account").status_code == 401
    assert "You were signed out." in browser.page.words


def test_a_session_ends_after_twelve_hours(desk: Desk) -> None:
    """However busy, a session is over after 12 hours."""
    browser = desk.signed_in("intake")
    for _ in range(71):
        desk.clock.forward(minutes=10)
        assert browser.get("/staff/account").status_code == 200
    desk.clock.forward(minutes=10)
    assert browser.get("/staff/account").status_code != 200


def test_the_password_step_ends_after_half_an_hour(desk: Desk) -> None:
    """A password that was given and left standing opens nothing later."""
    browser = desk.first_step(desk.member("intake"))
    for _ in range(3):
        desk.clock.forward(minutes=9)
        assert browser.get("/staff/login/code").status_code == 200
    desk.clock.forward(minutes=9)
    assert browser.get("/staff/login/code").status_code == 401


def test_a_new_link_ends_the_session_of_this_browser(desk: Desk) -> None:
    """A browser holds one session: whoever sets up a sign-in in it ends the one before."""
    browser = desk.sign_in(desk.member("intake"))
    kept = browser.cookie("staff")
    assert kept is not None
    _, token = store.invite(
        desk.session, desk.keys, "new@example.org", "New", ["intake"], audit.OPERATOR, desk.now
    )
    desk.session.commit()
    browser.open(f"/staff/setup/{token}")
    assert browser.submit(password=PASSWORD).status_code == 303
    thief = desk.browser()
    thief.set_cookie(kept, "staff")
    assert thief.get("/staff/account").status_code == 401


@pytest.mark.both_databases
def test_one_ends_ones_own_sessions(desk: Desk) -> None:
    """The account page lists the open sessions and ends any other one."""
    member = desk.member("intake")
    lost = desk.sign_in(member)
    here = desk.sign_in(member)
    page = here.open("/staff/account")
    assert page.words.count("This one") == 1
    assert here.submit(page.form()).status_code == 303
    assert "The session has ended." in here.follow().words
    assert lost.get("/staff/account").status_code == 401
    assert not here.page.forms()
    assert "The session has ended." not in here.open("/staff/account").words
    assert len(desk.events("staff.session_ended")) == 1


def test_nobody_ends_the_session_of_another_there(desk: Desk) -> None:
    """The account page ends one's own sessions only: another's looks as if it were not there."""
    mine, other = desk.member("intake"), desk.member("clinician")
    victim = desk.sign_in(other)
    browser = desk.sign_in(mine)
    desk.sign_in(mine)
    page = browser.open("/staff/account")
    token = page.form().values["csrf_token"][0]
    theirs = desk.session.scalars(
        select(StaffSession.id).where(
            StaffSession.staff_id == other.id, StaffSession.level == "full"
        )
    ).one()
    for session_id in (theirs, "0" * 32):
        address = f"/staff/account/sessions/{session_id}/end"
        assert browser.post(address, {"csrf_token": token}).status_code == 404
    assert victim.get("/staff/account").status_code == 200
