"""A sealed value that was moved, altered or lost its key: named, refused, and nothing else."""

from __future__ import annotations

import pytest

from intake.submissions.models import Submission
from tests.accounts.desk import Desk, Member
from tests.review.made import Maker, named
from tests.review.test_record import address, form_to, write
from tests.support.client import Visitor
from tests.support.walker import answers


def damaged(value: bytes, other: bytes) -> dict[str, bytes]:
    """A sealed value as it must not open: each kind of damage by its name."""
    return {
        "swapped": other,
        "changed": value[:-1] + bytes([value[-1] ^ 1]),
        "of a lost key": value[:1] + (77).to_bytes(4, "big") + value[5:],
        "cut": value[:9],
    }


@pytest.mark.both_databases
def test_a_value_that_does_not_open_is_named_and_spoils_nothing_else(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """Swapped, changed, cut or of a lost key: 409 names record and value; the rest is there."""
    for column in ("check_sealed", "contact_sealed"):
        broken = maker.send(desk.now, named("Ann Broken"), given=answers(trials="1"))
        other = maker.send(desk.now, named("Zoe Quist"), given=answers(heart="unstable"))
        for damage in damaged(getattr(broken, column), getattr(other, column)).values():
            setattr(desk.session.get_one(Submission, broken.id), column, damage)
            desk.session.commit()
            assert at_desk.get(address(broken)).status_code == 409
            assert at_desk.page is not None
            words = at_desk.page.words
            assert f"A part of record {broken.reference} cannot be read" in words
            assert f"submission.{column}" in words and broken.id not in at_desk.page.text
            assert ("The answers cannot be shown." in words) == (column == "check_sealed")
            at_desk.submit(form_to(at_desk.page, "/contact"))
            assert at_desk.page is not None and "Zoe" not in at_desk.page.text
            assert ("Ann Broken" in at_desk.page.words) == (column == "check_sealed")
        assert at_desk.open(address(other)).h1 == other.reference
        at_desk.get(address(broken))
        assert at_desk.page is not None
        noted = at_desk.submit(form_to(at_desk.page, "/note"), kind="admin", body="Told them.")
        assert noted.status_code == 303


def test_a_note_that_does_not_open_is_named(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member
) -> None:
    """Two notes swapped: both are refused, and the record around them is shown."""
    sent = maker.send(desk.now)
    first = write(desk, sent, nurse, "call", "first words")
    second = write(desk, sent, nurse, "call", "second words")
    first.body_sealed, second.body_sealed = second.body_sealed, first.body_sealed
    desk.session.commit()
    assert at_desk.get(address(sent)).status_code == 409
    assert at_desk.page is not None
    assert "note.body_sealed" in at_desk.page.words and "words" not in at_desk.page.words.split()
    assert "All answers" in at_desk.page.words


def test_a_definition_that_is_not_here_is_said(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """A record of an unknown version shows everything that does not need its words."""
    sent = maker.send(desk.now)
    desk.session.get_one(Submission, sent.id).definition_version = 9
    desk.session.commit()
    assert at_desk.get(address(sent)).status_code == 409
    assert at_desk.page is not None
    assert "Definition version 9 of this record is not in the database." in at_desk.page.words
