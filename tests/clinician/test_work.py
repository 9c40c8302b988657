"""Checks and replays that the desk asked for: done once, kept, shown; failures told as such."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy.orm import Session

from intake import clock as ticking
from intake.cli import commands
from intake.cli.prepare import House
from intake.clinician import work
from intake.errors import OutOfDate
from intake.rulebook import life, runs, store
from tests.accounts.desk import Desk
from tests.clinician.results import CHECK, REPLAY
from tests.clinician.test_rules_pages import press
from tests.conftest import Clock
from tests.review.made import Maker, fitting
from tests.rulebook.made import ANA, NOW, body, candidate, ran
from tests.support.client import Visitor

STRICTER = body(2, **{'effect = "note"': 'effect = "talk_first"'})


def asked(house: House, session: Session, kind: str, content: bytes = STRICTER) -> str:
    """A candidate for which ``kind`` was asked; the run's id."""
    row = life.add_candidate(session, house.keys, content, ANA, NOW, origin="desk", based_on=1)
    run = runs.ask(session, kind, row, ANA.id, NOW)
    session.commit()
    return run.id


@pytest.mark.both_databases
def test_a_replay_is_done_and_kept(house: House, session: Session, clock: Clock) -> None:
    """Every stored submission is counted, and who would move is named."""
    maker = Maker(session, house.keys)
    sent = [
        maker.send(NOW, given=fitting(blood_pressure="high_controlled")).reference,
        maker.send(NOW).reference,
    ]
    session.commit()
    run = asked(house, session, "replay")
    assert work.perform(house.engine, house.keys, run, clock)
    session.rollback()
    row = store.row_of(session, 2)
    found = runs.newest_done(session, "replay", row)
    assert found is not None and found.passed
    result = runs.result_of(house.keys, found)
    assert result["submissions"] == 2 and result["moved"] == 1
    assert result["matrix"] == {"may_fit": {"talk_first": 1, "may_fit": 1}} or result["same"] == 1
    assert [each["reference"] for each in result["call_first"]["first"]] == sent[:1]
    assert not work.perform(house.engine, house.keys, run, clock)


def test_a_check_is_kept_with_the_articles_it_touches(
    house: House, session: Session, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof's report, whether it is proven, and what should be read again."""

    def proven(raw: bytes, *, progress: Any) -> Any:
        progress(1, 2)

        class Proven:
            proven = True

            def pack(self) -> dict[str, Any]:
                return {"run": 2}

        return Proven()

    monkeypatch.setattr(work, "prove", proven)
    run = asked(house, session, "check")
    assert work.perform(house.engine, house.keys, run, clock)
    session.rollback()
    row = store.row_of(session, 2)
    found = runs.newest_done(session, "check", row)
    assert found is not None and found.passed
    result = runs.result_of(house.keys, found)
    assert result["run"] == 2 and result["problems"] == []
    assert any("microdose" in each for each in result["articles"])


def test_a_run_that_cannot_be_done_is_told(
    house: House, session: Session, clock: Clock, clinic: Visitor
) -> None:
    """The candidate was changed in between: the run fails, and can be asked for again."""
    run = asked(house, session, "replay")
    life.change_candidate(
        session, house.keys, 2, body(2), ANA, NOW, seen=store.row_of(session, 2).sha256
    )
    session.commit()
    with pytest.raises(OutOfDate):
        work.perform(house.engine, house.keys, run, clock)
    session.rollback()
    assert runs.waiting(session, NOW) == []
    page = press(clinic, "/staff/rules/2/steps", "/run/replay")
    assert "It begins within a few seconds." in page.words


def test_the_clock_starts_what_waits(
    app: Flask, house: House, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each process looks for runs that wait, and reads rules that were signed elsewhere."""
    begun: list[str] = []
    monkeypatch.setattr(work, "begin", begun.append)
    run = asked(house, session, "check")
    ticking.watch_rules(app, NOW)
    assert begun == [run]


def test_a_failed_check_shows_the_smallest_counterexample(
    clinic: Visitor, house: House, session: Session
) -> None:
    """Answers, outcome, flags and the rule to look at, in words."""
    row = candidate(session, house.keys)
    broken = {
        "number": 2,
        "sentence": "A hard stop is never made milder.",
        "holds": False,
        "missing": [],
        "counterexample": {
            "answers": {"heart": ["vessel"], "state": ["fl"]},
            "telling": ["heart"],
            "flags": ["heart:vessel"],
            "outcome": "talk_first",
            "what": "A hard stop ends as talk first.",
            "rules": ["heart_vessel"],
        },
    }
    ran(session, house.keys, row, "check", False, {**CHECK, "properties": [broken]})
    session.commit()
    words = clinic.open("/staff/rules/2/steps").words
    assert "This version must not go live" in words and "heart = vessel" in words
    assert "Rules to look at: heart_vessel" in words
    assert "cannot be signed now" in clinic.open("/staff/rules/2/sign").words


@pytest.mark.parametrize("role", ["intake", "clinician", "admin"])
def test_who_is_named_in_a_replay(desk: Desk, house: House, session: Session, role: str) -> None:
    """An administrator sees figures and no person; whoever sees people leaves an event."""
    row = candidate(session, house.keys)
    ran(session, house.keys, row, "replay", True, REPLAY)
    session.commit()
    words = desk.signed_in(role).open("/staff/rules/2/steps").words
    assert "1 end otherwise" in words
    assert ("BCD-2345" in words) == (role != "admin")
    assert len(desk.events("rules.movers_read")) == (role != "admin")


def test_the_movers_as_a_file(clinic: Visitor, desk: Desk, house: House, session: Session) -> None:
    """CSV and JSON hold everybody who moves, by reference, and the making is recorded."""
    maker = Maker(session, house.keys)
    moved = maker.send(NOW, given=fitting(blood_pressure="high_controlled")).reference
    maker.send(NOW)
    life.add_candidate(session, house.keys, STRICTER, ANA, NOW, origin="desk", based_on=1)
    session.commit()
    sheet = clinic.get("/staff/rules/2/movers.csv").get_data().decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(sheet)))
    assert [line["reference"] for line in lines] == [moved]
    assert lines[0]["rules_after"] == "blood_pressure_high_controlled"
    document = json.loads(clinic.get("/staff/rules/2/movers.json").get_data())
    assert [each["reference"] for each in document["movers"]] == [moved]
    assert document["summary"]["submissions"] == 2
    assert clinic.get("/staff/rules/2/movers.xml").status_code == 404
    assert len(desk.events("rules.replayed")) == 2


def test_a_failed_run_leaves_no_message_in_the_log(
    house: House, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Type and place only: a message may hold what a person said. The page tells of it."""

    def broken(*_: object) -> None:
        raise ValueError("Mary O'Brien")

    monkeypatch.setattr(work, "_replay", broken)
    run = asked(house, session, "replay")
    environ = {"INTAKE_INSTANCE": str(house.settings.instance)}
    done = CliRunner().invoke(commands, ["rules-run", run], env=environ)
    assert done.exit_code == 1
    assert "rules_run_failed" in done.stderr and "ValueError" in done.stderr
    assert "Mary" not in done.output + done.stderr
    session.rollback()
    found = runs.newest_run(session, "replay", store.row_of(session, 2))
    assert found is not None and found.state == "failed"
