"""Checks and replays that were asked for on the desk: a row each, done by one process.

A run that gives no sign of life for a while counts as dead and may be taken up again.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from intake.crypto import KeyRing
from intake.rulebook.models import DefinitionVersion, RuleRun

KINDS = ("check", "replay")
DEAD_AFTER = dt.timedelta(seconds=60)


def ask(
    session: Session, kind: str, row: DefinitionVersion, by: str | None, now: dt.datetime
) -> RuleRun:
    """The run of ``kind`` for the bytes of ``row`` that waits or runs; a new one if there is none.

    ``by``: a staff id, None for the command line.
    """
    newest = newest_run(session, kind, row)
    if newest is not None and newest.state in ("waiting", "running"):
        return newest
    run = RuleRun(
        id=secrets.token_hex(16),
        kind=kind,
        version=row.version,
        sha256=row.sha256,
        state="waiting",
        done=0,
        total=0,
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


def newest_done(session: Session, kind: str, row: DefinitionVersion) -> RuleRun | None:
    """The newest finished run of ``kind`` for the bytes of ``row``."""
    return session.scalars(_of(kind, row).where(RuleRun.state == "done")).first()


def waiting(session: Session, now: dt.datetime) -> list[str]:
    """The ids of runs that somebody should take up, the oldest first."""
    ids = select(RuleRun.id).where(_free(now)).order_by(RuleRun.asked_at)
    return list(session.scalars(ids))


def claim(session: Session, run_id: str, now: dt.datetime) -> RuleRun | None:
    """Take up a run; None when another process has it, or it is over."""
    taken: CursorResult[Any] = session.execute(  # type: ignore[assignment]  # an UPDATE gives one
        update(RuleRun)
        .where(RuleRun.id == run_id, _free(now))
        .values(state="running", beat_at=now, done=0)
    )
    return session.get(RuleRun, run_id, populate_existing=True) if taken.rowcount else None


def beat(session: Session, run_id: str, done: int, total: int, now: dt.datetime) -> None:
    """Say how far a run has come."""
    values = {"done": done, "total": total, "beat_at": now}
    session.execute(update(RuleRun).where(RuleRun.id == run_id).values(values))


def finish(
    session: Session,
    keys: KeyRing,
    run: RuleRun,
    result: dict[str, Any],
    passed: bool,
    now: dt.datetime,
) -> None:
    """Keep the result of a run; ``passed``: it found nothing wrong."""
    run.state, run.passed, run.finished_at = "done", passed, now
    run.result_sealed = keys.seal_field(RuleRun.result_sealed, run.id, result)
    session.flush()


def fail(session: Session, run_id: str, now: dt.datetime) -> None:
    """Say that a run could not be done."""
    values = {"state": "failed", "finished_at": now}
    session.execute(update(RuleRun).where(RuleRun.id == run_id).values(values))


def result_of(keys: KeyRing, run: RuleRun) -> dict[str, Any]:
    """What a finished run found; raises ``UnreadableRecord``."""
    found: dict[str, Any] = keys.open_field(RuleRun.result_sealed, run.id, run.result_sealed or b"")
    return found


def _of(kind: str, row: DefinitionVersion) -> Any:
    """The runs of ``kind`` for the bytes of ``row``, the newest first."""
    same = (RuleRun.version == row.version, RuleRun.kind == kind, RuleRun.sha256 == row.sha256)
    return select(RuleRun).where(*same).order_by(RuleRun.asked_at.desc(), RuleRun.id)


def _free(now: dt.datetime) -> Any:
    """Waiting, or running without a sign of life."""
    dead = (RuleRun.state == "running") & (RuleRun.beat_at < now - DEAD_AFTER)
    return or_(RuleRun.state == "waiting", dead)
