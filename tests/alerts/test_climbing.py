"""An alert that nobody takes: the on-call list, then the physician; never the same letter twice."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from intake import audit
from intake.alerts import climb, store
from intake.alerts.models import Alert
from intake.audit import Event
from intake.cli.prepare import House
from intake.mail.models import Letter
from intake.practice import Practice
from tests.alerts.conftest import Alarms
from tests.conftest import MONDAY_MORNING
from tests.review.made import MARY

BASE = "https://example.org"
ON_CALL = ["first@example.org", "second@example.org"]
PHYSICIAN = "physician@example.org"
EVERYBODY = sorted([*ON_CALL, PHYSICIAN])
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
NURSE = audit.Actor("staff", None)


class Round:
    """Runs rounds of the clock in one house, and reads the outbox."""

    def __init__(self, house: House, practice: Practice) -> None:
        self.house = house
        self.practice = practice

    def at(self, now: dt.datetime) -> int:
        """One round at ``now``, as each server process runs it."""
        with Session(self.house.engine, expire_on_commit=False) as session:
            moved = climb.climb(session, self.house.keys, self.practice, now, BASE)
            session.commit()
            return moved

    def letters(self) -> list[tuple[str, str, str]]:
        """Recipient, subject and body of each letter, the oldest first."""
        with Session(self.house.engine) as session:
            found = session.scalars(select(Letter).order_by(Letter.created_at, Letter.id))
            opened = [
                self.house.keys.open_field(Letter.letter_sealed, each.id, each.letter_sealed)
                for each in found
            ]
        return [(each["to"], each["subject"], each["body"]) for each in opened]

    def told(self) -> list[str]:
        """Who got a letter, by address."""
        return sorted(each[0] for each in self.letters())

    def change(self, **columns: object) -> None:
        """Change the columns of every alert."""
        with Session(self.house.engine) as session:
            session.execute(update(Alert).values(**columns))
            session.commit()


@pytest.fixture
def rounds(house: House, practice: Practice) -> Round:
    """Rounds of the clock in ``house``."""
    return Round(house, practice)


@pytest.mark.both_databases
def test_an_alert_climbs_to_the_on_call_list_then_to_the_physician(
    alarms: Alarms, rounds: Round
) -> None:
    """Five minutes, fifteen minutes, then no more; a round that has nothing to do does nothing."""
    alert = alarms.crisis(MONDAY_MORNING)
    assert rounds.at(MONDAY_MORNING + 4 * MINUTE) == 0 and rounds.told() == []
    assert rounds.at(MONDAY_MORNING + 5 * MINUTE) == 1 and rounds.told() == ON_CALL
    assert rounds.at(MONDAY_MORNING + 6 * MINUTE) == 0
    assert rounds.at(MONDAY_MORNING + 15 * MINUTE) == 1
    assert rounds.told() == EVERYBODY
    assert rounds.at(MONDAY_MORNING + 48 * HOUR) == 0
    stands = alarms.now_of(alert)
    assert (stands.level, stands.climbs_at) == (2, None)


def test_a_flag_climbs_in_opening_hours(alarms: Alarms, rounds: Round) -> None:
    """Opened at 4:30 pm: half an hour that day, half an hour the next morning."""
    alarms.same_day(MONDAY_MORNING + 6.5 * HOUR)
    assert rounds.at(MONDAY_MORNING + 20 * HOUR) == 0
    assert rounds.at(MONDAY_MORNING + 23.5 * HOUR) == 1
    assert rounds.told() == ON_CALL


@pytest.mark.both_databases
def test_processes_that_climb_at_once_write_one_letter_each(alarms: Alarms, rounds: Round) -> None:
    """Six rounds in the same moment: one letter for each alert and address, one event each."""
    for _ in range(4):
        alarms.crisis(MONDAY_MORNING)
    ready = Barrier(6)

    def run(_: int) -> int:
        ready.wait()
        return rounds.at(MONDAY_MORNING + 5 * MINUTE)

    with ThreadPoolExecutor(6) as pool:
        moved = list(pool.map(run, range(6)))
    assert sum(moved) == 4
    counted = Counter((to, subject) for to, subject, _ in rounds.letters())
    assert len(counted) == 8 and set(counted.values()) == {1}
    with Session(rounds.house.engine) as session:
        names = session.scalars(select(Event.name)).all()
        assert names.count("alert.climbed") == 4
        assert audit.verify(session, rounds.house.keys) is None


def test_letters_and_level_stand_or_fall_together(alarms: Alarms, rounds: Round) -> None:
    """A round that is not committed leaves no letter, and the next one writes them."""
    alarms.crisis(MONDAY_MORNING)
    late = MONDAY_MORNING + 5 * MINUTE
    with Session(rounds.house.engine) as session:
        assert climb.climb(session, rounds.house.keys, rounds.practice, late, BASE) == 1
        session.rollback()
    assert rounds.told() == []
    assert rounds.at(late) == 1 and rounds.told() == ON_CALL


def test_a_letter_says_the_reference_the_time_and_the_link_and_nothing_else(
    alarms: Alarms, rounds: Round
) -> None:
    """No name, no number, no word on anybody's health, in subject or body."""
    alerts = [alarms.crisis(MONDAY_MORNING), alarms.same_day(MONDAY_MORNING)]
    rounds.at(MONDAY_MORNING + 5 * HOUR)
    references = {alert.reference: alert for alert in alerts}
    letters = rounds.letters()
    assert len(letters) == 4
    for _, subject, body in letters:
        reference = subject.removeprefix("A call is waiting: ")
        assert reference in references
        assert reference in body
        assert "today at 10 am Eastern time" in body
        assert f"{BASE}/staff/alerts" in body
        said = f"{subject} {body}".lower()
        for word in (
            *("crisis", "safety", "health", "ketamine", "urgent", "flag", "suicid", "988", "911"),
            *("patient", "depress", "emergency", "mary", "brien", MARY.phone[2:]),
        ):
            assert word not in said


