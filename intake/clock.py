"""What runs by time, in a thread beside the requests of each process.

Every round is safe to run in several processes at once: rows are locked, and a row that one
process has closed is passed over by the others.
"""

from __future__ import annotations

import datetime as dt
import threading

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from intake import limits
from intake.submissions import store

log = structlog.get_logger()

EVERY_SECONDS = 60.0


def tick(app: Flask, now: dt.datetime) -> int:
    """One round at ``now`` (UTC): closes submissions without contact; gives how many."""
    with Session(app.extensions["engine"], expire_on_commit=False) as session:
        closed = store.close_without_contact(session, app.extensions["keys"], now)
        limits.forget_old(session, now)
        session.commit()
    return closed


def start(app: Flask, every: float = EVERY_SECONDS) -> threading.Event:
    """Run ``tick`` every ``every`` seconds until the event that is given back is set."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(every):
            try:
                closed = tick(app, dt.datetime.now(dt.UTC))
            except SQLAlchemyError as error:
                log.error("clock_failed", error=type(error).__name__)
            else:
                if closed:
                    log.info("submissions_closed", closed=closed)

    threading.Thread(target=run, name="clock", daemon=True).start()
    return stop
