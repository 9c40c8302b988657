"""A new version of the rules while people answer: calm, urgent, and known to one process first."""

from __future__ import annotations

import dataclasses

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.app import create_app
from intake.cli.prepare import House
from intake.eligibility import Definition, load
from intake.submissions import store
from intake.submissions.models import Submission
from tests.callback.people import URGENT
from tests.conftest import Clock
from tests.rulebook.made import body, signed
from tests.support.client import Visitor
from tests.support.rules import put_live, shelf_of
from tests.support.walker import SAFE, answers, begin, go_on, send, walk


def second(**changes: str) -> Definition:
    """Version 2, with changes to the text of the file."""
    return load(body(2, **changes))


STRICTER = second(**{'effect = "note"': 'effect = "talk_first"'})
THOUGHTS_ARE_CRISIS = second(
    **{
        'code = "thoughts"\neffect = "talk_first"\npriority = true': (
            'code = "thoughts"\neffect = "crisis"\npriority = true\nends_path = true'
        )
    }
)
WITHOUT_TRIALS = second(
    **{'id = "trials"\nkind = "one"': 'id = "medicine_trials"\nkind = "one"'}
    | {
        f'question = "trials"\ncode = "{code}"': f'question = "medicine_trials"\ncode = "{code}"'
        for code in ("1", "0", "not_sure")
    }
)


def test_an_urgent_version_takes_over_open_drafts(
    client: Visitor, app: Flask, session: Session, house: House
) -> None:
    """The answers stay, the rest is asked and decided under the new rules, and it is stored so."""
    given = answers(blood_pressure="high_controlled")
    walk(client, {key: given[key] for key in list(given)[:10]})
    put_live(app, STRICTER, urgent=True)
    page = go_on(client, client.open("/eligibility/pregnancy"), given)
    assert page.address == "/eligibility/check"
    assert send(client).outcome == "talk_first"
    sent = session.scalars(select(Submission)).one()
    assert sent.definition_version == 2
    assert sent.definition_sha256 == STRICTER.sha256
    assert store.read_check(house.keys, sent).answers == given


def test_an_urgent_version_takes_over_at_send_too(client: Visitor, app: Flask) -> None:
    """A check that was complete is decided by the rules that are live when it is sent."""
    walk(client, answers(blood_pressure="high_controlled"))
    put_live(app, STRICTER, urgent=True)
    assert send(client).outcome == "talk_first"


def test_a_calm_version_leaves_open_drafts(client: Visitor, app: Flask) -> None:
    """The same change without urgency: the check ends as it began."""
    walk(client, answers(blood_pressure="high_controlled"))
    put_live(app, STRICTER)
    assert send(client).outcome == "may_fit"


def test_an_answer_that_became_a_crisis_leads_to_help(client: Visitor, app: Flask) -> None:
    """The next request of an open draft reaches 988, wherever it goes."""
    walk(client, answers(safety="thoughts"))
    put_live(app, THOUGHTS_ARE_CRISIS, urgent=True)
    assert client.open("/eligibility/sitter").address == "/eligibility/help"
    assert client.open("/eligibility/check").address == "/eligibility/help"


def test_a_question_that_is_gone_leads_on(client: Visitor, app: Flask) -> None:
    """An old page of it, opened or sent, is no dead end; the new question is asked."""
    page = walk(client, {key: SAFE[key] for key in list(SAFE)[:5]})
    assert page.address == "/eligibility/trials"
    token = page.form().values["csrf_token"]
    put_live(app, WITHOUT_TRIALS, urgent=True)
    response = client.post("/eligibility/trials", {"csrf_token": token, "answer": ["1"]})
    assert response.headers["Location"] == "/eligibility/medicine_trials"
    assert client.open("/eligibility/trials").address == "/eligibility/medicine_trials"
    assert client.get("/eligibility/no_such").status_code == 404


