"""What happened in the queue since somebody looked last."""

from __future__ import annotations

import datetime as dt

import pytest

from intake.submissions import looks
from intake.submissions.models import LastLook
from tests.accounts.desk import Desk, Member
from tests.review.made import Maker
from tests.review.test_acts import move
from tests.review.test_queue import references, row
from tests.review.test_queue_filters import form_at
from tests.support.client import Visitor


@pytest.mark.both_databases
def test_what_came_in_and_what_others_did_is_told_after_a_pause(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor
) -> None:
    """Counts, references, words and names since the last look; tags on the rows; one's own not."""
    old, own = maker.send(desk.now), maker.send(desk.now)
    page = at_desk.open("/staff/")
    assert "Since you last looked" not in page.words
    desk.clock.forward(minutes=5)
    new = maker.crisis(desk.now)
    move(clinic, old, "in_review")
    move(at_desk, own, "in_review")
    desk.clock.forward(minutes=14)
    page = at_desk.open("/staff/")
    assert (
        "Since you last looked, today, 10:02 am Eastern: 1 new, 1 changed by others" in page.words
    )
    told = page.main.xpath(".//details[@class='since']//li")
    words = [" ".join(each.text_content().split()) for each in told]
    assert words[0].startswith(f"Changed {old.reference} New → In review. Benjamin Soffer, today")
    assert words[1].startswith(f"New {new.reference} Asked to be called, from the crisis page.")
    assert f"{new.reference} New" in row(page, new.reference)
    assert "Changed" in row(page, old.reference) and "Changed" not in row(page, own.reference)
    # A look soon after tells the same; a press says that it was seen.
    assert "1 new, 1 changed" in at_desk.open("/staff/").words
    assert at_desk.page is not None
    at_desk.submit(form_at(at_desk.page, "/staff/seen"))
    page = at_desk.follow()
    assert "Since you last looked" not in page.words
    assert len(references(page)) == 3


def test_a_second_pause_leaves_behind_what_was_shown(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """After another pause only what came since the last look is told."""
    at_desk.open("/staff/")
    maker.send(desk.now)
    desk.clock.forward(minutes=14)
    assert "1 new" in at_desk.open("/staff/").words
    desk.clock.forward(minutes=16)
    desk.session.rollback()
    assert "Since you last looked" not in at_desk.open("/staff/").words


def test_seen_covers_what_the_page_showed_and_nothing_later(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor
) -> None:
    """What happens between the page and the press is told on the next page."""
    sent = maker.send(desk.now)
    at_desk.open("/staff/")
    desk.clock.forward(minutes=1)
    maker.send(desk.now)
    page = at_desk.open("/staff/")
    desk.clock.forward(minutes=1)
    move(clinic, sent, "in_review")
    at_desk.submit(form_at(page, "/staff/seen"))
    page = at_desk.follow()
    assert "0 new, 1 changed by others" in page.words


def test_a_forged_place_moves_nothing(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member
) -> None:
    """Only what was shown can be taken as seen."""
    at_desk.open("/staff/")
    maker.send(desk.now)
    page = at_desk.open("/staff/")
    form = form_at(page, "/staff/seen")
    for forged in ("999999999", "-1", "x", "٣", ""):
        form.values["up_to"] = [forged]
        at_desk.submit(form)
        assert "1 new" in at_desk.follow().words
    assert desk.session.get_one(LastLook, nurse.id).since_at <= desk.now


@pytest.mark.both_databases
def test_looking_back_reads_a_bounded_number_of_events(
    desk: Desk, maker: Maker, nurse: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long somebody was away, only the newest events are read."""
    monkeypatch.setattr(looks, "MOST_EVENTS", 6)
    looks.look(desk.session, nurse.id, desk.now)
    desk.session.commit()
    for _ in range(6):
        maker.send(desk.now)
    look = looks.look(desk.session, nurse.id, desk.now + dt.timedelta(minutes=20))
    found = looks.events_since(desk.session, look, ("callback.booked",))
    assert len(found) == 3
    assert [each.sequence for each in found] == sorted(
        (each.sequence for each in found), reverse=True
    )
