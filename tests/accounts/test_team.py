"""The team page: invite, roles, reset, disable; and who may."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from intake.accounts import gate
from intake.accounts.models import Staff
from tests.accounts.desk import PASSWORD, Desk
from tests.accounts.test_set_up import set_up_phone
from tests.support.client import Visitor
from tests.support.page import Form


def form_to(browser: Visitor, ending: str) -> Form:
    """The form of the page whose address ends so."""
    return next(form for form in browser.page.forms() if form.action.endswith(ending))


def link_on(browser: Visitor) -> str:
    """The one-time link that the page shows, without its host."""
    found = re.search(r"http://localhost:8000(/staff/setup/[\w-]{43})", browser.page.words)
    assert found is not None
    return found[1]


def test_every_view_says_who_may_open_it(app: Flask) -> None:
    """Each view of this room carries a mark, and only sign-in and set-up open to nobody."""
    open_to_nobody = set()
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith("accounts."):
            access = view.access  # type: ignore[attr-defined]  # the mark
            assert isinstance(access, gate.StaffAccess), endpoint
            if access.level == "anonymous":
                open_to_nobody.add(endpoint)
    assert open_to_nobody == {
        "accounts.login",
        "accounts.check_login",
        "accounts.setup",
        "accounts.passkey_challenge",
        "accounts.passkey_login",
    }


def test_a_mark_names_real_roles() -> None:
    """A view cannot be marked with no role, or one that does not exist."""
    with pytest.raises(ValueError, match="roles are"):
        gate.allow()
    with pytest.raises(ValueError, match="roles are"):
        gate.allow("owner")


@pytest.mark.parametrize("role", ["intake", "clinician"])
def test_only_administrators_see_the_team(desk: Desk, role: str) -> None:
    """Others get 403 on each team address, and each refusal is on record."""
    other = desk.member("admin", name="Ada Admin")
    browser = desk.signed_in(role)
    token = form_token(browser)
    tries = [
        browser.get("/staff/team").status_code,
        browser.get("/staff/team/invite").status_code,
        browser.get(f"/staff/team/{other.id}").status_code,
        *(
            browser.post(f"/staff/team/{other.id}/{act}", {"csrf_token": token}).status_code
            for act in ("roles", "reset", "disable")
        ),
    ]
    assert tries == [403] * 6
    refused = desk.events("access.refused")
    assert [json.loads(event.detail)["endpoint"] for event in refused] == [
        "accounts.team",
        "accounts.invite",
        "accounts.member",
        "accounts.set_roles",
        "accounts.reset",
        "accounts.disable",
    ]


def form_token(browser: Visitor) -> str:
    """A token of the browser's session."""
    browser.open("/staff/account")
    return browser.page.forms(everywhere=True)[0].values["csrf_token"][0]


@pytest.mark.both_databases
def test_an_administrator_invites_a_person(desk: Desk) -> None:
    """The link is shown once; with it the person sets up a sign-in and has the given roles."""
    browser = desk.signed_in("admin")
    browser.open("/staff/team/invite")
    answer = browser.submit(name="Kim Lee", email="Kim@Example.org", roles=["intake", "clinician"])
    assert answer.status_code == 303
    browser.follow()
    link, address = link_on(browser), browser.page.address
    assert "/staff/setup/" not in browser.open(address).words
    assert "Not set up yet" in browser.open("/staff/team").words
    person = desk.browser()
    person.open(link)
    person.submit(password=PASSWORD)
    person.follow()
    set_up_phone(desk, person)
    person.follow()
    assert person.submit().headers["Location"] == "/staff/"
    assert person.get("/staff/team").status_code == 403
    assert "Not set up yet" not in browser.open("/staff/team").words
    kim = desk.session.scalars(select(Staff).where(Staff.name == "Kim Lee")).one()
    assert kim.roles == "clinician intake"


