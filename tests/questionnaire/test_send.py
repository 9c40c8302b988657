"""Send: stored once, whatever is pressed how often."""

from __future__ import annotations

import dataclasses
import threading

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.audit import Event
from intake.cli.prepare import House
from intake.limits import SEND
from intake.submissions import store
from intake.submissions.models import Submission
from tests.conftest import Clock
from tests.support.client import Visitor
from tests.support.walker import SAFE, answer, answers, check_and_send, send, walk

pytestmark = pytest.mark.both_databases


def counts(house: House) -> tuple[int, int]:
    """How many submissions, and how many events of a Send."""
    with Session(house.engine) as session:
        return (
            session.scalar(select(func.count()).select_from(Submission)) or 0,
            session.scalar(
                select(func.count()).select_from(Event).where(Event.name == "submission.sent")
            )
            or 0,
        )


def test_the_record_equals_the_answers(client: Visitor, house: House, clock: Clock) -> None:
    """Answers, flags, version with its SHA-256, article, consent and times, in one row."""
    given = answers(state="nj", medicines=["stimulant", "sleep"], blood_pressure="high_controlled")
    check_and_send(client, given, source="should-you-microdose-ketamine")
    with Session(house.engine) as session:
        sent = session.scalars(select(Submission)).one()
        check = store.read_check(house.keys, sent)
        assert check.answers == given
        assert [str(flag) for flag in check.flags] == [
            "blood_pressure:high_controlled",
            "medicines:stimulant",
            "medicines:sleep",
        ]
        assert (sent.state, sent.outcome, sent.priority, sent.status) == (
            "nj",
            "talk_first",
            False,
            "new",
        )
        assert sent.source_article == "should-you-microdose-ketamine"
        assert sent.definition_version == 1 and len(sent.definition_sha256) == 64
        assert sent.consent_version and sent.consented_at == clock.moment == sent.submitted_at
    assert counts(house) == (1, 1)


def test_fifty_sends_of_one_draft_are_one(client: Visitor, app: Flask, house: House) -> None:
    """Fifty at once: one submission, one event, fifty equal pages."""
    page = walk(client, answers(trials="0"))
    data, cookie = page.form().fill(), client.cookie() or ""
    pages: list[str] = []
    gate = threading.Barrier(10)

    def press() -> None:
        gate.wait()
        for _ in range(5):
            other = Visitor(app)
            other.set_cookie(cookie)
            other.post("/eligibility/check", data)
            page = other.follow()
            assert page.outcome == "talk_first"
            pages.append(page.words)

    threads = [threading.Thread(target=press) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pages) == 50 and len(set(pages)) == 1
    assert counts(house) == (1, 1)


def test_an_old_draft_sent_again_shows_what_was_stored(client: Visitor, house: House) -> None:
    """Other answers in an old draft are not sent, and the page says so."""
    walk(client, answers(trials="0"))
    old = client.cookie() or ""
    send(client)
    client.set_cookie(old)
    client.open("/eligibility/trials")
    answer(client, ["2_plus"])
    page = send(client)
    assert page.outcome == "talk_first" and "Later changes were not sent" in page.words
    assert counts(house) == (1, 1)


def test_with_a_receipt_every_page_of_the_check_is_the_result(
    client: Visitor, house: House
) -> None:
    """Back, check answers, the stop page and Send again lead to the result."""
    walk(client, SAFE)
    form = client.page.form()  # type: ignore[union-attr]  # check answers
    send(client)
    for address in (
        "/eligibility/state",
        "/eligibility/sitter",
        "/eligibility/check",
        "/eligibility/stop",
    ):
        assert client.open(address).address == "/eligibility/result"
    client.submit(form)
    assert client.response is not None and client.response.status_code == 303
    assert client.follow().address == "/eligibility/result"
    assert counts(house) == (1, 1)


def test_the_result_ends_after_a_day(client: Visitor, clock: Clock) -> None:
    """24 hours after Send the result is gone from this device."""
    check_and_send(client, SAFE)
    clock.forward(hours=23)
    assert client.open("/eligibility/result").outcome == "may_fit"
    clock.forward(hours=2)
    assert client.open("/eligibility/result").address == "/eligibility"


def test_a_wrong_token_is_refused_and_loses_nothing(client: Visitor, house: House) -> None:
    """400 for a sound cookie with another token; the draft can still be sent."""
    page = walk(client, SAFE)
    data = page.form().fill() | {"csrf_token": ["stale"]}
    assert client.post("/eligibility/check", data).status_code == 400
    assert counts(house) == (0, 0)
    client.open("/eligibility/check")
    assert send(client).outcome == "may_fit"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost:8000.evil.example"},
    ],
)
def test_another_site_cannot_send(client: Visitor, house: House, headers: dict[str, str]) -> None:
    """403 whatever the token."""
    page = walk(client, SAFE)
    response = client.post("/eligibility/check", page.form().fill(), headers=headers)
    assert response.status_code == 403 and counts(house) == (0, 0)


def test_too_fast_is_asked_once_more_and_never_dropped(
    client: Visitor, app: Flask, house: House, clock: Clock
) -> None:
    """Faster than a person, or a hidden field filled: one more press, then it is sent."""
    app.extensions["settings"] = dataclasses.replace(house.settings, limits=True)
    walk(client, SAFE)
    client.submit()
    page = client.follow()
    assert page.address == "/eligibility/check" and "once more" in page.words
    assert counts(house) == (0, 0)
    assert send(client).outcome == "may_fit"
    client.clear_cookies()
    walk(client, SAFE)
    clock.forward(minutes=4)
    form = client.page.form()  # type: ignore[union-attr]  # check answers
    client.submit(form, website="http://spam.example")
    assert client.follow().address == "/eligibility/check"
    assert send(client).outcome == "may_fit"
    assert counts(house) == (2, 2)


def test_the_limit_says_when_and_keeps_the_answers(
    client: Visitor, app: Flask, house: House, clock: Clock
) -> None:
    """Past the limit: 429 in words with Retry-After; an hour later the same draft is sent."""
    app.extensions["settings"] = dataclasses.replace(house.settings, limits=True)
    walk(client, SAFE)
    clock.forward(minutes=4)
    with Session(house.engine) as session:
        from intake.limits import hit, who_is

        for _ in range(SEND.most):
            hit(session, SEND, who_is(house.keys, "127.0.0.1"), clock.moment)
        session.commit()
    assert client.page is not None
    client.submit()
    assert client.response is not None and client.response.status_code == 429
    assert int(client.response.headers["Retry-After"]) > 0
    assert "answers" in client.page.words
    clock.forward(hours=1)
    client.open("/eligibility/check")
    assert send(client).outcome == "may_fit"


def test_a_database_that_is_away_keeps_the_draft(client: Visitor, app: Flask, house: House) -> None:
    """503 with the phone number and Retry-After; nothing that was typed is lost."""
    page = walk(client, SAFE)
    broken = app.extensions["sessions"]

    def away() -> Session:
        from sqlalchemy.exc import OperationalError

        raise OperationalError("select", {}, Exception("away"))

    app.extensions["sessions"] = away
    response = client.submit(page.form())
    assert response.status_code == 503 and response.headers["Retry-After"]
    assert "561-468-6981" in response.text
    app.extensions["sessions"] = broken
    client.open("/eligibility/check")
    assert send(client).outcome == "may_fit"
