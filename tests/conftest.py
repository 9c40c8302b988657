"""Fixtures that every room's tests share: a house of their own, and a client that reads pages.

Tests marked ``both_databases`` run on SQLite and on a real PostgreSQL.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.orm import Session

from intake.app import create_app
from intake.cli.prepare import House, prepare
from intake.config import Settings
from tests.support.browser import browser
from tests.support.client import Visitor
from tests.support.postgres import PostgresServer, postgres_server

__all__ = ["browser", "postgres_server"]

# Every test makes an application of its own; the templates are compiled once for all of them.
COMPILED = tempfile.TemporaryDirectory(prefix="intake-templates-")
Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(COMPILED.name)}

MONDAY_MORNING = dt.datetime(2026, 11, 23, 15, 0, tzinfo=dt.UTC)
THE_DAY_BEFORE = MONDAY_MORNING - dt.timedelta(days=1)
FULL_SIZE = os.environ.get("INTAKE_TEST_SIZE") == "full"

hypothesis_settings.register_profile(
    "intake",
    deadline=None,
    max_examples=300 if FULL_SIZE else 40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
hypothesis_settings.load_profile("intake")


class Clock:
    """The application's clock, which a test sets."""

    def __init__(self, moment: dt.datetime = MONDAY_MORNING) -> None:
        self.moment = moment

    def __call__(self) -> dt.datetime:
        return self.moment

    def forward(self, **amount: float) -> dt.datetime:
        """Move on, for example by ``minutes=5``."""
        self.moment += dt.timedelta(**amount)
        return self.moment


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests marked ``both_databases`` twice."""
    if "database_kind" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases") is not None
        kinds = ["sqlite", "postgresql"] if both else ["sqlite"]
        metafunc.parametrize("database_kind", kinds, scope="function")


def settings_for(instance: Path, **environ: str) -> Settings:
    """Settings of a test house; limits are off unless ``INTAKE_LIMITS`` says otherwise."""
    return Settings.from_environment(
        {"INTAKE_INSTANCE": str(instance), "INTAKE_LIMITS": "off", **environ}
    )


@pytest.fixture(scope="session")
def model_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder that is made once and copied for each test."""
    folder = tmp_path_factory.mktemp("model") / "instance"
    house = prepare(settings_for(folder), THE_DAY_BEFORE)
    house.engine.dispose()
    return folder


@pytest.fixture(scope="session")
def model_database(model_house: Path, request: pytest.FixtureRequest) -> str:
    """A PostgreSQL database that is migrated once and cloned for each test."""
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create_database()
    house = prepare(settings_for(model_house, INTAKE_DATABASE_URL=server.url(name)), THE_DAY_BEFORE)
    house.engine.dispose()
    return name


@pytest.fixture
def house(
    database_kind: str, tmp_path: Path, model_house: Path, request: pytest.FixtureRequest
) -> Iterator[House]:
    """A set-up of its own: instance folder, keys, and an empty database at head."""
    folder = tmp_path / "instance"
    shutil.copytree(model_house, folder)
    environ = dict(getattr(request, "param", {}))
    if database_kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        name = server.create_database(template=request.getfixturevalue("model_database"))
        (folder / "intake.sqlite3").unlink()
        environ["INTAKE_DATABASE_URL"] = server.url(name)
    made = prepare(settings_for(folder, **environ))
    yield made
    made.engine.dispose()
    if database_kind == "postgresql":
        server.drop_database(name)


@pytest.fixture
def clock() -> Clock:
    """The clock of ``app``: Monday 23 November 2026, 10 am in New York."""
    return Clock()


@pytest.fixture
def app(house: House, clock: Clock) -> Flask:
    """The application on ``house``, with the test's clock."""
    made = create_app(house.settings, house.engine)
    made.testing = True
    made.config["PROPAGATE_EXCEPTIONS"] = False
    made.extensions["now"] = clock
    return made


@pytest.fixture
def client(app: Flask) -> Visitor:
    """A visitor whose every page is parsed and checked."""
    return Visitor(app)


@pytest.fixture
def session(house: House) -> Iterator[Session]:
    """A database session of the test's own; what it reads keeps no writer waiting."""
    readonly = house.engine.execution_options(readonly=True)
    with Session(readonly, expire_on_commit=False) as opened:
        yield opened


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests found worth telling, whichever process ran them."""
    told = [
        str(line)
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, line in getattr(report, "user_properties", ())
        if name in ("weakening", "figure")
    ]
    if told:
        terminalreporter.section("told by tests")
        for line in told:
            terminalreporter.write_line(line)
