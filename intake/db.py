"""The database: engine for SQLite or PostgreSQL, declarative base, one session a request."""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib
import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from flask import Flask, current_app, g
from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from intake.errors import SetupError
from intake.sqlite_queue import WriteQueue

# SQLite 3.7.0 to 3.51.2 can corrupt a database when a WAL is reset under several writers.
OLDEST_SAFE_SQLITE = (3, 51, 3)

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[dt.datetime]):
    """An instant: aware UTC in Python, ``timestamptz`` in PostgreSQL, naive UTC in SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        """Refuse a naive time; hand SQLite plain UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        """Give every instant back in UTC."""
        if value is None:
            return None
        moment = cast(dt.datetime, value)
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


class Base(DeclarativeBase):
    """Base of every table; constraints are named, so that migrations can find them."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {dt.datetime: Instant}


def engine_for(url: str) -> Engine:
    """Make the engine for a SQLAlchemy ``url``.

    Raises ``SetupError`` for another database, or an SQLite that is too old to be safe.
    """
    name = make_url(url).get_backend_name()
    if name == "sqlite":
        return _sqlite_engine(url)
    if name == "postgresql":
        return _postgresql_engine(url)
    raise SetupError(
        f"INTAKE_DATABASE_URL names {name!r}: use postgresql+psycopg://… or leave it unset "
        "for the embedded SQLite database."
    )


def _sqlite_driver() -> ModuleType:
    """Find an SQLite without the WAL-reset fault: the bundled one, else the system's."""
    module: ModuleType = sqlite3
    with contextlib.suppress(ImportError):
        # Optional: it has wheels for the common systems only.
        module = importlib.import_module("pysqlite3.dbapi2")
    version = tuple(int(part) for part in module.sqlite_version.split("."))
    if version < OLDEST_SAFE_SQLITE:
        raise SetupError(
            f"SQLite {module.sqlite_version} can corrupt a database under several writers: "
            "install the pysqlite3 package (0.6.1 or newer), or use PostgreSQL."
        )
    return module


def _sqlite_engine(url: str) -> Engine:
    """Engine with explicit BEGIN, durable commits, writers in line, triggers without a bypass."""
    driver = _sqlite_driver()
    queue = WriteQueue(Path(make_url(url).database or ""))
    engine = create_engine(
        url,
        module=driver,
        pool_size=5,
        max_overflow=0,
        connect_args={"timeout": 5, "factory": _leaving(driver, queue)},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # The driver's own transactions lose updates; SQLAlchemy's begin event opens them.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=5000",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "secure_delete=ON",
            "recursive_triggers=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        if connection.get_execution_options().get("readonly"):
            connection.exec_driver_sql("BEGIN")
            return
        writer = connection.connection.dbapi_connection
        try:
            queue.enter(writer)
        except OSError as error:
            raise OperationalError("BEGIN IMMEDIATE", None, error) from error
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            queue.leave(writer)
            raise

    return engine


def _leaving(driver: ModuleType, queue: WriteQueue) -> type:
    """The driver's connection, which leaves ``queue`` when its transaction ends in any way."""

    class LeavingConnection(driver.Connection):  # type: ignore[name-defined,misc]  # by name
        def commit(self) -> None:
            try:
                super().commit()
            finally:
                self._leave()

        def rollback(self) -> None:
            try:
                super().rollback()
            finally:
                self._leave()

        def close(self) -> None:
            try:
                super().close()
            finally:
                queue.leave(self)

        def _leave(self) -> None:
            if not self.in_transaction:
                queue.leave(self)

    return LeavingConnection


def _postgresql_engine(url: str) -> Engine:
    """Engine whose every wait is bounded, so that a dead database gives an answer."""
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=4,
        max_overflow=4,
        pool_timeout=5,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={
            "connect_timeout": 3,
            "options": "-c statement_timeout=5000 -c lock_timeout=4000 "
            "-c idle_in_transaction_session_timeout=10000",
        },
    )


def sqlite_file(url: str) -> Path | None:
    """The database file of an SQLite ``url``; None for another database."""
    parts = make_url(url)
    return Path(parts.database) if parts.get_backend_name() == "sqlite" and parts.database else None


def init(app: Flask, engine: Engine) -> None:
    """Give ``app`` its engine, and each request sessions that are closed at its end."""
    app.extensions["engine"] = engine
    app.extensions["sessions"] = sessionmaker(engine, expire_on_commit=False)
    readonly = engine.execution_options(readonly=True, postgresql_readonly=True)
    readers = sessionmaker(readonly, expire_on_commit=False)
    event.listen(readers, "before_flush", _refuse_changes)
    app.extensions["readers"] = readers
    app.teardown_appcontext(_close)


def session() -> Session:
    """The session of this request; nothing is sent until it is used."""
    return _opened("sessions")


def reading() -> Session:
    """The session of a page that only reads: it waits for no writer, and refuses changes."""
    return _opened("readers")


def _opened(kind: str) -> Session:
    """The one session of ``kind`` in this request."""
    opened: dict[str, Session] = g.setdefault("db_sessions", {})
    if kind not in opened:
        opened[kind] = current_app.extensions[kind]()
    return opened[kind]


def _refuse_changes(*_: object) -> None:
    """Stop a change on its way through a session that only reads."""
    raise RuntimeError("db.reading() only reads: change things through db.session()")


def _close(_error: BaseException | None) -> None:
    """Roll back what was not committed, and give the connections back."""
    for opened in g.pop("db_sessions", {}).values():
        opened.close()


def ping(engine: Engine) -> None:
    """Ask the database for a sign of life; raises what the driver raises."""
    with engine.connect().execution_options(readonly=True) as connection:
        connection.execute(text("SELECT 1"))
