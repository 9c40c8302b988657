"""Hostile text, cookies of another place, and two at once: patients' pages and the desk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from click import UsageError
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from intake.accounts.models import Staff
from intake.callback import views as callback_views
from intake.cli import commands
from intake.cli.prepare import House
from intake.submissions.models import Note, Submission
from intake.submissions.record import read_check, read_contact
from tests.accounts.desk import CHEAP, Desk, token_of
from tests.callback.people import MARY, URGENT, only_submission, to_callback
from tests.house.test_hostile_transport import HOME, check_headers, knock
from tests.review.made import Maker
from tests.support.client import Visitor
from tests.support.page import Form, Page
from tests.support.walker import SAFE, answer, answers, begin, walk

# NUL, escape, end of line, every mark that turns the direction of text, and the order mark.
MARKS = (
    "\0\x1b\x7f\x85\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
NOT_OURS = (
    *("role", "closed_reason", "id", "owner_id", "author_id", "submission_id", "reference"),
    *("contact_sealed", "outcome", "at", "next", "password_hash", "totp_sealed", "enrolled_at"),
)
# The cookies, address and fields of a form.
Press = tuple[dict[str, str], str, dict[str, Any]]
HOSTILE = "{{7*1430}} ${7*7} <svg onload=alert(1)> '\"&amp;<script>"


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    """The desk of ``app``, with a cheap password hasher."""
    app.extensions["passwords"] = CHEAP
    return Desk(app, session)


def page_of(visitor: Visitor) -> Page:
    """The page that the browser shows."""
    assert visitor.page is not None
    return visitor.page


def form_to(page: Page, ending: str) -> Form:
    """The form that goes to an address with this ``ending``."""
    return next(each for each in page.forms() if each.action.endswith(ending))


def act(browser: Visitor, address: str, ending: str, **fields: Any) -> int:
    """Send a form of the page at ``address`` with ``fields``, its own or not."""
    form = form_to(browser.open(address), ending)
    return browser.post(form.action, {**form.values, **fields}).status_code


@pytest.mark.both_databases
def test_hidden_characters_are_refused_in_every_field(
    app: Flask, desk: Desk, client: Visitor
) -> None:
    """Control, direction and order marks: 422 in each text field, and nothing is kept."""
    booking = {**to_callback(client).form().values, **MARY}
    sent = Maker(desk.session, desk.keys).send(desk.now)
    record = f"/staff/submissions/{sent.reference}"
    nurse, admin = desk.signed_in("intake"), desk.signed_in("admin")
    urgent = Visitor(app)
    form = walk(urgent, answers(safety="now")).form()
    parts = ("name", "email", "phone", "window", "birth_date-month", "birth_date-year")
    for mark in MARKS:
        bad = f"a{mark}b"
        for part in parts:
            assert client.post("/callback", {**booking, part: bad}).status_code == 422, part
        for part in ("name", "phone"):
            crisis = form.fill(**URGENT) | {part: [bad]}
            assert urgent.post(form.action, crisis).status_code == 422
            assert page_of(urgent).outcome == "crisis"
    for mark in MARKS[:6]:
        bad = f"a{mark}b"
        assert act(nurse, record, "/note", kind="call", body=bad) == 422
        assert act(nurse, record, "/move", to="in_review", reason=bad) == 422
        invited = {"name": "Kim", "email": "kim@example.org", "roles": "intake"}
        form = form_to(admin.open("/staff/team/invite"), "/invite")
        for part in ("name", "email"):
            fields: dict[str, Any] = {**form.values, **invited, part: bad}
            assert admin.wsgi.post(form.action, HOME, data=fields).status_code == 422
        stranger = desk.browser()
        known = {"csrf_token": stranger.open("/staff/login").form().values["csrf_token"]}
        fields = {**known, "username": f"kim{mark}@example.org", "password": "x"}
        assert stranger.wsgi.post("/staff/login", HOME, data=fields).status_code == 422
    desk.session.rollback()
    assert desk.session.scalar(select(func.count()).select_from(Note)) == 0
    assert desk.session.scalar(select(func.count()).select_from(Staff)) == 2
    kept = desk.session.scalars(select(Submission.contact_at)).all()
    assert len(kept) == 2 and kept.count(None) == 1


def test_joiners_are_kept_and_names_are_stored_composed(
    client: Visitor, house: House, session: Session
) -> None:
    """Hindi and emoji keep their joiners; what was typed in pieces is stored in one form."""
    fields = {**to_callback(client).form().values, **MARY}
    typed = "  Zoe\u0308 \u0928\u200d\u092e\u200c \U0001f469\u200d\u2695\ufe0f "
    assert client.post("/callback", {**fields, "name": typed}).status_code == 303
    contact = read_contact(house.keys, only_submission(session))
    assert contact is not None
    assert contact.name == "Zo\xeb \u0928\u200d\u092e\u200c \U0001f469\u200d\u2695\ufe0f"


def test_bytes_that_are_no_text_never_break_a_page(
    client: Visitor, house: House, session: Session
) -> None:
    """Half a character, a lone surrogate, an overlong slash: an error or plain text, never 500."""
    token = to_callback(client).form().values["csrf_token"][0]
    for odd in ("%ED%A0%80", "%ff%fe", "%C0%AF", "%F4%90%80%80", "%", "%u0041", "%zz", "\xff"):
        fields = "&".join(f"{part}=a{odd}" for part in (*MARY, "relay", odd))
        body = f"csrf_token={token}&{fields}".encode("latin-1")
        kind = "application/x-www-form-urlencoded"
        assert client.post("/callback", body, content_type=kind).status_code in (400, 422)
        page_of(client).text.encode()
    assert only_submission(session).contact_sealed is None


def test_fields_that_are_not_the_forms_change_nothing(desk: Desk) -> None:
    """Role, status, owner, author and id in a form of the desk are as if they were not there."""
    sent = Maker(desk.session, desk.keys).send(desk.now)
    record = f"/staff/submissions/{sent.reference}"
    nurse = desk.signed_in("intake")
    extra = dict.fromkeys(NOT_OURS, "x") | {"status": "closed", "urgency": "0", "is_admin": "1"}
    assert act(nurse, record, "/note", kind="call", body="Reached.", **extra) == 303
    assert act(nurse, record, "/assign", owner="", **extra) == 303
    assert act(nurse, record, "/contact", **extra) == 200
    admin = desk.signed_in("admin")
    fields = {"name": "Kim", "email": "kim@example.org", "roles": "intake"}
    assert act(admin, "/staff/team/invite", "/invite", **extra, **fields) == 303
    desk.session.rollback()
    desk.session.expire_all()
    stored, note = only_submission(desk.session), desk.session.scalars(select(Note)).one()
    assert (stored.status, stored.urgency, stored.owner_id) == ("new", 2, None)
    assert (note.submission_id, note.type) == (stored.id, "call") and note.author_id != "x"
    kim = desk.session.scalars(select(Staff).where(Staff.email == "kim@example.org")).one()
    assert (kim.roles, kim.password_hash, kim.totp_sealed, kim.enrolled_at) == (
        "intake",
        *[None] * 3,
    )


def test_an_address_with_a_line_break_invites_nobody(desk: Desk) -> None:
    """Whatever could become a header of a mail is an error on its field."""
    admin = desk.signed_in("admin")
    odd_ones = "kim@example.org\r\nBcc: all@example.org", "kim@example.org\nx", "a\r\n@example.org"
    for odd in odd_ones:
        fields = {"name": "Kim", "email": odd, "roles": "intake"}
        assert act(admin, "/staff/team/invite", "/invite", **fields) == 422
        assert "#email" in page_of(admin).links()
    assert len(desk.session.scalars(select(Staff)).all()) == 1


def test_a_hostile_name_is_letters_on_every_page(desk: Desk, client: Visitor) -> None:
    """Template marks and tags in a name: the same letters on the form, the queue, the record."""
    booking = {**to_callback(client).form().values, **MARY, "name": HOSTILE}
    assert client.post("/callback", {**booking, "birth_date-year": "88"}).status_code == 422
    assert page_of(client).form().values["name"] == [HOSTILE]
    assert client.post("/callback", booking).status_code == 303
    assert client.follow().address == "/callback/confirmed"
    nurse = desk.signed_in("intake")
    # No reference holds a 0 or a 1, so that the product of the sum cannot stand in one.
    assert "10010" not in nurse.open("/staff/").words
    record = f"/staff/submissions/{only_submission(desk.session).reference}"
    assert act(nurse, record, "/contact") == 200
    page = page_of(nurse)
    assert HOSTILE in page.root.text_content() and not page.root.xpath(
        "//script[not(@nonce)] | //@onload"
    )
    assert nurse.response is not None
    check_headers(nurse.response.headers)


def test_no_command_opens_an_archive() -> None:
    """Nothing reads a ZIP file yet; the first command that does brings its own tests."""
    for words in (["import", "evil.zip"], ["restore", "evil.zip"], ["rules", "import", "evil.zip"]):
        with pytest.raises(UsageError):
            commands.main(words, standalone_mode=False)


def test_a_cookie_and_a_token_work_in_their_own_place_only(desk: Desk, client: Visitor) -> None:
    """A visitor's cookie opens no desk, a staff cookie no check; tokens do not cross either."""
    begin(client)
    nurse = desk.signed_in("intake")
    nurse.open("/staff/account")
    staff, visit = nurse.cookie("staff") or "", client.cookie() or ""
    own = {"csrf_token": page_of(client).form().values["csrf_token"]}
    client.set_cookie(visit, "staff")
    assert client.get("/staff/account").headers["Location"].startswith("/staff/login")
    client.set_cookie(visit, "staff")
    assert client.post("/staff/login", {**own, "username": "x", "password": "x"}).status_code == 400
    nurse.set_cookie(staff, "visit")
    assert nurse.get("/eligibility/check").headers["Location"] == "/eligibility"
    client.set_cookie(visit)
    for other in (token_of(nurse) if nurse.open("/staff/account") else "", "x" * 43, "", "\u0661"):
        sent = {"csrf_token": other, "answer": "fl"}
        assert client.post("/eligibility/state", sent).status_code == 400
    assert nurse.post("/staff/logout", own).status_code == 400
    doubled = {"csrf_token": ["x", *own["csrf_token"]], "answer": "fl"}
    assert client.post("/eligibility/state", doubled).status_code == 400


