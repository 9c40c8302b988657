"""Notes: only ever added, kept in their field when they cannot stand, some for clinicians only."""

from __future__ import annotations

import pytest

from intake.audit import Actor
from intake.submissions import desk as acts
from tests.accounts.desk import Desk, Member
from tests.review.made import Maker
from tests.review.test_acts import move, post
from tests.review.test_record import address, form_to
from tests.support.client import Visitor

WRONG_NOTES = {
    "": "Write the note.",
    " \n\t ": "Write the note.",
    "x" * 5001: "Write at most 5000 characters.",
    "turned \u202eround": "Type this again without hidden characters.",
    "nul\x00": "Type this again without hidden characters.",
}


def seen(text: str) -> str:
    """``text`` without what nobody sees of it."""
    return text.replace("\u202e", "").strip(" \n\t\0")


def test_a_note_that_cannot_stand_is_kept_in_its_field(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """The error says what to do, and nothing typed is lost."""
    sent = maker.send(desk.now)
    for body, problem in WRONG_NOTES.items():
        assert post(at_desk, sent, "note", kind="admin", body=body) == 422
        assert at_desk.page is not None
        assert problem in at_desk.page.words and at_desk.page.title.startswith("Error: ")
        kept = form_to(at_desk.page, "/note").values
        assert kept["kind"] == ["admin"] and kept["body"][0].strip() == seen(body)
    assert desk.events("submission.noted") == []


def test_notes_never_collide(desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor) -> None:
    """A note is added even when somebody moved the submission meanwhile."""
    sent = maker.send(desk.now)
    form = form_to(at_desk.open(address(sent)), "/note")
    move(clinic, sent, "contacted")
    assert at_desk.submit(form, kind="call", body="Spoke at length.").status_code == 303
    assert "Spoke at length." in at_desk.follow().words


def test_a_wrong_type_of_note_is_refused(desk: Desk, maker: Maker, clinic: Visitor) -> None:
    """A type that does not exist is an error, not a note."""
    sent = maker.send(desk.now)
    assert post(clinic, sent, "note", kind="secret", body="x") == 422
    assert desk.events("submission.noted") == []


def test_the_store_itself_refuses_a_note_that_the_role_may_not_write(
    desk: Desk, maker: Maker, nurse: Member
) -> None:
    """Whoever calls the store, a clinical note needs a clinician."""
    sent = maker.send(desk.now)
    with pytest.raises(acts.WrongRole):
        acts.add_note(
            desk.session,
            desk.keys,
            sent,
            "clinical",
            "x",
            Actor("staff", nurse.id),
            desk.now,
            roles={"intake", "admin"},
        )
