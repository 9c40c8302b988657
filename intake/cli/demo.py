"""``intake demo``: made-up people for a practice that is only being tried.

They walk through the same functions that serve patients, are marked as made up, and carry
numbers reserved for fiction (555-0100 to 555-0199).
"""

from __future__ import annotations

import datetime as dt
import os
import random
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import audit
from intake.alerts import store as alerts
from intake.articles import library
from intake.cli.made_up import Walk, contact_for, walk
from intake.cli.prepare import House, prepare
from intake.config import Settings
from intake.eligibility import Decision, Definition, Outcome
from intake.errors import SetupError
from intake.hours import due
from intake.hours.slots import Schedule, windows
from intake.hours.store import schedule_of
from intake.rulebook.store import read_shelf
from intake.submissions import store
from intake.submissions.models import Submission
from intake.submissions.store import Promise

MOST = 100_000
DAYS_BACK = 21


@click.command()
@click.option("--people", default=200, show_default=True, type=click.IntRange(1, MOST))
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same people.")
def demo(people: int, seed: int) -> None:
    """Fill a database that holds no real submissions with made-up people."""
    with (
        prepare(Settings.from_environment(os.environ)) as house,
        Session(house.engine, expire_on_commit=False) as session,
    ):
        refuse_real(session)
        made = _fill(house, session, people, random.Random(seed))  # noqa: S311 - made-up people, no secret
        audit.record(
            session,
            house.keys,
            "demo.filled",
            audit.OPERATOR,
            dt.datetime.now(dt.UTC),
            people=people,
        )
        session.commit()
    click.echo(f"{made} made-up submissions, each marked as such; {people - made} were sent on.")


def refuse_real(session: Session) -> None:
    """Raise ``SetupError`` when the database holds a real submission."""
    real = select(Submission.id).where(Submission.demo.is_(False)).limit(1)
    if session.scalars(real).first() is not None:
        raise SetupError(
            "This database holds real submissions: run the demo on another one "
            "(set INTAKE_INSTANCE to an empty folder)."
        )


def _fill(house: House, session: Session, people: int, dice: random.Random) -> int:
    """Walk ``people`` made-up people through the check; gives how many were stored."""
    definition = read_shelf(session).live_at(dt.datetime.now(dt.UTC))
    schedule = schedule_of(house.practice)
    articles = [None, *(article.slug for article in library.all_articles())]
    made = 0
    with click.progressbar(range(people), label="Made-up people") as numbers:
        for number in numbers:
            sent = dt.datetime.now(dt.UTC) - dt.timedelta(
                minutes=dice.randrange(5, DAYS_BACK * 24 * 60)
            )
            made += _send_one(
                house, session, definition, schedule, dice, sent, dice.choice(articles)
            )
            if number % 200 == 199:
                session.commit()
    return made


def _send_one(
    house: House,
    session: Session,
    definition: Definition,
    schedule: Schedule,
    dice: random.Random,
    sent: dt.datetime,
    source: str | None,
) -> int:
    """One person's check and call; 0 when the path ended before anything was stored."""
    person: Walk = walk(definition, dice, sent, source)
    ended = person.decision.outcome
    if ended in (Outcome.OUTSIDE_AREA, Outcome.UNDER_AGE):
        return 0
    if ended is Outcome.CRISIS and dice.random() < 0.5:
        return 0
    stored = store.submit(
        session,
        house.keys,
        draft=person.draft,
        definition=definition,
        decision=person.decision,
        now=sent,
        demo=True,
    )
    if not stored.new:
        return 0
    if ended is Outcome.CRISIS or dice.random() < 0.75:
        contact = contact_for(person, dice, schedule.zone)
        reached_at = sent + dt.timedelta(minutes=2)
        promise = _promise(schedule, contact.zone, person.decision, reached_at, dice)
        callback = store.attach_contact(
            session, house.keys, stored.submission.id, contact, promise, reached_at
        )
        if person.decision.priority and ended is not Outcome.CRISIS:
            # The window is kept as promised; the queue shows the same-day priority in time.
            callback.submission.due_at = due.due_with_priority(
                schedule, promise.due_at, reached_at, priority=True
            )
        # Marked as made up, so that they stand on the desk and nobody gets a letter.
        alerts.open_for(session, house.keys, callback.submission, reached_at, house.practice)
    return 1


def _promise(
    schedule: Schedule, zone: str, decision: Decision, at: dt.datetime, dice: random.Random
) -> Promise:
    """The call that a made-up person chose at ``at``, owed as the callback step owes it."""
    if decision.outcome is Outcome.CRISIS:
        return Promise("urgent", due.due_urgent(at))
    offered = windows(schedule, ZoneInfo(zone), at)
    if not offered or dice.random() < 0.3:
        wished = due.due_asap(schedule, at)
        owed = due.due_with_priority(schedule, wished, at, priority=decision.priority)
        return Promise("asap", owed)
    window = offered[min(int(dice.expovariate(0.4)), len(offered) - 1)]
    return Promise("window", due.due_window(window), window.start, window.end)
