"""The database: instants in UTC, guarded events, one shape on both."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from intake import audit, schema
from intake.cli.prepare import House
from intake.db import Base
from intake.errors import SetupError, TooMany
from intake.limits import Limit, check, forget_old, hit

pytestmark = pytest.mark.both_databases
NOW = dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC)


def record(house: House, session: Session, count: int) -> None:
    """Append ``count`` events."""
    for _ in range(count):
        audit.record(session, house.keys, "team.listed", audit.OPERATOR, NOW)


def test_head_equals_the_models(house: House) -> None:
    """The migrations build exactly the tables that the code declares."""
    with house.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_down_and_up_again(house: House) -> None:
    """The first migration can be undone and done again, triggers included."""
    schema.downgrade(house.engine, "base")
    schema.upgrade(house.engine)
    with Session(house.engine) as session:
        record(house, session, 1)
        session.commit()
        with pytest.raises(DBAPIError):
            session.execute(text("DELETE FROM event"))


def test_a_newer_database_is_refused(house: House) -> None:
    """A database of a later release is named, and nothing is changed."""
    with house.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for act in (schema.check, schema.upgrade):
        with pytest.raises(SetupError, match="newer"):
            act(house.engine)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET name = 'x'",
        "DELETE FROM event",
        "UPDATE event SET hash = hash WHERE sequence = 1",
    ],
)
def test_events_cannot_be_changed(house: House, statement: str) -> None:
    """The database itself refuses to change or delete an event."""
    with Session(house.engine) as session:
        record(house, session, 2)
        session.commit()
        with pytest.raises(DBAPIError, match="never changed"):
            session.execute(text(statement))


def test_events_form_one_chain(house: House, session: Session) -> None:
    """Sequence numbers follow each other, and each hash covers the one before."""
    record(house, session, 5)
    session.commit()
    previous = bytes(32)
    events = session.scalars(select(audit.Event).order_by(audit.Event.sequence)).all()
    start = len(events) - 5
    for number, event in enumerate(events, 1):
        assert event.sequence == number
        assert house.keys.mac_fits(
            "audit", event.key_id, audit.chained(event, previous), event.hash
        )
        previous = event.hash
    assert start >= 0


def test_parallel_events_never_fork_the_chain(house: House) -> None:
    """Eight writers at once leave one unbroken sequence."""

    def write() -> None:
        for _ in range(5):
            with Session(house.engine) as session:
                record(house, session, 1)
                session.commit()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(house.engine) as session:
        numbers = session.scalars(select(audit.Event.sequence).order_by("sequence")).all()
        assert list(numbers) == list(range(1, len(numbers) + 1))
        assert len(numbers) >= 40


def test_an_event_takes_exactly_its_keys(house: House, session: Session) -> None:
    """An unknown name, a missing key or one too many is refused."""
    with pytest.raises(KeyError):
        audit.record(session, house.keys, "no.such", audit.CLOCK, NOW)
    with pytest.raises(ValueError, match="exactly"):
        audit.record(session, house.keys, "team.listed", audit.CLOCK, NOW, phone="Ana")
    with pytest.raises(ValueError, match="exactly"):
        audit.record(session, house.keys, "submission.noted", audit.CLOCK, NOW)


def test_a_naive_time_is_refused(session: Session) -> None:
    """An instant without a zone never reaches a column."""
    with pytest.raises((StatementError, ValueError)):
        session.execute(select(audit.Event).where(audit.Event.at < dt.datetime(2026, 1, 1)))


def test_one_head_only(session: Session) -> None:
    """The chain has one end."""
    with pytest.raises(IntegrityError):
        session.execute(
            text("INSERT INTO event_head (id, sequence, hash) SELECT 2, 0, hash FROM event_head")
        )


def test_limits_count_exactly_under_threads(house: House) -> None:
    """Forty hits from eight threads count forty, and the limit is passed once at its edge."""
    limit = Limit("test", 40, 3600)

    def strike() -> None:
        for _ in range(5):
            with Session(house.engine) as session:
                hit(session, limit, "someone", NOW)
                session.commit()

    threads = [threading.Thread(target=strike) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(house.engine) as session:
        with pytest.raises(TooMany) as refused:
            check(session, limit, "someone", NOW)
        assert 0 < refused.value.retry_after <= 3600
        check(session, limit, "someone else", NOW)
        check(session, limit, "someone", NOW + dt.timedelta(hours=1))
        assert forget_old(session, NOW + dt.timedelta(hours=3)) == 3
