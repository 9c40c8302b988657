"""Nothing typed is lost and nothing is done twice, whichever button is pressed how often."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from intake.submissions.models import Note, Submission
from tests.accounts.desk import Desk, Member
from tests.house.test_hostile_desk import at_once
from tests.review.made import Maker
from tests.review.test_acts import move, move_form, stored
from tests.review.test_duplicates import answer_alerts
from tests.review.test_record import HOSTILE, address, form_to
from tests.support.client import Visitor
from tests.support.page import Form, Page
from tests.support.walker import answers

WORDS = f"Wants a call on Thursday. {HOSTILE}"


def pressed(page: Page, words: str, **changes: str) -> tuple[str, dict[str, list[str]]]:
    """What a browser sends for the button with these ``words``: its form's fields, its address."""
    button = page.main.xpath(f".//button[normalize-space()='{words}']")[0]
    owner = button.get("form") or button.xpath("ancestor::form/@id")[0]
    (form,) = page.main.xpath(f".//form[@id='{owner}']")
    fields = Form(button.get("formaction") or form.get("action"), "post", {})
    own = form.xpath(".//input[not(@form)] | .//select[not(@form)] | .//textarea[not(@form)]")
    for each in [*own, *page.main.xpath(f".//*[@form='{owner}'][@name]")]:
        page._read_field(fields, each)
    return fields.action, fields.fill(**changes)


def press(browser: Visitor, submission: Submission, words: str, **changes: str) -> int:
    """Press a button of the record as a browser does; gives the status of the answer."""
    action, fields = pressed(browser.open(address(submission)), words, **changes)
    return browser.post(action, fields).status_code


def noted(desk: Desk) -> list[tuple[str, str]]:
    """All notes: type and text."""
    desk.session.rollback()
    found = desk.session.scalars(select(Note).order_by(Note.at, Note.id)).all()
    return [
        (each.type, desk.keys.open_field(Note.body_sealed, each.id, each.body_sealed))
        for each in found
    ]


def unsaved(browser: Visitor) -> str:
    """What stands in the note's field of the page that the browser shows."""
    return form_to(shown(browser), "/note").values["body"][0].strip()


def shown(browser: Visitor) -> Page:
    """The page that the browser shows."""
    assert browser.page is not None
    return browser.page


def test_showing_the_contact_keeps_what_is_being_written(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """The half-written note and its type stand in the form again, beside the contact."""
    sent = maker.send(desk.now)
    assert press(at_desk, sent, "Show name and phone", body=WORDS, kind="admin") == 200
    page = shown(at_desk)
    assert unsaved(at_desk) == WORDS
    assert form_to(page, "/note").values["kind"] == ["admin"]
    assert "Mary O'Brien" in page.words and noted(desk) == []


@pytest.mark.both_databases
@pytest.mark.parametrize("words", ["Mark as contacted", "Save owner"])
def test_an_act_saves_the_note_that_was_typed_beside_it(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member, words: str
) -> None:
    """A change of status or owner keeps the note in the same step, and the page says so."""
    sent = maker.send(desk.now)
    assert press(at_desk, sent, words, body=WORDS, owner=nurse.id) == 303
    assert noted(desk) == [("call", WORDS)]
    assert "Your note was added." in at_desk.follow().words
    assert unsaved(at_desk) == ""
    assert stored(desk, sent).owner_id == nurse.id


def test_a_refused_act_keeps_everything_and_saves_nothing(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor, doctor: Member
) -> None:
    """Overtaken or wrong, the page holds the note, the reason and the owner that were chosen."""
    sent = maker.send(desk.now)
    page = at_desk.open(address(sent))
    stale_move = pressed(page, "Close it", body=WORDS, reason="referred")
    stale_owner = pressed(page, "Save owner", body=WORDS, owner=doctor.id)
    unsound = pressed(page, "Mark as contacted", body="a\u202eb")
    assert at_desk.post(*unsound).status_code == 422
    assert shown(at_desk).title.startswith("Error: ")
    assert at_desk.post(*pressed(page, "Close it", body=WORDS)).status_code == 422
    assert unsaved(at_desk) == WORDS
    assert move(clinic, sent, "contacted") == 303
    for stale in (stale_move, stale_owner):
        assert at_desk.post(*stale).status_code == 409
        assert unsaved(at_desk) == WORDS
    assert form_to(shown(at_desk), "/assign").values["owner"] == [doctor.id]
    assert "You wanted: Owner: Benjamin Soffer" in shown(at_desk).words
    assert "owner Benjamin Soffer" in shown(at_desk).words
    at_desk.post(*stale_move)
    assert move_form(shown(at_desk), "closed").values["reason"] == ["referred"]
    assert noted(desk) == [] and stored(desk, sent).status == "contacted"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("Add note", {"body": "Reached."}),
        ("Mark as contacted", {"body": "Reached."}),
        ("Close it", {"reason": "declined"}),
        ("Save owner", {}),
    ],
)
def test_a_second_press_does_nothing_and_shows_the_same_page(
    desk: Desk,
    maker: Maker,
    at_desk: Visitor,
    nurse: Member,
    words: str,
    changes: dict[str, str],
) -> None:
    """Whoever presses twice collides with nobody: one note, one move, and no conflict."""
    sent = maker.send(desk.now)
    fields = {"owner": nurse.id, **changes}
    action, data = pressed(at_desk.open(address(sent)), words, **fields)
    pages = []
    for _ in range(2):
        assert at_desk.post(action, data).status_code == 303
        pages.append(at_desk.follow().words)
    assert pages[0] == pages[1]
    assert len(noted(desk)) == ("body" in changes)
    names = [event.name for event in desk.events() if event.name.startswith("submission.")]
    assert len({*names}) == len([name for name in names if name != "submission.opened"]) + 1


