"""The audit page: every event in words, found by who, what, about and day, page by page."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import random
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from intake import audit
from intake.audit import Actor, Event, reading
from intake.audit.reading import Wanted
from intake.cli import commands
from intake.cli.prepare import House
from intake.oversight import event_details, event_words
from intake.oversight.event_details import Reader
from tests.accounts.desk import CHEAP, Desk
from tests.review.made import MARY, Maker
from tests.support.client import Visitor
from tests.support.walker import SAFE, begin, check_and_send

NOW = dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC)


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    """The staff of a house whose passwords are cheap."""
    app.extensions["passwords"] = CHEAP
    return Desk(app, session)


def shown(browser: Visitor, address: str = "/staff/audit") -> str:
    """The words of the page at ``address``."""
    assert browser.get(address).status_code == 200
    assert browser.page is not None
    return browser.page.words


def filtered(browser: Visitor, **chosen: str) -> str:
    """The words of the page after the filters were sent."""
    browser.open("/staff/audit")
    answer = filter_form(browser, **chosen)
    assert answer == 303, browser.page.words if browser.page else answer
    return browser.follow().words


def filter_form(browser: Visitor, **chosen: str) -> int:
    """Send the filters of the page that the browser shows; gives the status."""
    assert browser.page is not None
    form = next(form for form in browser.page.forms() if form.action == "/staff/audit")
    return browser.submit(form, **chosen).status_code


@pytest.mark.both_databases
def test_acts_of_patients_staff_and_the_command_line_are_shown(
    desk: Desk, app: Flask, house: House
) -> None:
    """One act of each is found, with who, what, about and from where; patients' address is not."""
    visitor = Visitor(app)
    begin(visitor)
    check_and_send(visitor, SAFE)
    clinician = desk.signed_in("clinician")
    [sent] = desk.events("submission.sent")
    desk.session.rollback()
    clinician.open(f"/staff/submissions/{sent.subject}")
    environ = {
        "INTAKE_INSTANCE": str(house.settings.instance),
        "INTAKE_DATABASE_URL": house.settings.database_url,
    }
    CliRunner().invoke(commands, ["staff", "list"], env=environ, catch_exceptions=False)
    words = shown(clinician)
    for expected in (
        "A visitor Check sent",
        "Robin Reyes Opened a record",
        "Command line Looked at the team",
        "127.0.0.1",
    ):
        assert expected in words, words
    assert clinician.page is not None
    links = [each.get("href") for each in clinician.page.main.iter("a")]
    assert f"/staff/submissions/{sent.subject}" in links
    assert all((event.network is None) == (event.actor_kind != "staff") for event in desk.events())


def test_every_event_has_words_and_one_group() -> None:
    """Whatever is recorded is called something, and found by one group."""
    names = [name for group in event_words.WORDS.values() for name in group]
    assert sorted(names) == sorted(audit.EVENTS)
    assert set(event_words.WORDS) == set(event_words.GROUPS)
    assert len(set(event_words.ALL.values())) == len(names)
    assert set(event_details.TELLERS) <= set(audit.EVENTS)


def test_details_show_nothing_that_is_not_allowed() -> None:
    """Free text, wrong types and broken JSON in an event never reach the page, nor stop it."""
    reader = Reader({"sABCDE": "Kim Cole"}, opens=True)
    for name, keys in audit.EVENTS.items():
        for value in ("Mary O'Brien", ["Mary"], {"Mary": "Mary"}, None, 10**30, True):
            detail = json.dumps(dict.fromkeys(keys, value))
            told = event_details.told(name, detail, reader)
            assert "Mary" not in told.words, name
            assert told.references == ()
    for broken in ("", "{", "[]", "7", "null", '"Mary"'):
        for name in audit.EVENTS:
            assert "Mary" not in event_details.told(name, broken, reader).words


