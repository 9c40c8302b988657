"""Whatever the owner of the file does to an event is named by its place."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from intake import audit
from intake.cli.prepare import House

pytestmark = pytest.mark.both_databases
NOW = dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC)
EVENTS = 60
STAFF = audit.Actor("staff", "sABCDE", "192.0.2.7")
COLUMNS = {
    "at": ["2026-11-24 15:00:00.000000", "2026-11-23 15:00:00.000001"],
    "name": ["account.read", "x"],
    "actor_kind": ["operator", "x"],
    "actor_id": ["sZZZZZ", None],
    "subject": ["QQQ-2222", None],
    "network": ["192.0.2.8", None, ""],
    "detail": ['{"type":"x"}', "", "{ }"],
    "key_id": [1, 2, 99],
    "hash": [bytes(32), b"", b"x" * 32],
}


@pytest.fixture
def full(house: House) -> House:
    """A house with sixty events more than a new one, its triggers taken away by the owner."""
    with Session(house.engine) as session:
        first = int(audit.head_line(session).split(":")[0])
        for number in range(EVENTS - first):
            audit.record(
                session,
                house.keys,
                "submission.noted",
                STAFF if number % 3 else audit.OPERATOR,
                NOW + dt.timedelta(seconds=number),
                subject="ABC-2345" if number % 2 else None,
                type="call",
            )
        session.commit()
    with house.engine.begin() as connection:
        suffix = "" if connection.dialect.name == "sqlite" else " ON event"
        for name in ("event_no_update", "event_no_delete"):
            connection.execute(text(f"DROP TRIGGER {name}{suffix}"))
    return house


def found(connection: Connection, house: House, *anchors: audit.Anchor) -> audit.Break | None:
    """What a check finds."""
    with Session(connection) as session:
        return audit.check(session, house.keys, anchors).broken


def anchor(connection: Connection, sequence: int) -> audit.Anchor:
    """The anchor that somebody kept of one event."""
    head = connection.execute(
        text("SELECT hash FROM event WHERE sequence = :n"), {"n": sequence}
    ).scalar_one()
    return audit.Anchor(sequence, bytes(head), "2026-11-23")


def run(connection: Connection, statement: str, **values: Any) -> None:
    """One statement of the owner."""
    connection.execute(text(statement), values)


def test_the_chain_is_whole_as_written(full: House) -> None:
    """Nothing is named where nothing was done."""
    with full.engine.connect() as connection:
        assert found(connection, full, anchor(connection, EVENTS)) is None


@given(data=st.data(), place=st.integers(1, EVENTS), column=st.sampled_from(sorted(COLUMNS)))
def test_any_edited_column_is_named(
    full: House, data: st.DataObject, place: int, column: str
) -> None:
    """Any column of any row, network and detail included."""
    value = data.draw(st.sampled_from(COLUMNS[column]))
    with full.engine.connect() as connection:
        old = connection.execute(
            text(f"SELECT {column} FROM event WHERE sequence = :n"), {"n": place}
        ).scalar_one()
        if isinstance(old, dt.datetime):
            value = dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
        run(connection, f"UPDATE event SET {column} = :v WHERE sequence = :n", v=value, n=place)
        broken = found(connection, full)
        assert (broken is None) is (value == old)
        assert broken is None or (broken.kind, broken.sequence) == ("changed", place)


@given(places=st.sets(st.integers(1, EVENTS), min_size=2, max_size=2))
def test_two_swapped_rows_are_named(full: House, places: set[int]) -> None:
    """Each row whole, but in the other's place."""
    first, second = sorted(places)
    with full.engine.connect() as connection:
        for came_from, to in ((first, 0), (second, first), (0, second)):
            run(
                connection,
                "UPDATE event SET sequence = :to WHERE sequence = :n",
                to=to,
                n=came_from,
            )
        broken = found(connection, full)
        assert broken and (broken.kind, broken.sequence) == ("out of order", first)


@given(place=st.integers(1, EVENTS))
def test_a_deleted_row_is_named(full: House, place: int) -> None:
    """The row that is missing, the last one too."""
    with full.engine.connect() as connection:
        run(connection, "DELETE FROM event WHERE sequence = :n", n=place)
        broken = found(connection, full)
        assert broken and (broken.kind, broken.sequence) == ("missing", place)


COPY = (
    "INSERT INTO event (sequence, at, name, actor_kind, actor_id, subject, network, detail, "
    "key_id, hash) SELECT :to, at, name, actor_kind, actor_id, subject, network, detail, key_id, "
    "hash FROM event WHERE sequence = :n"
)


@given(place=st.integers(2, EVENTS + 1))
def test_a_forged_row_is_named(full: House, place: int) -> None:
    """An event that nobody wrote, between others or at the end."""
    with full.engine.connect() as connection:
        run(connection, "UPDATE event SET sequence = -sequence WHERE sequence >= :n", n=place)
        run(connection, "UPDATE event SET sequence = 1 - sequence WHERE sequence < 0")
        run(connection, COPY, to=place, n=place - 1)
        broken = found(connection, full)
        assert broken and (broken.kind, broken.sequence) == ("added", place)


@given(left=st.integers(1, EVENTS - 1))
def test_a_cut_tail_is_named(full: House, left: int) -> None:
    """By the head row; where it was cut along, by an anchor that somebody kept."""
    with full.engine.connect() as connection:
        kept = anchor(connection, EVENTS)
        head = anchor(connection, left).hash
        run(connection, "DELETE FROM event WHERE sequence > :n", n=left)
        broken = found(connection, full)
        assert broken and (broken.kind, broken.sequence) == ("missing", left + 1)
        run(connection, "UPDATE event_head SET sequence = :n, hash = :h", n=left, h=head)
        assert found(connection, full) is None
        broken = found(connection, full, kept)
        assert broken and (broken.kind, broken.sequence) == ("cut", left + 1)
        assert f"events up to {EVENTS} were there on 2026-11-23" in broken.words


def test_events_after_a_cut_do_not_hide_it(full: House) -> None:
    """A chain that grew on after its tail was cut differs from the anchor."""
    with full.engine.connect() as connection:
        kept = anchor(connection, EVENTS)
        head = anchor(connection, EVENTS - 1).hash
        run(connection, "DELETE FROM event WHERE sequence = :n", n=EVENTS)
        run(connection, "UPDATE event_head SET sequence = :n, hash = :h", n=EVENTS - 1, h=head)
        with Session(connection) as session:
            audit.record(session, full.keys, "team.listed", audit.OPERATOR, NOW)
            broken = audit.check(session, full.keys, [kept]).broken
        assert broken and (broken.kind, broken.sequence) == ("cut", EVENTS)


def test_the_database_refuses(house: House) -> None:
    """With its triggers in place, no UPDATE, DELETE, REPLACE or TRUNCATE reaches an event."""
    sqlite = house.engine.dialect.name == "sqlite"
    other = (
        "INSERT OR REPLACE INTO event SELECT * FROM event WHERE sequence = 1"
        if sqlite
        else "TRUNCATE event"
    )
    for statement in ("UPDATE event SET network = 'x'", "DELETE FROM event", other):
        with house.engine.connect() as connection, pytest.raises(DBAPIError, match="never changed"):
            connection.execute(text(statement))