WRONG: list[tuple[dict[str, str | None], str]] = [
    ({"name": ""}, "Enter a name."),
    ({"name": "x" * 101}, "at most 100"),
    ({"name": "Kim\u202eLee"}, "hidden characters"),
    ({"email": ""}, "e-mail address"),
    ({"email": "kim"}, "e-mail address"),
    ({"email": "kim@example.org\r\nBcc: all@example.org"}, "hidden characters"),
    ({"roles": None}, "at least one role"),
    ({"email": "ADA-admin@example.org"}, "on the list already"),
]


def test_an_invitation_says_what_is_wrong(desk: Desk) -> None:
    """A wrong field is named with the way to mend it, and nobody is added."""
    browser = desk.sign_in(desk.member("admin", name="Ada Admin"))
    for changes, because in WRONG:
        browser.open("/staff/team/invite")
        sent = {"name": "Kim Lee", "email": "kim@example.org", "roles": ["intake"], **changes}
        assert browser.submit(**sent).status_code == 422
        assert because in browser.page.words
    assert len(desk.session.scalars(select(Staff)).all()) == 1


def test_an_unknown_role_is_refused(desk: Desk) -> None:
    """A role that does not exist is an error, not ignored."""
    browser = desk.signed_in("admin")
    browser.open("/staff/team/invite")
    sent = browser.page.form().fill(name="Kim Lee", email="kim@example.org")
    assert browser.post("/staff/team/invite", {**sent, "roles": ["owner"]}).status_code == 422


@pytest.mark.both_databases
def test_a_role_change_counts_at_once(desk: Desk) -> None:
    """The person is signed out, and signs in to other pages than before."""
    member = desk.member("intake", name="Kim Lee")
    theirs = desk.sign_in(member)
    browser = desk.signed_in("admin")
    browser.open(f"/staff/team/{member.id}")
    answer = browser.submit(form_to(browser, "/roles"), roles=["admin"])
    assert answer.status_code == 303
    assert "The roles are changed." in browser.follow().words
    assert theirs.get("/staff/").status_code == 401
    assert desk.sign_in(member).response.headers["Location"] == "/staff/team"
    changed = desk.events("staff.roles_changed")
    assert json.loads(changed[0].detail) == {"from": "intake", "to": "admin"}


@pytest.mark.parametrize("act", ["/roles", "/disable"])
def test_the_last_administrator_stays(desk: Desk, act: str) -> None:
    """The last administrator who can sign in cannot be disabled or lose the role."""
    member = desk.member("admin", "intake")
    browser = desk.sign_in(member)
    browser.open("/staff/team/invite")
    browser.submit(name="Not Yet", email="notyet@example.org", roles=["admin"])
    browser.open(f"/staff/team/{member.id}")
    changes = {"roles": ["intake"]} if act == "/roles" else {}
    assert browser.submit(form_to(browser, act), **changes).status_code == 422
    assert "last administrator" in browser.page.words
    assert browser.get("/staff/team").status_code == 200


@pytest.mark.both_databases
def test_two_administrators_cannot_remove_each_other(desk: Desk) -> None:
    """Two administrators disable each other at the same time: one of them stays."""
    members = [desk.member("admin", name=name) for name in ("Ada One", "Bea Two")]
    browsers = [desk.sign_in(member) for member in members]
    browsers[0].open(f"/staff/team/{members[1].id}")
    browsers[1].open(f"/staff/team/{members[0].id}")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda each: each.submit(form_to(each, "/disable")).status_code, browsers))
    desk.session.expire_all()
    left = desk.session.scalars(select(Staff).where(Staff.disabled_at.is_(None))).all()
    assert len(left) == 1


@pytest.mark.both_databases
def test_a_lost_password_keeps_the_phone(desk: Desk) -> None:
    """After a reset of the password the old one is dead, and the phone is still asked for."""
    member = desk.member("intake", name="Kim Lee")
    browser = desk.signed_in("admin")
    browser.open(f"/staff/team/{member.id}")
    browser.submit(form_to(browser, "/reset"), what="password")
    browser.follow()
    link = link_on(browser)
    old = desk.browser()
    old.open("/staff/login")
    assert old.submit(username=member.email, password=PASSWORD).status_code == 422
    person = desk.browser()
    person.open(link)
    member.password = "another teapot, green as hope"
    answer = person.submit(password=member.password)
    assert answer.headers["Location"] == "/staff/login/code"
    assert person.get("/staff/enrol").headers["Location"] == "/staff/login/code"
    desk.sign_in(member)


