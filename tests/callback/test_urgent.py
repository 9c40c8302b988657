"""The crisis page and "Please have someone call me": never turned away, never twice."""

from __future__ import annotations

import dataclasses

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake import limits
from intake.cli.prepare import House
from intake.submissions.models import Callback, Submission
from intake.submissions.record import read_check, read_contact
from tests.callback.people import URGENT, answer_until, only_submission
from tests.conftest import Clock
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.rules import live_in, put_live


def to_help(client: Visitor, code: str = "now") -> Page:
    """Answer as far as the crisis page."""
    page = answer_until(client, "safety", safety=code)
    assert page.address == "/eligibility/help"
    return page


def count(session: Session, table: type[Submission] | type[Callback]) -> int:
    """How many rows stand in ``table``."""
    found = session.scalar(select(func.count()).select_from(table)) or 0
    session.rollback()  # an open read would hold up the next write on SQLite
    return found


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("now", "You said that you have a plan or might act."),
        ("not_sure", "You said that you are not sure."),
    ],
)
def test_the_crisis_page_says_one_sentence_and_988_before_any_field(
    client: Visitor, session: Session, code: str, sentence: str
) -> None:
    """988 stands above the form; one outcome, one form, a way back, nothing stored."""
    page = to_help(client, code)
    assert page.outcome == "crisis"
    assert sentence in page.words
    assert "We are not a crisis team" in page.words
    (form,) = page.forms()
    assert form.action == "/callback/urgent"
    assert {*form.values, *form.options} == {"name", "phone", "voicemail", "csrf_token"}
    assert page.text.index("tel:988") < page.text.index('name="phone"')
    assert "/eligibility/safety" in page.links()
    assert "Someone is at our phone today until 5 pm Eastern time" in page.words
    assert count(session, Submission) == 0


def test_after_hours_the_page_says_when_someone_will_be_there(
    client: Visitor, clock: Clock
) -> None:
    """At night: the next opening, and that 988 answers now."""
    clock.forward(hours=10)
    page = to_help(client)
    assert "No one is at our phone now. Someone will be there tomorrow at 9 am" in page.words
    assert "988 answers now." in page.words


def test_unconfirmed_hours_promise_no_hour(app: Flask, client: Visitor) -> None:
    """While nobody has confirmed the hours, the page says that it cannot say when."""
    practice = dataclasses.replace(app.extensions["practice"], trial=False)
    app.extensions["practice"] = app.jinja_env.globals["practice"] = practice
    page = to_help(client)
    assert "We cannot say when someone will be at our phone. 988 answers now." in page.words


@pytest.mark.both_databases
def test_a_call_is_asked_for_and_kept_at_once(
    client: Visitor, house: House, clock: Clock, session: Session
) -> None:
    """Answers on the path, flags and the urgent callback stand in the database; then a receipt."""
    to_help(client)
    client.submit(None, **URGENT)
    page = client.follow()
    assert page.address == "/callback/confirmed"
    assert "988 answers now" in page.words
    assert "Someone is at our phone today until 5 pm Eastern time" in page.words
    stored = only_submission(session)
    assert (stored.outcome, stored.urgency, stored.status) == ("crisis", 0, "new")
    assert stored.consent_version == "urgent-call-1"
    assert not stored.possible_abuse
    callback = session.scalars(select(Callback)).one()
    assert (callback.kind, callback.status, callback.starts_at) == ("urgent", "asap", None)
    waited = callback.due_at - clock.moment
    assert waited.total_seconds() == 15 * 60
    assert stored.due_at == callback.due_at
    check = read_check(house.keys, stored)
    assert set(check.answers) == {"state", "age_band", "reason", "safety"}
    assert "safety:now" in [str(flag) for flag in check.flags]
    contact = read_contact(house.keys, stored)
    assert contact is not None
    assert (contact.name, contact.phone) == ("Mary O'Brien", "+13055550142")
    assert (contact.voicemail, contact.zone) == ("practice", "America/New_York")


def test_a_second_request_is_the_first(client: Visitor, session: Session) -> None:
    """A double press, a reload, an old draft posted again: one submission, one callback."""
    form = to_help(client).form()
    fields, draft = {**form.values, **URGENT}, client.cookie()
    assert draft is not None
    assert client.post("/callback/urgent", fields).status_code == 303
    assert client.post("/callback/urgent", fields).headers["Location"] == "/callback/confirmed"
    client.set_cookie(draft)
    assert client.post("/callback/urgent", fields).headers["Location"] == "/callback/confirmed"
    assert (count(session, Submission), count(session, Callback)) == (1, 1)
    assert client.get("/callback").headers["Location"] == "/callback/confirmed"


