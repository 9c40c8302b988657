"""The way on from one record to the next."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from intake.submissions.store import Promise
from tests.accounts.desk import CHEAP, Desk
from tests.review.made import Maker, named
from tests.support.client import Visitor

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    """The desk of ``app``, with a cheap password hasher."""
    app.extensions["passwords"] = CHEAP
    return Desk(app, session)


def came(desk: Desk, *names: str) -> list[str]:
    """References of people who are to be called in this order."""
    maker = Maker(desk.session, desk.keys)
    dues = [Promise("asap", due_at=desk.now + (4 + place) * HOUR) for place in range(len(names))]
    sent = [maker.send(desk.now, named(name), due) for name, due in zip(names, dues, strict=True)]
    return [each.reference for each in sent]


def led_on(browser: Visitor, after: str) -> str:
    """Where "Next in the queue" leads from the record ``after``."""
    response = browser.get(f"/staff/next?after={after}")
    assert response.status_code == 303
    return str(response.location).rpartition("/")[2]


def act(browser: Visitor, reference: str, ending: str, **fields: str) -> None:
    """Open a record, and press the button of the form that ends so."""
    page = browser.open(f"/staff/submissions/{reference}")
    form = next(each for each in page.forms() if each.action.endswith("/note"))
    response = browser.post(f"/staff/submissions/{reference}{ending}", form.fill(**fields))
    assert response.status_code == 303


@pytest.mark.both_databases
def test_the_next_is_the_first_that_waits_for_me(desk: Desk) -> None:
    """Neither the one I come from, nor one I just worked on, nor a colleague's; then the queue."""
    first, second, third = came(desk, "Ana Alvarez", "Bela Brooks", "Carmen Duarte")
    nurse, colleague = desk.signed_in("intake"), desk.signed_in("clinician")
    assert led_on(nurse, first) == second
    assert led_on(nurse, "") == first
    act(nurse, first, "/call?outcome=no_answer")
    assert led_on(nurse, second) == third
    act(nurse, second, "/note", kind="call", body="Asked for a call after four.")
    assert led_on(nurse, "") == third
    desk.session.rollback()
    page = colleague.open(f"/staff/submissions/{third}")
    owner = next(each for each in page.forms() if each.action.endswith("/note"))
    mine = page.main.xpath("string(.//select[@name='owner']/option[2]/@value)")
    sent = colleague.post(f"/staff/submissions/{third}/assign", {**owner.values, "owner": mine})
    assert sent.status_code == 303
    assert led_on(nurse, "") == ""
    desk.session.rollback()


def test_an_act_offers_the_next(desk: Desk) -> None:
    """What was done is said once, with the way on beside it."""
    first, second = came(desk, "Ana Alvarez", "Bela Brooks")
    nurse = desk.signed_in("intake")
    act(nurse, first, "/note", kind="call", body="Asked for a call after four.")
    page = nurse.open(f"/staff/submissions/{first}")
    onward = f"/staff/next?after={first}"
    assert onward in page.links()
    assert led_on(nurse, first) == second
    assert onward not in nurse.open(f"/staff/submissions/{first}").links()
