"""A note that comes after its session: kept for its author alone, offered again, added once."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import audit
from intake.accounts import store
from intake.submissions import kept
from intake.submissions.models import KeptNote, Note, Submission
from tests.accounts.desk import Desk, Member, sign_out
from tests.review.made import Maker
from tests.review.test_record import address, form_to
from tests.support.client import Visitor
from tests.support.page import Form

SAID = "Left a message with her sister; call again after 4.\n\nAsk about the new medicine."
KEPT = "Your note is kept. Sign in to go on."


@pytest.fixture
def sent(desk: Desk, maker: Maker) -> Submission:
    """A record."""
    return maker.send(desk.now)


def note_at(browser: Visitor, sent: Submission) -> Form:
    """The note's form on the record's page, as rendered."""
    return form_to(browser.open(address(sent)), "/note")


def late(browser: Visitor, form: Form, body: str = SAID, kind: str = "call") -> int:
    """Send the note's form after its session; gives the status."""
    fields = {**form.values, "body": [body], "kind": [kind]}
    return browser.post(form.action, fields).status_code


def in_store(desk: Desk) -> list[KeptNote]:
    """All that is kept."""
    desk.session.rollback()
    desk.session.expire_all()
    return list(desk.session.scalars(select(KeptNote)))


def notes(desk: Desk) -> list[Note]:
    """All notes on record."""
    desk.session.rollback()
    desk.session.expire_all()
    return list(desk.session.scalars(select(Note)))


def back(desk: Desk, member: Member, browser: Visitor) -> Visitor:
    """Sign in on the page that the browser shows; gives the browser on where that leads."""
    answer = browser.submit(username=member.email, password=member.password)
    assert answer.status_code == 303
    desk.clock.forward(seconds=60)
    browser.follow()
    assert browser.submit(code=member.code(desk.now)).status_code == 303
    browser.follow()
    return browser


@pytest.mark.both_databases
def test_after_a_time_out_the_note_is_kept_and_offered_again(
    desk: Desk, sent: Submission, nurse: Member, at_desk: Visitor
) -> None:
    """The text comes back on the same page after sign-in, is added once, and is then forgotten."""
    form = note_at(at_desk, sent)
    desk.clock.forward(minutes=15)
    assert late(at_desk, form, kind="admin") == 401
    assert KEPT in at_desk.page.words
    assert notes(desk) == []
    (row,) = in_store(desk)
    assert SAID.encode()[:12] not in row.note_sealed
    page = back(desk, nurse, at_desk).page
    assert page.h1 == sent.reference
    assert "A note that you were writing on Nov 23, 10:16 am Eastern is kept." in page.words
    again = form_to(page, "/note")
    assert again.values["body"][0].strip() == SAID
    assert again.values["kind"] == ["admin"]
    assert again.values["number"] == form.values["number"]
    assert at_desk.post(again.action, again.values).status_code == 303
    assert at_desk.post(again.action, again.values).status_code == 303
    assert len(notes(desk)) == 1
    assert in_store(desk) == []
    assert "you were writing" not in at_desk.open(address(sent)).words
    names = [e.name for e in desk.events() if e.name.startswith(("note.", "submission.noted"))]
    assert names == ["note.kept", "note.kept_opened", "submission.noted"]
    assert all(e.subject == sent.reference for e in desk.events("note.kept"))


def test_the_longest_session_keeps_it_too(
    desk: Desk, sent: Submission, nurse: Member, at_desk: Visitor
) -> None:
    """Twelve hours after sign-in, however busy, the note is kept all the same."""
    for _ in range(71):
        desk.clock.forward(minutes=10)
        assert at_desk.get("/staff/account").status_code == 200
    form = note_at(at_desk, sent)
    desk.clock.forward(minutes=10)
    assert late(at_desk, form) == 401
    assert KEPT in at_desk.page.words
    assert form_to(back(desk, nurse, at_desk).page, "/note").values["body"][0].strip() == SAID


@pytest.mark.parametrize("act", ["move?to=contacted", "assign", "contact"])
def test_a_note_beside_another_act_is_kept(
    desk: Desk, sent: Submission, at_desk: Visitor, act: str
) -> None:
    """It travels with every button of the record, and is kept whichever was pressed."""
    form = note_at(at_desk, sent)
    desk.clock.forward(minutes=15)
    data = {**form.values, "body": [SAID], "to": ["contacted"]}
    assert at_desk.post(f"{address(sent)}/{act}", data).status_code == 401
    assert KEPT in at_desk.page.words and len(in_store(desk)) == 1
    desk.session.refresh(desk.session.get_one(Submission, sent.id))
    assert desk.session.get_one(Submission, sent.id).status == "new"


