"""What must not happen at an unwatched desk asks for password and code again."""

from __future__ import annotations

import pytest

from tests.accounts.desk import PASSWORD, Desk


@pytest.mark.both_databases
def test_team_acts_need_a_fresh_confirmation(desk: Desk) -> None:
    """Ten minutes after sign-in the invite page asks for both steps, then opens."""
    member = desk.member("admin")
    browser = desk.sign_in(member)
    assert browser.open("/staff/team/invite").h1 == "Invite a person"
    invite = browser.page.form().fill(name="K", email="k@example.org", roles=["intake"])
    desk.clock.forward(minutes=10)
    assert browser.get("/staff/team").status_code == 200
    answer = browser.post("/staff/team/invite", invite)
    assert answer.headers["Location"] == "/staff/confirm?next=%2Fstaff%2Fteam%2Finvite"
    before = browser.cookie("staff")
    browser.follow()
    answer = browser.submit(password=PASSWORD, code=member.code(desk.now))
    assert answer.headers["Location"] == "/staff/team/invite"
    assert browser.follow().h1 == "Invite a person"
    assert len(desk.events("staff.confirmed_again")) == 1
    thief = desk.browser()
    assert before is not None
    thief.set_cookie(before, "staff")
    assert thief.get("/staff/account").status_code == 401, "the token is new"


@pytest.mark.parametrize(("password", "right"), [("wrong wrong wrong", True), (PASSWORD, False)])
def test_both_must_be_right(desk: Desk, password: str, right: bool) -> None:
    """A wrong password or a wrong code confirms nothing, and the page does not say which."""
    member = desk.member("admin")
    browser = desk.sign_in(member)
    desk.clock.forward(minutes=10)
    browser.open("/staff/team/invite")
    code = member.code(desk.now) if right else "000000"
    assert browser.submit(password=password, code=code).status_code == 422
    assert "The password or the code is not right." in browser.page.words
    assert browser.page.form().values["next"] == ["/staff/team/invite"]
    assert browser.get("/staff/team/invite").status_code == 303
    assert len(desk.events("staff.sign_in_failed")) == 1


def test_the_code_of_sign_in_does_not_confirm(desk: Desk) -> None:
    """A code that was used to sign in confirms nothing afterwards."""
    member = desk.member("admin")
    browser = desk.sign_in(member)
    browser.open("/staff/confirm")
    answer = browser.submit(password=PASSWORD, code=member.code(desk.now))
    assert answer.status_code == 422


def test_an_act_without_a_page_leads_to_a_page(desk: Desk) -> None:
    """After a stale act the person confirms and comes to a page that can be opened."""
    member = desk.member("admin")
    browser = desk.sign_in(member)
    page = browser.open(f"/staff/team/{member.id}")
    desk.clock.forward(minutes=10)
    answer = browser.submit(page.form())
    assert answer.headers["Location"] == "/staff/confirm"
    browser.follow()
    answer = browser.submit(password=PASSWORD, code=member.code(desk.now))
    assert answer.headers["Location"] == "/staff/team"


@pytest.mark.both_databases
def test_a_changed_password_ends_the_other_sessions(desk: Desk) -> None:
    """The new password works, the old one and the other sessions do not, the one in use goes on."""
    member = desk.member("intake")
    other, browser = desk.sign_in(member), desk.sign_in(member)
    browser.open("/staff/account/password")
    new = "another teapot, green as hope"
    assert browser.submit(current=PASSWORD, password=new).status_code == 303
    assert "Your password is changed." in browser.follow().words
    assert other.get("/staff/account").status_code == 401
    old = desk.browser()
    old.open("/staff/login")
    assert old.submit(username=member.email, password=PASSWORD).status_code == 422
    member.password = new
    desk.sign_in(member)


REFUSED = [
    ("wrong wrong wrong", "another teapot, green as hope", "not your current password"),
    (PASSWORD, "short", "at least 15"),
    (PASSWORD, "robin-intake@example.org", "common words"),
    ("", "another teapot, green as hope", "Enter your current password."),
]


def test_a_password_is_not_changed_for_less(desk: Desk) -> None:
    """A wrong current password or a weak new one changes nothing, and the page says why."""
    member = desk.member("intake")
    browser = desk.sign_in(member)
    browser.open("/staff/account/password")
    for current, password, because in REFUSED:
        assert browser.submit(current=current, password=password).status_code == 422
        assert because in browser.page.words
    desk.sign_in(member)
