"""Checks and replays that were asked for on the desk, each in a process of its own.

They take both cores for a while, so they run beside the server and give way to it. ``begin``
starts the process, ``perform`` is what it does.
"""

from __future__ import annotations

import datetime as dt
import functools
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from intake import audit
from intake.articles import store as articles
from intake.clinician import spoken_of
from intake.crypto import KeyRing
from intake.eligibility import Definition, DefinitionError, load
from intake.eligibility.space import TooManyCombinations
from intake.errors import NotFound, OutOfDate
from intake.review.export_rows import snapshot
from intake.rulebook import runs, store
from intake.rulebook.models import RuleRun
from intake.rulebook.proving import prove
from intake.rulebook.replay import Replay
from intake.submissions import rows, stored
from intake.submissions.rows import Criteria

COMMAND = "rules-run"
BEAT_EVERY = dt.timedelta(seconds=1)

Clock = Callable[[], dt.datetime]
Progress = Callable[[int, int], None]

_running: list[subprocess.Popen[bytes]] = []


def begin(run_id: str) -> None:
    """Start the process that does a waiting run, unless this process has one at work already.

    Raises ``OSError`` where no process can be started.
    """
    _running[:] = [process for process in _running if process.poll() is None]
    if _running:
        return
    command = [sys.executable, "-m", "intake.cli", COMMAND, run_id]
    # A session of its own: a server that is stopped does not take it along.
    _running.append(
        subprocess.Popen(  # noqa: S603 - our own command, with an id that the database gave
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )
    )


def perform(engine: Engine, keys: KeyRing, run_id: str, clock: Clock) -> bool:
    """Do one waiting run and keep its result; False where another process has it, or it is over.

    A run that cannot be done is kept as failed, and the error goes on.
    """
    with Session(engine, expire_on_commit=False) as session:
        run = runs.claim(session, run_id, clock())
        session.commit()
    if run is None:
        return False
    work = {"check": _check, "replay": _replay}[run.kind]
    try:
        result, passed = work(engine, keys, run, _Beat(engine, run_id, clock), clock)
    except BaseException:
        with Session(engine) as session:
            runs.fail(session, run_id, clock())
            session.commit()
        raise
    with Session(engine) as session:
        done = session.get_one(RuleRun, run_id)
        runs.finish(session, keys, done, result, passed, clock())
        if run.kind == "check":
            actor = audit.Actor("staff", run.asked_by) if run.asked_by else audit.OPERATOR
            facts: dict[str, Any] = {"sha256": run.sha256, "passed": passed}
            audit.record(
                session, keys, "rules.checked", actor, clock(), version=run.version, **facts
            )
        session.commit()
    return True


class _Beat:
    """Writes down how far a run has come, at most once a second."""

    def __init__(self, engine: Engine, run_id: str, clock: Clock) -> None:
        self.engine, self.run_id, self.clock = engine, run_id, clock
        self.last = clock()

    def __call__(self, done: int, total: int) -> None:
        """``done`` of ``total`` steps are done."""
        now = self.clock()
        if now - self.last < BEAT_EVERY:
            return
        self.last = now
        with Session(self.engine) as session:
            runs.beat(session, self.run_id, done, total, now)
            session.commit()


def _body(session: Session, run: RuleRun) -> bytes:
    """The bytes that the run is about; raises ``OutOfDate`` where they were changed since."""
    row = store.row_of(session, run.version)
    if row.sha256 != run.sha256:
        raise OutOfDate
    return row.body


def _check(
    engine: Engine, keys: KeyRing, run: RuleRun, progress: Progress, clock: Clock
) -> tuple[dict[str, Any], bool]:
    """The proof of a version, and the articles that it touches."""
    with Session(engine) as session:
        body = _body(session, run)
        touched = touched_articles(session, load(body))
    try:
        report = prove(body, progress=progress)
    except DefinitionError as error:
        return {"problems": [str(each) for each in error.problems], "articles": touched}, False
    except TooManyCombinations as error:
        told = f"{error.args[0]} combinations of answers are too many to run: ask or branch less"
        return {"problems": [told], "articles": touched}, False
    return {"problems": [], **report.pack(), "articles": touched}, report.proven


def touched_articles(session: Session, definition: Definition) -> list[str]:
    """The articles that a clinician should read again under ``definition``, a line each."""
    version = functools.cache(functools.partial(_version, session))
    confirmed = articles.confirmations(session)
    return spoken_of.to_read_again(spoken_of.beside(definition, confirmed, version))


def _version(session: Session, number: int) -> Definition | None:
    """A version of the database; None where there is none of that number."""
    try:
        return load(store.body_of(session, number))
    except NotFound:
        return None


def _replay(
    engine: Engine, keys: KeyRing, run: RuleRun, progress: Progress, clock: Clock
) -> tuple[dict[str, Any], bool]:
    """What a version makes of every stored check."""
    with Session(engine) as session:
        definition = load(_body(session, run))
        actor = audit.Actor("staff", run.asked_by) if run.asked_by else audit.OPERATOR
        stored.begin(session, keys, definition, None, None, actor, clock())
        session.commit()
    replayed, everything = Replay(definition), Criteria()
    with snapshot(engine) as session:
        total = rows.count(session, everything)
        for chunk in stored.each(session, keys, everything):
            for check in chunk:
                replayed.take(check)
            progress(replayed.taken, total)
    return replayed.summary(), True