@pytest.mark.both_databases
def test_two_presses_in_one_moment_are_one(
    app: Flask, desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """Both requests of a double click are answered alike, and one note and one move stand."""
    for _ in range(3):
        sent = maker.send(desk.now)
        action, data = pressed(at_desk.open(address(sent)), "Mark as contacted", body="Reached.")
        fields = {**data, "to": ["contacted"]}
        one = ({"staff": at_desk.cookie("staff") or ""}, action.partition("?")[0], fields)
        assert at_once(app, one, one) == [303, 303]
    assert len(noted(desk)) == len(desk.events("submission.moved")) == 3


def test_the_same_move_by_another_is_a_conflict_all_the_same(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor
) -> None:
    """Two people who both reached the person learn of each other."""
    sent = maker.send(desk.now)
    stale = pressed(at_desk.open(address(sent)), "Mark as contacted")
    assert move(clinic, sent, "contacted") == 303
    assert at_desk.post(*stale).status_code == 409


def test_a_note_with_anothers_id_gets_its_own(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """A forged or foreign id neither hides a note nor touches the one that has it."""
    first, second = maker.send(desk.now), maker.send(desk.now)
    action, data = pressed(at_desk.open(address(first)), "Add note", body="One.")
    at_desk.post(action, data)
    for number in (data["number"][0], "x", "", "A" * 32, "0" * 33):
        changes = {"body": "Two.", "number": number}
        assert press(at_desk, second, "Add note", **changes) == 303
    assert sorted(noted(desk)) == [("call", "One."), *[("call", "Two.")] * 5]


def test_what_was_done_is_said_once_and_can_be_focused(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """After an act the page says what happened, on that record alone and only once."""
    sent, other = maker.send(desk.now), maker.send(desk.now)
    assert move(at_desk, sent, "contacted") == 303
    assert "The status is now" not in at_desk.open(address(other)).words
    page = at_desk.open(address(sent))
    (banner,) = page.main.xpath(".//*[@role='status']")
    assert banner.text_content().strip().startswith("The status is now “Contacted”.")
    assert banner.get("tabindex") == "-1" and banner.get("autofocus") is not None
    assert "The status is now" not in at_desk.open(address(sent)).words


@pytest.mark.parametrize("kind", ["crisis", "same day"])
def test_a_crisis_or_same_day_record_closes_only_with_a_word_on_what_was_done(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member, kind: str
) -> None:
    """A call or safety check note stands already or is typed with the closing; else 422."""

    def made() -> Submission:
        if kind == "crisis":
            return maker.crisis(desk.now)
        return maker.send(desk.now, given=answers(safety="thoughts"))

    sent = made()
    assert move(at_desk, sent, "closed") == 422
    page = shown(at_desk)
    assert "Write what was done before you close it." in page.words
    assert "#body" in page.links() and page.title.startswith("Error: ")
    assert move_form(page, "closed").values["reason"] == ["declined"]
    wrong = {"reason": "declined", "body": "Done.", "kind": "admin"}
    assert press(at_desk, sent, "Close it", **wrong) == 422
    assert "Select Call or Safety check" in shown(at_desk).words
    assert "#kind" in shown(at_desk).links()
    assert stored(desk, sent).status == "new" and noted(desk) == []
    right = {"reason": "declined", "body": "Safe at home.", "kind": "safety_check"}
    answer_alerts(desk, sent, nurse)
    assert press(at_desk, sent, "Close it", **right) == 303
    assert noted(desk) == [("safety_check", "Safe at home.")]
    before = made()
    answer_alerts(desk, before, nurse)
    assert press(at_desk, before, "Add note", body="Reached.") == 303
    assert "note is needed" not in at_desk.follow().words
    assert move(at_desk, before, "closed") == 303
    assert stored(desk, before).status == "closed"


def test_a_usual_record_closes_without_a_note(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Where nothing was urgent, a reason is enough."""
    sent = maker.send(desk.now)
    assert "note is needed" not in at_desk.open(address(sent)).words
    assert move(at_desk, sent, "closed") == 303
