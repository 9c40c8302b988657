"""What staff do: the table of statuses, owners, notes, and two people at once."""

from __future__ import annotations

import collections
import json
from typing import Any

import pytest
from sqlalchemy import select

from intake.submissions.models import Note, Submission
from tests.accounts.desk import Desk, Member
from tests.review.made import Maker
from tests.review.test_record import HOSTILE, address, form_to
from tests.support.client import Visitor
from tests.support.page import Form, Page

# The table of statuses, written down a second time.
TABLE = {
    "new": {"in_review", "contacted", "scheduled", "closed"},
    "in_review": {"new", "contacted", "scheduled", "closed"},
    "contacted": {"in_review", "scheduled", "closed"},
    "scheduled": {"contacted", "in_review", "closed"},
    "closed": {"in_review"},
}
WAY_TO = {
    "new": (),
    "in_review": ("in_review",),
    "contacted": ("contacted",),
    "scheduled": ("scheduled",),
    "closed": ("closed",),
}
ACTS = ("move", "assign", "note", "contact")
STAFF_REASONS = {"visit_booked", "referred", "declined", "unreachable", "duplicate"}


def move_form(page: Page, to: str) -> Form:
    """The form that moves to ``to``."""
    return next(form for form in page.forms() if form.values.get("to") == [to])


def move(browser: Visitor, submission: Submission, to: str, **fields: str) -> int:
    """Press the button of a move as rendered; gives the status of the answer."""
    page = browser.open(address(submission))
    form = move_form(page, to)
    if to == "closed":
        fields.setdefault("reason", "declined")
    elif "reason" in form.values:
        fields.setdefault("reason", "They called back.")
    return browser.submit(form, **fields).status_code


def stored(desk: Desk, submission: Submission) -> Submission:
    """The submission as it stands in the database."""
    desk.session.rollback()
    desk.session.expire_all()
    return desk.session.get_one(Submission, submission.id)


def post(browser: Visitor, submission: Submission, act: str, **fields: Any) -> int:
    """Post an act that the page does not offer."""
    page = browser.open(address(submission))
    token = page.forms(everywhere=True)[0].values["csrf_token"]
    return browser.post(f"{address(submission)}/{act}", {"csrf_token": token, **fields}).status_code


@pytest.mark.both_databases
def test_the_table_of_statuses_holds_in_full(desk: Desk, maker: Maker, clinic: Visitor) -> None:
    """From each status the page offers exactly the table's moves; any other is refused."""
    for came_from, allowed in TABLE.items():
        for to in TABLE:
            sent = maker.send(desk.now)
            for step in WAY_TO[came_from]:
                assert move(clinic, sent, step) == 303
            page = clinic.open(address(sent))
            offered = {form.values["to"][0] for form in page.forms() if "to" in form.values}
            assert offered == allowed
            before = stored(desk, sent)
            moves = len(desk.events("submission.moved"))
            if to in allowed:
                assert move(clinic, sent, to) == 303
            else:
                fields = {"to": to, "revision": str(before.revision), "reason": "declined"}
                assert post(clinic, sent, "move", **fields) == 422
            after = stored(desk, sent)
            assert after.status == (to if to in allowed else came_from)
            assert len(desk.events("submission.moved")) == moves + (to in allowed)


def test_a_move_to_an_unknown_status_is_refused(desk: Desk, maker: Maker, clinic: Visitor) -> None:
    """What is no status changes nothing."""
    sent = maker.send(desk.now)
    for to in ("", "NEW", "gone", "new\x00"):
        assert post(clinic, sent, "move", to=to, revision="2") == 422
    assert stored(desk, sent).status == "new"