@pytest.mark.parametrize(
    ("name", "detail", "expected"),
    [
        ("submission.moved", {"from": "new", "to": "in_review", "reason": None}, "New → In review"),
        (
            "submission.moved",
            {"from": "new", "to": "closed", "reason": "declined"},
            "New → Closed: The person declined",
        ),
        ("submission.assigned", {"owner": "sABCDE"}, "To Kim Cole"),
        ("submission.assigned", {"owner": None}, "To nobody"),
        ("submission.sent", {"definition_version": 3, "outcome": "not_now"}, "Version 3"),
        (
            "submission.searched",
            {"field": "phone", "references": ["BCD-2345"]},
            "By phone; 1 record",
        ),
        ("queue.listed", {"references": ["BCD-2345", "BCD-2346"]}, "2 records"),
        ("alert.climbed", {"kind": "crisis", "level": 2}, "Crisis page, to the physician"),
        ("staff.roles_changed", {"from": "intake", "to": "admin intake"}, "intake → admin, intake"),
        ("staff.sign_in_failed", {"step": "passkey_count"}, "Passkey; it may be a copy"),
        ("audit.verified", {"sequence": 1234, "whole": True}, "1,234 events, unbroken"),
        ("audit.verified", {"sequence": 7, "whole": False}, "Broken at event 7"),
        ("access.refused", {"endpoint": "review.export"}, "review.export"),
        (
            "export.begun",
            {
                "form": "identified",
                "format": "csv",
                "from": "2026-11-01",
                "to": None,
                "outcome": "not_now",
                "state": None,
                "rows": 1200,
            },
            "Identified, with contact details; from 2026-11-01; 1,200 rows",
        ),
    ],
)
def test_details_in_words(name: str, detail: dict[str, object], expected: str) -> None:
    """Numbers, statuses and versions, as people say them."""
    reader = Reader({"sABCDE": "Kim Cole"}, opens=True)
    assert event_details.told(name, json.dumps(detail), reader).words == expected


def test_who_may_not_open_a_record_reads_nothing_of_its_answers() -> None:
    """Kinds of alerts and reasons of closings are left out for an administrator."""
    reader = Reader({}, opens=False)
    told = {
        "alert.opened": {"kind": "crisis"},
        "alert.closed": {"kind": "crisis", "reason": "reached_safe"},
        "submission.closed_by_rule": {"reason": "under_age"},
    }
    for name, detail in told.items():
        assert event_details.told(name, json.dumps(detail), reader).words == ""
    moved = {"from": "new", "to": "closed", "reason": "not_suitable"}
    assert event_details.told("submission.moved", json.dumps(moved), reader).words == "New → Closed"


# --- filters --------------------------------------------------------------------------------


def fill(house: House, number: int, seed: int = 5) -> None:
    """So many events at random, whose times run out of their order."""
    chance = random.Random(seed)
    with Session(house.engine) as session:
        for step in range(number):
            wobble = dt.timedelta(minutes=chance.randrange(150))
            staff = chance.choice([Actor("staff", "sABCDE", "192.0.2.7"), Actor("staff", "sBCDEF")])
            actor = chance.choice([staff, audit.VISITOR, audit.CLOCK, audit.OPERATOR])
            audit.record(
                session,
                house.keys,
                chance.choice(["submission.opened", "team.listed", "note.kept", "account.read"]),
                actor,
                NOW + step * dt.timedelta(hours=1) + wobble,
                subject=chance.choice([None, "BCD-2345", "BCD-2346", "sABCDE"]),
            )
        session.commit()


def fits(event: Event, wanted: Wanted) -> bool:
    """The naive model: whether an event is wanted."""
    return (
        (not wanted.names or event.name in wanted.names)
        and wanted.actor_kind in (None, event.actor_kind)
        and wanted.actor_id in (None, event.actor_id)
        and wanted.subject in (None, event.subject)
        and (wanted.since is None or event.at >= wanted.since)
        and (wanted.until is None or event.at < wanted.until)
    )


