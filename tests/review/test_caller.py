"""A check that staff enter for a caller: who sees it, who sends it, what it says afterwards."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from intake.submissions.models import Submission
from intake.submissions.record import read_check
from tests.accounts.desk import CHEAP, Desk, sign_out
from tests.callback.people import MARY, URGENT, only_submission
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.walker import SAFE, answer, answers, walk

NOTICE = "You are entering this check for a caller"


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    """The desk of ``app``, with a cheap password hasher."""
    app.extensions["passwords"] = CHEAP
    return Desk(app, session)


def page_of(browser: Visitor) -> Page:
    """The page that the browser shows."""
    assert browser.page is not None
    return browser.page


def begun(desk: Desk, *roles: str) -> Visitor:
    """A browser in which a new person with ``roles`` has begun a check for a caller."""
    browser = desk.signed_in(*roles)
    page = browser.open("/staff/check")
    form = next(form for form in page.forms() if form.action == "/staff/check")
    assert browser.submit(form).status_code == 303
    browser.follow()
    assert page_of(browser).address == "/eligibility/state"
    return browser


def test_the_same_pages_say_for_whom_they_are(desk: Desk, client: Visitor) -> None:
    """The caller's pages say so in one sentence; a visitor's never do, whoever came first."""
    nurse = begun(desk, "intake")
    assert NOTICE in page_of(nurse).text
    assert NOTICE not in client.open("/eligibility/state").text
    answer(nurse, ["fl"])
    assert NOTICE in page_of(nurse).text
    form = page_of(nurse).form()
    assert nurse.post(form.action, {"csrf_token": form.values["csrf_token"]}).status_code == 422
    assert NOTICE in page_of(nurse).text


@pytest.mark.both_databases
def test_a_caller_is_entered_booked_and_named(desk: Desk) -> None:
    """Sent and booked like any other; the record names who entered it, the events too."""
    nurse = begun(desk, "intake")
    form = walk(nurse, SAFE).form()
    assert nurse.submit(form).status_code == 303
    booking = nurse.open("/callback").form()
    assert nurse.post(booking.action, booking.fill(**MARY)).status_code == 303
    page = nurse.follow()
    sent = only_submission(desk.session)
    assert f"/staff/submissions/{sent.reference}" in page.links()
    events = [event for event in desk.events() if event.subject == sent.reference]
    assert {event.actor_id for event in events} == {sent.entered_by}
    assert [event.name for event in events][:2] == ["submission.sent", "callback.booked"]
    assert read_check(desk.keys, sent).answers == {
        question: (codes,) if isinstance(codes, str) else tuple(codes)
        for question, codes in SAFE.items()
    }
    record = nurse.open(f"/staff/submissions/{sent.reference}")
    assert "for a caller" in record.words


def test_nobody_else_sees_or_sends_it(app: Flask, desk: Desk) -> None:
    """Signed out, or a colleague in the same browser: every page of it leads to the start."""
    nurse = begun(desk, "intake")
    check = walk(nurse, SAFE)
    form, draft = check.form(), nurse.cookie() or ""
    nurse.open("/staff/")
    sign_out(nurse)
    colleague = desk.signed_in("clinician")
    stranger = Visitor(app)
    for browser in (nurse, colleague, stranger):
        browser.set_cookie(draft)
        for path in ("age_band", "check", "stop", "help", "result"):
            assert browser.get(f"/eligibility/{path}").headers["Location"] == "/eligibility"
        for path in ("/callback", "/callback/confirmed"):
            assert browser.get(path).headers["Location"] == "/eligibility"
        assert browser.post(form.action, form.fill()).headers["Location"] == "/eligibility"
        words = browser.open("/eligibility").words
        assert "A check for a caller is open here" in words
        assert "Continue where you left off" not in words
    desk.session.rollback()
    assert desk.session.query(Submission).count() == 0


def test_its_author_goes_on_after_signing_in_again(desk: Desk) -> None:
    """A session that ends on the way loses nothing of the caller's answers."""
    member = desk.member("intake")
    nurse = desk.sign_in(member)
    nurse.open("/staff/check")
    nurse.submit(page_of(nurse).form())
    nurse.follow()
    walk(nurse, SAFE)
    desk.clock.forward(minutes=20)
    assert "A check for a caller is open here" in nurse.open("/eligibility").words
    desk.sign_in(member, nurse)
    assert "/eligibility" in nurse.open("/staff/check").links()
    nurse.open("/eligibility/check")
    assert nurse.submit().status_code == 303
    assert only_submission(desk.session).entered_by == member.id


def test_entering_a_check_keeps_the_session_alive(desk: Desk) -> None:
    """Fourteen minutes on one question and fourteen on the next: still signed in."""
    nurse = begun(desk, "intake")
    for code in ("fl", "30_44", "depression"):
        desk.clock.forward(minutes=14)
        answer(nurse, [code])
        assert NOTICE in page_of(nurse).text


def test_start_again_keeps_who_enters_it(desk: Desk) -> None:
    """Its author may begin anew: the check is still theirs, and still marked."""
    nurse = begun(desk, "intake")
    answer(nurse, ["fl"])
    nurse.open("/eligibility")
    assert nurse.submit().status_code == 303
    page = nurse.follow()
    assert page.address == "/eligibility/state" and NOTICE in page.text
    walk(nurse, SAFE)
    assert nurse.submit().status_code == 303
    assert only_submission(desk.session).entered_by is not None


def test_who_is_only_admin_enters_nothing(desk: Desk) -> None:
    """An administrator without another role is refused, and a draft of theirs stays locked."""
    admin = desk.signed_in("admin")
    assert admin.get("/staff/check").status_code == 403


def test_a_caller_in_danger_is_called_for(desk: Desk) -> None:
    """A crisis while entering: help first, and the call request names who entered it."""
    nurse = begun(desk, "intake")
    page = walk(nurse, answers(safety="now"))
    assert page.outcome == "crisis" and NOTICE in page.text
    assert nurse.post(page.form().action, page.form().fill(**URGENT)).status_code == 303
    sent = only_submission(desk.session)
    assert sent.entered_by is not None and sent.urgency == 0
    urgent = desk.events("callback.urgent")
    assert [event.actor_id for event in urgent] == [sent.entered_by]


def test_a_crisis_answer_is_never_turned_away(app: Flask, desk: Desk) -> None:
    """Even for somebody to whom the check is locked, a crisis answer leads to help."""
    nurse = begun(desk, "intake")
    stranger = Visitor(app)
    stranger.set_cookie(nurse.cookie() or "")
    led = stranger.post("/eligibility/safety", {"answer": "now"})
    assert led.headers["Location"] == "/help-now"


def test_a_visitor_begins_anew_without_the_callers_answers(app: Flask, desk: Desk) -> None:
    """Starting one's own check erases the caller's: no answer, no trail, no author goes on."""
    nurse = begun(desk, "intake")
    answer(nurse, ["nj"])
    stranger = Visitor(app)
    stranger.set_cookie(nurse.cookie() or "")
    page = stranger.open("/eligibility")
    assert stranger.submit(page.form()).status_code == 303
    page = stranger.follow()
    assert page.address == "/eligibility/state" and NOTICE not in page.text
    assert page.form().values.get("answer", []) == []
