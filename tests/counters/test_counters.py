"""Anonymous figures: what is counted, that batches add up, and that nothing tells of a person."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import threading
from collections.abc import Callable, Mapping

import pytest
from flask import Flask
from sqlalchemy import delete, event, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from intake import counters, db
from intake.articles import library
from intake.cli.prepare import House
from intake.counters import store, tally
from intake.counters.models import Count
from tests.accounts.desk import CHEAP, Desk
from tests.conftest import Clock
from tests.support.client import Visitor
from tests.support.walker import QUESTIONS, SAFE, answer, answers, begin, check_and_send, walk

TODAY = dt.date(2026, 11, 23)
Sums = Mapping[tuple[str, str, int], int]


@pytest.fixture
def figures(app: Flask, session: Session, clock: Clock) -> Callable[[], Sums]:
    """Writes what was counted, and gives today's numbers."""

    def read() -> Sums:
        counters.flush(app, clock())
        session.rollback()
        found = store.total(session, TODAY, TODAY)
        session.rollback()
        return found

    return read


def test_a_check_is_counted_step_by_step(client: Visitor, figures: Callable[[], Sums]) -> None:
    """Each question shown and answered once, the beginning, check answers, Send and its article."""
    slug = sorted(library.slugs())[0]
    client.open(f"/blog/{slug}")
    check_and_send(client, SAFE, source=slug)
    found = figures()
    expected = {("seen", each, 1): 1 for each in QUESTIONS}
    expected |= {("answered", each, 1): 1 for each in QUESTIONS}
    expected |= {
        ("article_read", slug, 0): 1,
        ("started", slug, 1): 1,
        ("check_seen", "check", 1): 1,
        ("sent", "may_fit", 1): 1,
        ("sent_from", slug, 1): 1,
    }
    assert found == expected


def test_another_answer_and_another_look_are_not_counted(
    client: Visitor, figures: Callable[[], Sums]
) -> None:
    """A question that is answered already counts neither as shown nor as answered again."""
    begin(client)
    answer(client, ("fl",))
    client.open("/eligibility/state")
    client.submit(answer=["nj"])
    found = figures()
    assert found["seen", "state", 1] == 1
    assert found["answered", "state", 1] == 1
    assert found["started", counters.NO_ARTICLE, 1] == 1


def test_only_an_answer_that_is_taken_is_counted(
    client: Visitor, figures: Callable[[], Sums]
) -> None:
    """A form without an answer counts nothing, and a page that was never asked for neither."""
    begin(client)
    client.submit(answer=[])
    client.head("/eligibility/state")
    assert figures() == {("seen", "state", 1): 1}


@pytest.mark.parametrize(
    ("given", "page"),
    [
        ({"safety": "now"}, "crisis"),
        ({"pregnancy": "pregnant"}, "stop"),
        ({"state": "other"}, "area"),
        ({"age_band": "under_18"}, "age"),
    ],
)
def test_each_ending_is_counted(
    client: Visitor, figures: Callable[[], Sums], given: dict[str, str], page: str
) -> None:
    """The pages that end or stop a check have a number each."""
    walk(client, answers(**given))
    assert {name: number for (kind, name, _), number in figures().items() if kind == "ended"} == {
        page: 1
    }


def test_bookings_are_counted_by_the_time_that_was_chosen(
    client: Visitor, figures: Callable[[], Sums]
) -> None:
    """Who would rather call is counted as that."""
    check_and_send(client, SAFE)
    client.open("/callback")
    client.submit(window="call")
    assert figures()["booked", "call", 0] == 1


def test_a_second_send_is_no_second_number(client: Visitor, figures: Callable[[], Sums]) -> None:
    """The same draft sent again counts once."""
    walk(client, SAFE)
    cookie, form = client.cookie(), client.page.form()  # type: ignore[union-attr]  # a page
    client.post(form.action, form.fill())
    assert cookie is not None
    client.set_cookie(cookie)
    client.post(form.action, form.fill())
    assert figures()["sent", "may_fit", 1] == 1


def test_a_check_that_staff_enter_is_not_counted(
    app: Flask, session: Session, figures: Callable[[], Sums]
) -> None:
    """What is entered for a caller adds nothing to the figures of visitors."""
    app.extensions["passwords"] = CHEAP
    staff = Desk(app, session).signed_in("intake")
    page = staff.open("/staff/check")
    form = next(each for each in page.forms() if each.action == "/staff/check")
    staff.submit(form)
    staff.follow()
    answer(staff, ("fl",))
    assert figures() == {}


