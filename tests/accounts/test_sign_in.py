"""Two steps to the desk, and nothing before both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from intake.accounts import store
from intake.accounts.gate import StaffAccess
from intake.accounts.models import StaffSession
from intake.accounts.passwords import Passwords
from tests.accounts.desk import CHEAP, PASSWORD, Desk, sign_out, token_of
from tests.accounts.test_paths import ELSEWHERE
from tests.support.client import Visitor


def staff_pages(app: Flask) -> list[str]:
    """The addresses of all staff pages that need no argument and no anonymous access."""
    pages = []
    for rule in app.url_map.iter_rules():
        access = app.view_functions[rule.endpoint].access  # type: ignore[attr-defined]  # mark
        guarded = isinstance(access, StaffAccess) and access.level == "full"
        if guarded and not rule.arguments and "GET" in (rule.methods or ()):
            pages.append(rule.rule)
    assert len(pages) > 5
    return pages


@pytest.mark.both_databases
def test_password_and_code_open_the_desk(desk: Desk) -> None:
    """A person gives password and code, sees the desk, and leaves again."""
    browser = desk.sign_in(desk.member("intake"))
    assert browser.open("/staff/account").h1 == "Your account"
    assert "Robin Reyes" in browser.page.words
    sign_out(browser)
    assert browser.follow().h1 == "Sign in to the desk"
    assert [event.name for event in desk.events() if event.name.startswith("staff.")] == [
        "staff.invited",
        "staff.enrolled",
        "staff.signed_in",
        "staff.signed_out",
    ]


def test_a_person_who_is_only_admin_lands_on_the_team(desk: Desk) -> None:
    """After sign-in an administrator sees the team, everyone else the queue."""
    assert desk.signed_in("admin").response.headers["Location"] == "/staff/team"
    assert desk.signed_in("intake").response.headers["Location"] == "/staff/"
    assert desk.signed_in("admin", "clinician").response.headers["Location"] == "/staff/"


def test_nobody_is_led_to_the_sign_in_page_and_back(app: Flask, desk: Desk) -> None:
    """Without a cookie each page leads to sign-in, and sign-in leads back to it."""
    for address in staff_pages(app):
        answer = desk.browser().get(address)
        assert answer.status_code == 303, address
        assert answer.headers["Location"].startswith("/staff/login"), address
    member = desk.member("intake")
    browser = desk.browser()
    browser.open("/staff/account")
    browser.submit(username=member.email, password=PASSWORD)
    browser.follow()
    assert browser.submit(code=member.code(desk.now)).headers["Location"] == "/staff/account"


def test_between_the_steps_only_the_second_step_is_open(app: Flask, desk: Desk) -> None:
    """Password right and code to come: every page leads to the page that asks for it."""
    browser = desk.first_step(desk.member("admin", "clinician", "intake"))
    for address in staff_pages(app):
        answer = browser.get(address)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/login/code")
    assert browser.post("/staff/logout").headers["Location"] == "/staff/login/code"
    assert browser.get("/staff/enrol").headers["Location"] == "/staff/login/code"


def test_each_step_makes_a_new_session(desk: Desk) -> None:
    """A cookie from before a step opens nothing after it, so that none can be planted."""
    member, browser = desk.member("intake"), desk.browser()
    browser.open("/staff/login")
    before = browser.cookie("staff")
    desk.first_step(member, browser)
    halfway = browser.cookie("staff")
    browser.open("/staff/login/code")
    browser.submit(code=member.code(desk.now))
    after = browser.cookie("staff")
    assert len({before, halfway, after}) == 3
    thief = desk.browser()
    for stale, status in ((before, 303), (halfway, 401)):
        assert stale is not None
        thief.set_cookie(stale, "staff")
        assert thief.get("/staff/account").status_code == status
    assert browser.get("/staff/account").status_code == 200


def test_the_database_holds_no_token(desk: Desk, app: Flask) -> None:
    """What the database keeps of a session cannot be used to take it over."""
    desk.signed_in("intake")
    rows = desk.session.scalars(select(StaffSession)).all()
    assert [row.level for row in rows] == ["password", "full"]
    assert all(len(row.token_sha256) == 32 for row in rows)


@pytest.mark.both_databases
def test_a_code_works_once(desk: Desk) -> None:
    """A code that opened the desk opens it no second time."""
    member = desk.member("intake")
    desk.sign_in(member)
    again = desk.first_step(member)
    again.open("/staff/login/code")
    answer = again.submit(code=member.code(desk.now))
    assert answer.status_code == 422
    assert "not right, or was used before" in again.page.words


@pytest.mark.both_databases
def test_of_parallel_uses_of_a_code_one_succeeds(desk: Desk) -> None:
    """Five browsers send the same code at the same time: exactly one gets in."""
    member = desk.member("intake")
    browsers = [desk.first_step(member) for _ in range(5)]
    for browser in browsers:
        browser.open("/staff/login/code")
    code = member.code(desk.now)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda each: each.submit(code=code).status_code, browsers))
    assert sorted(answers) == [303, 422, 422, 422, 422]
    assert len(desk.events("staff.signed_in")) == 1
    assert len(desk.events("staff.sign_in_failed")) == 4


def test_one_step_of_skew_is_allowed(desk: Desk) -> None:
    """A phone may be one step early or late; at two, the page speaks of the clock."""
    member = desk.member("intake")
    for steps, status in ((-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)):
        desk.clock.forward(minutes=5)
        browser = desk.first_step(member)
        browser.open("/staff/login/code")
        assert browser.submit(code=member.code(desk.now, steps)).status_code == status, steps
        if status == 422:
            assert "set its clock" in browser.page.words


def test_a_code_may_be_typed_in_groups(desk: Desk) -> None:
    """Spaces and hyphens inside a code do no harm."""
    member = desk.member("intake")
    browser = desk.first_step(member)
    browser.open("/staff/login/code")
    code = member.code(desk.now)
    assert browser.submit(code=f" {code[:3]} - {code[3:]} ").status_code == 303


@pytest.mark.both_databases
def test_unknown_and_known_people_get_the_same_answer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password, an unknown address, a disabled or unfinished person: one answer."""
    known = desk.member("intake", name="Known One")
    checked: list[str | None] = []
    real = CHEAP.fits

    def fits(kept: str | None, password: str) -> bool:
        checked.append(kept)
        return real(kept, password)

    monkeypatch.setattr(CHEAP, "fits", fits)
    seen = set()
    for username in (known.email, "nobody@example.org", "not an address", "O'Hara@EXAMPLE.org"):
        browser = desk.browser()
        browser.open("/staff/login")
        answer = browser.submit(username=username, password="quite another password")
        shown = browser.page.words
        seen.add((answer.status_code, shown, tuple(sorted(answer.headers.keys()))))
    assert len(seen) == 1
    assert len(checked) == 4, "each try costs one check"
    failed = desk.events("staff.sign_in_failed")
    assert [event.subject for event in failed] == [known.id, None, None, None]


