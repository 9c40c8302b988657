"""What runs by time, in threads beside the requests of each process.

Every round is safe to run in several processes at once: rows are locked, and a row that one
process has closed is passed over by the others.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import structlog
from flask import Flask
from sqlalchemy.orm import Session

from intake import audit, counters, limits, logs, rulebook
from intake.alerts import climb
from intake.clinician import work
from intake.mail import worker
from intake.practice import Practice
from intake.submissions import kept, store

log = structlog.get_logger()

EVERY_SECONDS = 60.0
# An alert that climbs writes a letter, which should not wait for another minute.
MAIL_EVERY_SECONDS = 5.0
COUNTS_EVERY_SECONDS = 30.0
# An order to go live is given eight seconds ahead; every process must have read it by then.
RULES_EVERY_SECONDS = 2.5


def tick(app: Flask, now: dt.datetime) -> None:
    """One round at ``now`` (UTC), each part in a transaction of its own.

    Alerts come first. A part that fails keeps none of the others from being done; its error is
    raised at the end.
    """
    failed: list[Exception] = []
    for part in (_climb, _close, _forget, _anchor):
        try:
            with Session(app.extensions["engine"], expire_on_commit=False) as session:
                part(app, session, now)
        except Exception as error:  # raised below, once the other parts are done
            failed.append(error)
    if failed:
        raise failed[0]


def _climb(app: Flask, session: Session, now: dt.datetime) -> None:
    """Move up the alerts that nobody took in time."""
    facts: Practice = app.extensions["practice"]
    base_url = app.extensions["settings"].base_url
    moved = climb.climb(session, app.extensions["keys"], facts, now, base_url)
    session.commit()
    if moved:
        log.warning("alerts_climbed", part="alerts")


def _close(app: Flask, session: Session, now: dt.datetime) -> None:
    """Close submissions that nobody can be called for."""
    closed = store.close_without_contact(session, app.extensions["keys"], now)
    session.commit()
    if closed:
        log.info("submissions_closed", closed=closed)


def _forget(app: Flask, session: Session, now: dt.datetime) -> None:
    """Forget what has had its time: rate limits, kept notes."""
    limits.forget_old(session, now)
    kept.forget_old(session, app.extensions["keys"], now)
    session.commit()


def _anchor(app: Flask, session: Session, now: dt.datetime) -> None:
    """Log the end of the chain of events once a day, to be kept elsewhere."""
    zone = app.extensions["practice"].zone
    with app.extensions["readers"]() as reading:
        if not audit.anchor_due(reading, now, zone):
            return
    line = audit.anchor_daily(session, app.extensions["keys"], now, zone)
    session.commit()
    if line is not None:
        log.info("audit_head", head=line)


def watch_rules(app: Flask, now: dt.datetime) -> None:
    """Read versions that were signed or ordered elsewhere; begin a check or replay that waits.

    The second is done whatever became of the first, which may raise ``SetupError``.
    """
    try:
        _read_rules(app)
    finally:
        _take_up(app, now)


def _read_rules(app: Flask) -> None:
    """Read the rules again if anything changed, and keep whether that could be done."""
    try:
        with app.extensions["readers"]() as session:
            if rulebook.refresh(app, session):
                log.info("rules_read")
    except Exception:
        app.extensions["rules_behind"] = True
        raise
    app.extensions["rules_behind"] = False


def _take_up(app: Flask, now: dt.datetime) -> None:
    """Give up runs that were tried often enough, and begin the next that waits."""
    with app.extensions["readers"]() as session:
        spent = rulebook.runs.spent(session, now)
        waiting = [] if work.busy() else rulebook.runs.waiting(session, now)
    if not spent and not waiting:
        return
    with Session(app.extensions["engine"]) as session:
        for run_id in spent:
            rulebook.runs.fail(session, run_id, now)
        # Counted before it is begun: a process that dies at once is not begun for ever.
        begun = bool(waiting) and rulebook.runs.begun(session, waiting[0], now)
        session.commit()
    if spent:
        log.error("rules_run_given_up", part="rules")
    if begun:
        work.begin(waiting[0])


def start(app: Flask, every: float = EVERY_SECONDS) -> threading.Event:
    """Run ``tick`` every ``every`` seconds, and watch the rules, until the event given is set."""
    stop = threading.Event()
    app.extensions["rules_behind"] = False
    app.extensions["readiness"].append(("rules", lambda: _behind(app)))
    _repeat(stop, "clock", every, lambda now: tick(app, now))
    _repeat(stop, "rules", min(every, RULES_EVERY_SECONDS), lambda now: watch_rules(app, now))
    _repeat(stop, "mail", min(every, MAIL_EVERY_SECONDS), lambda now: worker.send_due(app, now))
    _repeat(stop, "counts", min(every, COUNTS_EVERY_SECONDS), lambda now: counters.flush(app, now))
    return stop


def _repeat(
    stop: threading.Event, name: str, every: float, act: Callable[[dt.datetime], object]
) -> None:
    """Run ``act`` every ``every`` seconds in a thread of its own; a failed round is logged."""

    def run() -> None:
        while not stop.wait(every):
            try:
                act(dt.datetime.now(dt.UTC))
            except Exception as error:  # the next round must come, whatever this one met
                place = logs.where(error.__traceback__)
                log.error("clock_failed", part=name, error=type(error).__name__, where=place)

    threading.Thread(target=run, name=name, daemon=True).start()


def _behind(app: Flask) -> str | None:
    """Say that the newest rules could not be read, while that is so."""
    return "the last reading failed; the log says why" if app.extensions["rules_behind"] else None