def test_the_table_holds_words_of_ours_alone(
    client: Visitor, figures: Callable[[], Sums], session: Session
) -> None:
    """After whole journeys with chosen codes, no answer, address, id or typed word is in it."""
    hostile = "canary-from"
    begin(client, source=hostile)
    client.get("/eligibility/canary-question")
    client.get("/blog/canary-article")
    walk(client, answers(safety="thoughts", heart=["unstable"], medicines=["opioid"]), hostile)
    client.submit()
    other = Visitor(client.app)
    walk(other, answers(safety="not_sure"))
    figures()
    rows = session.execute(select(Count.kind, Count.name)).all()
    session.rollback()
    allowed = {
        *QUESTIONS,
        *library.slugs(),
        *("crisis", "stop", "area", "age", "check", "not_now", counters.NO_ARTICLE),
    }
    assert rows
    assert {row.name for row in rows} <= allowed
    assert {row.kind for row in rows} <= set(tally.Kind.__args__)  # type: ignore[attr-defined]  # Literal
    assert [column.name for column in Count.__table__.columns] == [
        *("day", "kind", "name", "version", "number")
    ]


def test_counting_runs_no_statement(client: Visitor, house: House, clock: Clock) -> None:
    """The question pages count, and the database hears of it only when a batch is written."""
    statements: list[str] = []
    event.listen(
        house.engine, "before_cursor_execute", lambda *args: statements.append(str(args[2]))
    )
    walk(client, SAFE)
    assert statements == []
    assert counters.flush(client.app, clock()) == 2 * len(QUESTIONS) + 2
    assert [each for each in statements if "BEGIN" not in each] == statements[-1:]


def test_a_batch_that_fails_is_written_the_next_time(
    app: Flask, session: Session, clock: Clock
) -> None:
    """A database that refuses loses nothing, and nothing counts twice afterwards."""
    counters.note(app, "seen", "state", 1)
    engine = app.extensions["engine"]
    app.extensions["engine"] = db.engine_for("sqlite:////nowhere/at/all.sqlite3")
    with pytest.raises((SQLAlchemyError, OSError)):
        counters.flush(app, clock())
    app.extensions["engine"] = engine
    counters.note(app, "seen", "state", 1)
    assert counters.flush(app, clock()) == 1
    assert counters.flush(app, clock()) == 0
    assert store.total(session, TODAY, TODAY) == {("seen", "state", 1): 2}
    session.rollback()


def test_numbers_stand_on_the_day_of_the_practice(app: Flask, session: Session) -> None:
    """Late in the evening in New York it is the next day in UTC, and still today here."""
    counters.note(app, "seen", "state", 1)
    counters.flush(app, dt.datetime(2026, 11, 24, 4, 59, tzinfo=dt.UTC))
    counters.note(app, "seen", "state", 1)
    counters.flush(app, dt.datetime(2026, 11, 24, 5, 0, tzinfo=dt.UTC))
    days = session.execute(select(Count.day, Count.number).order_by(Count.day)).all()
    session.rollback()
    assert [tuple(row) for row in days] == [(TODAY, 1), (TODAY + dt.timedelta(days=1), 1)]


def test_threads_lose_nothing() -> None:
    """Eight threads that count while a ninth takes: everything is found once."""
    numbers, taken = tally.Tally(), []

    def count() -> None:
        for each in range(2000):
            numbers.add(("seen", str(each % 7), 1))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        taken.append(numbers.take())
    for thread in threads:
        thread.join()
    taken.append(numbers.take())
    assert sum(sum(each.values()) for each in taken) == 16000


def _add_often(url: str, turned: bool) -> None:
    """Write fifty batches of three numbers, as another process does."""
    keys = [("seen", "state", 1), ("answered", "state", 1), ("seen", "age_band", 1)]
    engine = db.engine_for(url)
    for _ in range(50):
        with Session(engine) as session:
            store.add(session, dict.fromkeys(reversed(keys) if turned else keys, 1), TODAY)
            session.commit()
    engine.dispose()


@pytest.mark.both_databases
def test_two_processes_add_up(house: House, session: Session) -> None:
    """Batches of two processes at once, in whatever order they counted, are all there."""
    session.execute(delete(Count))
    session.commit()
    spawn = multiprocessing.get_context("spawn")
    url = house.settings.database_url
    others = [spawn.Process(target=_add_often, args=(url, turned)) for turned in (False, True)]
    for each in others:
        each.start()
    for each in others:
        each.join(120)
    assert [each.exitcode for each in others] == [0, 0]
    found = store.total(session, TODAY, TODAY)
    session.rollback()
    assert found == {
        ("seen", "state", 1): 100,
        ("answered", "state", 1): 100,
        ("seen", "age_band", 1): 100,
    }
