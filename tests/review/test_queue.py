"""The queue: the next right call on top, a page at a time."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from intake.review import cursor
from intake.submissions import lanes
from intake.submissions import queue as line
from intake.submissions.lanes import Wanted
from intake.submissions.models import Submission
from tests.accounts.desk import Desk, Member
from tests.review.made import MARY, Maker, named
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.walker import answers

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


def references(page: Page) -> list[str]:
    """The references of the rows, from top to bottom."""
    return [str(each.text) for each in page.main.xpath(".//tbody//a[@class='reference']")]


def row(page: Page, reference: str) -> str:
    """The words of one row."""
    found = page.main.xpath(f".//tbody/tr[.//a[text()='{reference}']]")
    return " ".join(found[0].text_content().split())


@pytest.mark.both_databases
def test_crisis_first_then_same_day_then_due(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """A call from the crisis page stands on top, then same-day flags, then what is due first."""
    now = desk.now
    late = maker.window(now, now + 30 * HOUR)
    soon = maker.send(now)
    flagged = maker.window(now, now + 50 * HOUR, given=answers(safety="thoughts"))
    crisis = maker.crisis(now)
    without_contact = maker.send(now, None)
    page = at_desk.open("/staff/")
    expected = [each.reference for each in (crisis, flagged, soon, late)]
    assert references(page) == expected
    assert without_contact.reference not in page.text
    assert page.h1 == "Queue" and "4 waiting" in page.words


@pytest.mark.both_databases
def test_pages_hold_every_row_once_in_order_there_and_back(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """Next leads through all rows without a gap or a repeat, and Previous back the same way."""
    now = desk.now
    # Equal due times: only the id tells them apart.
    made = [maker.window(now, now + (number // 20) * HOUR) for number in range(60)]
    made.sort(key=lambda each: (each.urgency, each.due_at, each.id))
    expected = [each.reference for each in made]
    pages = [references(at_desk.open("/staff/"))]
    while at_desk.page and (following := at_desk.page.root.xpath("//a[@rel='next']/@href")):
        pages.append(references(at_desk.open(str(following[0]))))
    assert [len(page) for page in pages] == [25, 25, 10]
    assert sum(pages, []) == expected
    back = [pages[-1]]
    while at_desk.page and (earlier := at_desk.page.root.xpath("//a[@rel='prev']/@href")):
        back.append(references(at_desk.open(str(earlier[0]))))
    assert back[::-1] == pages


BROKEN_PLACES = (
    "",
    "x",
    "9.1.",
    "1.2.3",
    "1." + "9" * 17 + "." + "a" * 32,
    "1.5." + "A" * 32,
    "-1.5." + "a" * 32,
    "1.5." + "a" * 33,
    "1' OR 1=1",
    "%00",
    "1.٣." + "a" * 32,
)


def test_a_broken_place_leads_to_the_first_page(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Whatever stands in ``after`` or ``before``, the queue opens."""
    reference = maker.send(desk.now).reference
    for name, text in itertools.product(("after", "before"), BROKEN_PLACES):
        assert references(at_desk.open(f"/staff/?{name}={text}")) == [reference]


def test_places_are_read_back_as_written() -> None:
    """A place survives its way through the address to the microsecond."""
    due = dt.datetime(2026, 11, 23, 15, 4, 5, 678901, tzinfo=dt.UTC)
    place = (1, due, "0123456789abcdef" * 2)
    assert cursor.read(cursor.write(place)) == place


