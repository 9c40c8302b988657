"""A same-day flag that a clinician overrides, with a pause and a reason; and the way back."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.alerts import store as alerts
from intake.alerts.models import Alert
from intake.submissions.models import Note, Submission
from intake.submissions.store import Promise
from tests.accounts.desk import Desk, Member
from tests.review.made import Maker
from tests.review.test_acts import move, post, stored
from tests.review.test_record import address, form_to
from tests.support.client import Visitor
from tests.support.walker import answers

FLAGGED = answers(safety="thoughts")
REASON = "Spoke yesterday, has a plan with her therapist."


def flagged(desk: Desk, maker: Maker) -> Submission:
    """A person with a same-day flag, whose window is on another day and whose alert is open."""
    start = desk.now + dt.timedelta(days=2)
    sent = maker.window(desk.now, start, given=FLAGGED)
    desk.session.rollback()
    with Session(desk.session.get_bind().execution_options(readonly=False)) as writer:
        found = writer.get_one(Submission, sent.id)
        found.due_at = desk.now + dt.timedelta(hours=7)
        alerts.open_for(writer, desk.keys, found, desk.now, desk.app.extensions["practice"])
        writer.commit()
    return sent


def override(browser: Visitor, sent: Submission, reason: str = REASON) -> int:
    """Press through the pause page; gives the status."""
    browser.open(f"{address(sent)}/override")
    assert browser.page is not None
    return browser.submit(form_to(browser.page, "/override"), reason=reason).status_code


@pytest.mark.both_databases
def test_an_override_pauses_asks_why_and_is_kept(
    desk: Desk, maker: Maker, clinic: Visitor, at_desk: Visitor, doctor: Member
) -> None:
    """The flag leaves the queue's order and its alert; answers, outcome and priority stay."""
    sent = flagged(desk, maker)
    page = clinic.open(address(sent))
    assert f"{address(sent)}/override" in page.links()
    page = clinic.open(f"{address(sent)}/override")
    question = maker.definition.question("safety")
    assert question.label("thoughts") in page.words
    assert override(clinic, sent, "too short") == 422
    assert clinic.page is not None and "Write 15 to 500 characters." in clinic.page.words
    assert override(clinic, sent) == 303
    after = stored(desk, sent)
    assert (after.urgency, after.priority, after.flag_cleared_by) == (2, True, doctor.id)
    assert after.due_at == after.callbacks[-1].ends_at
    (note,) = desk.session.scalars(select(Note)).all()
    assert note.type == "clinical"
    (alert,) = desk.session.scalars(select(Alert)).all()
    assert alert.closed_by == doctor.id
    page = clinic.open(address(sent))
    assert f"Same-day flag overridden. {REASON}" in page.words and "Call today" not in page.words
    assert REASON not in at_desk.open(address(sent)).words
    (event,) = desk.events("submission.flag_overridden")
    assert (event.subject, event.detail) == (sent.reference, "{}")


@pytest.mark.both_databases
def test_an_override_can_be_taken_back(desk: Desk, maker: Maker, clinic: Visitor) -> None:
    """The call is for today again, at its place, with an alert of its own."""
    sent = flagged(desk, maker)
    override(clinic, sent)
    form = form_to(clinic.open(address(sent)), "/restore")
    assert clinic.submit(form).status_code == 303
    after = stored(desk, sent)
    assert (after.urgency, after.flag_cleared_at) == (1, None)
    assert after.due_at == desk.now.replace(hour=22, minute=0)
    found = desk.session.scalars(select(Alert).where(Alert.closed_at.is_(None))).all()
    assert [each.kind for each in found] == ["same_day"]
    assert "Call today" in clinic.open(address(sent)).words


def test_intake_staff_cannot_override(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """The page offers nothing, and each way in is refused and recorded."""
    sent = flagged(desk, maker)
    assert f"{address(sent)}/override" not in at_desk.open(address(sent)).links()
    assert at_desk.get(f"{address(sent)}/override").status_code == 403
    for act in ("override", "restore"):
        assert post(at_desk, sent, act, reason=REASON, revision="3") == 403
    assert len(desk.events("access.refused")) == 3
    assert stored(desk, sent).flag_cleared_at is None


@pytest.mark.both_databases
def test_an_override_of_a_changed_record_is_a_conflict(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor
) -> None:
    """Somebody moved it meanwhile: nothing is overridden, and the reason is kept in its field."""
    sent = flagged(desk, maker)
    clinic.open(f"{address(sent)}/override")
    assert clinic.page is not None
    stale = form_to(clinic.page, "/override")
    move(at_desk, sent, "in_review")
    assert clinic.submit(stale, reason=REASON).status_code == 409
    assert clinic.page is not None
    kept = form_to(clinic.page, "/override")
    assert kept.values["reason"][0].strip() == REASON
    assert stored(desk, sent).flag_cleared_at is None
    assert clinic.submit(kept).status_code == 303
    again = clinic.get(f"{address(sent)}/override")
    assert again.status_code == 303


def test_a_call_for_help_keeps_its_place(desk: Desk, maker: Maker, clinic: Visitor) -> None:
    """Overriding a flag never takes a call from the crisis page off the top."""
    sent = maker.crisis(desk.now)
    if stored(desk, sent).priority:
        assert override(clinic, sent) == 303
    assert stored(desk, sent).urgency == 0


def test_a_usual_record_has_nothing_to_override(desk: Desk, maker: Maker, clinic: Visitor) -> None:
    """Without a flag there is no pause page, and a forged form changes nothing."""
    sent = maker.send(desk.now, promise=Promise("asap", desk.now + dt.timedelta(hours=4)))
    assert clinic.get(f"{address(sent)}/override").status_code == 303
    revision = str(stored(desk, sent).revision)
    assert post(clinic, sent, "override", reason=REASON, revision=revision) == 422
    assert post(clinic, sent, "restore", revision=revision) == 422
