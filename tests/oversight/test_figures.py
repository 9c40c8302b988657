"""The numbers about submissions cost what they count, and not what the table holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from intake.cli.prepare import House
from intake.submissions import figures

NOW = dt.datetime(2026, 11, 23, 15, 0, tzinfo=dt.UTC)
SINCE = (NOW - dt.timedelta(days=30), NOW)
INDEXES = (
    ("ix_submission_still_owed", lambda session: figures.oldest(session)),
    ("ix_submission_submitted_at_outcome", lambda session: figures.outcomes(session, *SINCE)),
    ("ix_callback_due_at_status_settled_at", lambda session: figures.calls(session, *SINCE)),
    (
        "ix_submission_flagged_no_contact",
        lambda session: figures.flagged_without_contact(session, *SINCE),
    ),
)


@pytest.mark.both_databases
@pytest.mark.parametrize(("index", "ask"), INDEXES)
def test_each_number_is_counted_along_an_index(
    house: House, session: Session, index: str, ask: Callable[[Session], object]
) -> None:
    """No number makes the database go through every submission."""
    plans: list[str] = []
    sqlite = house.engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
    if not sqlite:
        # Tables this small are read whole unless that is forbidden.
        session.execute(text("SET enable_seqscan = off"))

    def plan(_connection: object, cursor: Any, statement: str, given: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            asked = cursor.connection.cursor()
            asked.execute(explain + statement, given)
            plans.append(str(asked.fetchall()))

    event.listen(house.engine, "before_cursor_execute", plan)
    ask(session)
    session.rollback()
    assert len(plans) == 1 and index in plans[0]
