"""The line of SQLite's writers: nothing lost, nobody waits for ever, the dead hold nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from intake import audit, db
from intake.cli.prepare import House
from intake.sqlite_queue import WriteQueue
from tests.conftest import FULL_SIZE
from tests.support.client import Visitor
from tests.support.walker import SAFE, check_and_send

THREADS, PROCESSES = (16, 4) if FULL_SIZE else (8, 2)
EACH = 10

COUNT = """
import sys, threading
from sqlalchemy import text
from intake.db import engine_for
engine = engine_for(sys.argv[1])
def add():
    for _ in range(int(sys.argv[3])):
        with engine.begin() as connection:
            found = connection.execute(text("SELECT n FROM counted")).scalar_one()
            connection.execute(text("UPDATE counted SET n = :n"), {"n": found + 1})
threads = [threading.Thread(target=add) for _ in range(int(sys.argv[2]))]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
HOLD = """
import sys, time
from pathlib import Path
from intake.sqlite_queue import WriteQueue
WriteQueue(Path(sys.argv[1])).enter(object())
print("holds", flush=True)
time.sleep(60)
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file that a line can stand beside."""
    path = tmp_path / "some.sqlite3"
    path.touch(0o640)
    return path


@pytest.fixture
def engine(database: Path) -> Engine:
    """An engine on a database with one counter."""
    made = db.engine_for(f"sqlite:///{database}")
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE counted (n INTEGER)"))
        connection.execute(text("INSERT INTO counted VALUES (0)"))
    return made


def counted(engine: Engine) -> int:
    """What the counter says."""
    with engine.connect().execution_options(readonly=True) as connection:
        return int(connection.execute(text("SELECT n FROM counted")).scalar_one())


def free(database: Path) -> bool:
    """Whether a writer could begin at once."""
    line, writer = WriteQueue(database, patience=0), object()
    try:
        line.enter(writer)
    except TimeoutError:
        return False
    line.leave(writer)
    return True


def test_no_increment_is_lost(engine: Engine, database: Path) -> None:
    """Threads of several processes read and write one number; every step counts."""
    asked = [sys.executable, "-c", COUNT, f"sqlite:///{database}", str(THREADS), str(EACH)]
    running = [subprocess.Popen(asked) for _ in range(PROCESSES)]
    assert [process.wait(120) for process in running] == [0] * PROCESSES
    assert counted(engine) == THREADS * PROCESSES * EACH


def test_a_killed_writer_holds_nobody_up(database: Path) -> None:
    """The system frees the line when its holder is killed."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "holds\n"
    assert not free(database)
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait(30)
    holder.stdout.close()
    assert free(database)


def test_the_line_is_left_however_a_transaction_ends(engine: Engine, database: Path) -> None:
    """Commit, rollback, a failed statement, a lost connection and a closed session free it."""
    with engine.begin() as connection:
        assert not free(database)
    assert free(database)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        connection.rollback()
        assert free(database)
        connection.execute(text("SELECT 1"))
        connection.invalidate()
    assert free(database)
    with pytest.raises(OperationalError), engine.begin() as connection:
        connection.execute(text("SELECT no_such_column FROM counted"))
    assert free(database)
    session = Session(engine)
    session.execute(text("UPDATE counted SET n = 5"))
    session.close()
    assert free(database) and counted(engine) == 0


def test_a_begin_that_fails_leaves_the_line(engine: Engine, database: Path) -> None:
    """A program outside the line holds the database: the error comes, and the line is free."""
    outside = engine.raw_connection()
    outside.cursor().execute("BEGIN IMMEDIATE")
    with engine.connect() as connection:
        assert connection.connection.dbapi_connection is not None
        connection.connection.dbapi_connection.execute("PRAGMA busy_timeout=0")
        with pytest.raises(OperationalError, match="locked"):
            connection.execute(text("SELECT 1"))
        outside.rollback()
        assert free(database)
        connection.execute(text("SELECT 1"))
    outside.close()


def test_a_long_wait_ends_as_a_busy_database(engine: Engine, database: Path) -> None:
    """Who waits too long, for another thread or another program's turn, is told so."""
    outside, writer = WriteQueue(database), object()
    outside.enter(writer)
    with pytest.raises(TimeoutError):
        WriteQueue(database, patience=0.01).enter(object())
    inside = WriteQueue(database.with_name("other"), patience=0.01)
    database.with_name("other").touch()
    thread = threading.Thread(target=inside.enter, args=(writer,))
    thread.start()
    thread.join()
    with pytest.raises(TimeoutError):
        inside.enter(object())
    inside.leave(writer)
    outside.leave(writer)
    assert free(database) and free(database.with_name("other"))


def test_a_thread_that_would_wait_for_itself_is_told(engine: Engine) -> None:
    """A second transaction inside the first is an error at once; after it, it is none."""
    with engine.begin() as connection:
        with pytest.raises(RuntimeError, match="writes already"), engine.begin():
            pass
        connection.execute(text("UPDATE counted SET n = 1"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE counted SET n = n + 1"))
    assert counted(engine) == 2


def test_readers_do_not_stand_in_line(engine: Engine) -> None:
    """A reader begins and ends while somebody writes, and takes nobody's turn."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE counted SET n = 7"))
        assert counted(engine) == 0
        connection.execute(text("UPDATE counted SET n = 8"))
    assert counted(engine) == 8


def test_a_database_in_a_lost_folder_is_an_error_of_the_database(tmp_path: Path) -> None:
    """Files that cannot be made beside the database end as its own kind of error."""
    line = WriteQueue(tmp_path / "gone" / "some.sqlite3")
    with pytest.raises(FileNotFoundError):
        line.enter(object())
    with pytest.raises(FileNotFoundError):
        line.enter(object())


def test_the_files_of_the_line_are_as_private_as_the_database(database: Path) -> None:
    """Owner and rights are the database's, so that a command of root locks nobody out."""
    database.chmod(0o600)
    assert free(database)
    for name in ("next", "turn"):
        made = database.with_name(f"{database.name}-{name}").stat()
        assert (made.st_uid, made.st_mode & 0o777) == (database.stat().st_uid, 0o600)


def test_a_busy_database_is_a_503(app: Flask, house: House) -> None:
    """A visitor whose Send waits in vain gets the calm page that asks to come back."""
    del house
    app.add_url_rule("/busy", "busy", lambda: _raise())
    answer = app.test_client().get("/busy", base_url="http://localhost:8000")
    assert answer.status_code == 503 and answer.headers["Retry-After"]


def _raise() -> str:
    raise OperationalError("BEGIN IMMEDIATE", None, TimeoutError("other threads write"))


def test_a_reading_session_refuses_changes(app: Flask, house: House) -> None:
    """What a page that only reads would change never reaches the database."""
    del house
    with app.app_context():
        reader = db.reading()
        assert reader is db.reading() and reader is not db.session()
        head = reader.get_one(audit.EventHead, 1)
        head.sequence += 1
        with pytest.raises(RuntimeError, match="only reads"):
            reader.commit()


@pytest.mark.parametrize("address", ["/eligibility/result", "/callback", "/callback/confirmed"])
def test_pages_that_only_read_wait_for_no_writer(
    client: Visitor, house: House, address: str
) -> None:
    """Result, booking page and confirmation open while somebody writes."""
    check_and_send(client, SAFE)
    with house.engine.begin() as connection:
        connection.execute(text("UPDATE submission SET locale = locale"))
        reply = client.get(address)
    assert reply.status_code in (200, 303)
