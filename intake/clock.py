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
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from intake import limits, rulebook
from intake.clinician import work
from intake.errors import SetupError
from intake.submissions import store

log = structlog.get_logger()

EVERY_SECONDS = 60.0
# An order to go live is given eight seconds ahead; every process must have read it by then.
RULES_EVERY_SECONDS = 2.5


def tick(app: Flask, now: dt.datetime) -> int:
    """One round at ``now`` (UTC): closes submissions without contact; gives how many."""
    with Session(app.extensions["engine"], expire_on_commit=False) as session:
        closed = store.close_without_contact(session, app.extensions["keys"], now)
        limits.forget_old(session, now)
        session.commit()
    return closed


def watch_rules(app: Flask, now: dt.datetime) -> None:
    """Read versions that were signed or ordered elsewhere; begin a check or replay that waits."""
    with app.extensions["readers"]() as session:
        if rulebook.refresh(app, session):
            log.info("rules_read")
        waiting = rulebook.runs.waiting(session, now)
    if waiting:
        work.begin(waiting[0])


def start(app: Flask, every: float = EVERY_SECONDS) -> threading.Event:
    """Run ``tick`` every ``every`` seconds, and watch the rules, until the event given is set."""
    stop = threading.Event()
    _repeat(stop, "clock", every, lambda now: _say_closed(tick(app, now)))
    _repeat(stop, "rules", min(every, RULES_EVERY_SECONDS), lambda now: watch_rules(app, now))
    return stop


def _repeat(
    stop: threading.Event, name: str, every: float, act: Callable[[dt.datetime], None]
) -> None:
    """Run ``act`` every ``every`` seconds in a thread of its own; a failed round is logged."""

    def run() -> None:
        while not stop.wait(every):
            try:
                act(dt.datetime.now(dt.UTC))
            except (SQLAlchemyError, OSError, SetupError) as error:
                log.error("clock_failed", part=name, error=type(error).__name__)

    threading.Thread(target=run, name=name, daemon=True).start()


def _say_closed(closed: int) -> None:
    """Log how many submissions a round closed."""
    if closed:
        log.info("submissions_closed", closed=closed)
