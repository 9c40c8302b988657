"""What a move does to the call that is owed: its place, its words, and a slip taken back."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from intake.resources import static_folder
from intake.submissions.store import Promise
from tests.accounts.desk import Desk
from tests.review.made import Maker, named
from tests.review.test_acts import move, stored
from tests.review.test_queue import references, row
from tests.review.test_record import address, form_to
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.walker import answers

HOUR = dt.timedelta(hours=1)


@pytest.mark.both_databases
def test_a_call_that_is_owed_no_more_stands_below_all_others(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """A crisis that was reached stands below a new one, same-day calls and all that wait."""
    reached = maker.crisis(desk.now - 2 * HOUR)
    usual = maker.send(desk.now)
    flagged = maker.send(desk.now, given=answers(safety="thoughts"))
    crisis = maker.crisis(desk.now)
    assert move(at_desk, reached, "contacted") == 303
    page = at_desk.open("/staff/")
    assert references(page) == [each.reference for each in (crisis, flagged, usual, reached)]
    assert "Call now" in row(page, crisis.reference)
    words = row(page, reached.reference)
    assert "Call now" not in words and "Overdue" not in words and "Reached today" in words
    move(at_desk, flagged, "contacted")
    assert "Same day" not in row(at_desk.open("/staff/"), flagged.reference)


@pytest.mark.both_databases
def test_back_to_review_makes_the_call_owed_again(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """A slip taken back restores call and place, each with its event; a crisis is on top again."""
    window = maker.window(desk.now, desk.now + 5 * HOUR)
    flagged = maker.send(desk.now, given=answers(safety="thoughts"))
    crisis = maker.crisis(desk.now)
    for sent, status, urgency in ((window, "booked", 2), (flagged, "asap", 1), (crisis, "asap", 0)):
        for settled_by, settled in (("contacted", "reached"), ("scheduled", "rebooked")):
            assert move(at_desk, sent, settled_by) == 303
            done = stored(desk, sent)
            assert (done.callbacks[-1].status, done.urgency) == (settled, 3)
            assert move(at_desk, sent, "in_review") == 303
            again = stored(desk, sent)
            assert (again.callbacks[-1].status, again.urgency) == (status, urgency)
        moves = [json.loads(e.detail) for e in desk.events("callback.moved")][-4:]
        assert [each["to"] for each in moves] == ["reached", status, "rebooked", status]
    move(at_desk, crisis, "new")
    page = at_desk.open("/staff/")
    assert references(page)[0] == crisis.reference and "nobody has taken it yet" in everything(page)
    told = at_desk.open(address(crisis)).words
    assert "Reached the person." in told and "The call is owed again." in told


def everything(page: Page) -> str:
    """All words of a page, the banners above its main part too."""
    return " ".join(page.root.text_content().split())


def test_a_later_call_is_not_overdue(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Once a later call is agreed, the first one is owed no more and is not late."""
    sent = maker.send(desk.now - 30 * HOUR)
    move(at_desk, sent, "scheduled")
    for words in (row(at_desk.open("/staff/"), sent.reference), at_desk.open(address(sent)).words):
        assert "Later call agreed, see the notes" in words and "Overdue" not in words


def test_a_same_day_call_is_past_once_it_was_made(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """The words "Call today" stand only while the call is owed."""
    sent = maker.send(desk.now, given=answers(safety="thoughts"))
    assert "Call today" in at_desk.open(address(sent)).words
    move(at_desk, sent, "contacted")
    words = at_desk.open(address(sent)).words
    assert "Call today" not in words and "This was to be a call on the same day" in words
    assert "Reached today, 10:0" in words


def test_the_banner_counts_and_tells_the_time(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Two requests are "them", a due time that passed "was" due, and the page says when it is."""
    maker.crisis(desk.now)
    maker.crisis(desk.now - HOUR)
    words = everything(at_desk.open("/staff/"))
    assert "2 people asked" in words and "nobody has taken them yet" in words
    assert "was due" in words and "is due" in words
    assert "As of 10:01 am" in words


@pytest.mark.parametrize(
    ("state", "clocks"),
    [
        ("fl", "Not asked. 10:01 am Eastern or 9:01 am Central"),
        ("nj", "Not asked. 10:01 am Eastern"),
    ],
)
def test_what_a_crisis_request_did_not_ask_is_not_claimed(
    desk: Desk, maker: Maker, at_desk: Visitor, state: str, clocks: str
) -> None:
    """No birth date, zone or language was asked: the page says so, and how to begin."""
    given = {"state": state, "age_band": "30_44", "reason": ("depression",), "safety": "now"}
    sent = maker.send(
        desk.now,
        named("Mary O'Brien", birth_date=None, email=None),
        Promise("urgent", due_at=desk.now + HOUR),
        given=given,
    )
    at_desk.submit(form_to(at_desk.open(address(sent)), "/contact"))
    assert at_desk.page is not None
    words = at_desk.page.words
    assert "Ask for the birth date first" not in words
    assert "Ask for the person by name. Ask first if they are safe now." in words
    shown = {
        each.findtext("dt"): each.findtext("dd") for each in at_desk.page.main.xpath(".//dl/div")
    }
    assert shown["Their clock now"] == clocks
    assert shown["Language"] == shown["Birth date"] == "Not asked"


def test_a_reference_is_opened_as_it_is_said(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Small letters, a missing dash or a space lead to the record."""
    sent = maker.send(desk.now)
    plain = sent.reference.replace("-", "")
    for said in (sent.reference, plain.lower(), f" {plain[:3]} {plain[3:]} "):
        form = form_to(at_desk.open("/staff/"), "/search")
        answer = at_desk.submit(form, term=said)
        assert (answer.status_code, answer.headers["Location"]) == (303, address(sent))


def test_a_reference_that_nobody_has_is_said(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """The search says what to do, with what was typed still there; nothing is opened."""
    maker.send(desk.now)
    for said in ("BBB-2222", "", "<b>", "K" * 300):
        at_desk.submit(form_to(at_desk.open("/staff/"), "/search"), term=said)
        page = at_desk.page
        assert page is not None and page.address == "/staff/search"
        assert form_to(page, "/search").values["term"] == [said]
    assert desk.events("submission.opened") == []


def test_a_printed_record_has_no_forms(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Every form of a record stands in what print leaves out; tables are not cut."""
    page = at_desk.open(address(maker.send(desk.now)))
    forms = page.main.xpath(".//form")
    assert forms and all(
        form.xpath("ancestor-or-self::*[contains(concat(' ', @class, ' '), ' act ')]")
        for form in forms
    )
    printed = (static_folder() / "staff.css").read_text().split("@media print")[1]
    assert ".act { display: none; }" in printed and "overflow: visible" in printed
