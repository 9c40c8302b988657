"""The check: one question a page, calm about jumps, tabs and mistakes."""

from __future__ import annotations

import dataclasses

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from intake.cli.prepare import House
from intake.eligibility import load
from intake.submissions import store
from intake.submissions.models import Submission
from intake.web import gatekeeper
from tests.rulebook.made import body
from tests.support.client import Visitor
from tests.support.rules import keep_only, live_in, put_live
from tests.support.walker import QUESTIONS, SAFE, answer, answers, begin, check_and_send, send, walk


def test_the_check_from_start_to_result(client: Visitor) -> None:
    """Fifteen questions, check answers, Send, and a result that says what it is."""
    page = walk(client, SAFE)
    assert page.address == "/eligibility/check" and len(page.forms()) == 1
    result = send(client)
    assert result.address == "/eligibility/result" and result.outcome == "may_fit"
    assert "No person has read this yet" in result.words


@pytest.mark.parametrize("question", QUESTIONS[1:])
def test_a_jump_ahead_leads_to_the_gap(client: Visitor, question: str) -> None:
    """A page that is not reached yet leads to the first question without an answer."""
    begin(client)
    assert client.open(f"/eligibility/{question}").address == "/eligibility/state"
    form = client.page.form()  # type: ignore[union-attr]  # a page was opened
    client.post(f"/eligibility/{question}", form.fill(answer=None) | {"answer": ["no"]})
    assert client.follow().address == "/eligibility/state"
    walk(client, SAFE)
    assert client.open("/eligibility/check").address == "/eligibility/check"


def test_an_unknown_page_is_not_there(client: Visitor) -> None:
    """An address that names no question is 404, with and without a draft."""
    assert client.get("/eligibility/shoe_size").status_code == 404
    begin(client)
    assert client.get("/eligibility/shoe_size").status_code == 404
    assert client.get("/eligibility/state/").status_code == 404


@pytest.mark.parametrize(
    "codes",
    [[], [""], ["FL"], [" fl"], ["fl "], ["florida"], ["fl", "nj"], ["fl", "fl"], ["a\x00b"]],
)
def test_a_wrong_code_is_an_error_and_changes_nothing(client: Visitor, codes: list[str]) -> None:
    """Missing, unknown, doubled or several: 422, the words twice, and the draft as before."""
    begin(client)
    form = client.page.form()  # type: ignore[union-attr]  # a page was opened
    data = {"csrf_token": form.values["csrf_token"], "answer": codes}
    response = client.post("/eligibility/state", data)
    page = client.page
    assert response.status_code == 422 and page is not None
    assert page.title.startswith("Error: ")
    assert len(page.root.xpath("//*[@autofocus]")) == 1
    error = page.root.xpath("//*[@role='alert']//a")[0]
    assert page.root.get_element_by_id(error.get("href")[1:]) is not None
    assert page.text.count(error.text) == 2
    assert client.open("/eligibility/age_band").address == "/eligibility/state"


def test_none_excludes_the_rest_and_keeps_the_choices(client: Visitor) -> None:
    """None of these together with another is an error; both stay chosen."""
    walk(client, {key: SAFE[key] for key in QUESTIONS[:6]})
    client.submit(answer=["bipolar", "none"])
    page = client.page
    assert page is not None and page.title.startswith("Error: ")
    chosen = page.root.xpath("//input[@checked]/@value")
    assert chosen == ["bipolar", "none"]
    assert client.open("/eligibility/heart").address == "/eligibility/mind"


def test_answers_are_shown_again(client: Visitor) -> None:
    """Nothing is chosen at first; going Back shows what was chosen, and Back leads on."""
    page = begin(client)
    assert page.root.xpath("//input[@checked]") == []
    answer(client, ["nj"])
    page = client.open("/eligibility/state")
    assert page.root.xpath("//input[@checked]/@value") == ["nj"]
    assert page.root.xpath("//a[@class='back']/@href") == ["/eligibility"]


def test_change_leads_back_to_check_answers(client: Visitor) -> None:
    """Change on check answers opens the question; its answer leads straight back."""
    page = walk(client, SAFE)
    change = [str(each) for each in page.main.xpath(".//a/@href")]
    assert change == [f"/eligibility/{question}" for question in QUESTIONS]
    client.open("/eligibility/trials")
    assert answer(client, ["1"]).address == "/eligibility/check"
    assert send(client).outcome == "talk_first"


def test_two_tabs_end_with_the_last_answer(client: Visitor) -> None:
    """An old tab sends its answer: it counts, and nothing else is lost."""
    begin(client)
    old = client.page.form()  # type: ignore[union-attr]  # a page was opened
    walk(client, {key: SAFE[key] for key in QUESTIONS[:5]})
    client.submit(old, answer="nj")
    page = client.follow()
    assert page.address == "/eligibility/trials"
    page = walk_on(client)
    rows = page.main.text_content()
    assert "New Jersey" in rows and "Florida" not in rows


def walk_on(client: Visitor) -> object:
    """Answer the rest."""
    from tests.support.walker import go_on

    assert client.page is not None
    return go_on(client, client.page, SAFE)


def test_posted_extras_decide_nothing(client: Visitor) -> None:
    """outcome, status, id and role in a form are ignored."""
    walk(client, answers(pregnancy="pregnant"))
    form = client.page.form()  # type: ignore[union-attr]  # check answers
    data = form.fill() | {"outcome": ["may_fit"], "status": ["closed"], "id": ["1"], "role": ["x"]}
    client.post(form.action, data)
    assert client.follow().outcome == "not_now"


