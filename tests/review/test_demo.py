"""The desk of a demo: calls are owed as they are to people who are not made up."""

from __future__ import annotations

import random

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.cli import demo
from intake.cli.prepare import House
from intake.hours import due
from intake.hours.store import schedule_of
from intake.submissions.models import Submission


def test_made_up_calls_are_due_as_real_ones(house: House, session: Session) -> None:
    """An urgent call is due from its request on, a same-day one by the priority's time."""
    demo._fill(house, session, 120, random.Random(5))
    session.commit()
    schedule = schedule_of(house.practice)
    wanted = select(Submission).where(Submission.contact_at.is_not(None))
    kinds = set()
    for sent in session.scalars(wanted):
        call, asked = sent.callbacks[-1], sent.contact_at
        assert asked is not None and sent.due_at is not None
        if call.kind == "urgent":
            kinds.add("urgent")
            assert sent.due_at == due.due_urgent(asked)
        elif sent.priority:
            kinds.add("same day")
            assert sent.due_at <= due.due_priority(schedule, asked)
        elif call.kind == "asap":
            kinds.add("asap")
            assert sent.due_at == due.due_asap(schedule, asked)
    assert kinds == {"urgent", "same day", "asap"}