def some_wanted(chance: random.Random) -> Wanted:
    """Filters at random, several at once."""
    reads = ("submission.opened", "account.read", "team.listed")
    first = NOW + dt.timedelta(hours=chance.randrange(120))
    days = {"since": first, "until": first + dt.timedelta(hours=chance.randrange(1, 80))}
    every = {
        "names": chance.choice([reads, reads[:1], ("note.kept", "account.read")]),
        "subject": chance.choice(["BCD-2345", "sABCDE", "BCD-9999"]),
        **chance.choice([{"actor_kind": "visitor"}, {"actor_id": "sABCDE"}]),
        **days,
    }
    chosen = {name: value for name, value in every.items() if chance.random() < 0.4}
    return Wanted(**chosen)  # type: ignore[arg-type]  # drawn by name


def walked(session: Session, wanted: Wanted, size: int) -> Iterator[int]:
    """The sequences of every page, older and older, then all the way back."""
    place: int | None = None
    while True:
        page = reading._page(session, wanted, place, None, size)
        yield from (event.sequence for event in page.rows)
        if page.older is None:
            return
        place = page.older


@pytest.mark.both_databases
@pytest.mark.parametrize("window", [7, 5000])
def test_filters_find_what_a_naive_search_finds(
    house: House, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    """Any filters together, over pages and windows of any size: all that fit, once, in order."""
    fill(house, 120)
    monkeypatch.setattr(reading, "WINDOW", window)
    chance = random.Random(11)
    with Session(house.engine) as session:
        everything = list(reading.each(session, Wanted(), 100_000))
        assert [event.sequence for event in everything] == list(
            range(reading.length(session), 0, -1)
        )
        for _ in range(40):
            wanted = some_wanted(chance)
            expected = [event.sequence for event in everything if fits(event, wanted)]
            assert list(walked(session, wanted, chance.choice([4, 50]))) == expected, wanted
            exported = reading.each(session, wanted, 100_000)
            assert [event.sequence for event in exported] == expected


@pytest.mark.both_databases
def test_pages_have_no_gap_and_no_double_while_events_are_added(house: House) -> None:
    """Older and older, and back again, while each step adds events on top."""
    fill(house, 120)
    wanted, seen, place = Wanted(names=("submission.opened", "team.listed")), [], None
    with Session(house.engine) as session:
        top = reading.length(session)
        standing = [e.sequence for e in reading.each(session, Wanted(), 500) if fits(e, wanted)]
        session.rollback()
    while True:
        with Session(house.engine, expire_on_commit=False) as session:
            page = reading.page(session, house.keys, audit.OPERATOR, NOW, wanted, before=place)
            session.commit()
        fill(house, 3, seed=place or 1)
        seen += [event.sequence for event in page.rows]
        if page.older is None:
            break
        place = page.older
    assert seen == standing
    with Session(house.engine) as session:
        first, back = seen[-1], []
        while first < top:
            page = reading._page(session, wanted, None, first, 7)
            if page.newer is None:
                break
            back += [event.sequence for event in reversed(page.rows)]
            first = page.newer
    assert [each for each in back if each <= top] == standing[-2::-1][: len(back)]


def test_filters_are_read_from_one_index(house: House) -> None:
    """SQLite finds the way of each filter by its own index, in the order of the chain."""
    fill(house, 5)
    leads = {
        "ix_event_subject_sequence": Wanted(subject="BCD-2345", names=("team.listed",)),
        "ix_event_actor_id_sequence": Wanted(actor_id="sABCDE", since=NOW),
        "ix_event_name_sequence": Wanted(names=("team.listed", "account.read"), since=NOW),
        "ix_event_actor_kind_sequence": Wanted(actor_kind="clock", names=("team.listed",) * 2),
    }
    with Session(house.engine) as session:
        for index, wanted in leads.items():
            leading, _ = reading._leading(wanted)
            bounds = [*reading._days(session, wanted), *reading._beyond(9, backwards=False)]
            window = reading._window(leading, bounds, 50, backwards=False)
            compiled = window.element.compile(session.bind, compile_kwargs={"literal_binds": True})
            plan = session.execute(text(f"EXPLAIN QUERY PLAN {compiled}")).all()
            told = "\n".join(str(row[3]) for row in plan)
            assert index in told and "SCAN event" not in told, told


def test_a_filter_leads_to_an_address_without_what_was_typed_by_mistake(desk: Desk) -> None:
    """A name in a field for a reference is refused, kept in the form, and stands in no address."""
    browser = desk.signed_in("clinician")
    browser.open("/staff/audit")
    assert filter_form(browser, reference="Mary O'Brien") == 422
    assert browser.page is not None
    assert "Enter a reference such as" in browser.page.words
    assert "Mary O&#39;Brien" in browser.page.text
    browser.open("/staff/audit")
    assert filter_form(browser, start="2026-11-23", end="2026-11-22") == 422
    words = shown(browser, "/staff/audit?who=Mary&what=x&about=Mary&start=1&end=2026-99-99")
    assert "It was left out" in words and "Mary" not in words


def test_each_filter_is_said_and_can_be_cleared(desk: Desk) -> None:
    """The page says by what it is filtered, shows only that, and leads back."""
    browser = desk.signed_in("clinician")
    words = filtered(browser, what="staff.signed_in", start="2026-11-23", end="2026-11-23")
    assert "Filtered by What: Signed in, From: 2026-11-23, To: 2026-11-23" in words
    assert browser.page is not None
    rows = browser.page.root.xpath("//tbody/tr/th")
    assert [row.text_content() for row in rows] == ["Signed in"]
    assert "/staff/audit" in browser.page.links()
    assert "Filtered" not in shown(browser)
    assert "No event fits" in filtered(browser, who="visitor", reference="bcd 2345")


def test_looking_further_back_is_offered_honestly(
    desk: Desk, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a window held nothing, the page says how many it looked at, and leads on."""
    fill(house, 100)
    monkeypatch.setattr(reading, "WINDOW", 30)
    browser = desk.signed_in("clinician")
    words = filtered(browser, who="operator", what="staff.enrolled")
    assert "No event fits" not in words or "Look further back" in words
    words = filtered(browser, who="visitor", what="rules")
    while "Look further back" in words:
        assert "among 30 events that were looked at" in words
        assert browser.page is not None
        [link] = browser.page.root.xpath("//a[@rel='next']/@href")
        words = shown(browser, link)
    assert "No event fits" in words


# --- the reading itself, and the chain ---------------------------------------------------------


def test_a_reading_is_on_record_before_it_is_shown(desk: Desk) -> None:
    """With how many events were shown, from where."""
    browser = desk.signed_in("admin")
    words = shown(browser)
    assert browser.page is not None
    rows = len(browser.page.root.xpath("//tbody/tr"))
    [event] = desk.events("audit.read")
    assert json.loads(event.detail) == {"events": rows}
    assert event.network == "127.0.0.1" and event.actor_kind == "staff"
    assert "Looked at the audit" not in words.partition("Events, the newest first")[2]


def test_no_persons_data_is_on_the_page(desk: Desk, house: House) -> None:
    """Neither a name nor a number, an answer or an outcome of a record."""
    with Session(house.engine, expire_on_commit=False) as session:
        sent = Maker(session, house.keys).crisis(desk.now)
    for role in ("clinician", "admin"):
        browser = desk.signed_in(role)
        words = shown(browser)
        assert sent.reference in words
        assert browser.page is not None
        [table] = browser.page.root.xpath("//main//table")
        for told in (MARY.name, "5550142", str(MARY.email), "depression"):
            assert told not in browser.page.text
        assert ("Crisis page" in table.text_content()) is (role == "clinician")
        linked = any("/staff/submissions/" in link for link in table.xpath(".//a/@href"))
        assert linked is (role == "clinician")


def check(browser: Visitor) -> int:
    """Press "Check the chain"; gives the status."""
    browser.open("/staff/audit")
    assert browser.page is not None
    form = next(form for form in browser.page.forms() if form.action == "/staff/audit/check")
    return browser.submit(form).status_code


@pytest.mark.both_databases
def test_the_chain_is_checked_and_the_result_shown(desk: Desk) -> None:
    """By whom, when, and how many events; before that, that nobody checked."""
    browser = desk.signed_in("admin")
    assert "The chain was not checked yet." in shown(browser)
    before = len(desk.events())
    desk.session.rollback()
    assert check(browser) == 303
    # Opening the page for the form was one event more.
    words = browser.follow().words
    assert f"Checked today, 10:01 am Eastern, by Robin Reyes: {before + 1} events" in words
    assert "unbroken." in words


@pytest.mark.both_databases
def test_a_broken_chain_is_an_alarm(desk: Desk, house: House) -> None:
    """With what was done and where; the page says so from then on."""
    browser = desk.signed_in("admin")
    with house.engine.begin() as connection:
        suffix = "" if connection.dialect.name == "sqlite" else " ON event"
        connection.execute(text(f"DROP TRIGGER event_no_update{suffix}"))
        connection.execute(text("UPDATE event SET subject = 'QQQ-2222' WHERE sequence = 2"))
    assert check(browser) == 409
    assert browser.page is not None
    assert "The chain of events is broken at event 2 (changed)" in browser.page.words
    words = shown(browser)
    assert "The chain of events is broken at event 2" in words and "Check the chain again" in words
    assert json.loads(desk.events("audit.verified")[0].detail) == {"sequence": 2, "whole": False}


def test_a_long_chain_is_for_the_command_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says which command checks it, and a request for it checks nothing."""
    browser = desk.signed_in("admin")
    browser.open("/staff/audit")
    assert browser.page is not None
    form = next(form for form in browser.page.forms() if form.action == "/staff/audit/check")
    monkeypatch.setattr("intake.oversight.views.audit.MOST_CHECKED", 3)
    assert browser.submit(form).status_code == 303
    assert "Run intake audit verify on the server" in browser.follow().words
    assert desk.events("audit.verified") == []


def test_what_the_filters_show_is_exported_harmlessly(desk: Desk) -> None:
    """As CSV, recorded with its length before it leaves; a name that is a formula is none."""
    browser = desk.sign_in(desk.member("clinician", name="=cmd Cole"))
    browser.open("/staff/audit/export?what=sign_in")
    assert browser.page is not None
    form = next(form for form in browser.page.forms() if "export" in form.action)
    response = browser.submit(form)
    assert response.status_code == 200 and response.mimetype == "text/csv"
    lines = list(csv.DictReader(io.StringIO(response.get_data(as_text=True).lstrip("\ufeff"))))
    names = {line["event"] for line in lines}
    assert "staff.signed_in" in names and names <= set(event_words.WORDS["sign_in"])
    assert {line["who"] for line in lines} <= {"Command line", "'=cmd Cole", "A visitor"}
    assert "'=cmd Cole" in {line["about"] for line in lines}
    [event] = desk.events("audit.exported")
    assert json.loads(event.detail) == {"rows": len(lines)}


def test_an_export_asks_for_password_and_code_again(desk: Desk) -> None:
    """Ten minutes after sign-in it leads to the confirmation first, and nothing is exported."""
    browser = desk.signed_in("admin")
    desk.clock.forward(minutes=11)
    assert browser.get("/staff/audit/export").status_code == 303
    assert browser.response is not None
    assert browser.response.headers["Location"].startswith("/staff/confirm")
    assert desk.events("audit.exported") == []
