"""Checks and replays that the desk asked for: done once, kept, shown; failures told as such."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import os
import threading
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from intake import clock as ticking
from intake.audit import Event
from intake.cli import commands
from intake.cli.prepare import House
from intake.clinician import work
from intake.eligibility import DefinitionError
from intake.errors import OutOfDate, SetupError
from intake.rulebook import life, proving, runs, store
from intake.rulebook.models import RuleRun
from tests.accounts.desk import Desk
from tests.clinician.desk_pages import press
from tests.clinician.results import CHECK, REPLAY
from tests.conftest import Clock
from tests.review.made import Maker, fitting
from tests.rulebook.made import ANA, NOW, body, candidate, ran, signed
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
    found = runs.newest_run(session, "replay", row)
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
    found = runs.newest_run(session, "check", row)
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


def test_a_process_that_dies_at_once_is_not_begun_for_ever(
    app: Flask, house: House, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted before it is begun: after three processes that never claimed it, it has failed."""
    begun: list[str] = []
    monkeypatch.setattr(work, "begin", begun.append)
    run = asked(house, session, "check")
    for each in range(8):
        ticking.watch_rules(app, NOW + each * (runs.DEAD_AFTER + dt.timedelta(seconds=1)))
    session.rollback()
    found = runs.newest_run(session, "check", store.row_of(session, 2))
    assert begun == [run] * 3
    assert found is not None and found.state == "failed"


