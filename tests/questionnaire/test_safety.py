"""Crisis first, nothing cleared by changing an answer, urgent words above everything."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.cli.prepare import House
from intake.limits import URGENT
from intake.submissions import store
from intake.submissions.models import Submission
from tests.conftest import Clock
from tests.support.client import Visitor
from tests.support.walker import (
    QUESTIONS,
    SAFE,
    answer,
    answers,
    begin,
    check_and_send,
    go_on,
    send,
    walk,
)

CALL = {"name": "Ana Álvarez", "phone": "(561) 555-0123", "voicemail": "none"}


@pytest.mark.parametrize("code", ["now", "not_sure"])
def test_a_crisis_answer_reaches_988_at_once(client: Visitor, code: str) -> None:
    """The page right after the answer: 988 by call and text, 911, no window, one form."""
    walk(client, {key: SAFE[key] for key in QUESTIONS[:3]})
    page = answer(client, [code])
    assert page.address == "/eligibility/help" and page.outcome == "crisis"
    links = page.main.xpath(".//a/@href")
    assert "tel:988" in links and "sms:988" in links and "tel:911" in links
    assert len(page.forms()) == 1 and page.form().action == "/callback/urgent"
    assert set(page.form().values) | set(page.form().options) >= {"name", "phone", "voicemail"}
    assert "window" not in page.form().options and "/eligibility/safety" in page.links()
    text = page.main.text_content()
    assert text.index("988") < text.index("name") if "name" in text else True


@pytest.mark.parametrize("again", ["", "again", "new"])
def test_a_crisis_taken_back_is_talked_about_today(
    client: Visitor, session: Session, house: House, again: str
) -> None:
    """now, the 988 page, Back, no, all safe: talk_first with same-day priority, never may_fit."""
    walk(client, answers(safety="now"))
    if again == "again":
        client.open("/eligibility")
        client.submit()
        go_on(client, client.follow(), SAFE)
    else:
        client.open("/eligibility/safety")
        go_on(client, answer(client, ["no"]), SAFE)
    page = send(client)
    if again == "new":
        client.open("/eligibility")
        client.submit()
        go_on(client, client.follow(), SAFE)
        page = send(client)
    assert page.outcome == "talk_first"
    assert "988" in page.main.text_content()[:200]
    sent = session.scalars(select(Submission).order_by(Submission.submitted_at.desc())).first()
    assert sent is not None and sent.priority
    assert "safety:changed" in {str(flag) for flag in store.read_check(house.keys, sent).flags}


@pytest.mark.parametrize(
    ("question", "bad"),
    [
        ("pregnancy", "pregnant"),
        ("heart", "unstable"),
        ("sitter", "no"),
        ("state", "other"),
        ("age_band", "under_18"),
    ],
)
@pytest.mark.parametrize("again", [False, True])
def test_a_stop_taken_back_is_talked_about(
    client: Visitor, session: Session, house: House, question: str, bad: str, again: bool
) -> None:
    """A hard stop, an age or a state taken back: talk_first, also after Start again."""
    given = answers(**{question: bad})
    page = walk(client, given)
    if again:
        client.open("/eligibility")
        client.submit()
        go_on(client, client.follow(), SAFE)
    else:
        client.open(f"/eligibility/{question}")
        page = answer(client, SAFE[question])
        go_on(client, page, SAFE)
    assert send(client).outcome == "talk_first"
    sent = session.scalars(select(Submission)).one()
    flags = {str(flag) for flag in store.read_check(house.keys, sent).flags}
    assert flags == {f"{question}:changed"}


def test_leave_and_erase_really_forgets(client: Visitor) -> None:
    """After Leave and erase the check begins as if nothing had been."""
    walk(client, answers(safety="now"))
    client.post("/leave")
    assert check_and_send(client, SAFE).outcome == "may_fit"


def test_an_earlier_result_counts(client: Visitor, session: Session) -> None:
    """A new check after talk_first with a better answer is talked about, and names the earlier."""
    check_and_send(client, answers(trials="1"))
    client.open("/eligibility")
    assert "See your result" in client.page.words  # type: ignore[union-attr]  # a page
    client.submit()
    go_on(client, client.follow(), SAFE)
    assert send(client).outcome == "talk_first"
    first, second = session.scalars(
        select(Submission).order_by(Submission.submitted_at, Submission.started_at)
    )
    assert {second.earlier_reference, first.earlier_reference} == {first.reference, None} or {
        second.earlier_reference,
        first.earlier_reference,
    } == {second.reference, None}


def test_the_stop_page_comes_once(client: Visitor) -> None:
    """Once per check, and again for a hard stop whose urgent text was not shown yet."""
    walk(client, {key: SAFE[key] for key in QUESTIONS[:6]})
    assert answer(client, ["psychosis_now"]).address == "/eligibility/stop"
    page = client.page
    assert page is not None and page.outcome is None
    assert [form.action for form in page.forms()] == ["/eligibility/stop", "/eligibility/result"]
    client.submit()
    assert client.follow().address == "/eligibility/heart"
    assert answer(client, ["vessel"]).address == "/eligibility/blood_pressure"
    client.open("/eligibility/heart")
    page = answer(client, ["unstable"])
    assert page.address == "/eligibility/stop" and "911" in page.main.text_content()[:120]


def test_a_waiting_stop_cannot_be_walked_past(client: Visitor) -> None:
    """The next question leads to the stop page until it was shown."""
    walk(client, {key: SAFE[key] for key in QUESTIONS[:10]})
    client.submit(answer=["pregnant"])
    assert client.open("/eligibility/substances").address == "/eligibility/stop"


def test_other_options_keep_nothing_and_lead_back(client: Visitor, session: Session) -> None:
    """See other options: not_now with referrals, nothing stored; Finish leads back."""
    walk(client, {key: SAFE[key] for key in QUESTIONS[:10]})
    answer(client, ["pregnant"])
    client.submit(client.page.form(1))  # type: ignore[union-attr]  # the stop page
    page = client.follow()
    assert page.address == "/eligibility/result" and page.outcome == "not_now"
    assert "FindTreatment" in page.words and session.scalars(select(Submission)).all() == []
    client.submit()
    page = client.follow()
    assert page.address == "/eligibility/substances"
    go_on(client, page, SAFE)
    assert send(client).outcome == "not_now"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"safety": "thoughts"}, "988"),
        ({"safety": "skip"}, "988"),
        ({"recent_crisis": "yes"}, "988"),
        ({"heart": ["unstable"]}, "911"),
        ({"mind": ["psychosis_now"]}, "988"),
        ({"mind": ["mania_now"]}, "988"),
        ({"pregnancy": "pregnant"}, "833-852-6262"),
        ({"pregnancy": "breastfeeding"}, "833-852-6262"),
    ],
)
def test_urgent_words_stand_first(client: Visitor, given: dict[str, str], words: str) -> None:
    """On the result and on the callback page the urgent text comes before the heading."""
    page = check_and_send(client, answers(**given))
    before = page.text[page.text.index("<main") : page.text.index("<h1")]
    assert words in before
    page = client.open("/callback")
    assert (
        words
        in page.text[page.text.index("<main") : page.text.index("<form", page.text.index("<main"))]
    )


@pytest.mark.parametrize("code", ["now", "not_sure"])
@pytest.mark.parametrize("cookie", ["none", "forged", "expired", "no token"])
def test_a_crisis_answer_is_never_turned_away(
    client: Visitor, clock: Clock, code: str, cookie: str
) -> None:
    """Without a cookie or a token the answer leads to the help page."""
    walk(client, {key: SAFE[key] for key in QUESTIONS[:3]})
    form = client.page.form()  # type: ignore[union-attr]  # the safety question
    data = form.fill(answer=code)
    if cookie == "none":
        client.clear_cookies()
    elif cookie == "forged":
        client.set_cookie("forged")
    elif cookie == "expired":
        clock.forward(hours=25)
    else:
        data["csrf_token"] = ["stale"]
    client.post("/eligibility/safety", data)
    assert client.follow().address == "/help-now"


def test_the_help_page_without_a_crisis_is_help_now(client: Visitor) -> None:
    """With no draft, and with one that is not in crisis."""
    assert client.open("/eligibility/help").address == "/help-now"
    begin(client)
    assert client.open("/eligibility/help").address == "/help-now"


@pytest.mark.both_databases
def test_please_have_someone_call_me(client: Visitor, house: House) -> None:
    """Stored at once on top of the queue; sent twice it is one submission; then a receipt."""
    page = walk(client, answers(safety="now"))
    form = page.form()
    for _ in range(2):
        client.submit(form, **CALL)
        assert client.follow().address == "/callback/confirmed"
    with Session(house.engine) as session:
        sent = session.scalars(select(Submission)).one()
        assert (sent.outcome, sent.urgency, sent.status) == ("crisis", 0, "new")
        assert len(sent.callbacks) == 1 and sent.callbacks[0].kind == "urgent"
        assert store.read_check(house.keys, sent).answers == {
            key: SAFE[key] for key in QUESTIONS[:3]
        } | {"safety": ("now",)}


def test_an_urgent_request_is_never_limited(client: Visitor, house: House, app: Flask) -> None:
    """Past the limit it is stored all the same, and marked."""
    import dataclasses

    app.extensions["settings"] = dataclasses.replace(house.settings, limits=True)
    for _ in range(URGENT.most + 2):
        client.clear_cookies()
        client.submit(walk(client, answers(safety="now")).form(), **CALL)
        assert client.follow().address == "/callback/confirmed"
    with Session(house.engine) as session:
        marks = [each.possible_abuse for each in session.scalars(select(Submission))]
    assert len(marks) == URGENT.most + 2 and marks.count(True) == 2


@pytest.mark.parametrize("cookie", ["none", "no token"])
def test_an_urgent_request_without_cookie_leads_to_help(client: Visitor, cookie: str) -> None:
    """Never a dead end: the help page."""
    form = walk(client, answers(safety="now")).form()
    data = form.fill(**CALL)
    if cookie == "none":
        client.clear_cookies()
    else:
        data["csrf_token"] = ["stale"]
    client.post("/callback/urgent", data)
    assert client.follow().address == "/help-now"
    client.get("/callback/urgent")
    assert (
        client.response is not None and client.response.headers["Location"] == "/eligibility/help"
    )


def test_a_birth_date_under_18_is_not_forgotten(client: Visitor, session: Session) -> None:
    """After the under-age page a new check with the same answers is talked about, never may_fit."""
    check_and_send(client, SAFE)
    page = client.open("/callback")
    client.submit(
        page.form(),
        **CALL,
        window="asap",
        zone="America/New_York",
        **{"birth_date-day": "1", "birth_date-month": "2", "birth_date-year": "2012"},
    )
    assert client.follow().outcome == "under_age"
    client.open("/eligibility")
    client.submit()
    go_on(client, client.follow(), SAFE)
    assert send(client).outcome == "talk_first"


def test_a_draft_in_crisis_meets_988_on_the_start_page(client: Visitor) -> None:
    """Whoever comes back to the start with a crisis answer sees 988 first."""
    walk(client, answers(safety="now"))
    page = client.open("/eligibility")
    assert "tel:988" in page.text[page.text.index("<main") : page.text.index("<h1")]
