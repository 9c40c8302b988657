"""The desk of a test house, its people, and a maker of submissions whose alerts are open."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from intake.alerts import store
from intake.alerts.models import Alert
from intake.cli.prepare import House
from intake.practice import Practice
from tests.accounts.desk import CHEAP, Desk
from tests.review.made import Maker


class Alarms:
    """Stores submissions with their alerts, as the callback step does."""

    def __init__(self, house: House, practice: Practice) -> None:
        self.house = house
        self.practice = practice

    def of(self, maker_of: str, now: dt.datetime, **options: object) -> Alert | None:
        """The alert that ``Maker.<maker_of>`` leads to at ``now``, committed."""
        with Session(self.house.engine, expire_on_commit=False) as session:
            maker = Maker(session, self.house.keys)
            sent = getattr(maker, maker_of)(now, **options)
            found = store.open_for(session, self.house.keys, sent, now, self.practice)
            session.commit()
            return found

    def crisis(self, now: dt.datetime, **options: object) -> Alert:
        """The alert of somebody who asked to be called from the crisis page."""
        found = self.of("crisis", now, **options)
        assert found is not None
        return found

    def same_day(self, now: dt.datetime, **options: object) -> Alert:
        """The alert of somebody with a same-day flag."""
        found = self.of("send", now, given=FLAGGED, **options)
        assert found is not None
        return found

    def now_of(self, alert: Alert) -> Alert:
        """The alert as it stands in the database now."""
        with Session(self.house.engine.execution_options(readonly=True)) as session:
            found = store.by_id(session, alert.id)
            session.expunge(found)
            return found


FLAGGED = {"state": "fl", "age_band": "30_44", "reason": ("depression",), "safety": "thoughts"}


@pytest.fixture
def practice(app: Flask) -> Practice:
    """The practice of ``app``, with two people on call and a physician's address."""
    facts: Practice = dataclasses.replace(
        app.extensions["practice"],
        on_call=("first@example.org", "second@example.org"),
        physician_mail="physician@example.org",
    )
    app.extensions["practice"] = app.jinja_env.globals["practice"] = facts
    return facts


@pytest.fixture
def alarms(house: House, practice: Practice) -> Alarms:
    """Makes alerts in ``house``."""
    return Alarms(house, practice)


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    """The desk of ``app``, with a cheap password hasher."""
    app.extensions["passwords"] = CHEAP
    return Desk(app, session)