def test_a_mistake_shows_the_same_page_with_what_was_typed(
    client: Visitor, session: Session
) -> None:
    """422, still the crisis page, 988 still above the form, nothing stored."""
    to_help(client)
    client.submit(None, **{**URGENT, "phone": "12"})
    page, response = client.page, client.response
    assert response is not None
    assert page is not None
    assert response.status_code == 422
    assert page.outcome == "crisis"
    assert page.title.startswith("Error: ")
    assert page.form().values["name"] == ["Mary O'Brien"]
    assert page.form().values["phone"] == ["12"]
    assert page.text.index("tel:988") < page.text.index('name="phone"')
    assert count(session, Submission) == 0
    client.submit(None, phone="305-555-0142")
    assert client.follow().address == "/callback/confirmed"


def test_who_leaves_voicemail_open_is_not_held_up(
    client: Visitor, house: House, session: Session
) -> None:
    """Without a rule no message is left; the request itself goes through."""
    form = to_help(client).form()
    posted = {**form.values, "name": "Mary", "phone": "305-555-0142"}
    assert client.post("/callback/urgent", posted).status_code == 303
    contact = read_contact(house.keys, only_submission(session))
    assert contact is not None
    assert contact.voicemail == "none"


def test_without_a_cookie_or_token_the_way_leads_to_help(client: Visitor, session: Session) -> None:
    """Never an error page: /help-now, with nothing stored."""
    assert client.post("/callback/urgent", URGENT).headers["Location"] == "/help-now"
    client.set_cookie("forged")
    assert client.post("/callback/urgent", URGENT).headers["Location"] == "/help-now"
    client.clear_cookies()
    to_help(client)
    wrong = {**URGENT, "csrf_token": "made up"}
    assert client.post("/callback/urgent", wrong).headers["Location"] == "/help-now"
    assert count(session, Submission) == 0


def test_an_expired_draft_leads_to_help(client: Visitor, clock: Clock) -> None:
    """A day later the draft is gone, and the person is still led to 988."""
    form = to_help(client).form()
    clock.forward(hours=25)
    posted = client.post("/callback/urgent", {**form.values, **URGENT})
    assert posted.headers["Location"] == "/help-now"


def test_a_draft_that_is_not_in_crisis_leads_to_help(client: Visitor, session: Session) -> None:
    """A page left open while the answer was changed elsewhere stores nothing, and leads to 988."""
    form = to_help(client).form()
    client.open("/eligibility/safety")
    client.submit(answer="no")
    posted = client.post("/callback/urgent", {**form.values, **URGENT})
    assert posted.headers["Location"] == "/help-now"
    assert count(session, Submission) == 0


def test_get_leads_back_to_the_crisis_page(client: Visitor) -> None:
    """The address of the form is no page of its own."""
    assert client.get("/callback/urgent").headers["Location"] == "/eligibility/help"


@pytest.mark.parametrize("house", [{"INTAKE_LIMITS": "on"}], indirect=True)
def test_past_the_limit_it_is_stored_and_marked(
    client: Visitor, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crisis is never limited or timed; staff see that the address asked often."""
    to_help(client)
    monkeypatch.setattr(limits, "URGENT", limits.Limit("urgent", 0, 3600))
    client.submit(None, **URGENT)
    assert client.follow().address == "/callback/confirmed"
    assert only_submission(session).possible_abuse


def test_a_call_from_a_state_whose_zones_nobody_knows_is_kept(
    client: Visitor, app: Flask, house: House, session: Session
) -> None:
    """Even under rules that the loader would refuse, a crisis is heard; the zone is ours."""
    rules = live_in(app)
    state = rules.question("state")
    moved = [
        dataclasses.replace(each, code=each.code.replace("nj", "ny")) for each in state.choices
    ]
    questions = (dataclasses.replace(state, choices=tuple(moved)), *rules.questions[1:])
    put_live(app, dataclasses.replace(rules, version=2, questions=questions))
    answer_until(client, "safety", state="ny", safety="now")
    client.submit(None, **URGENT)
    page = client.follow()
    assert page.address == "/callback/confirmed" and "988 answers now" in page.words
    contact = read_contact(house.keys, only_submission(session))
    assert contact is not None and contact.zone == app.extensions["practice"].zone.key
