"""One act on several rows: chosen, shown, confirmed; what changed since is left alone."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from flask import Flask
from sqlalchemy import select

from intake import audit
from intake.alerts import store as alerts
from intake.audit import Actor
from intake.submissions import desk as acts
from intake.submissions.models import Submission
from tests.accounts.desk import Desk, Member
from tests.review.made import Maker
from tests.review.test_acts import move
from tests.review.test_queue_filters import form_at
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.walker import answers


def chosen(browser: Visitor, act: str, *wanted: Submission, start: str = "/staff/") -> Page:
    """The confirm page of ``act`` for the rows of ``wanted``."""
    references = [each.reference for each in wanted]
    form = form_at(browser.open(start), "/staff/bulk")
    values = [each for each in form.options["chosen"] if each.partition(".")[0] in references]
    browser.submit(form, chosen=values, act=act)
    assert browser.page is not None
    return browser.page


def states(desk: Desk) -> dict[str, tuple[str, str | None]]:
    """Status and owner of every submission, by reference."""
    desk.session.rollback()
    desk.session.expire_all()
    found = {each.reference: (each.status, each.owner_id) for each in desk.session.scalars(EVERY)}
    desk.session.rollback()
    return found


EVERY = select(Submission)


@pytest.mark.both_databases
def test_several_are_given_away_after_a_confirm_page(
    desk: Desk, maker: Maker, at_desk: Visitor, doctor: Member
) -> None:
    """The confirm page changes nothing and says what it means; the press does, with its events."""
    one, two, other = (maker.send(desk.now) for _ in range(3))
    page = chosen(at_desk, f"assign:{doctor.id}", one, two, start="/staff/?show=unassigned")
    assert page.h1 == "Give to Benjamin Soffer"
    assert "From nobody to Benjamin Soffer." in page.words and "2 records" in page.words
    assert not desk.events("submission.assigned")
    at_desk.submit(form_at(page, "/confirm"))
    page = at_desk.follow()
    assert "2 now belong to Benjamin Soffer." in page.words
    assert page.h1 == "Queue" and "Unassigned (1)" in page.words
    found = states(desk)
    assert found[one.reference] == found[two.reference] == ("new", doctor.id)
    assert found[other.reference] == ("new", None)
    events = desk.events("submission.assigned")
    assert sorted(str(each.subject) for each in events) == sorted([one.reference, two.reference])
    assert [json.loads(each.detail) for each in events] == [{"owner": doctor.id}] * 2
    assert audit.verify(desk.session, desk.keys) is None


@pytest.mark.both_databases
def test_what_somebody_changed_in_between_is_left_alone_and_named(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor, doctor: Member, nurse: Member
) -> None:
    """Before the confirm page or after it, somebody else's change is never overwritten."""
    early, late, free = (maker.send(desk.now) for _ in range(3))
    form = form_at(at_desk.open("/staff/"), "/staff/bulk")
    move(clinic, early, "contacted")
    at_desk.submit(form, chosen=form.options["chosen"], act="move:in_review")
    page = at_desk.page
    assert page is not None and "Somebody changed it after you saw it." in page.words
    assert "This will be done to 2 records" in page.words
    move(clinic, late, "scheduled")
    at_desk.submit(form_at(page, "/confirm"))
    words = at_desk.follow().words
    assert "1 now is “In review”." in words
    assert "Left alone, changed by somebody else:" in words
    found = states(desk)
    assert found[early.reference] == ("contacted", doctor.id)
    assert found[late.reference] == ("scheduled", doctor.id)
    assert found[free.reference] == ("in_review", nurse.id)


