"""Checks and replays that were asked for on the desk, each in a process of its own.

They take both cores for a while, so they run beside the server and give way to it. ``begin``
starts the process, ``perform`` is what it does.
"""

from __future__ import annotations

import datetime as dt
import functools
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, Self

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
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

log = structlog.get_logger()

COMMAND = "rules-run"
BEAT_SECONDS = 5.0
# A part of a proof takes seconds; a process that is stuck must not look alive for ever.
STUCK_AFTER = dt.timedelta(minutes=10)

Clock = Callable[[], dt.datetime]
Progress = Callable[[int, int], None]

_running: list[subprocess.Popen[bytes]] = []


def busy() -> bool:
    """Whether this process has a run at work already."""
    _running[:] = [process for process in _running if process.poll() is None]
    return bool(_running)


def begin(run_id: str) -> None:
    """Start the process that does a waiting run; raises ``OSError`` where none can be started."""
    command = [sys.executable, "-m", "intake.cli", COMMAND, run_id]
    # A session of its own: a server that is stopped does not take it along.
    _running.append(
        subprocess.Popen(  # noqa: S603 - our own command, with an id that the database gave
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )
    )


def perform(engine: Engine, keys: KeyRing, run_id: str, clock: Clock) -> bool:
    """Do one waiting run and keep its result.

    False where another process has it, or it is over, or it was taken from this one meanwhile:
    nothing is kept then. A run that cannot be done is kept as failed, and the error goes on.
    """
    with Session(engine, expire_on_commit=False) as session:
        run = runs.claim(session, run_id, clock())
        session.commit()
    if run is None:
        return False
    work = {"check": _check, "replay": _replay}[run.kind]
    try:
        with _Beat(engine, run, clock) as beat:
            result, passed = work(engine, keys, run, beat, clock)
    except BaseException as error:
        with Session(engine) as session:
            ours = runs.fail(session, run_id, clock(), run.attempts)
            session.commit()
        # Without its run, an error is only what became of the rules beneath it.
        if ours or not isinstance(error, Exception):
            raise
        return False
    with Session(engine) as session:
        kept = runs.finish(session, keys, run, result, passed, clock())
        if kept and run.kind == "check":
            actor = audit.Actor("staff", run.asked_by) if run.asked_by else audit.OPERATOR
            facts: dict[str, Any] = {"sha256": run.sha256, "passed": passed}
            audit.record(
                session, keys, "rules.checked", actor, clock(), version=run.version, **facts
            )
        session.commit()
    return kept


class _Lost(Exception):
    """The run is no longer this process's: thrown away, or taken up by another."""


class _Beat:
    """Gives signs of life from a thread of its own, and with each how far the run has come.

    Called with the steps done and all there are, it raises ``_Lost`` once the run is lost.
    """

    def __init__(self, engine: Engine, run: RuleRun, clock: Clock) -> None:
        self.engine, self.run, self.clock = engine, run, clock
        self.done, self.total, self.moved_at = 0, 0, clock()
        self.lost = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name="beat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def __call__(self, done: int, total: int) -> None:
        """``done`` of ``total`` steps are done."""
        self.done, self.total, self.moved_at = done, total, self.clock()
        if self.lost:
            raise _Lost

    def _repeat(self) -> None:
        while not self.lost and not self._over.wait(BEAT_SECONDS):
            now = self.clock()
            if now - self.moved_at > STUCK_AFTER:
                continue
            try:
                with Session(self.engine) as session:
                    self.lost = not runs.beat(session, self.run, self.done, self.total, now)
                    session.commit()
            except SQLAlchemyError as error:
                # The database may be back before the run counts as dead.
                log.error("beat_failed", part="rules", error=type(error).__name__)


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