def at_once(app: Flask, *posts: Press) -> list[int]:
    """Send several forms at the same moment, each with its cookies; gives the statuses."""
    return [answered.status_code for answered in pressed(app, *posts)]


def pressed(app: Flask, *posts: Press) -> list[TestResponse]:
    """The same; gives the responses."""
    ready = Barrier(len(posts))

    def press(post: Press) -> TestResponse:
        cookies, address, fields = post
        kept = "; ".join(f"{name}={value}" for name, value in cookies.items())
        ready.wait()
        return knock(app, "POST", address, data=fields, headers={"Cookie": kept})

    with ThreadPoolExecutor(len(posts)) as pool:
        return list(pool.map(press, posts))


@pytest.mark.both_databases
def test_of_two_moves_at_once_one_stands(app: Flask, desk: Desk) -> None:
    """Two people move a submission in the same moment: one is told, and nothing is lost."""
    maker = Maker(desk.session, desk.keys)
    people = [desk.signed_in("intake"), desk.signed_in("clinician")]
    for _ in range(3):
        sent = maker.send(desk.now)
        posts = []
        for browser, to in zip(people, ("contacted", "in_review"), strict=True):
            form = form_to(browser.open(f"/staff/submissions/{sent.reference}"), "/move")
            fields = {**form.values, "to": to}
            posts.append(({"staff": browser.cookie("staff") or ""}, form.action, fields))
        assert sorted(at_once(app, *posts)) == [303, 409]
    assert len(desk.events("submission.moved")) == 3