def test_a_question_and_its_answer_run_no_statement(client: Visitor, house: House) -> None:
    """From the start to check answers the database is not asked once."""
    statements: list[str] = []
    event.listen(
        house.engine, "before_cursor_execute", lambda *args: statements.append(str(args[2]))
    )
    walk(client, answers(safety="thoughts", heart=["unstable"]))
    assert statements == []
    send(client)
    assert statements


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "given",
    [{"state": "other"}, {"age_band": "under_18"}, {"safety": "now"}, {"safety": "not_sure"}],
)
def test_an_early_end_stores_nothing(client: Visitor, house: House, given: dict[str, str]) -> None:
    """Outside the area, under age, and a crisis without a call asked for leave no row."""
    page = check_and_send(client, answers(**given))
    assert page.outcome in ("outside_area", "under_age", "crisis")
    with Session(house.engine) as session:
        assert session.scalars(select(Submission)).all() == []
        from intake.audit import Event

        assert not [e for e in session.scalars(select(Event)) if e.actor_kind == "visitor"]


def test_before_send_nothing_is_stored(client: Visitor, house: House) -> None:
    """A complete draft on check answers is on the visitor's device alone."""
    walk(client, answers(safety="thoughts"))
    with Session(house.engine) as session:
        assert session.scalars(select(Submission)).all() == []


def test_leftovers_off_the_path_are_never_stored(client: Visitor, house: House) -> None:
    """Answers given before the path ended elsewhere do not decide and are not kept."""
    walk(client, answers(pregnancy="pregnant"))
    client.open("/eligibility/state")
    page = answer(client, ["other"])
    assert page.outcome == "outside_area"
    assert client.open("/eligibility/pregnancy").outcome == "outside_area"


def test_titles_and_addresses_tell_nothing(client: Visitor) -> None:
    """A title is neutral, and no answer stands in an address or a header."""
    titles = set()
    for question in QUESTIONS:
        page = client.page if client.page else begin(client)
        titles.add(page.title)
        page = answer(client, SAFE[question])
        assert client.response is not None
        assert "?" not in page.address
        client.page = page
    assert titles == {f"Question {number} – Your check" for number in range(1, 16)}


def test_the_count_never_rises(client: Visitor) -> None:
    """ "About N questions left" goes down by one with each answer, and ends in words."""
    page = begin(client)
    counts = []
    for question in QUESTIONS:
        counts.append(" ".join(page.root.xpath("//*[@class='caption']")[0].text_content().split()))
        page = answer(client, SAFE[question])
    assert counts[0].endswith("about 15 questions left") and counts[-1].endswith("last question")
    numbers = [int(text.split("about ")[1].split()[0]) for text in counts[:-1]]
    assert numbers == list(range(15, 1, -1))


def test_an_unknown_version_begins_anew(client: Visitor, app: Flask) -> None:
    """A draft of a version that this practice never had leads to the start, with a sentence."""
    walk(client, {"state": ("fl",)})
    keep_only(app, dataclasses.replace(live_in(app), version=7))
    page = client.open("/eligibility/age_band")
    assert page.address == "/eligibility" and "could not find your answers" in page.words


def test_a_check_ends_under_the_version_it_began_with(
    client: Visitor, app: Flask, session: Session, house: House
) -> None:
    """A newer version goes live in between: the old check goes on, a new one begins with it."""
    walk(client, {"state": ("fl",)})
    put_live(app, dataclasses.replace(live_in(app), version=2, sha256="2" * 64))
    client.open("/eligibility/age_band")
    from tests.support.walker import go_on

    go_on(client, client.page, SAFE)  # type: ignore[arg-type]  # a page was opened
    send(client)
    sent = session.scalars(select(Submission)).one()
    assert sent.definition_version == 1
    assert store.read_check(house.keys, sent).answers == SAFE


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused(client: Visitor, method: str) -> None:
    """405 on every kind of page."""
    for address in ("/", "/eligibility", "/eligibility/state", "/callback"):
        assert client._send(method, address).status_code == 405


def test_the_largest_form_is_known(client: Visitor) -> None:
    """A megabyte is 413, JSON is 415, and the draft is as it was."""
    begin(client)
    token = client.page.form().values["csrf_token"]  # type: ignore[union-attr]  # a page
    big = client.post("/eligibility/state", {"csrf_token": token, "answer": "x" * 1_000_000})
    assert big.status_code == 413
    json = client.post("/eligibility/state", '{"answer": "fl"}', content_type="application/json")
    assert json.status_code == 415
    assert gatekeeper.LARGEST_FORM == 64 * 1024
    assert client.open("/eligibility/state").address == "/eligibility/state"


def test_a_crisis_answer_of_earlier_rules_without_a_cookie_leads_to_help(
    client: Visitor, app: Flask
) -> None:
    """The page was of version 1; version 2 knows the answer by another code: still to 988."""
    page = walk(client, {key: SAFE[key] for key in ("state", "age_band", "reason")})
    form = page.form()
    put_live(app, load(body(2).replace(b'code = "now"', b'code = "plan"')))
    client.clear_cookies()
    client.post(form.action, form.fill(answer=["now"]))
    assert client.response is not None
    assert client.response.headers["Location"] == "/help-now"


@pytest.mark.parametrize("text", ["mark-caption", "/mark-back", "checked>"])
def test_no_text_of_a_question_breaks_its_page(client: Visitor, app: Flask, text: str) -> None:
    """Pages are cut where nothing in the rules can stand: each title is shown as it is."""
    changed = body(2, **{"Where do you live?": f"Where {text} do you live?"})
    put_live(app, load(changed))
    page = begin(client)
    assert client.response is not None and client.response.status_code == 200
    assert f"Where {text} do you live?" in page.words
