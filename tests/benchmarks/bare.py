"""A bare loop of writers: the product's own rows, committed durably without a server.

The schema (tables, indexes, triggers) is copied from the product's database, and each row is one
that a Send has left there with another id, so that both sides write the same bytes. Each writer
is a thread with its own connection; SQLite's own lock orders them.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intake import db
from tests.benchmarks.client import Tally

WRITERS = 16
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000")
# The driver that the product uses: another build of SQLite may be faster or slower.
driver = db.engine_for("sqlite:///never-opened.sqlite3").dialect.dbapi


@dataclass(frozen=True, slots=True)
class Sample:
    """What one Send leaves behind: a schema, a submission row, its event row."""

    schema: tuple[str, ...]
    submission: dict[str, Any]
    event: dict[str, Any]


def sqlite_version() -> str:
    """The version of SQLite that both sides use."""
    return str(driver.sqlite_version)  # type: ignore[union-attr]  # it is loaded


def connect(path: Path) -> sqlite3.Connection:
    """A durable connection without the driver's own transactions."""
    connection: sqlite3.Connection = driver.connect(  # type: ignore[union-attr]  # it is loaded
        str(path), timeout=30, isolation_level=None, check_same_thread=False
    )
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def sample(path: Path) -> Sample:
    """Read the newest Send of the product's database at ``path``."""
    connection = connect(path)
    schema = connection.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        " ORDER BY type = 'trigger', type = 'index', rowid"
    ).fetchall()
    event = _row(
        connection, "SELECT * FROM event WHERE name = 'submission.sent' ORDER BY sequence DESC"
    )
    submission = _row(
        connection, f"SELECT * FROM submission WHERE reference = '{event['subject']}'"
    )
    connection.close()
    return Sample(tuple(sql for (sql,) in schema), submission, event)


def _row(connection: sqlite3.Connection, query: str) -> dict[str, Any]:
    """The first row of ``query`` by column name."""
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return dict(zip(names, cursor.fetchone(), strict=True))


def stored(path: Path) -> int:
    """How many submissions the database at ``path`` holds."""
    connection = connect(path)
    (count,) = connection.execute("SELECT count(*) FROM submission").fetchone()
    connection.close()
    return int(count)


def prepare(path: Path, example: Sample) -> None:
    """Make an empty database with the product's schema at ``path``."""
    connection = connect(path)
    for sql in example.schema:
        connection.execute(sql)
    connection.execute("INSERT INTO event_head (id, sequence, hash) VALUES (1, 0, zeroblob(32))")
    connection.close()


def commits(path: Path, example: Sample, seconds: float) -> Tally:
    """What all writers together committed in about ``seconds``."""
    counts = [0] * WRITERS
    began = time.perf_counter()
    writers = [
        threading.Thread(target=_write, args=(path, example, began + seconds, counts, number))
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    return Tally(sum(counts), seconds=time.perf_counter() - began)


def _write(path: Path, example: Sample, until: float, counts: list[int], number: int) -> None:
    """One writer: the transactions of a Send, one after the other."""
    connection = connect(path)
    submission, event = dict(example.submission), dict(example.event)
    add_submission = _insert("submission", list(submission))
    add_event = _insert("event", list(event))
    try:
        while time.perf_counter() < until:
            submission["id"] = secrets.token_hex(16)
            submission["reference"] = event["subject"] = secrets.token_hex(4)
            connection.execute("BEGIN IMMEDIATE")
            (head,) = connection.execute("SELECT sequence FROM event_head").fetchone()
            event["sequence"] = head + 1
            connection.execute(add_submission, list(submission.values()))
            connection.execute(add_event, list(event.values()))
            connection.execute(
                "UPDATE event_head SET sequence = ?, hash = ? WHERE id = 1",
                (head + 1, event["hash"]),
            )
            connection.execute("COMMIT")
            counts[number] += 1
    finally:
        connection.close()


def _insert(table: str, columns: Sequence[str]) -> str:
    """The statement that inserts one row."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
