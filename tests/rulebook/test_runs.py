"""Runs end: each is tried a few times, by one process at a time, and a late one changes nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from intake.cli.prepare import House
from intake.rulebook import runs
from intake.rulebook.models import RuleRun
from tests.rulebook.made import ANA, NOW, candidate

pytestmark = pytest.mark.both_databases
SILENT = runs.DEAD_AFTER + dt.timedelta(seconds=1)


def asked(house: House, session: Session, version: int = 2, now: dt.datetime = NOW) -> RuleRun:
    """A check that waits, of a candidate of its own."""
    return runs.ask(session, "check", candidate(session, house.keys, version), ANA.id, now)


@pytest.mark.parametrize("how", ["claim", "begun"])
def test_a_run_is_given_up_after_three_attempts(house: House, session: Session, how: str) -> None:
    """Whether its process dies at work or before it: it is tried three times and no more."""
    run = asked(house, session)
    at, tried = NOW, 0
    while runs.waiting(session, at):
        assert getattr(runs, how)(session, run.id, at)
        assert runs.waiting(session, at) == [] and runs.spent(session, at) == []
        tried, at = tried + 1, at + SILENT
    assert tried == 3 and runs.spent(session, at) == [run.id]
    if how == "claim":
        assert runs.claim(session, run.id, at) is None
    assert not runs.begun(session, run.id, at)
    assert runs.fail(session, run.id, at) and runs.spent(session, at) == []


def test_a_process_that_was_begun_is_counted_once(house: House, session: Session) -> None:
    """Beginning counts; the process that was begun claims with the same number."""
    run = asked(house, session)
    assert runs.begun(session, run.id, NOW) and not runs.begun(session, run.id, NOW)
    taken = runs.claim(session, run.id, NOW + dt.timedelta(seconds=2))
    assert taken is not None and (taken.state, taken.attempts) == ("running", 1)
    again = NOW + dt.timedelta(seconds=2) + SILENT
    assert runs.begun(session, run.id, again)
    taken = runs.claim(session, run.id, again)
    assert taken is not None and (taken.state, taken.attempts) == ("running", 2)


def test_one_bad_run_starves_no_other(house: House, session: Session) -> None:
    """Among those that wait, the least often tried comes first; among equals the oldest."""
    bad = asked(house, session)
    assert runs.begun(session, bad.id, NOW)
    later = [NOW + SILENT + dt.timedelta(seconds=each) for each in (1, 2)]
    good = [asked(house, session, 3 + place, at).id for place, at in enumerate(later)]
    assert runs.waiting(session, later[1]) == [*good, bad.id]


@pytest.mark.parametrize("taken_up", ["claim", "begun"])
def test_who_lost_a_run_changes_nothing_about_it(
    house: House, session: Session, taken_up: str
) -> None:
    """A process that slept past its time neither beats, finishes nor fails what another has."""
    run = asked(house, session)
    late = runs.claim(session, run.id, NOW)
    assert late is not None
    session.commit()
    session.expunge(late)
    at = NOW + SILENT
    assert getattr(runs, taken_up)(session, run.id, at)
    assert not runs.beat(session, late, 1, 2, at)
    assert not runs.finish(session, house.keys, late, {"by": "late"}, True, at)
    assert not runs.fail(session, late.id, at, late.attempts)
    if taken_up == "begun":
        assert runs.claim(session, run.id, at)
    now_its = session.get_one(RuleRun, run.id, populate_existing=True)
    assert runs.finish(session, house.keys, now_its, {"by": "other"}, False, at)
    assert not runs.fail(session, late.id, at)
    session.refresh(now_its)
    assert (now_its.state, now_its.passed) == ("done", False)
    assert runs.result_of(house.keys, now_its) == {"by": "other"}


def test_a_run_that_is_gone_takes_nothing(house: House, session: Session) -> None:
    """Thrown away with its candidate: whoever is at it is told with the next sign of life."""
    run = asked(house, session)
    taken = runs.claim(session, run.id, NOW)
    assert taken is not None
    session.commit()
    session.expunge(taken)
    session.delete(session.get_one(RuleRun, taken.id))
    session.flush()
    assert not runs.beat(session, taken, 1, 2, NOW)
    assert not runs.finish(session, house.keys, taken, {}, True, NOW)
    assert not runs.fail(session, taken.id, NOW, taken.attempts)