def test_without_a_note_nothing_is_kept(desk: Desk, sent: Submission, at_desk: Visitor) -> None:
    """An empty field, spaces, or another form: the page only says that the session ended."""
    form = note_at(at_desk, sent)
    desk.clock.forward(minutes=15)
    for body in ("", " \n\t"):
        assert late(at_desk, form, body) == 401
        assert "You were signed out." in at_desk.page.words
    data = {**form.values, "body": [SAID]}
    assert at_desk.post("/staff/account/password", data).status_code == 401
    assert at_desk.post("/staff/submissions/BBB-2222/note", data).status_code == 401
    assert in_store(desk) == []


def test_a_form_without_its_token_is_not_kept(
    desk: Desk, sent: Submission, at_desk: Visitor
) -> None:
    """Another site cannot leave a text under somebody's name."""
    form = note_at(at_desk, sent)
    desk.clock.forward(minutes=15)
    for token in ([], [""], ["forged"]):
        data = {**form.values, "body": [SAID], "csrf_token": token}
        assert at_desk.post(form.action, data).status_code == 401
        assert KEPT not in at_desk.page.words
    assert in_store(desk) == []


@pytest.mark.both_databases
@pytest.mark.parametrize("how", ["disable", "roles", "reset", "sign out", "old cookie"])
def test_after_any_other_end_nothing_is_kept(
    desk: Desk, sent: Submission, nurse: Member, at_desk: Visitor, how: str
) -> None:
    """Who was sent away, or went, leaves nothing behind; nor does a cookie of another day."""
    form = note_at(at_desk, sent)
    cookie = at_desk.cookie("staff")
    assert cookie is not None
    if how == "sign out":
        sign_out(at_desk)
        at_desk.set_cookie(cookie, "staff")
    elif how == "disable":
        store.disable(desk.session, desk.keys, nurse.id, audit.OPERATOR, desk.now)
    elif how == "roles":
        store.set_roles(desk.session, desk.keys, nurse.id, ["admin"], audit.OPERATOR, desk.now)
    elif how == "reset":
        store.reset(desk.session, desk.keys, nurse.id, audit.OPERATOR, desk.now)
    desk.session.commit()
    desk.clock.forward(hours=24 if how == "old cookie" else 1)
    assert late(at_desk, form) in (303, 401)
    assert in_store(desk) == []


@pytest.mark.both_databases
def test_it_is_its_authors_alone(
    desk: Desk, sent: Submission, nurse: Member, doctor: Member, at_desk: Visitor
) -> None:
    """Whoever signs in at the same browser sees nothing of it; its author does, elsewhere."""
    form = note_at(at_desk, sent)
    desk.clock.forward(minutes=15)
    assert late(at_desk, form) == 401
    other = back(desk, doctor, at_desk)
    assert "you were writing" not in other.page.words
    assert form_to(other.page, "/note").values["body"][0].strip() == ""
    drop = {"csrf_token": form_to(other.page, "/note").values["csrf_token"]}
    assert other.post(f"{address(sent)}/kept/drop", drop).status_code == 303
    assert len(in_store(desk)) == 1
    elsewhere = desk.sign_in(nurse)
    assert note_at(elsewhere, sent).values["body"][0].strip() == SAID


def test_both_texts_are_kept(desk: Desk, sent: Submission, nurse: Member, at_desk: Visitor) -> None:
    """A second text for the same record stands below the first; the same one stands once."""
    first, second = note_at(at_desk, sent), note_at(at_desk, sent)
    desk.clock.forward(minutes=15)
    assert late(at_desk, first) == 401
    assert late(at_desk, first) == 401
    assert late(at_desk, second, "And her number is out of order.") == 401
    assert late(at_desk, second, "And her number is out of order. Truly.") == 401
    assert len(in_store(desk)) == 1
    page = back(desk, nurse, at_desk).page
    body = form_to(page, "/note").values["body"][0]
    assert body.count(SAID) == 1 and "out of order. Truly." in body and "――――" in body


