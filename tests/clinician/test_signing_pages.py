"""Signing and starting a version on the desk; each through the front door."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from intake.cli.prepare import House
from intake.rulebook import life, store
from tests.accounts.desk import token_of
from tests.clinician.desk_pages import form_to, press
from tests.clinician.results import CHECK, REPLAY
from tests.conftest import Clock
from tests.rulebook.made import ANA, NOW, body, ran, signed
from tests.support.client import Visitor


def done(house: House, session: Session, number: int) -> None:
    """A check and a replay that found nothing wrong, as the page reads them."""
    row = store.row_of(session, number)
    ran(session, house.keys, row, "check", result=CHECK)
    ran(session, house.keys, row, "replay", result=REPLAY)
    session.commit()


def test_signing_waits_for_check_and_replay(candidate: Visitor) -> None:
    """The page to sign says what is left to do, and a posted form is refused."""
    assert "cannot be signed now" in candidate.open("/staff/rules/2/sign").words
    form = {"csrf_token": token_of(candidate), "agree": "1", "start": "now", "seen": "x"}
    assert candidate.post("/staff/rules/2/sign", form).status_code in (409, 422)


def test_sign_and_go_live(candidate: Visitor, house: House, session: Session, clock: Clock) -> None:
    """The signature carries name, time and differences; the version is live seconds later."""
    press(candidate, "/staff/rules/2/rules/heart_vessel", "/heart_vessel", effect="talk_first")
    done(house, session, 2)
    page = candidate.open("/staff/rules/2/sign")
    assert "Milder" in page.words and "Ana Ruiz" in page.words
    answer = candidate.submit()
    assert answer.status_code == 422 and "Tick the box" in candidate.page.words  # type: ignore[union-attr]
    candidate.submit(agree="1")
    assert candidate.follow().address == "/staff/rules"
    clock.forward(seconds=9)
    candidate.app.extensions["rulebook"] = store.read_shelf(session)
    page = candidate.open("/staff/rules")
    assert "Version 2 is live since" in page.words and "signed by Ana Ruiz" in page.words
    assert "Proposed rules" not in page.words
    page = candidate.open("/staff/rules/2/changes?against=1")
    assert "What was signed" in page.words
    assert "the effect changes from not now to talk first" in page.words


def test_signing_version_one_makes_it_the_practices_own(
    clinic: Visitor, house: House, session: Session
) -> None:
    """It stays live since when it was; pages and readyz stop calling it proposed."""
    done(house, session, 1)
    clinic.open("/staff/rules/1/sign")
    clinic.submit(agree="1")
    assert clinic.follow().address == "/staff/rules"
    clinic.app.extensions["rulebook"] = store.read_shelf(session)
    assert "Proposed" not in clinic.open("/staff/rules").words
    assert "Signed rules." in clinic.open("/how-we-decide").words
    warnings = clinic.get("/readyz").get_json()["warnings"]
    assert "rules" not in warnings


def test_a_later_start_is_shown_and_cancelled(
    candidate: Visitor, house: House, session: Session
) -> None:
    """Days and times are the practice's own."""
    done(house, session, 2)
    candidate.open("/staff/rules/2/sign")
    answer = candidate.submit(agree="1", start="later")
    assert answer.status_code == 422 and "Enter the day and the time" in candidate.page.words  # type: ignore[union-attr]
    candidate.submit(agree="1", start="later", day="2026-12-01", time="09:30")
    page = candidate.follow()
    assert "Live from Dec 1, 9:30 am" in page.words
    candidate.submit(form_to(page, "/cancel"))
    assert "Live from" not in candidate.follow().words
    page = press(candidate, "/staff/rules/2/start", "/start", start="now")
    assert page.address == "/staff/rules" and "Live from Nov 23" in page.words


def test_an_unsigned_version_cannot_be_ordered(candidate: Visitor) -> None:
    """The page says so; a posted form is refused."""
    assert "is not signed" in candidate.open("/staff/rules/2/start").words
    form = {"csrf_token": token_of(candidate), "start": "now"}
    assert candidate.post("/staff/rules/2/start", form).status_code == 422


def test_signing_asks_for_a_fresh_sign_in(candidate: Visitor, clock: Clock) -> None:
    """After ten minutes password and code are asked for again, and lead back."""
    clock.forward(minutes=11)
    answer = candidate.get("/staff/rules/2/sign")
    assert answer.headers["Location"] == "/staff/confirm?next=%2Fstaff%2Frules%2F2%2Fsign"


@pytest.mark.parametrize("what", ["nothing seen", "another replay", "other rules live"])
def test_only_what_was_read_is_signed(
    candidate: Visitor, house: House, session: Session, clock: Clock, what: str
) -> None:
    """Whatever changed since the page was opened: nothing is signed, the tick is gone."""
    done(house, session, 2)
    form = candidate.open("/staff/rules/2/sign").form()
    values = form.fill(agree="1")
    if what == "nothing seen":
        del values["seen"]
    elif what == "another replay":
        row = store.row_of(session, 2)
        ran(session, house.keys, row, "replay", result=REPLAY, now=clock())
    else:
        life.add_candidate(session, house.keys, body(3), ANA, NOW, origin="desk", based_on=1)
        signed(session, house.keys, 3, clock())
        session.commit()
        clock.forward(seconds=9)
        candidate.app.extensions["rulebook"] = store.read_shelf(session)
    session.commit()
    answer = candidate.post("/staff/rules/2/sign", values)
    assert answer.status_code == 409 and candidate.page is not None
    assert "Read this page again before you sign" in candidate.page.words
    assert "agree" not in {k for k, v in candidate.page.form().values.items() if v == ["1"]}
    session.rollback()
    session.expire_all()
    assert store.row_of(session, 2).signed_at is None


@pytest.mark.parametrize(
    ("day", "time", "said"),
    [
        ("2027-03-14", "02:30", "Clocks change at this time"),
        ("2026-11-01", "01:30", "Clocks change at this time"),
        ("9999-12-31", "23:59", "at most half a year ahead"),
        ("2026-11-22", "09:00", "Choose a time from now on"),
        ("2027-11-22", "09:00", "Choose a time from now on"),
        ("31.12.2026", "noon", "Enter the day and the time"),
    ],
)
def test_a_start_that_cannot_be(
    candidate: Visitor, house: House, session: Session, day: str, time: str, said: str
) -> None:
    """An hour that is skipped or comes twice, a day out of reach: told, and nothing is signed."""
    done(house, session, 2)
    candidate.open("/staff/rules/2/sign")
    answer = candidate.submit(agree="1", start="later", day=day, time=time)
    assert answer.status_code == 422 and candidate.page is not None
    assert said in candidate.page.words
    session.rollback()
    session.expire_all()
    assert store.row_of(session, 2).signed_at is None