def test_a_blank_field_is_named(desk: Desk) -> None:
    """A blank field is an error on that field."""
    browser = desk.browser()
    for field in ("username", "password"):
        browser.open("/staff/login")
        answer = browser.submit(**{"username": "a@example.org", "password": "x", field: ""})
        assert answer.status_code == 422
        assert browser.page.title.startswith("Error: ")
        assert f"#{field}" in browser.page.links()


def test_sign_in_never_leads_away(desk: Desk) -> None:
    """Whatever stands in `next`, sign-in leads to a page of the desk."""
    member = desk.member("intake")
    for target in ELSEWHERE:
        browser = desk.browser()
        browser.get("/staff/login", query_string={"next": target})
        sent = browser.page.form().fill(username=member.email, password=PASSWORD)
        browser.post("/staff/login", {**sent, "next": target})
        browser.follow()
        desk.clock.forward(seconds=30)
        answer = browser.submit(code=member.code(desk.now))
        assert answer.headers["Location"] == "/staff/", repr(target)


def test_sign_out_needs_the_form(desk: Desk) -> None:
    """Signing out by a link is 405, without the form's token 400; neither ends the session."""
    browser = desk.signed_in("intake")
    assert browser.get("/staff/logout").status_code == 405
    assert browser.post("/staff/logout").status_code == 400
    assert browser.post("/staff/logout", {"csrf_token": "forged"}).status_code == 400
    assert browser.open("/staff/account").h1 == "Your account"


def test_sign_out_clears_the_device(desk: Desk) -> None:
    """Signing out deletes the cookie and asks the browser to drop what it kept."""
    browser = desk.signed_in("intake")
    browser.open("/staff/account")
    answer = sign_out(browser)
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.cookie("staff") is None


def test_a_sign_in_form_without_its_cookie_is_offered_again(desk: Desk) -> None:
    """A form that outlived its cookie is a 400 that shows the form and says why."""
    member = desk.member("intake")
    browser = desk.browser()
    page = browser.open("/staff/login?next=/staff/account")
    filled = page.form().fill(username=member.email, password=PASSWORD)
    browser.clear_cookies()
    assert browser.post("/staff/login", filled).status_code == 400
    assert "open for too long" in browser.page.words
    assert browser.submit(username=member.email, password=PASSWORD).status_code == 303


def test_a_token_of_another_browser_is_refused(desk: Desk) -> None:
    """A token works only with the cookie that it was made for."""
    member, other = desk.member("intake"), desk.browser()
    other.open("/staff/login")
    browser = desk.browser()
    browser.open("/staff/login")
    sent = {"username": member.email, "password": PASSWORD, "csrf_token": token_of(other)}
    assert browser.post("/staff/login", sent).status_code == 400


def test_a_form_of_another_site_is_refused(desk: Desk) -> None:
    """A form that another site sends is 403, whatever its token."""
    browser = desk.browser()
    page = browser.open("/staff/login")
    sent = page.form().fill(username="a@example.org", password="x")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert browser.post("/staff/login", sent, headers=headers).status_code == 403


def test_an_outdated_hash_is_made_anew_at_sign_in(desk: Desk, app: Flask) -> None:
    """When the cost of hashing rises, each person's hash follows at their next sign-in."""
    member = desk.member("intake")
    app.extensions["passwords"] = Passwords(memory_kib=128, passes=2)
    desk.sign_in(member)
    desk.session.rollback()
    desk.session.expire_all()
    assert "m=128,t=2" in (store.get(desk.session, member.id).password_hash or "")
    desk.sign_in(member)


def test_the_sign_in_page_is_never_kept(client: Visitor) -> None:
    """Sign-in pages are not stored by caches and not listed by search engines."""
    answer = client.get("/staff/login")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