def test_closing_needs_a_reason_that_the_role_may_choose(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor, nurse: Member
) -> None:
    """Intake staff are offered five reasons; "not suitable" is a clinician's, two nobody's."""
    sent = maker.send(desk.now)
    offered = move_form(at_desk.open(address(sent)), "closed").options["reason"]
    assert set(offered) == STAFF_REASONS | {""}
    offered = move_form(clinic.open(address(sent)), "closed").options["reason"]
    assert set(offered) == STAFF_REASONS | {"", "not_suitable"}
    revision = str(stored(desk, sent).revision)
    for reason in ("", "no_contact", "under_age", "tired"):
        fields = {"to": "closed", "revision": revision, "reason": reason}
        assert post(clinic, sent, "move", **fields) == 422
        assert clinic.page is not None and "Select why you close it." in clinic.page.words
        assert clinic.page.title.startswith("Error: ")
    fields = {"to": "closed", "revision": revision, "reason": "not_suitable"}
    assert post(at_desk, sent, "move", **fields) == 403
    (event,) = desk.events("access.refused")
    assert json.loads(event.detail) == {"endpoint": "review.move"} and event.actor_id == nurse.id
    assert stored(desk, sent).status == "new"
    assert move(clinic, sent, "closed", reason="not_suitable") == 303
    assert stored(desk, sent).closed_reason == "not_suitable"


def test_reopening_asks_why_and_keeps_it_as_an_admin_note(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member
) -> None:
    """Without words it stays closed; with them they stand among the notes, not in the audit."""
    sent = maker.send(desk.now)
    move(at_desk, sent, "closed")
    assert move(at_desk, sent, "in_review", reason="   ") == 422
    assert at_desk.page is not None and "Write why you open it again." in at_desk.page.words
    assert move(at_desk, sent, "in_review", reason="Called back, {{7*7}}") == 303
    page = at_desk.follow()
    assert "Reopened: Called back, {{7*7}}" in page.words
    (note,) = desk.session.scalars(select(Note)).all()
    assert (note.type, note.author_id) == ("admin", nurse.id)
    assert "Called" not in "".join(event.detail for event in desk.events())
    again = stored(desk, sent)
    assert (again.status, again.closed_reason, again.closed_at) == ("in_review", None, None)


def test_the_first_who_moves_it_owns_it_and_giving_back_frees_it(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor, nurse: Member
) -> None:
    """A move takes what nobody owns, leaves another's owner, and "Give it back" frees it."""
    sent = maker.send(desk.now)
    move(at_desk, sent, "in_review")
    assert stored(desk, sent).owner_id == nurse.id
    move(clinic, sent, "contacted")
    assert stored(desk, sent).owner_id == nurse.id
    move(clinic, sent, "in_review")
    move(clinic, sent, "new")
    assert stored(desk, sent).owner_id is None


def test_assigning_offers_those_who_work_the_queue(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member, doctor: Member
) -> None:
    """Oneself, others and nobody can be chosen; an administrator or a stranger cannot."""
    admin = desk.member("admin", name="Ada Adler")
    sent = maker.send(desk.now)
    for owner in (doctor.id, nurse.id, ""):
        form = form_to(at_desk.open(address(sent)), "/assign")
        assert set(form.options["owner"]) == {"", nurse.id, doctor.id}
        assert at_desk.submit(form, owner=owner).status_code == 303
        assert stored(desk, sent).owner_id == (owner or None)
    revision = str(stored(desk, sent).revision)
    for owner in (admin.id, "stranger", doctor.id + "x"):
        assert post(at_desk, sent, "assign", owner=owner, revision=revision) == 422
    owners = [json.loads(event.detail)["owner"] for event in desk.events("submission.assigned")]
    assert owners == [doctor.id, nurse.id, None]


def test_a_closed_submission_is_not_given_to_anybody(
    desk: Desk, maker: Maker, at_desk: Visitor, doctor: Member
) -> None:
    """Closed, the page offers no owner, and a post is refused."""
    sent = maker.send(desk.now)
    move(at_desk, sent, "closed")
    assert not [f for f in at_desk.open(address(sent)).forms() if f.action.endswith("/assign")]
    revision = str(stored(desk, sent).revision)
    assert post(at_desk, sent, "assign", owner=doctor.id, revision=revision) == 422


@pytest.mark.both_databases
def test_the_second_of_two_sees_both_versions_and_keeps_the_text(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor
) -> None:
    """A stale move changes nothing: 409 shows what is there, by whom, and what was wanted."""
    sent = maker.send(desk.now)
    move(clinic, sent, "closed")
    stale = move_form(at_desk.open(address(sent)), "in_review")
    move(clinic, sent, "in_review")
    move(clinic, sent, "closed", reason="referred")
    answer = at_desk.submit(stale, reason=HOSTILE)
    assert answer.status_code == 409 and at_desk.page is not None
    words = at_desk.page.words
    assert "Your change was not saved." in words
    assert "Now: status Closed, owner Benjamin Soffer." in words
    assert "In review → Closed. Referred elsewhere." in words and "By Benjamin Soffer" in words
    assert "You wanted: Status: In review" in words
    kept = move_form(at_desk.page, "in_review")
    assert kept.values["reason"] == [HOSTILE]
    assert stored(desk, sent).status == "closed"
    assert at_desk.submit(kept).status_code == 303
    assert stored(desk, sent).status == "in_review"


