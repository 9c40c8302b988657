"""Checks and replays that were asked for on the desk: a row each, done by one process.

A run that gives no sign of life for a while counts as dead and may be taken up again, three times
in all. Each time it is counted, and who has it is known by that count: a process that comes back
late changes nothing about a run that another has.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from sqlalchemy import CursorResult, Update, and_, case, or_, select, update
from sqlalchemy.orm import Session

from intake.crypto import KeyRing
from intake.rulebook.models import DefinitionVersion, RuleRun

KINDS = ("check", "replay")
DEAD_AFTER = dt.timedelta(seconds=60)
MOST_ATTEMPTS = 3
OPEN = ("waiting", "running")


def ask(
    session: Session, kind: str, row: DefinitionVersion, by: str | None, now: dt.datetime
) -> RuleRun:
    """The run of ``kind`` for the bytes of ``row`` that waits or runs; a new one if there is none.

    ``by``: a staff id, None for the command line.
    """
    newest = newest_run(session, kind, row)
    if newest is not None and newest.state in OPEN:
        return newest
    run = RuleRun(
        id=secrets.token_hex(16),
        kind=kind,
        version=row.version,
        sha256=row.sha256,
        state="waiting",
        done=0,
        total=0,
        attempts=0,
        asked_at=now,
        asked_by=by,
        beat_at=now,
    )
    session.add(run)
    session.flush()
    return run


def newest_run(session: Session, kind: str, row: DefinitionVersion) -> RuleRun | None:
    """The newest run of ``kind`` for the bytes of ``row``, whatever its state."""
    return session.scalars(_of(kind, row)).first()


def waiting(session: Session, now: dt.datetime) -> list[str]:
    """The ids of runs that somebody should begin: the least often tried first, then the oldest."""
    ids = select(RuleRun.id).where(_silent(now), RuleRun.attempts < MOST_ATTEMPTS)
    return list(session.scalars(ids.order_by(RuleRun.attempts, RuleRun.asked_at)))


def spent(session: Session, now: dt.datetime) -> list[str]:
    """The ids of runs that were tried as often as they may be, and give no sign of life."""
    ids = select(RuleRun.id).where(_silent(now), RuleRun.attempts >= MOST_ATTEMPTS)
    return list(session.scalars(ids))


def begun(session: Session, run_id: str, now: dt.datetime) -> bool:
    """Count that a process is begun for a run; False where somebody else was faster.

    Whether or not the process ever claims it, nobody begins the run again for a while.
    """
    return _changed(
        session,
        update(RuleRun)
        .where(RuleRun.id == run_id, _silent(now), RuleRun.attempts < MOST_ATTEMPTS)
        .values(state="waiting", beat_at=now, attempts=RuleRun.attempts + 1),
    )


def claim(session: Session, run_id: str, now: dt.datetime) -> RuleRun | None:
    """Take up a run; None when another process has it, or it is over.

    It is counted here too, unless that was done when this process was begun.
    """
    counted = and_(RuleRun.state == "waiting", RuleRun.attempts > 0)
    free = or_(counted, and_(_silent(now), RuleRun.attempts < MOST_ATTEMPTS))
    taken = _changed(
        session,
        update(RuleRun)
        .where(RuleRun.id == run_id, free)
        .values(
            state="running",
            beat_at=now,
            done=0,
            attempts=case((counted, RuleRun.attempts), else_=RuleRun.attempts + 1),
        ),
    )
    return session.get(RuleRun, run_id, populate_existing=True) if taken else None


def beat(session: Session, run: RuleRun, done: int, total: int, now: dt.datetime) -> bool:
    """Say how far a run has come; False where it is no longer this process's."""
    values = {"done": done, "total": total, "beat_at": now}
    return _changed(session, _still(run.id, run.attempts).values(values))


def finish(
    session: Session,
    keys: KeyRing,
    run: RuleRun,
    result: dict[str, Any],
    passed: bool,
    now: dt.datetime,
) -> bool:
    """Keep the result of a run; ``passed``: it found nothing wrong.

    False, and nothing is kept, where another process has the run, or it is over or gone.
    """
    sealed = keys.seal_field(RuleRun.result_sealed, run.id, result)
    values = {"state": "done", "passed": passed, "finished_at": now, "result_sealed": sealed}
    return _changed(session, _still(run.id, run.attempts).values(values))


def fail(session: Session, run_id: str, now: dt.datetime, attempt: int | None = None) -> bool:
    """Say that a run could not be done; False where it is over or gone.

    ``attempt``: only while this is the newest; a run that was given up has no such number.
    """
    return _changed(session, _still(run_id, attempt).values(state="failed", finished_at=now))


def result_of(keys: KeyRing, run: RuleRun) -> dict[str, Any]:
    """What a finished run found; raises ``UnreadableRecord``."""
    found: dict[str, Any] = keys.open_field(RuleRun.result_sealed, run.id, run.result_sealed or b"")
    return found


def _of(kind: str, row: DefinitionVersion) -> Any:
    """The runs of ``kind`` for the bytes of ``row``, the newest first."""
    same = (RuleRun.version == row.version, RuleRun.kind == kind, RuleRun.sha256 == row.sha256)
    return select(RuleRun).where(*same).order_by(RuleRun.asked_at.desc(), RuleRun.id)


def _silent(now: dt.datetime) -> Any:
    """Open, and either never begun or without a sign of life."""
    return RuleRun.state.in_(OPEN) & or_(
        and_(RuleRun.state == "waiting", RuleRun.attempts == 0), RuleRun.beat_at < now - DEAD_AFTER
    )


def _still(run_id: str, attempt: int | None) -> Update:
    """A change of a run that is open, and at this attempt."""
    change = update(RuleRun).where(RuleRun.id == run_id, RuleRun.state.in_(OPEN))
    return change if attempt is None else change.where(RuleRun.attempts == attempt)


def _changed(session: Session, change: Update) -> bool:
    """Whether ``change`` met a row."""
    done: CursorResult[Any] = session.execute(change)  # type: ignore[assignment]  # an UPDATE
    return bool(done.rowcount)
