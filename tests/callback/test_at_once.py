"""What stands when something came between the reading of a submission and the act on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from intake import clock as hands
from intake.audit import Event
from intake.callback import views
from intake.callback.cases import Case
from intake.cli.prepare import House
from intake.submissions import store
from intake.submissions.models import Callback, Submission
from intake.submissions.record import read_check, read_contact
from tests.callback.people import MARY, URGENT, answer_until, book, only_submission, to_callback
from tests.conftest import Clock
from tests.house.test_hostile_desk import at_once, pressed
from tests.support.client import Visitor
from tests.support.walker import SAFE, answer, send, walk

UNDER_18 = {**MARY, "birth_date-year": "2012"}
MONDAY = dt.datetime(2026, 11, 23, 15, 0, tzinfo=dt.UTC)


@pytest.fixture
def come_between(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let something happen once, after the next request has read its submission."""
    real = views._case
    waiting: list[Callable[[], object]] = []

    def read(session: Session) -> Case | None:
        case = real(session)
        if waiting:
            session.rollback()  # on SQLite the read holds the one writer's place
            waiting.pop()()
        return case

    monkeypatch.setattr(views, "_case", read)
    return waiting.append


def change(house: House, **columns: object) -> None:
    """Change the columns of every submission."""
    with Session(house.engine) as session:
        session.execute(update(Submission).values(**columns))
        session.commit()


@pytest.mark.both_databases
def test_under_18_takes_back_what_was_booked_in_the_meantime(
    client: Visitor,
    app: Flask,
    session: Session,
    come_between: Callable[[Callable[[], object]], None],
) -> None:
    """Closed as under age: no contact, the call cancelled and on record, nothing in the queue."""
    fields = to_callback(client).form().values
    press = ({"visit": client.cookie() or ""}, "/callback", {**fields, **MARY})
    come_between(lambda: at_once(app, press))
    assert client.post("/callback", {**fields, **UNDER_18}).status_code == 303
    assert client.follow().outcome == "under_age"
    stored = only_submission(session)
    assert (stored.status, stored.closed_reason) == ("closed", "under_age")
    assert (stored.contact_sealed, stored.contact_at, stored.due_at) == (None, None, None)
    assert (stored.urgency, [call.status for call in stored.callbacks]) == (3, ["cancelled"])
    names = session.scalars(select(Event.name).order_by(Event.sequence)).all()
    assert names[-3:] == ["callback.booked", "callback.moved", "submission.closed_by_rule"]


@pytest.mark.both_databases
@pytest.mark.parametrize("reason", ["under_age", "duplicate"])
def test_a_booking_of_what_was_closed_in_the_meantime_keeps_no_contact(
    client: Visitor,
    house: House,
    session: Session,
    come_between: Callable[[Callable[[], object]], None],
    reason: str,
) -> None:
    """A calm page that is true: the under-age page, or that no call is booked and how to call."""
    fields = to_callback(client).form().values
    come_between(lambda: change(house, status="closed", closed_reason=reason))
    assert client.post("/callback", {**fields, **MARY}).status_code == 303
    page = client.follow()
    if reason == "under_age":
        assert page.outcome == "under_age"
    else:
        assert "No call is booked, and we do not have your number." in page.words
        assert "561-468-6981" in page.words and "/callback" not in page.links()
    stored = only_submission(session)
    assert (stored.closed_reason, stored.contact_sealed, stored.callbacks) == (reason, None, [])


@pytest.mark.both_databases
def test_two_birth_dates_in_the_same_moment_leave_no_contact_on_a_closed_one(
    app: Flask, house: House
) -> None:
    """Whichever comes first: booked, or closed as under age without a contact and a call."""
    for _ in range(6):
        visitor = Visitor(app)
        fields = to_callback(visitor).form().values
        kept = {"visit": visitor.cookie() or ""}
        posts = [(kept, "/callback", {**fields, **each}) for each in (MARY, UNDER_18) * 2]
        assert set(at_once(app, *posts)) == {303}
    with Session(house.engine) as session:
        for row in session.scalars(select(Submission)):
            closed = row.closed_reason == "under_age"
            assert (row.contact_sealed is None, row.contact_at is None) == (closed, closed)
            assert {call.status for call in row.callbacks} <= (
                {"cancelled"} if closed else {"booked"}
            )


