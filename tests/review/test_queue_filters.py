"""The filters of the queue in its address, and the views that keep them."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from intake.accounts import store as people
from intake.submissions import saved_views
from intake.submissions.models import SavedView, Submission
from tests.accounts.desk import Desk, Member
from tests.review.made import Maker
from tests.review.test_queue import references
from tests.support.client import Visitor
from tests.support.page import Form, Page
from tests.support.walker import answers


def form_at(page: Page, end: str) -> Form:
    """The form of a page whose address ends so, parameters aside."""
    return next(each for each in page.forms() if urlsplit(each.action).path.endswith(end))


def links(page: Page, words: str) -> list[str]:
    """The addresses of the links that say ``words``."""
    return [str(each) for each in page.main.xpath(f".//a[normalize-space()='{words}']/@href")]


def test_filters_combine_with_any_list_and_are_cleared(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member
) -> None:
    """State, outcome, status and owner narrow a list, are said above it, and go by one link."""
    mine, _ = maker.send(desk.now), maker.send(desk.now)
    flagged = maker.send(desk.now, given=answers(state="nj", safety="thoughts"))
    mine.owner_id, mine.status = nurse.id, "in_review"
    desk.session.commit()
    assert references(at_desk.open("/staff/?state=nj")) == [flagged.reference]
    assert references(at_desk.open("/staff/?outcome=talk_first")) == [flagged.reference]
    assert references(at_desk.open("/staff/?status=in_review")) == [mine.reference]
    assert len(references(at_desk.open("/staff/?owner=nobody"))) == 2
    page = at_desk.open(f"/staff/?show=overdue&owner={nurse.id}")
    assert "Nothing fits these filters." in page.words
    assert links(page, "Clear filters")[0] == "/staff/?show=overdue"
    page = at_desk.open(f"/staff/?owner={nurse.id}&status=in_review")
    assert references(page) == [mine.reference]
    assert "Filtered by Status: In review, Owner: Ana Beltrán" in page.words
    assert "1 here." in page.words and "All (3)" in page.words
    assert links(page, "Clear filters") == ["/staff/"]


def test_what_no_list_offers_is_left_out_and_said(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """An unknown value changes nothing, is never repeated, and the page says what it left out."""
    maker.send(desk.now)
    for field in ("state", "outcome", "status", "owner"):
        page = at_desk.open(f"/staff/?{field}=zz%22%3E%3Cb%3E")
        assert len(references(page)) == 1 and "zz" not in page.words
        assert f"{field} that is not known here." in page.words
    page = at_desk.open("/staff/?show=mine&owner=nobody")
    assert "This list is not filtered by owner." in page.words


def test_pages_keep_the_filters(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Next and Previous, and the link that ticks all boxes, stay within list and filters."""
    for _ in range(30):
        maker.send(desk.now)
    page = at_desk.open("/staff/?show=unassigned&state=fl")
    (following,) = page.root.xpath("//a[@rel='next']/@href")
    asked = parse_qs(urlsplit(following).query)
    assert asked.keys() == {"show", "state", "after"}
    page = at_desk.open(following)
    assert len(references(page)) == 5
    page = at_desk.open(links(page, "Select all on this page")[0].partition("#")[0])
    assert len(page.main.xpath(".//input[@name='chosen'][@checked]")) == 5


