"""Anonymous figures in the database: added by batches, read by ranges of days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from intake.counters.models import Count
from intake.counters.tally import Key, tally_of


def flush(app: Flask, now: dt.datetime) -> int:
    """Write what this process counted since the last time; gives how many numbers were added to.

    They are put on the practice's day at ``now`` (UTC). Safe in several processes at once. Where
    the database fails, its error is raised and the numbers wait for the next time; only an answer
    that is lost after the commit can make them count twice.
    """
    tally = tally_of(app)
    numbers = tally.take()
    if not numbers:
        return 0
    try:
        with Session(app.extensions["engine"]) as session:
            add(session, numbers, now.astimezone(app.extensions["practice"].zone).date())
            session.commit()
    except BaseException:
        tally.put_back(numbers)
        raise
    return len(numbers)


def add(session: Session, numbers: Mapping[Key, int], day: dt.date) -> None:
    """Add ``numbers``, by kind, name and version, to those of ``day``; never commits."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = insert(Count)
    # In one order, so that two processes never wait for each other in a ring.
    rows = [
        {"day": day, "kind": kind, "name": name, "version": version, "number": number}
        for (kind, name, version), number in sorted(numbers.items())
    ]
    session.connection().execute(
        statement.on_conflict_do_update(
            index_elements=["day", "kind", "name", "version"],
            set_={"number": Count.number + statement.excluded.number},
        ),
        rows,
    )


def total(session: Session, since: dt.date, until: dt.date) -> Mapping[Key, int]:
    """The sums of the days from ``since`` to ``until``, both included, by kind, name, version."""
    found = session.execute(
        select(Count.kind, Count.name, Count.version, func.sum(Count.number))
        .where(Count.day.between(since, until))
        .group_by(Count.kind, Count.name, Count.version)
    )
    return {(kind, name, version): int(number) for kind, name, version, number in found}
