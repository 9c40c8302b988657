"""Which contacts open an alert, and in which transaction."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.alerts import store
from intake.alerts.models import Alert
from intake.cli.prepare import House
from intake.practice import Practice
from intake.submissions.models import Callback, Submission
from intake.submissions.store import Promise, attach_contact
from tests.alerts.conftest import FLAGGED, Alarms
from tests.callback.people import URGENT, answer_until, book, to_callback
from tests.conftest import MONDAY_MORNING, Clock
from tests.review.made import MARY, Maker
from tests.support.client import Visitor


def alerts_in(session: Session) -> list[Alert]:
    """All alerts, the oldest first."""
    session.rollback()
    return list(session.scalars(select(Alert).order_by(Alert.opened_at, Alert.id)))


@pytest.mark.both_databases
def test_a_call_for_help_opens_an_alert(client: Visitor, session: Session, clock: Clock) -> None:
    """With the press of the button, once however often it is pressed."""
    form = answer_until(client, "safety", safety="now").form()
    fields, draft = {**form.values, **URGENT}, client.cookie()
    assert client.post("/callback/urgent", fields).status_code == 303
    client.set_cookie(draft or "")
    assert client.post("/callback/urgent", fields).status_code == 303
    (alert,) = alerts_in(session)
    assert (alert.kind, alert.mails, alert.level) == ("crisis", True, 0)
    assert alert.climbs_at == clock.moment + dt.timedelta(minutes=5)


@pytest.mark.both_databases
def test_a_same_day_flag_with_a_contact_opens_an_alert(client: Visitor, session: Session) -> None:
    """It is opened with the booking, not before there is somebody to call."""
    to_callback(client, safety="thoughts")
    assert alerts_in(session) == []
    book(client)
    (alert,) = alerts_in(session)
    assert (alert.kind, alert.mails) == ("same_day", True)


@pytest.mark.parametrize("flagged", [True, False])
def test_who_declines_to_say_wakes_nobody(client: Visitor, session: Session, flagged: bool) -> None:
    """The answer "skip" alone stands on the desk without a mail; beside another flag it climbs."""
    more = {"recent_crisis": "yes"} if flagged else {}
    to_callback(client, safety="skip", **more)
    book(client)
    (alert,) = alerts_in(session)
    assert (alert.kind, alert.mails, alert.climbs_at is not None) == ("same_day", flagged, flagged)


def test_nothing_to_be_alarmed_about_opens_none(client: Visitor, session: Session) -> None:
    """A booking without a same-day flag is a booking."""
    to_callback(client)
    book(client)
    assert alerts_in(session) == []


@pytest.mark.both_databases
def test_a_rollback_leaves_neither_contact_nor_alert(
    house: House, practice: Practice, session: Session
) -> None:
    """The alert stands in the transaction of the contact, or not at all."""
    with Session(house.engine, expire_on_commit=False) as writing:
        sent = Maker(writing, house.keys).send(MONDAY_MORNING, None, given=FLAGGED)
        owed = Promise("asap", MONDAY_MORNING)
        attach_contact(writing, house.keys, sent.id, MARY, owed, MONDAY_MORNING)
        assert store.open_for(writing, house.keys, sent, MONDAY_MORNING, practice) is not None
        writing.rollback()
    assert alerts_in(session) == []
    assert session.scalars(select(Callback)).all() == []


def test_an_alert_that_cannot_be_opened_keeps_no_half_request(
    app: Flask, client: Visitor, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the alert fails, the call for help is not said to be kept."""
    form = answer_until(client, "safety", safety="now").form()

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(store, "open_for", fail)
    assert client.post("/callback/urgent", {**form.values, **URGENT}).status_code == 500
    assert session.scalars(select(Submission)).all() == []


def test_made_up_people_wake_nobody(alarms: Alarms) -> None:
    """Their alerts stand on the desk, and go to nobody by mail."""
    for alert in (
        alarms.crisis(MONDAY_MORNING, demo=True),
        alarms.same_day(MONDAY_MORNING, demo=True),
    ):
        assert (alert.mails, alert.climbs_at) == (False, None)


def test_flags_without_a_contact_open_no_alert(house: House, practice: Practice) -> None:
    """Nobody can be called, so no alert opens; the dashboard counts them apart."""
    now = MONDAY_MORNING
    with Session(house.engine, expire_on_commit=False) as session:
        maker = Maker(session, house.keys)
        sent = maker.send(now, None, given=FLAGGED)
        maker.send(now, None)
        maker.send(now, given=FLAGGED)
        assert store.open_for(session, house.keys, sent, now, practice) is None


def test_a_later_call_for_help_is_loud_again(alarms: Alarms, house: House) -> None:
    """Somebody who was called, and asks once more, does not wait behind an alert that is taken."""
    now = MONDAY_MORNING
    with Session(house.engine, expire_on_commit=False) as session:
        maker = Maker(session, house.keys)
        sent = maker.crisis(now)
        first = store.open_for(session, house.keys, sent, now, alarms.practice)
        assert first is not None
        first.acknowledged_at = now + dt.timedelta(minutes=1)
        first.level = 1
        sent.callbacks[0].status = "reached"
        later = now + dt.timedelta(minutes=20)
        attach_contact(session, house.keys, sent.id, MARY, Promise("urgent", later), later)
        again = store.open_for(session, house.keys, sent, later, alarms.practice)
        assert again is first
        assert (again.acknowledged_at, again.level) == (None, 0)
        assert again.climbs_at == later + dt.timedelta(minutes=5)
        session.rollback()