def send_and_urgent(app: Flask) -> tuple[Press, Press]:
    """Send from an old tab, and the crisis page's form of the same draft."""
    visitor = Visitor(app)
    form, before = walk(visitor, SAFE).form(), visitor.cookie() or ""
    visitor.open("/eligibility/safety")
    urgent = answer(visitor, ["now"]).form()
    crisis = ({"visit": visitor.cookie() or ""}, urgent.action, urgent.fill(**URGENT))
    return ({"visit": before}, form.action, form.fill()), crisis


def between(app: Flask, send: Press) -> bool:
    """Send at this moment; False, since the address asks for no call too often."""
    return at_once(app, send) != [303]


@pytest.mark.both_databases
@pytest.mark.parametrize("order", ["send first", "send between", "urgent first", "at once"])
def test_send_and_a_call_for_help_at_once_keep_the_call(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    """An old tab sends while the person asks for help: the crisis is stored, on top, with 988.

    Whichever comes first, and whichever tab's answer leaves its cookie last.
    """
    rounds = 8 if order == "at once" else 1
    for _ in range(rounds):
        send, urgent = send_and_urgent(app)
        with monkeypatch.context() as patch:
            if order == "send between":
                # The last moment before the request for a call writes anything.
                patch.setattr(callback_views, "_past_urgent_limit", partial(between, app, send))
                presses: tuple[tuple[Press, ...], ...] = ((urgent,),)
            elif order == "at once":
                presses = ((send, urgent, urgent),)
            else:
                presses = ((send,), (urgent,)) if order == "send first" else ((urgent,), (send,))
            left = [answered for posts in presses for answered in pressed(app, *posts)]
        assert {answered.status_code for answered in left} == {303}
        for answered in left:
            browser = Visitor(app)
            browser.set_cookie(answered.headers["Set-Cookie"].split(";")[0].partition("=")[2])
            assert "988 answers now" in browser.open("/callback/confirmed").words
    rows = desk.session.scalars(select(Submission)).all()
    reached = [row for row in rows if row.contact_at is not None]
    assert [(row.urgency, row.outcome) for row in reached] == [(0, "crisis")] * rounds
    assert [read_check(desk.keys, row).answers["safety"] for row in reached] == [("now",)] * rounds
    assert len(desk.events("callback.urgent")) == rounds
    assert len(desk.events("submission.sent")) == len(rows) <= 2 * rounds
    named = {row.earlier_reference for row in reached} - {None}
    assert named == {row.reference for row in rows if row.contact_at is None}