def test_a_second_press_finds_it_done(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Pressed twice, the act is done once, and the second answer says so."""
    made = [maker.send(desk.now) for _ in range(2)]
    form = form_at(chosen(at_desk, "move:in_review", *made), "/confirm")
    at_desk.submit(form)
    at_desk.follow()
    at_desk.submit(form)
    assert "Nothing was changed. 2 were so already." in at_desk.follow().words
    assert len(desk.events("submission.moved")) == 2


def test_closing_needs_a_reason_and_leaves_what_needs_its_own_note(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """A crisis or same-day call is never closed in bulk; the others with a reason."""
    usual, crisis = maker.send(desk.now), maker.crisis(desk.now)
    flagged = maker.send(desk.now, given=answers(safety="thoughts"))
    page = chosen(at_desk, "move:closed", usual, crisis, flagged)
    assert page.words.count("is closed on its own page, with a note of what was done.") == 2
    assert "done to 1 record:" in page.words
    at_desk.submit(form_at(page, "/confirm"))
    assert at_desk.response is not None and at_desk.response.status_code == 422
    assert at_desk.page is not None and "Select why you close them." in at_desk.page.words
    offered = form_at(at_desk.page, "/confirm").options["reason"]
    assert "not_suitable" not in offered and "duplicate" not in offered
    at_desk.submit(form_at(at_desk.page, "/confirm"), reason="unreachable")
    assert "1 now is “Closed”. Left alone, not possible:" in at_desk.follow().words
    found = states(desk)
    assert found[usual.reference][0] == "closed"
    assert found[crisis.reference][0] == found[flagged.reference][0] == "new"


def test_only_a_clinician_closes_as_not_suitable(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor
) -> None:
    """A forged reason is refused as the gate refuses a role, and nothing changes."""
    sent = maker.send(desk.now)
    form = form_at(chosen(at_desk, "move:closed", sent), "/confirm")
    form.values["reason"] = ["not_suitable"]
    at_desk.submit(form)
    assert at_desk.response is not None and at_desk.response.status_code == 403
    assert len(desk.events("access.refused")) == 1
    assert states(desk)[sent.reference][0] == "new"
    form = form_at(chosen(clinic, "move:closed", sent), "/confirm")
    clinic.submit(form, reason="not_suitable")
    assert states(desk)[sent.reference][0] == "closed"


def test_what_the_table_forbids_is_said_before(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """A move that the table of statuses does not hold, or that changes nothing, is not offered."""
    fresh, taken = maker.send(desk.now), maker.send(desk.now)
    move(at_desk, taken, "contacted")
    page = chosen(at_desk, "move:new", fresh, taken)
    assert "Nothing can be done here" in page.words
    assert "It is so already." in page.words
    assert "From “Contacted” it cannot go there." in page.words
    assert not [each for each in page.forms() if each.action.endswith("/confirm")]


def test_nothing_chosen_or_nothing_to_do_is_said(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """Without a row or an act the list comes back with what was ticked."""
    sent = maker.send(desk.now)
    form = form_at(at_desk.open("/staff/"), "/staff/bulk")
    at_desk.submit(form, act="move:in_review")
    assert at_desk.response is not None and at_desk.response.status_code == 422
    assert at_desk.page is not None and "Select at least one row." in at_desk.page.words
    at_desk.submit(form, chosen=form.options["chosen"])
    assert at_desk.page is not None and "Select what to do with them." in at_desk.page.words
    ticked = at_desk.page.main.xpath(".//input[@name='chosen'][@checked]/@value")
    assert [str(each).partition(".")[0] for each in ticked] == [sent.reference]


@pytest.mark.parametrize(
    "value", ["", "x", "ABC-2222", "ABC-2222.x", "ABC-2222.1", "'.1", "9" * 99]
)
def test_forged_rows_do_nothing(desk: Desk, maker: Maker, at_desk: Visitor, value: str) -> None:
    """Whatever stands in the boxes, nothing is done that was not shown."""
    maker.send(desk.now)
    form = form_at(at_desk.open("/staff/"), "/staff/bulk")
    form.values |= {"chosen": [value], "act": ["move:in_review"]}
    at_desk.submit(form)
    assert at_desk.response is not None and at_desk.response.status_code in (200, 422)
    form.action = "/staff/bulk/confirm"
    form.values |= {"record": [value]}
    at_desk.submit(form)
    assert at_desk.response is not None and at_desk.response.status_code in (303, 422)
    assert not desk.events("submission.moved")


@pytest.mark.both_databases
def test_taking_in_bulk_answers_an_alert_and_giving_back_wakes_it(
    app: Flask, desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """An alert knows that somebody took its record, by whatever page they did."""
    sent = maker.crisis(desk.now)
    found = acts.by_reference(desk.session, sent.reference)
    alerts.open_for(desk.session, desk.keys, found, desk.now, app.extensions["practice"])
    desk.session.commit()

    for to, expected in (("in_review", False), ("new", True)):
        at_desk.submit(form_at(chosen(at_desk, f"move:{to}", sent), "/confirm"))
        at_desk.follow()
        assert alert_is_loud(desk, sent) is expected


def alert_is_loud(desk: Desk, sent: Submission) -> bool:
    """Whether nobody has the alert of a submission."""
    desk.session.rollback()
    (alert,) = alerts.open_of(desk.session, sent.id)
    missing = alert.acknowledged_at is None
    desk.session.rollback()
    return missing


def test_no_address_of_the_queue_says_anything_about_a_person(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """Links and forms carry codes, references and places, never a name, number or answer."""
    for _ in range(27):
        maker.send(desk.now)
    page = at_desk.open("/staff/?show=unassigned&state=fl&outcome=may_fit")
    everything = [*page.links(), *(each.action for each in page.forms(everywhere=True))]
    text = " ".join(everything).casefold()
    assert not any(word in text for word in ("mary", "brien", "0142", "example.com"))


def test_an_act_by_somebody_else_in_the_same_moment_waits_its_turn(
    desk: Desk, maker: Maker, at_desk: Visitor, doctor: Member
) -> None:
    """An act that lands between the two presses is seen by the second."""
    made = [maker.send(desk.now) for _ in range(3)]
    form = form_at(chosen(at_desk, "move:in_review", *made), "/confirm")
    found = acts.by_reference(desk.session, made[1].reference)
    actor = Actor("staff", doctor.id)
    later = desk.now + dt.timedelta(seconds=1)
    acts.assign(desk.session, desk.keys, found, doctor.id, actor, later, revision=found.revision)
    desk.session.commit()
    at_desk.submit(form)
    assert f"changed by somebody else: {made[1].reference}." in at_desk.follow().words
    assert states(desk)[made[1].reference] == ("new", doctor.id)