def test_an_acknowledged_alert_rests_and_then_lapses(alarms: Alarms, rounds: Round) -> None:
    """Taken in time nobody is told; not closed within the hour, it is loud and climbs again."""
    alert = alarms.crisis(MONDAY_MORNING)
    taken_at = MONDAY_MORNING + 2 * MINUTE
    with Session(rounds.house.engine) as session:
        found = store.by_id(session, alert.id, lock=True)
        store.acknowledge(session, rounds.house.keys, found, NURSE, taken_at, rounds.practice)
        session.commit()
    assert rounds.at(taken_at + 59 * MINUTE) == 0 and rounds.told() == []
    assert rounds.at(taken_at + 60 * MINUTE) == 1 and rounds.told() == ON_CALL
    assert alarms.now_of(alert).acknowledged_at is None
    assert rounds.at(taken_at + 70 * MINUTE) == 1
    assert rounds.told() == EVERYBODY


def test_an_acknowledgement_that_lapses_at_the_last_level_tells_the_physician_again(
    alarms: Alarms, rounds: Round
) -> None:
    """There is nobody above, and nobody else may know that it is still open."""
    alarms.crisis(MONDAY_MORNING)
    rounds.change(level=2, acknowledged_at=MONDAY_MORNING, climbs_at=MONDAY_MORNING + HOUR)
    assert rounds.at(MONDAY_MORNING + HOUR) == 1
    assert rounds.told() == [PHYSICIAN]
    assert rounds.at(MONDAY_MORNING + 24 * HOUR) == 0


def test_an_alert_without_mail_lapses_without_a_letter(alarms: Alarms, rounds: Round) -> None:
    """It is loud on the desk again, at the desk's own level."""
    alert = alarms.crisis(MONDAY_MORNING, demo=True)
    rounds.change(acknowledged_at=MONDAY_MORNING, climbs_at=MONDAY_MORNING + HOUR)
    assert rounds.at(MONDAY_MORNING + HOUR) == 1
    stands = alarms.now_of(alert)
    assert (stands.acknowledged_at, stands.level, stands.climbs_at) == (None, 0, None)
    assert rounds.told() == []


def test_without_addresses_the_level_moves_all_the_same(alarms: Alarms, house: House) -> None:
    """Nobody on the list: no letter, and the level says how long it has been waiting."""
    nobody = dataclasses.replace(alarms.practice, on_call=(), physician_mail=None)
    alert = alarms.crisis(MONDAY_MORNING)
    rounds = Round(house, nobody)
    rounds.at(MONDAY_MORNING + 5 * MINUTE)
    rounds.at(MONDAY_MORNING + 15 * MINUTE)
    assert alarms.now_of(alert).level == 2 and rounds.told() == []


def test_an_address_that_stands_twice_gets_one_letter(alarms: Alarms, house: House) -> None:
    """One letter for each address and level."""
    twice = dataclasses.replace(alarms.practice, on_call=("first@example.org",) * 2)
    alarms.crisis(MONDAY_MORNING)
    rounds = Round(house, twice)
    rounds.at(MONDAY_MORNING + 5 * MINUTE)
    assert rounds.told() == ["first@example.org"]