def test_it_can_be_thrown_away(
    desk: Desk, sent: Submission, nurse: Member, at_desk: Visitor
) -> None:
    """One press, and it is gone; the page says so."""
    form = note_at(at_desk, sent)
    desk.clock.forward(minutes=15)
    late(at_desk, form)
    page = back(desk, nurse, at_desk).page
    assert at_desk.submit(form_to(page, "/kept/drop")).status_code == 303
    assert "thrown away" in at_desk.follow().words
    assert form_to(at_desk.page, "/note").values["body"][0].strip() == ""
    assert in_store(desk) == [] and len(desk.events("note.kept_dropped")) == 1


def test_a_type_that_one_may_not_write_any_more_becomes_a_call(
    desk: Desk, sent: Submission, clinic: Visitor, doctor: Member
) -> None:
    """The text of a clinical note comes back to its author, under a type that is theirs."""
    form = note_at(clinic, sent)
    desk.clock.forward(minutes=15)
    assert late(clinic, form, kind="clinical") == 401
    store.set_roles(desk.session, desk.keys, doctor.id, ["intake"], audit.OPERATOR, desk.now)
    desk.session.commit()
    again = note_at(desk.sign_in(doctor), sent)
    assert again.values["kind"] == ["call"] and again.values["body"][0].strip() == SAID


def test_what_stands_on_the_record_is_not_kept_again(
    desk: Desk, sent: Submission, nurse: Member, at_desk: Visitor
) -> None:
    """A note that was added, then sent again after the end, is on record once and not offered."""
    form = note_at(at_desk, sent)
    data = {**form.values, "body": [SAID], "kind": ["call"]}
    assert at_desk.post(form.action, data).status_code == 303
    desk.clock.forward(minutes=15)
    assert late(at_desk, form) == 401
    assert in_store(desk) == []
    assert late(at_desk, form, "Something else, from the same form.") == 401
    (row,) = in_store(desk)
    assert row.number != form.values["number"][0]


@pytest.mark.both_databases
def test_the_page_keeps_it_before_the_end_without_staying_signed_in(
    desk: Desk, sent: Submission, nurse: Member, at_desk: Visitor
) -> None:
    """What the page sends by itself is kept, and counts as no use of the session."""
    form = note_at(at_desk, sent)
    desk.clock.forward(minutes=14, seconds=40)
    data = {**form.values, "body": [SAID]}
    assert at_desk.post(f"{address(sent)}/keep", data).status_code == 204
    desk.clock.forward(seconds=20)
    assert at_desk.get(address(sent)).status_code == 401
    assert note_at(desk.sign_in(nurse), sent).values["body"][0].strip() == SAID


def test_staying_signed_in_is_one_press(desk: Desk, at_desk: Visitor) -> None:
    """Pressing "Stay signed in" begins the fifteen minutes anew, up to the twelve hours."""
    form = at_desk.open("/staff/account").forms(everywhere=True)[0]
    for _ in range(4):
        desk.clock.forward(minutes=14)
        answer = at_desk.post("/staff/account/stay", {"csrf_token": form.values["csrf_token"]})
        assert answer.status_code == 204
    assert at_desk.get("/staff/account").status_code == 200


@pytest.mark.both_databases
def test_after_a_week_it_is_forgotten(desk: Desk, sent: Submission, at_desk: Visitor) -> None:
    """The clock throws away what nobody came back for, with its event."""
    form = note_at(at_desk, sent)
    desk.clock.forward(minutes=15)
    late(at_desk, form)
    for wait, gone in ((dt.timedelta(days=6, hours=23), 0), (dt.timedelta(hours=1), 1)):
        desk.clock.moment += wait
        desk.session.rollback()
        with Session(desk.app.extensions["engine"]) as session:
            assert kept.forget_old(session, desk.keys, desk.now) == gone
            session.commit()
    assert in_store(desk) == []
    (event,) = desk.events("note.kept_dropped")
    assert (event.actor_kind, event.subject) == ("clock", sent.reference)


def test_a_long_text_with_hidden_characters_is_kept_as_it_can_be_shown(
    desk: Desk, sent: Submission, nurse: Member, at_desk: Visitor
) -> None:
    """Too long or not clean is no reason to lose it; the form says what to do when it is added."""
    form = note_at(at_desk, sent)
    desk.clock.forward(minutes=15)
    assert late(at_desk, form, "x" * 6000 + "\x00end") == 401
    again = form_to(back(desk, nurse, at_desk).page, "/note")
    assert again.values["body"][0].strip() == "x" * 6000 + "end"
    assert at_desk.post(again.action, again.values).status_code == 422
    assert "at most 5000 characters" in at_desk.page.words
    assert "you were writing" in at_desk.page.words and len(in_store(desk)) == 1
