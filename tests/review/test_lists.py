"""The lists beside the queue, and work that somebody left behind."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from intake.accounts import store as people
from intake.submissions.models import Submission
from tests.accounts.desk import Desk, Member
from tests.review.made import MARY, Maker
from tests.review.test_acts import move
from tests.review.test_queue import references, row
from tests.review.test_record import address, form_to
from tests.support.client import Visitor
from tests.support.page import Page

MINUTE = dt.timedelta(minutes=1)


def walked(browser: Visitor, start: str, rel: str) -> list[list[str]]:
    """The references of each page from ``start`` on, by the links called ``rel``."""
    pages = [references(browser.open(start))]
    while browser.page and (found := browser.page.root.xpath(f"//a[@rel='{rel}']/@href")):
        start = str(found[0])
        pages.append(references(browser.open(start)))
    return pages


@pytest.mark.both_databases
def test_every_submission_stands_in_one_place(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Open ones in the queue, closed ones and those without a contact in lists of their own."""
    waiting, done, silent = maker.send(desk.now), maker.send(desk.now), maker.send(desk.now, None)
    assert move(at_desk, done, "closed", reason="referred") == 303
    places = {"": waiting, "?show=closed": done, "?show=no_contact": silent}
    for query, expected in places.items():
        assert references(at_desk.open(f"/staff/{query}")) == [expected.reference]
    page = at_desk.open("/staff/?show=closed")
    assert page.h1 == "Closed" and "waiting" not in page.words
    assert "Referred elsewhere, today, 10:01 am" in row(page, done.reference)
    page = at_desk.open("/staff/?show=no_contact")
    assert page.h1 == "No contact" and "Not yet" in row(page, silent.reference)
    assert "unreadable" not in page.words


def test_the_read_only_lists_say_when_they_are_empty(at_desk: Visitor) -> None:
    """An empty list is said in words."""
    assert "Nothing is closed yet." in at_desk.open("/staff/?show=closed").words
    assert "Everybody so far left a contact." in at_desk.open("/staff/?show=no_contact").words


@pytest.mark.both_databases
@pytest.mark.parametrize("part", ["closed", "no_contact", "unassigned"])
def test_each_list_is_walked_whole_there_and_back(
    desk: Desk, maker: Maker, at_desk: Visitor, part: str
) -> None:
    """Next and Previous show every row once and in order, equal times too."""
    made = [
        maker.send(desk.now - (number // 20) * MINUTE, None if part == "no_contact" else MARY)
        for number in range(55)
    ]
    if part == "closed":
        for each in made:
            found = desk.session.get_one(Submission, each.id)
            found.status, found.closed_reason, found.closed_at = "closed", "declined", desk.now
        desk.session.commit()
    if part == "unassigned":
        made.sort(key=lambda each: (each.urgency, each.due_at, each.id))
    else:
        made.sort(key=lambda each: (each.submitted_at, each.id), reverse=True)
    pages = walked(at_desk, f"/staff/?show={part}", "next")
    assert [len(page) for page in pages] == [25, 25, 5]
    assert sum(pages, []) == [each.reference for each in made]
    assert at_desk.page is not None
    (last,) = at_desk.page.root.xpath("//a[@rel='prev']/@href")
    assert [pages[-1], *walked(at_desk, str(last), "prev")] == pages[::-1]


def test_reading_a_list_is_one_event_that_names_its_references(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member
) -> None:
    """The lists to read are recorded as the queue is."""
    sent = maker.send(desk.now, None)
    at_desk.open("/staff/?show=no_contact")
    (event,) = desk.events("queue.listed")
    assert event.actor_id == nurse.id
    assert json.loads(event.detail)["references"] == [sent.reference]


@pytest.mark.both_databases
def test_what_somebody_left_behind_waits_for_anyone(
    desk: Desk, maker: Maker, at_desk: Visitor, doctor: Member
) -> None:
    """Open work of a disabled person is marked, counted and listed as without an owner."""
    theirs, closed = maker.send(desk.now), maker.send(desk.now)
    for each in (theirs, closed):
        desk.session.get_one(Submission, each.id).owner_id = doctor.id
    desk.session.commit()
    move(at_desk, closed, "closed")
    assert "Unassigned (0)" in at_desk.open("/staff/").words
    desk.session.rollback()
    people.get(desk.session, doctor.id).disabled_at = desk.now
    desk.session.commit()
    page = at_desk.open("/staff/")
    assert "Unassigned (1)" in page.words
    assert "Benjamin Soffer Owner left" in row(page, theirs.reference)
    page = at_desk.open("/staff/?show=unassigned")
    assert references(page) == [theirs.reference]
    page = at_desk.open(address(theirs))
    assert "Owner left" in page.words and "Benjamin Soffer (left)" in page.text
    assert doctor.id in form_to(page, "/assign").options["owner"]


def test_a_record_leads_back_to_the_list_it_was_opened_from(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """The way back keeps the list, after acts too."""
    sent = maker.send(desk.now)

    def back(page: Page) -> tuple[str, str]:
        (link,) = page.root.xpath("//a[@class='back']")
        return str(link.get("href")), str(link.text)

    assert back(at_desk.open(address(sent))) == ("/staff/", "Queue")
    at_desk.open("/staff/?show=unassigned")
    move(at_desk, sent, "in_review")
    assert back(at_desk.follow()) == ("/staff/?show=unassigned", "Queue: Unassigned")
    at_desk.open("/staff/")
    assert back(at_desk.open(address(sent))) == ("/staff/", "Queue")


def test_every_cell_of_a_list_says_what_it_is(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """On a phone a row is a card: each cell but box and reference carries its column's name."""
    sent = maker.crisis(desk.now)
    for path in ("/staff/", address(sent)):
        page = at_desk.open(path)
        table = page.main.xpath(".//div[@class='table cards']/table[@role='table']")[0]
        cells = table.xpath("./tbody/tr/td")
        assert cells and all(cell.get("role") == "cell" for cell in cells)
        assert all(
            cell.get("data-label") or cell.get("class") in ("named", "pick") for cell in cells
        )