def test_a_lost_phone_sets_up_everything_anew(desk: Desk) -> None:
    """After a reset of the phone the old one is dead, and the link leads to a new one."""
    member = desk.member("intake", name="Kim Lee")
    browser = desk.signed_in("admin")
    browser.open(f"/staff/team/{member.id}")
    browser.submit(form_to(browser, "/reset"), what="phone")
    browser.follow()
    person = desk.browser()
    person.open(link_on(browser))
    assert person.submit(password=PASSWORD).headers["Location"] == "/staff/enrol"
    person.follow()
    assert set_up_phone(desk, person) != member.secret


def test_a_reset_asks_what_is_lost(desk: Desk) -> None:
    """Without an answer nothing is reset."""
    member = desk.member("intake", name="Kim Lee")
    browser = desk.signed_in("admin")
    browser.open(f"/staff/team/{member.id}")
    assert browser.submit(form_to(browser, "/reset")).status_code == 422
    assert "Choose what is lost." in browser.page.words
    desk.sign_in(member)


def test_an_administrator_may_reset_themself(desk: Desk) -> None:
    """One's own reset ends one's own session, and still shows the link."""
    member = desk.member("admin")
    browser = desk.sign_in(member)
    browser.open(f"/staff/team/{member.id}")
    assert browser.submit(form_to(browser, "/reset"), what="phone").status_code == 200
    assert desk.browser().open(link_on(browser)).h1 == "Choose your password"
    assert browser.get("/staff/team").status_code == 401


@pytest.mark.both_databases
def test_a_disabled_person_can_be_invited_again(desk: Desk) -> None:
    """A disabled person is out at once; invited again, they set up everything anew."""
    member = desk.member("intake", name="Kim Lee")
    theirs = desk.sign_in(member)
    browser = desk.signed_in("admin")
    browser.open(f"/staff/team/{member.id}")
    browser.submit(form_to(browser, "/disable"))
    assert "Disabled on" in browser.follow().words
    assert theirs.get("/staff/account").status_code == 401
    browser.open("/staff/team/invite")
    browser.submit(name="Kim Lee", email=member.email, roles=["clinician"])
    browser.follow()
    person = desk.browser()
    person.open(link_on(browser))
    assert person.submit(password=PASSWORD).headers["Location"] == "/staff/enrol"
    assert len(desk.session.scalars(select(Staff)).all()) == 2


def test_an_administrator_ends_a_session_of_another(desk: Desk) -> None:
    """A person's session can be ended from their page."""
    member = desk.member("intake", name="Kim Lee")
    theirs = desk.sign_in(member)
    browser = desk.signed_in("admin")
    browser.open(f"/staff/team/{member.id}")
    assert browser.submit(form_to(browser, "/end")).status_code == 303
    assert theirs.get("/staff/account").status_code == 401


def test_a_person_who_is_not_there_is_404(desk: Desk) -> None:
    """An unknown id is not found, for reading and for acting."""
    browser = desk.signed_in("admin")
    assert browser.get("/staff/team/sxxxxx").status_code == 404
    token = form_token(browser)
    sent = {"csrf_token": token, "roles": "intake", "what": "phone"}
    for act in ("roles", "reset", "disable"):
        assert browser.post(f"/staff/team/sxxxxx/{act}", sent).status_code == 404


def test_each_reading_of_the_team_is_on_record(desk: Desk) -> None:
    """Who looked at the list, and at whom, is an event."""
    member = desk.member("admin")
    browser = desk.sign_in(member)
    browser.open("/staff/team")
    browser.open(f"/staff/team/{member.id}")
    listed = desk.events("team.listed")
    assert [(event.actor_id, event.subject) for event in listed] == [
        (member.id, None),
        (member.id, member.id),
    ]