def test_a_stale_assignment_is_refused_the_same_way(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor, nurse: Member, doctor: Member
) -> None:
    """Whoever comes second learns who has it now, and may try again."""
    sent = maker.send(desk.now)
    stale = form_to(at_desk.open(address(sent)), "/assign")
    clinic.submit(form_to(clinic.open(address(sent)), "/assign"), owner=doctor.id)
    assert at_desk.submit(stale, owner=nurse.id).status_code == 409
    assert at_desk.page is not None
    assert "You wanted: Owner: Ana Beltrán (you)" in at_desk.page.words
    assert stored(desk, sent).owner_id == doctor.id


def test_a_revision_that_is_none_is_a_conflict(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """A forged or missing revision never overwrites anything."""
    sent = maker.send(desk.now)
    for revision in ("", "0", "-1", "x", "9" * 30, "٢"):
        assert post(at_desk, sent, "move", to="contacted", revision=revision) == 409
    assert stored(desk, sent).status == "new"


def test_an_act_without_its_token_is_refused(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """A form that is not ours does nothing; an address that is asked for does nothing either."""
    sent = maker.send(desk.now)
    at_desk.open(address(sent))
    for act in ACTS:
        fields = {"to": "closed", "body": "x", "kind": "call"}
        assert at_desk.post(f"{address(sent)}/{act}", fields).status_code == 400
        assert at_desk.get(f"{address(sent)}/{act}").status_code == 405
    assert stored(desk, sent).revision == sent.revision
    assert desk.events("submission.noted") == desk.events("submission.contact_shown") == []


def test_an_act_on_nothing_is_not_found(at_desk: Visitor) -> None:
    """Without a submission there is nothing to do."""
    token = at_desk.open("/staff/").forms(everywhere=True)[0].values["csrf_token"]
    for act in ACTS:
        answer = at_desk.post(f"/staff/submissions/BBB-2222/{act}", {"csrf_token": token})
        assert answer.status_code == 404


def test_an_administrator_opens_nothing_here(desk: Desk, maker: Maker) -> None:
    """A person who is only admin is led from the queue to the team; records are refused."""
    browser = desk.signed_in("admin")
    sent = maker.send(desk.now)
    assert browser.get("/staff/").headers["Location"] == "/staff/team"
    assert desk.events("access.refused") == desk.events("queue.listed") == []
    team = browser.follow()
    assert team.root.xpath("//a[@class='brand']/@href") == ["/staff/team"]
    for path in (address(sent), "/staff/export"):
        assert browser.get(path).status_code == 403
        assert browser.page is not None
        assert browser.page.main.xpath(".//a[@class='button']/@href") == ["/staff/team"]
    assert len(desk.events("access.refused")) == 2


@pytest.mark.both_databases
def test_events_equal_acts(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member, doctor: Member
) -> None:
    """A morning's acts and reads are each one event, by the one who did them."""
    sent = maker.send(desk.now)
    at_desk.open("/staff/")
    at_desk.submit(form_to(at_desk.open(address(sent)), "/contact"))
    move(at_desk, sent, "contacted")
    at_desk.submit(form_to(at_desk.open(address(sent)), "/assign"), owner=doctor.id)
    at_desk.submit(form_to(at_desk.open(address(sent)), "/note"), kind="call", body="Reached.")
    move(at_desk, sent, "closed", reason="visit_booked")
    mine = [event for event in desk.events() if event.actor_id == nurse.id]
    found = collections.Counter(event.name for event in mine)
    del found["staff.signed_in"]
    assert found == {
        "queue.listed": 1,
        "submission.opened": 5,
        "submission.contact_shown": 1,
        "submission.moved": 2,
        "submission.assigned": 1,
        "submission.noted": 1,
        "callback.moved": 1,
    }
    assert all(event.subject == sent.reference for event in mine if event.name.startswith("sub"))