def test_the_start_page_leads_into_the_urgent_version(client: Visitor, app: Flask) -> None:
    """ "Continue where you left off" goes where the new rules lead."""
    walk(client, answers(safety="thoughts"))
    put_live(app, THOUGHTS_ARE_CRISIS, urgent=True)
    assert "/eligibility/help" in client.open("/eligibility").main.xpath(".//a/@href")


@pytest.mark.both_databases
def test_a_version_that_only_the_other_process_knows(
    app: Flask, house: House, session: Session, clock: Clock
) -> None:
    """A draft that began on a process with the new rules goes on at one that has not heard."""
    signed(session, house.keys, 2, clock())
    session.commit()
    clock.forward(seconds=10)
    ahead = create_app(house.settings, house.engine)
    ahead.extensions["now"] = clock
    assert 2 in shelf_of(ahead).versions and 2 not in shelf_of(app).versions
    visitor = Visitor(ahead)
    begin(visitor)
    behind = Visitor(app)
    behind.set_cookie(visitor.cookie() or "")
    behind.open("/eligibility/state")
    page = go_on(behind, behind.page, SAFE)  # type: ignore[arg-type]  # a page was opened
    assert page.address == "/eligibility/check"
    send(behind)
    assert session.scalars(select(Submission)).one().definition_version == 2


def test_continue_reaches_the_call_form_of_the_urgent_version(
    client: Visitor, app: Flask, session: Session
) -> None:
    """From the start page to the crisis page with its form, which is heard."""
    walk(client, answers(safety="thoughts"))
    put_live(app, THOUGHTS_ARE_CRISIS, urgent=True)
    client.open("/eligibility")
    page = client.open("/eligibility/help")
    assert page.address == "/eligibility/help"
    client.submit(**URGENT)
    assert client.follow().address == "/callback/confirmed"
    sent = session.scalars(select(Submission)).one()
    assert (sent.outcome, sent.definition_version) == ("crisis", 2)


def test_a_call_for_help_outlives_milder_rules(
    client: Visitor, app: Flask, session: Session
) -> None:
    """The crisis page of old rules stands in one tab, another meets urgent milder ones: heard."""
    put_live(app, THOUGHTS_ARE_CRISIS)
    page = walk(client, answers(safety="thoughts"))
    assert page.address == "/eligibility/help"
    put_live(app, dataclasses.replace(second(), version=3), urgent=True)
    client.open("/eligibility/recent_crisis")
    client.post("/callback/urgent", page.form().fill(**URGENT))
    assert client.follow().address == "/callback/confirmed"
    assert session.scalars(select(Submission.outcome)).one() == "crisis"


def test_nobody_agrees_to_words_they_have_not_seen(
    client: Visitor, app: Flask, session: Session
) -> None:
    """An urgent version with another consent: the check page comes once more, then Send works."""
    walk(client, SAFE)
    newer = second(**{"read and keep my answers and any": "keep and read my answers and any"})
    put_live(app, newer, urgent=True)
    page = send(client)
    assert page.address == "/eligibility/check" and "keep and read my answers" in page.words
    assert session.scalars(select(Submission)).all() == []
    session.rollback()
    assert send(client).outcome == "may_fit"
    assert session.scalars(select(Submission.definition_version)).one() == 2


@pytest.mark.parametrize("clock_behind", [0, 5])
def test_a_draft_never_goes_back(
    app: Flask, client: Visitor, clock: Clock, clock_behind: int
) -> None:
    """An urgent version in the past, a calm one just now: a slow clock leaves newer drafts."""
    put_live(app, second(), urgent=True)
    clock.forward(minutes=1)
    put_live(app, dataclasses.replace(STRICTER, version=3))
    begin(client)
    clock.forward(seconds=-clock_behind)
    given = answers(blood_pressure="high_controlled")
    client.open("/eligibility/state")
    go_on(client, client.page, given)  # type: ignore[arg-type]  # a page was opened
    assert send(client).outcome == "talk_first"
