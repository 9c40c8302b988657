"""What staff say of a call in one press, and the birth date that is compared first."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from intake.submissions import store
from intake.submissions.models import Submission
from tests.accounts.desk import Desk, Member
from tests.review.made import Maker
from tests.review.test_acts import move, post, stored
from tests.review.test_record import address, form_to
from tests.support.client import Visitor
from tests.support.page import Form
from tests.support.walker import answers

NEXT_DAY = dt.datetime(2026, 11, 24, 16, 0, tzinfo=dt.UTC)


def press(browser: Visitor, sent: Submission, outcome: str, form: Form | None = None) -> int:
    """Press a button of the call, with the note's form as it stands; gives the status."""
    form = form or form_to(browser.open(address(sent)), "/note")
    return browser.post(f"{address(sent)}/call?outcome={outcome}", form.fill()).status_code


@pytest.mark.both_databases
def test_a_reached_person_is_contacted(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member
) -> None:
    """One press settles the call and moves the record, with an event each."""
    sent = maker.send(desk.now)
    assert press(at_desk, sent, "reached") == 303
    assert "Write a note on it below." in at_desk.follow().words
    after = stored(desk, sent)
    assert (after.status, after.owner_id, after.urgency) == ("contacted", nurse.id, 3)
    assert (after.callbacks[0].status, after.callbacks[0].settled_at) == ("reached", desk.now)
    assert len(desk.events("callback.moved")) == len(desk.events("submission.moved")) == 1


@pytest.mark.both_databases
@pytest.mark.parametrize("outcome", ["left_message", "no_answer"])
def test_a_call_that_did_not_reach_them_stays_owed(
    desk: Desk, maker: Maker, at_desk: Visitor, outcome: str
) -> None:
    """It is due on the next business day, in its place, and can be settled later."""
    sent = maker.send(desk.now)
    form = form_to(at_desk.open(address(sent)), "/note")
    assert press(at_desk, sent, outcome, form) == 303
    assert press(at_desk, sent, outcome, form) == 303, "a second press does nothing"
    after = stored(desk, sent)
    owed = store.promise_of(after)
    assert owed is not None and owed.status == outcome and owed.settled_at == desk.now
    assert (after.status, after.due_at) == ("in_review", NEXT_DAY)
    assert [json.loads(e.detail)["to"] for e in desk.events("callback.moved")] == [outcome]
    assert press(at_desk, sent, "reached") == 303
    assert stored(desk, sent).status == "contacted"


def test_a_flag_for_today_stays_for_today(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """After a message a same-day call is due today; a call for help within 15 minutes."""
    flagged = maker.send(desk.now, given=answers(safety="thoughts"))
    crisis = maker.crisis(desk.now)
    press(at_desk, flagged, "left_message")
    press(at_desk, crisis, "no_answer")
    due_at = stored(desk, flagged).due_at
    assert due_at is not None and desk.now < due_at < desk.now + dt.timedelta(hours=12)
    assert stored(desk, crisis).due_at == desk.now + dt.timedelta(minutes=15)
    assert stored(desk, crisis).urgency == 0


def test_a_wrong_number_owes_no_call_and_can_be_taken_back(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """The record stays open; a slip is put right in one press."""
    sent = maker.send(desk.now)
    assert press(at_desk, sent, "wrong_number") == 303
    after = stored(desk, sent)
    assert store.promise_of(after) is None and after.urgency == 3
    assert "Wrong number today" in at_desk.open(address(sent)).words
    assert press(at_desk, sent, "again") == 303
    after = stored(desk, sent)
    assert after.callbacks[0].status == "asap" and after.callbacks[0].settled_at is None
    assert after.urgency == 2


def test_an_outcome_carries_the_note_along(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """What was typed is kept with the press; what cannot stand stops both."""
    sent = maker.send(desk.now)
    form = form_to(at_desk.open(address(sent)), "/note")
    place = f"{address(sent)}/call?outcome=left_message"
    assert at_desk.post(place, form.fill(body="x" * 5001)).status_code == 422
    assert stored(desk, sent).callbacks[0].status == "asap"
    assert at_desk.post(place, form.fill(body="Left our number.")).status_code == 303
    page = at_desk.follow()
    assert "Left our number." in page.words and "Your note was added." in page.words


@pytest.mark.both_databases
def test_a_stale_or_senseless_outcome_changes_nothing(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor
) -> None:
    """Somebody was first: 409. No call is owed, or no such outcome: 422."""
    sent = maker.send(desk.now)
    stale = form_to(at_desk.open(address(sent)), "/note")
    move(clinic, sent, "in_review")
    assert press(at_desk, sent, "no_answer", stale) == 409
    for outcome in ("", "missed", "booked", "again"):
        assert press(at_desk, sent, outcome) == 422
    move(clinic, sent, "closed")
    assert press(at_desk, sent, "reached") == 422
    assert stored(desk, sent).callbacks[0].status == "asap"


def test_a_closed_record_promises_no_call(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Closed, nothing is owed; opened again, the call is, at its place."""
    sent = maker.send(desk.now)
    move(at_desk, sent, "closed")
    assert store.promise_of(stored(desk, sent)) is None
    move(at_desk, sent, "in_review")
    after = stored(desk, sent)
    assert store.promise_of(after) is not None and after.urgency == 2


@pytest.mark.both_databases
def test_the_birth_date_is_compared_and_the_answer_kept(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """Beside the contact stand the date and two buttons; the answer is an event, and is shown."""
    sent = maker.send(desk.now)
    page = at_desk.open(address(sent))
    assert not [form for form in page.forms() if form.action.endswith("/identity")]
    at_desk.submit(form_to(page, "/contact"))
    assert at_desk.page is not None and "Ask for the birth date first." in at_desk.page.words
    form = form_to(at_desk.page, "/identity")
    answer = at_desk.post(f"{form.action}?matched=yes", form.fill())
    assert answer.status_code == 200 and at_desk.page is not None
    assert "Birth date checked today, 10:01 am, by Ana Beltrán: it matched." in at_desk.page.words
    at_desk.post(f"{form.action}?matched=no", form.fill())
    assert at_desk.page is not None
    assert "The birth date did not match" in at_desk.page.words
    assert "Say nothing about the check." in at_desk.page.words
    found = [json.loads(e.detail)["matched"] for e in desk.events("submission.identity_checked")]
    assert found == [True, False]
    assert len(desk.events("submission.contact_shown")) == 3
    told = at_desk.open(address(sent))
    assert "Asked for the birth date. It did not match." in told.words
    assert "1988" not in told.text
    assert post(at_desk, sent, "identity?matched=maybe") == 422