def test_while_a_process_is_at_work_no_other_is_begun(
    app: Flask, house: House, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is an attempt counted that was not made."""
    monkeypatch.setattr(work, "busy", lambda: True)
    monkeypatch.setattr(work, "begin", lambda _run: pytest.fail("begun beside another"))
    run = asked(house, session, "check")
    ticking.watch_rules(app, NOW)
    session.rollback()
    assert session.get_one(RuleRun, run).attempts == 0


def altered(house: House, session: Session, kind: str = "bytes") -> None:
    """Version 2, signed, with bytes that are not its own, or that this program cannot read."""
    signed(session, house.keys, 2)
    session.commit()
    wrong = b"version = 2\n"
    digest = hashlib.sha256(wrong).hexdigest()
    with house.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER definition_version_no_update"))
        connection.execute(
            text("UPDATE definition_version SET body = :body WHERE version = 2"), {"body": wrong}
        )
        if kind == "unreadable":
            connection.execute(
                text("UPDATE definition_version SET sha256 = :sha WHERE version = 2"),
                {"sha": digest},
            )


@pytest.mark.parametrize(
    ("kind", "told"), [("bytes", "was altered"), ("unreadable", "cannot read version 2")]
)
def test_a_version_that_cannot_be_read_stops_no_run(
    app: Flask,
    house: House,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    told: str,
) -> None:
    """It is told in words, the probe is red until it is mended, and what waits still begins."""
    begun: list[str] = []
    monkeypatch.setattr(work, "begin", begun.append)
    stop = ticking.start(app, 3600)
    altered(house, session, kind)
    row = candidate(session, house.keys, 3)
    run = runs.ask(session, "check", row, ANA.id, NOW)
    session.commit()
    with pytest.raises(SetupError, match=told):
        ticking.watch_rules(app, NOW)
    stop.set()
    assert begun[:1] == [run.id]
    probe = Visitor(app).get("/readyz")
    assert probe.status_code == 503 and "last reading failed" in probe.get_json()["checks"]["rules"]
    with house.engine.begin() as connection:
        connection.execute(
            text("UPDATE definition_version SET body = :body, sha256 = :sha WHERE version = 2"),
            {"body": body(2), "sha": hashlib.sha256(body(2)).hexdigest()},
        )
    ticking.watch_rules(app, NOW)
    assert Visitor(app).get("/readyz").get_json()["checks"]["rules"] == "ok"


def test_whatever_a_round_raises_the_next_one_comes(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log names the part, the type and the place, never the message."""
    rounds, third = [], threading.Event()

    def broken(*_: object) -> None:
        rounds.append(1)
        if len(rounds) == 3:
            third.set()
        raise DefinitionError([])

    monkeypatch.setattr(ticking, "watch_rules", broken)
    said: list[dict[str, Any]] = []
    monkeypatch.setattr(ticking.log, "error", lambda event, **more: said.append(more))
    stop = ticking.start(app, 0.01)
    assert third.wait(30)
    stop.set()
    assert said[0]["part"] == "rules" and said[0]["error"] == "DefinitionError"
    assert said[0].keys() == {"part", "error", "where"}


def test_altered_rules_are_told_to_staff(clinic: Visitor, house: House, session: Session) -> None:
    """A page in words, without what was found; patients are not told of it."""
    altered(house, session)
    answer = clinic.get("/staff/rules/2")
    assert answer.status_code == 409
    assert "The rules in the database were altered. Tell the person" in answer.text
    assert "version 2 in the database" not in answer.text


def test_signs_of_life_do_not_wait_for_progress(
    house: House, session: Session, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long first step is no death: the run beats by itself, but not for ever."""
    beaten = threading.Event()
    real = runs.beat

    def beat(*given: Any) -> bool:
        kept = real(*given)
        beaten.set()
        return kept

    def slow(_engine: object, _keys: object, _run: object, _progress: object, now: Clock) -> Any:
        clock.forward(minutes=2)
        assert beaten.wait(30)
        return {"found": 1}, True

    monkeypatch.setattr(work, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(runs, "beat", beat)
    monkeypatch.setattr(work, "_replay", slow)
    run = asked(house, session, "replay")
    assert work.perform(house.engine, house.keys, run, clock)
    session.rollback()
    assert session.get_one(RuleRun, run).beat_at == clock()


def test_a_stuck_process_does_not_look_alive_for_ever(
    house: House, session: Session, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a step for ten minutes it gives no more signs, so that another may take it up."""
    asked_for_time = threading.Semaphore(0)

    def looked() -> dt.datetime:
        asked_for_time.release()
        return clock()

    def stuck(*_: object) -> Any:
        clock.forward(minutes=11)
        # The first look may have read the clock before it went forward.
        for _each in range(8):
            assert asked_for_time.acquire(timeout=30)
        return {"found": 1}, True

    monkeypatch.setattr(work, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(work, "_replay", stuck)
    run, began = asked(house, session, "replay"), clock()
    assert work.perform(house.engine, house.keys, run, looked)
    session.rollback()
    assert session.get_one(RuleRun, run).beat_at == began


@pytest.mark.parametrize("how", ["finishes", "goes on", "breaks"])
def test_a_candidate_thrown_away_ends_its_run_quietly(
    house: House, session: Session, clock: Clock, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """No error and nothing kept, whether it was about to end, in the middle, or broke thereby."""
    lost = threading.Event()
    real = runs.beat

    def beat(*given: Any) -> bool:
        kept = real(*given)
        if not kept:
            lost.set()
        return kept

    def thrown_away(_e: object, _k: object, _r: object, progress: work.Progress, _c: object) -> Any:
        with Session(house.engine) as other:
            seen = store.row_of(other, 2).sha256
            life.discard(other, house.keys, 2, ANA, NOW, seen=seen)
            other.commit()
        if how == "breaks":
            raise OutOfDate
        if how == "goes on":
            assert lost.wait(30)
            for _each in range(1000):
                progress(1, 2)
        return {"found": 1}, True

    monkeypatch.setattr(work, "BEAT_SECONDS", 0.01 if how == "goes on" else 60.0)
    monkeypatch.setattr(runs, "beat", beat)
    monkeypatch.setattr(work, "_check", thrown_away)
    run = asked(house, session, "check")
    assert not work.perform(house.engine, house.keys, run, clock)
    session.rollback()
    assert session.get(RuleRun, run) is None
    names = session.scalars(select(Event.name).where(Event.name == "rules.checked"))
    assert list(names) == []


@pytest.mark.parametrize(("before", "added"), [(0, 10), (10, 0), (15, 0), (-5, 15)])
def test_a_run_stands_back_by_ten_in_all(
    monkeypatch: pytest.MonkeyPatch, before: int, added: int
) -> None:
    """What the parent process has is not added to: the parts of a proof are at ten too."""
    steps: list[int] = []

    def nice(step: int) -> int:
        steps.append(step)
        return before

    monkeypatch.setattr(os, "nice", nice)
    proving.stand_back(proving.NICE)
    assert steps == [0, added]


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
    assert "This version must not go live" in words and "Heart Aneurysm, AVM (tangled" in words
    assert "Rules to look at: Heart, “Aneurysm, AVM" in words
    assert "cannot be signed now" in clinic.open("/staff/rules/2/sign").words


@pytest.mark.parametrize("role", ["intake", "clinician", "admin"])
def test_who_is_named_in_a_replay(desk: Desk, house: House, session: Session, role: str) -> None:
    """An administrator sees figures and no person; whoever sees people leaves an event."""
    row = candidate(session, house.keys)
    ran(session, house.keys, row, "replay", True, REPLAY)
    session.commit()
    words = desk.signed_in(role).open("/staff/rules/2/steps").words
    assert "1 ends otherwise" in words
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
