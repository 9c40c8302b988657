"""The dashboard says what the records and the figures say, and no more than its reader may see."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.counters import NO_ARTICLE, store
from intake.oversight import dashboard
from intake.submissions.models import Callback, Submission
from tests.accounts.desk import CHEAP, Desk
from tests.conftest import Clock
from tests.review.made import CRISIS, Maker
from tests.support.page import Page
from tests.support.walker import answers

HERE = ZoneInfo("America/New_York")
NOW = dt.datetime(2026, 11, 23, 15, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
GIVEN = (
    answers(),
    answers(trials="1"),
    answers(pregnancy="pregnant"),
    answers(safety="thoughts"),
    CRISIS,
)
SETTLED = ("reached", "left_message", "no_answer", "rebooked", "cancelled", "missed")


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    """The desk of ``app``, with a cheap password hasher."""
    app.extensions["passwords"] = CHEAP
    return Desk(app, session)


@pytest.fixture
def maker(desk: Desk) -> Maker:
    """Stores submissions."""
    return Maker(desk.session, desk.keys)


def crowd(maker: Maker, lot: random.Random, most: int) -> None:
    """Submissions of every kind over the last hundred days, their calls settled in all ways."""
    for _ in range(most):
        sent_at = NOW - dt.timedelta(minutes=lot.randrange(1, 100 * 24 * 60))
        given = lot.choice(GIVEN)
        if given is CRISIS:
            made = maker.crisis(sent_at)
        else:
            contact = {} if lot.random() < 0.7 else {"contact": None}
            made = maker.send(sent_at, given=given, **contact)
        for call in made.callbacks:
            if lot.random() < 0.7:
                call.status = lot.choice(SETTLED)
                call.settled_at = call.created_at + dt.timedelta(minutes=lot.randrange(0, 400))
        if lot.random() < 0.3:
            made.status, made.closed_at = "closed", sent_at + dt.timedelta(days=1)
            made.closed_reason = "declined" if made.contact_at else "no_contact"
        elif made.priority and lot.random() < 0.3:
            made.flag_cleared_at = NOW
        maker.session.commit()


def built(app: Flask, session: Session, days: int, *, hides: bool = False) -> dashboard.Dashboard:
    """The dashboard of the last ``days``."""
    practice = app.extensions["practice"]
    definition = app.extensions["rulebook"].versions[1]
    period = dashboard.period_of(str(days), practice, NOW)
    found = dashboard.build(session, practice, definition, period, hides_outcomes=hides)
    session.rollback()
    return found


def flagged(one: Submission) -> bool:
    """Whether a submission has a safety flag that nobody has cleared."""
    return one.outcome == "crisis" or (one.priority and one.flag_cleared_at is None)


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(3))
def test_numbers_equal_a_count_by_hand(
    app: Flask, maker: Maker, session: Session, seed: int
) -> None:
    """Over random submissions each number is what going through all rows one by one gives."""
    crowd(maker, random.Random(seed), 60)
    session.expire_all()
    everyone = list(session.scalars(select(Submission)))
    calls = list(session.scalars(select(Callback)))
    for days in dashboard.PERIODS:
        first = TODAY - dt.timedelta(days=days - 1)
        since = dt.datetime.combine(first, dt.time(), HERE)
        found = built(app, session, days)
        queue = [one for one in everyone if one.status != "closed" and one.contact_at]
        waits = [(one.contact_at, one.id, one.reference) for one in queue if one.urgency < 3]
        sent = Counter(one.outcome for one in everyone if one.submitted_at >= since)
        due = [c for c in calls if since <= c.due_at < NOW and c.status != "cancelled"]
        kept = [
            c for c in due if c.settled_at and c.settled_at <= c.due_at and c.status != "missed"
        ]
        left = [one for one in everyone if not one.contact_at and one.submitted_at >= since]
        assert found.now == (len(queue), sum(map(flagged, queue)))
        assert found.oldest and found.oldest.reference == min(waits)[2]
        assert found.calls == (len(due), len(kept))
        assert sum(week.calls.due for week in found.weeks) == len(due)
        assert sum(week.calls.on_time for week in found.weeks) == len(kept)
        assert {each.code: each.number for each in found.outcomes if each.number} == dict(sent)
        assert found.sent == sum(sent.values())
        assert found.without_contact == sum(map(flagged, left))


def figure(page: Page, label: str) -> str:
    """The words of one of the six numbers."""
    found = page.main.xpath(f".//dl/div[dt[normalize-space()='{label}']]/dd")
    return " ".join(found[0].text_content().split())


def rows_of(page: Page, caption: str) -> dict[str, list[str]]:
    """The rows of a table as words, by their heading."""
    rows = page.main.xpath(f".//table[caption[@id='{caption}']]/tbody/tr")
    return {
        " ".join(row[0].text_content().split()): [
            " ".join(cell.text_content().split()) for cell in row[1:]
        ]
        for row in rows
    }


def test_an_empty_practice(desk: Desk) -> None:
    """Without a submission and without a figure every number still says what is so."""
    page = desk.signed_in("intake").open("/staff/dashboard")
    assert figure(page, "Waiting").startswith("0 ")
    assert figure(page, "Longest wait for a call") == "– nobody waits for a call"
    assert figure(page, "Calls on time") == "– no call was due in 30 days"
    assert figure(page, "Safety flags open").startswith("0 ")
    assert figure(page, "Checks sent").startswith("0 ")
    assert figure(page, "Largest drop-off") == "– too few to tell"
    assert "Nothing was counted in these days." in page.words


@pytest.mark.parametrize("role", ["intake", "clinician"])
def test_each_number_leads_to_the_list_behind_it(desk: Desk, maker: Maker, role: str) -> None:
    """Queue, record, overdue calls, safety flags, records without a contact, and outcomes."""
    waiting = maker.send(desk.now - dt.timedelta(hours=2))
    page = desk.signed_in(role).open("/staff/dashboard")
    links = [str(each) for each in page.main.xpath(".//a/@href")]
    assert {
        "/staff/",
        f"/staff/submissions/{waiting.reference}",
        "/staff/?show=safety",
        "/staff/?show=no_contact",
        "/staff/?outcome=may_fit",
        "#outcomes",
        "#questions",
    } <= set(links)
    assert "2 h" in figure(page, "Longest wait for a call")


def test_overdue_calls_are_led_to(desk: Desk, maker: Maker) -> None:
    """A call that is owed and past its time is late, and the number leads to such calls."""
    maker.send(desk.now - dt.timedelta(days=1))
    page = desk.signed_in("intake").open("/staff/dashboard")
    assert figure(page, "Calls on time").startswith("0 % 0 of 1 that were due")
    assert "/staff/?show=overdue" in page.links()


def test_only_an_admin_finds_no_way_to_a_person(desk: Desk, maker: Maker) -> None:
    """No link to a list or a record, no reference, and no outcome that fewer than 11 had."""
    made = maker.send(desk.now - dt.timedelta(hours=2))
    page = desk.signed_in("admin").open("/staff/dashboard")
    links = [str(each) for each in page.main.xpath(".//a/@href")]
    assert all(each.startswith(("/staff/dashboard", "/staff/rules", "#")) for each in links)
    assert made.reference not in page.text
    assert figure(page, "Checks sent").startswith("not shown")
    assert {cells[0] for cells in rows_of(page, "outcomes-caption").values()} == {"not shown"}


@pytest.mark.parametrize("seed", range(4))
def test_an_admin_can_not_work_out_a_small_outcome(
    app: Flask, maker: Maker, session: Session, seed: int
) -> None:
    """Of the outcomes that an admin sees none is small, and a single one is never missing."""
    lot = random.Random(seed)
    for given in (GIVEN[0], GIVEN[1], GIVEN[2]):
        for _ in range(lot.choice((3, 12, 14))):
            maker.send(NOW - dt.timedelta(hours=lot.randrange(1, 90)), given=given)
    found = built(app, session, 30, hides=True)
    shown = [each.number for each in found.outcomes if each.number is not None]
    assert all(number >= 11 for number in shown)
    assert len(found.outcomes) - len(shown) != 1


def test_drop_off_by_question_and_by_article(desk: Desk, session: Session) -> None:
    """Shown, answered and left of each question; begun and sent of each article; none under 11."""
    store.add(
        session,
        {
            ("seen", "state", 1): 102,
            ("answered", "state", 1): 60,
            ("seen", "age_band", 1): 60,
            ("answered", "age_band", 1): 55,
            ("seen", "state", 7): 5000,
            ("started", NO_ARTICLE, 1): 200,
            ("sent_from", NO_ARTICLE, 1): 150,
            ("article_read", "ketamine-safety-at-home", 0): 300,
            ("started", "ketamine-safety-at-home", 1): 40,
            ("sent_from", "ketamine-safety-at-home", 1): 4,
            ("booked", "asap", 0): 12,
            ("booked", "call", 0): 10,
        },
        desk.now.astimezone(HERE).date(),
    )
    session.commit()
    page = desk.signed_in("admin").open("/staff/dashboard?days=7")
    questions = list(rows_of(page, "questions-caption").values())
    assert questions[0] == ["100", "60", "40", "40 %", ""]
    assert questions[1] == ["60", "not shown", "not shown", "not shown", ""]
    assert figure(page, "Largest drop-off").startswith("40 %")
    articles = rows_of(page, "articles-caption")
    assert ["300", "not shown", "not shown", "not shown", ""] in articles.values()
    assert articles["No article"][1:] in (
        ["200", "150", "25 %", ""],
        ["not shown", "not shown", "not shown", ""],
    )
    others = rows_of(page, "turns-caption")
    assert others["As soon as we can"] == ["12"]
    assert others["Would rather call us"] == ["fewer than 11"]


def test_no_shown_row_of_the_figures_tells_a_small_one(app: Flask, session: Session) -> None:
    """Whatever was counted: the parts of a row that is shown are 11 or more, to the nearest ten."""
    lot = random.Random(5)
    names = [each.id for each in app.extensions["rulebook"].versions[1].questions]
    numbers = {}
    for name in names:
        came = lot.choice((0, 5, 11, 21, 22, 40, 400))
        numbers["seen", name, 1] = came
        numbers["answered", name, 1] = lot.randint(0, came + 2)
    store.add(session, numbers, TODAY)
    session.commit()
    for step in built(app, session, 7).steps:
        if step.left is None or step.went_on is None or step.came is None:
            assert step.left is None and step.went_on is None
            assert step.came is None or step.came >= 10
        else:
            assert all(each >= 10 and each % 10 == 0 for each in (step.left, step.went_on))
            assert abs(step.came - step.left - step.went_on) <= 10


def test_reading_is_recorded_and_the_days_are_chosen(desk: Desk, clock: Clock) -> None:
    """Each look is an event; 7, 30 or 90 days; whatever else is asked for is 30."""
    browser = desk.signed_in("clinician")
    for asked, days in (("7", "7"), ("90", "90"), ("1", "30"), ("x", "30"), ("", "30")):
        page = browser.open(f"/staff/dashboard?days={asked}")
        current = page.main.xpath(".//nav//a[@aria-current]")
        assert [each.text_content() for each in current] == [f"{days} days"]
    assert len(desk.events("dashboard.read")) == 5
    assert "As of 10:01 am Eastern" in page.words