@pytest.mark.both_databases
def test_a_birth_date_never_closes_a_call_for_help(client: Visitor, house: House) -> None:
    """A crisis is never turned away: contact and call stay as they are."""
    answer_until(client, "safety", safety="now")
    client.submit(None, **URGENT)
    with Session(house.engine) as session:
        stored = session.scalars(select(Submission)).one()
        store.close_under_age(session, house.keys, stored.id, MONDAY)
        session.commit()
        assert (stored.status, stored.urgency) == ("new", 0)
        assert read_contact(house.keys, stored) is not None
        assert [call.status for call in stored.callbacks] == ["asap"]


def test_under_18_closes_what_the_clock_had_closed(
    client: Visitor, app: Flask, clock: Clock, session: Session
) -> None:
    """A receipt given again outlives the clock's closing; a birth date then still counts."""
    walk(client, SAFE)
    before = client.cookie() or ""
    send(client)
    clock.forward(hours=23)
    client.set_cookie(before)
    client.open("/eligibility/check")
    send(client)
    clock.forward(hours=2)
    hands.tick(app, clock())
    assert only_submission(session).closed_reason == "no_contact"
    client.open("/callback")
    page = book(client, window="asap", **{"birth_date-year": "2012"})
    assert page.outcome == "under_age"
    assert only_submission(session).closed_reason == "under_age"


def urgent_press(client: Visitor) -> tuple[dict[str, str], str, dict[str, list[str]]]:
    """The crisis page's form, ready to be sent with the cookie of now."""
    form = client.open("/eligibility/help").form()
    return {"visit": client.cookie() or ""}, form.action, form.fill(**URGENT)


@pytest.mark.both_databases
@pytest.mark.parametrize("sent", [False, True])
def test_presses_for_help_in_the_same_moment_are_one_call(
    client: Visitor, app: Flask, session: Session, sent: bool
) -> None:
    """Six presses at once, of a draft that was sent before or not: one call, six times 988."""
    walk(client, SAFE)
    before = client.cookie() or ""
    if sent:
        send(client)
        client.set_cookie(before)
    client.open("/eligibility/safety")
    answer(client, ["now"])
    press = urgent_press(client)
    for answered in pressed(app, *[press] * 6):
        client.set_cookie(answered.headers["Set-Cookie"].split(";")[0].partition("=")[2])
        assert "988 answers now" in client.open("/callback/confirmed").words
    rows = session.scalars(select(Submission)).all()
    assert sorted(row.urgency for row in rows) == ([0, 3] if sent else [0])
    assert len(session.scalars(select(Callback)).all()) == 1


@pytest.mark.both_databases
def test_a_call_for_help_is_not_answered_by_one_that_staff_closed(
    client: Visitor, app: Flask, house: House, session: Session
) -> None:
    """An old copy of the draft asks again: an open crisis on top, that names the closed one."""
    answer_until(client, "safety", safety="not_sure")
    press = urgent_press(client)
    assert at_once(app, press) == [303]
    change(house, status="closed", closed_reason="referred", closed_at=MONDAY)
    assert at_once(app, press, press) == [303, 303]
    closed, again = session.scalars(select(Submission).order_by(Submission.earlier_reference))
    if closed.status != "closed":
        closed, again = again, closed
    assert (again.status, again.urgency, again.earlier_reference) == ("new", 0, closed.reference)
    assert read_check(house.keys, again).answers["safety"] == ("not_sure",)
    assert len(session.scalars(select(Callback)).all()) == 2
