"""A call for help is heard, whatever became of the draft; and long texts cost nothing."""

from __future__ import annotations

import dataclasses
import unicodedata
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from intake.cli.prepare import House
from intake.submissions import store
from intake.submissions.models import Submission
from tests.accounts.desk import CHEAP, Desk
from tests.callback.people import URGENT, book, to_callback
from tests.house.test_hostile_transport import HOME
from tests.support.client import Visitor
from tests.support.rules import keep_only, live_in
from tests.support.walker import QUESTIONS, SAFE, answer, begin, go_on, send, walk


def safety_form(client: Visitor) -> dict[str, Any]:
    """The safety page as it stood open in a tab."""
    walk(client, {key: SAFE[key] for key in QUESTIONS[:3]})
    assert client.page is not None
    return client.page.form().fill(answer="now")


def helped(client: Visitor, posted: dict[str, Any]) -> bool:
    """Whether the answer leads to one of the two help pages."""
    client.post("/eligibility/safety", posted)
    return client.follow().address in ("/help-now", "/eligibility/help")


def test_a_crisis_after_send_reaches_help(client: Visitor) -> None:
    """Back to the safety page after Send, "now": help, and not "You may be a fit"."""
    form = safety_form(client)
    assert client.page is not None
    go_on(client, client.page, SAFE)
    send(client)
    assert helped(client, form)


@pytest.mark.parametrize(("question", "code"), [("state", "other"), ("age_band", "under_18")])
def test_a_crisis_from_an_old_tab_reaches_help(client: Visitor, question: str, code: str) -> None:
    """Another tab ended the path by state or age; the open safety page says "now"."""
    form = safety_form(client)
    client.open(f"/eligibility/{question}")
    answer(client, [code])
    assert helped(client, form)


def test_a_crisis_on_a_page_not_reached_reaches_help(client: Visitor) -> None:
    """A draft that has not come to the safety page yet."""
    token = begin(client).form().values["csrf_token"]
    assert helped(client, {"csrf_token": token, "answer": ["not_sure"]})


def test_a_crisis_under_a_lost_version_reaches_help(client: Visitor, app: Flask) -> None:
    """The draft's version is gone; the answer is still heard."""
    form = safety_form(client)
    keep_only(app, dataclasses.replace(live_in(app), version=7))
    assert helped(client, form)


def test_a_birth_date_under_18_is_not_forgotten_by_a_new_check(client: Visitor) -> None:
    """Under-age page, "Start a new check", the same answers: talked about, never may_fit."""
    to_callback(client)
    assert book(client, **{"birth_date-year": "2012"}).outcome == "under_age"
    client.open("/eligibility")
    client.submit()
    go_on(client, client.follow(), SAFE)
    assert send(client).outcome != "may_fit"


def test_no_text_of_any_length_is_normalised(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NFC and NFKC of a long run of marks are quadratic: they are given short texts only."""
    longest = 0
    real = unicodedata.normalize

    def watched(form: Any, text: str) -> str:
        nonlocal longest
        longest = max(longest, len(text))
        return real(form, text)

    monkeypatch.setattr(unicodedata, "normalize", watched)
    browser = desk.browser()
    token = browser.open("/staff/login").form().values["csrf_token"][0]
    long = "a" + "\u0301\u0316" * 4_000
    for fields in ({"username": long, "password": "x"}, {"username": "a@b.org", "password": long}):
        browser.wsgi.post("/staff/login", HOME, data={"csrf_token": token, **fields})
    # The longest text that any form takes is a note of 5,000 characters.
    assert longest <= 5_000


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    """The desk of ``app``."""
    app.extensions["passwords"] = CHEAP
    return Desk(app, session)


def crisis_of_a_sent_draft(client: Visitor, before: str) -> None:
    """An old copy of a draft that was sent is now in crisis, and asks to be called."""
    client.set_cookie(before)
    client.open("/eligibility/safety")
    answer(client, ["now"])
    client.submit(**URGENT)
    client.follow()


@pytest.mark.parametrize("case", ["booked", "closed", "sent"])
def test_a_call_for_help_is_never_swallowed(
    client: Visitor, house: House, session: Session, case: str
) -> None:
    """Whatever became of the first Send, the request stands on top of the queue as a crisis."""
    walk(client, SAFE)
    before = client.cookie() or ""
    send(client)
    if case == "booked":
        client.open("/callback")
        book(client)
    if case == "closed":
        with Session(house.engine) as other:
            other.execute(update(Submission).values(status="closed", closed_reason="duplicate"))
            other.commit()
    crisis_of_a_sent_draft(client, before)
    assert client.page is not None and "988" in client.page.main.text_content()[:200]
    open_ones = session.scalars(select(Submission).where(Submission.status != "closed")).all()
    urgent = [row for row in open_ones if row.urgency == 0]
    assert urgent, "nothing stands on top of the queue"
    assert store.read_check(house.keys, urgent[0]).answers["safety"] == ("now",)


def test_finish_in_an_old_tab_skips_no_urgent_words(client: Visitor) -> None:
    """A stop with 911 that came up in another tab is shown, whatever the old tab finishes."""
    walk(client, {key: SAFE[key] for key in QUESTIONS[:10]})
    assert answer(client, ["pregnant"]).address == "/eligibility/stop"
    assert client.page is not None
    old = client.page.form()
    client.open("/eligibility/heart")
    client.submit(answer=["unstable"])
    assert client.response is not None
    assert client.response.headers["Location"] == "/eligibility/stop"
    client.submit(old) if client.page else client.post(old.action, old.fill())
    assert client.follow().address == "/eligibility/stop"
    assert client.page is not None and "911" in client.page.main.text_content()[:200]