def test_safety_due_today_and_overdue_hold_what_they_say(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """The lists by time go by the day of the practice; Safety keeps a flag until it is cleared."""
    now = desk.now
    overdue = maker.window(now.replace(hour=8), now.replace(hour=10))
    today = maker.window(now, now.replace(hour=20))
    maker.window(now, now.replace(day=25))
    flagged = maker.window(now, now.replace(day=26), given=answers(safety="thoughts"))
    stored = desk.session.get_one(Submission, flagged.id)
    stored.due_at = now.replace(day=25)
    desk.session.commit()
    assert references(at_desk.open("/staff/?show=overdue")) == [overdue.reference]
    due = references(at_desk.open("/staff/?show=due_today"))
    assert due == [overdue.reference, today.reference]
    assert references(at_desk.open("/staff/?show=safety")) == [flagged.reference]
    desk.session.rollback()
    desk.session.get_one(Submission, flagged.id).flag_cleared_at = now
    desk.session.commit()
    page = at_desk.open("/staff/?show=safety")
    assert references(page) == [] and "No open submission has a safety flag." in page.words


@pytest.mark.both_databases
def test_a_view_is_saved_opened_shared_and_dropped(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor, nurse: Member
) -> None:
    """A saved view is one's own unless it is shared; only its owner drops it; both are events."""
    maker.send(desk.now)
    page = at_desk.open("/staff/?show=unassigned&state=fl")
    at_desk.submit(form_at(page, "/staff/views"), name="Florida, free")
    page = at_desk.follow()
    assert "The view “Florida, free” is saved." in page.words
    assert links(page, "Florida, free") == ["/staff/?show=unassigned&state=fl"]
    assert links(clinic.open("/staff/"), "Florida, free") == []
    page = at_desk.open("/staff/?show=overdue")
    at_desk.submit(form_at(page, "/staff/views"), name="Late ones", shared="1")
    page = clinic.open("/staff/")
    assert links(page, "Late ones") == ["/staff/?show=overdue"]
    (shared,) = [each for each in desk.session.scalars(select(SavedView)) if each.shared]
    desk.session.rollback()
    assert f"/staff/views/{shared.id}/drop" not in page.text
    clinic.post(
        f"/staff/views/{shared.id}/drop",
        {"csrf_token": page.forms()[0].values["csrf_token"][0]},
    )
    assert clinic.response is not None and clinic.response.status_code == 404
    page = at_desk.open("/staff/")
    at_desk.submit(form_at(page, f"/staff/views/{shared.id}/drop"))
    assert "The view “Late ones” is dropped." in at_desk.follow().words
    assert links(clinic.open("/staff/"), "Late ones") == []
    told = [(each.name, json.loads(each.detail)) for each in desk.events()]
    assert [each for each in told if each[0].startswith("view.")] == [
        ("view.saved", {"shared": False}),
        ("view.saved", {"shared": True}),
        ("view.dropped", {"shared": True}),
    ]
    assert all(each.subject == nurse.id for each in desk.events("view.saved"))


def test_a_name_is_plain_short_and_one_s_only_one(desk: Desk, at_desk: Visitor) -> None:
    """A name that is missing, long, hidden or taken is refused, and what was typed comes back."""
    page = at_desk.open("/staff/")
    for name in ("", "x" * 61, "a\u202eb"):
        at_desk.submit(form_at(page, "/staff/views"), name=name)
        assert at_desk.response is not None and at_desk.response.status_code == 422
        assert at_desk.page is not None and at_desk.page.title.startswith("Error: ")
    at_desk.open("/staff/")
    for _ in range(2):
        assert at_desk.page is not None
        at_desk.submit(form_at(at_desk.page, "/staff/views"), name="Mornings")
        page = at_desk.follow()
    assert "You have a view of this name." in page.words and 'value="Mornings"' in page.text
    assert len(desk.events("view.saved")) == 1


def test_views_have_a_limit(desk: Desk, at_desk: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the limit the page asks to drop one first."""
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 1)
    for name in ("One", "Two"):
        page = at_desk.open("/staff/")
        at_desk.submit(form_at(page, "/staff/views"), name=name)
        page = at_desk.follow()
    assert "Drop one first." in page.words


@pytest.mark.both_databases
def test_a_shared_view_of_somebody_who_left_can_be_dropped_by_anybody(
    desk: Desk, at_desk: Visitor, clinic: Visitor, doctor: Member
) -> None:
    """Nothing that one person shared stays for ever because they are gone."""
    page = clinic.open("/staff/?state=nj")
    clinic.submit(form_at(page, "/staff/views"), name="Jersey", shared="1")
    people.get(desk.session, doctor.id).disabled_at = desk.now
    desk.session.commit()
    page = at_desk.open("/staff/")
    assert "Jersey, shown to everybody, by Benjamin Soffer" in page.words
    at_desk.submit(form_at(page, "/drop"))
    assert links(at_desk.follow(), "Jersey") == []