def test_a_place_past_the_end_shows_the_first_page(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """When everything behind the place was closed meanwhile, nobody looks at an empty page."""
    reference = maker.send(desk.now).reference
    place = cursor.write((9, desk.now + 99 * HOUR, "f" * 32))
    assert references(at_desk.open(f"/staff/?after={place}")) == [reference]


def test_presets_keep_and_count(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member, doctor: Member
) -> None:
    """All, Unassigned and Mine show what they say, with their counts."""
    now = desk.now
    mine, others, nobodys = (maker.send(now) for _ in range(3))
    mine.owner_id, others.owner_id = nurse.id, doctor.id
    desk.session.commit()
    page = at_desk.open("/staff/")
    assert "All (3)" in page.words
    assert references(at_desk.open("/staff/?show=mine")) == [mine.reference]
    assert references(at_desk.open("/staff/?show=unassigned")) == [nobodys.reference]
    assert "Unassigned (1)" in page.words and "Mine (1)" in page.words
    assert len(references(at_desk.open("/staff/?show=everything"))) == 3
    assert "Ana Beltrán" in row(at_desk.open("/staff/"), mine.reference)


@pytest.mark.both_databases
def test_counts_stop_at_a_bound(
    desk: Desk, maker: Maker, at_desk: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many wait, counting them costs the same, and the page says ``more than``."""
    for _ in range(4):
        maker.send(desk.now)
    monkeypatch.setattr(line, "MOST_COUNTED", 2)
    assert line.counts(desk.session, [Wanted(lanes.QUEUE), Wanted(lanes.CLOSED)]) == [3, 0]
    desk.session.rollback()
    words = at_desk.open("/staff/").words
    assert "more than 2 waiting" in words and "Unassigned (more than 2)" in words


def test_an_empty_queue_says_when_the_last_one_came(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """Empty, the page says so, and when the last submission came in."""
    assert "Nothing waiting. Nothing has come in yet." in at_desk.open("/staff/").words
    sent = maker.send(desk.now.replace(hour=14, minute=12))
    stored = desk.session.get_one(Submission, sent.id)
    stored.status, stored.closed_reason = "closed", "declined"
    desk.session.commit()
    assert "Nothing waiting. Last new: today, 9:12 am." in at_desk.open("/staff/").words


def test_a_row_says_what_the_call_needs(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Initials, state, outcome, flag, waiting time, both clocks and status, but no name."""
    central = named("Mary O'Brien", zone="America/Chicago")
    start = desk.now.replace(hour=20, minute=0)
    sent = maker.window(
        desk.now - 25 * MINUTE, start, central, given=answers(safety="thoughts"), demo=True
    )
    words = row(at_desk.open("/staff/"), sent.reference)
    for part in ("M. O.", "FL", "Talk first", "Same day", "25 min", "New", "Demo"):
        assert part in words
    assert "Today, 3 pm to 5 pm" in words and "2 pm to 4 pm Central, theirs" in words
    assert at_desk.page is not None
    assert "Brien" not in at_desk.page.text and "0142" not in at_desk.page.text


def test_an_overdue_call_says_so(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Once the due time has passed, the row says Overdue, and when it was due."""
    sent = maker.send(desk.now - 6 * HOUR)
    assert re.search(r"Overdue .* was due today, \d", row(at_desk.open("/staff/"), sent.reference))


def test_what_nobody_confirmed_is_named(at_desk: Visitor) -> None:
    """Proposed rules and unconfirmed facts of the practice stand above the queue."""
    words = at_desk.open("/staff/").words
    assert "no clinician has signed version 1" in words
    assert "opening hours" in words and "The example hours are used" in words


def test_listing_is_one_event_that_names_the_references(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """Each look at the queue is recorded with the references that stood on the page."""
    made = [maker.send(desk.now).reference for _ in range(2)]
    before = len(desk.events("queue.listed"))
    page = at_desk.open("/staff/")
    events = desk.events("queue.listed")
    assert len(events) == before + 1
    assert json.loads(events[-1].detail)["references"] == references(page)
    assert sorted(references(page)) == sorted(made)


def test_a_contact_that_does_not_open_spoils_no_other_row(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """A swapped contact is marked in its own row; the others stand as they are."""
    swapped, sound = maker.send(desk.now), maker.send(desk.now, named("Zoe Quist"))
    stored = desk.session.get_one(Submission, swapped.id)
    stored.contact_sealed = sound.contact_sealed
    desk.session.commit()
    page = at_desk.open("/staff/")
    assert "unreadable" in row(page, swapped.reference)
    assert "Z. Q." in row(page, sound.reference)


def test_long_names_keep_their_place(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """A name of one letter, of another script, or of 100 characters gives its initials."""
    for name, initials in (("X", "X."), ("李 小龍", "李. 小."), ("a" * 98 + " b", "A. B.")):
        sent = maker.send(desk.now, named(name))
        assert initials in row(at_desk.open("/staff/"), sent.reference)


def test_hours_that_nobody_confirmed_are_not_used_off_this_machine(
    app: Flask, desk: Desk, maker: Maker, at_desk: Visitor, session: Session
) -> None:
    """Where hours may not be shown, waiting is counted by the wall clock."""
    facts = app.extensions["practice"]
    app.extensions["practice"] = type(facts)(
        **{name: getattr(facts, name) for name in facts.__slots__ if name != "trial"}, trial=False
    )
    sent = maker.send(desk.now - 20 * HOUR, MARY)
    page = at_desk.open("/staff/")
    assert "20 h" in row(page, sent.reference)
    assert "opening hours" not in " ".join(page.main.xpath(".//thead")[0].text_content().split())
