"""The database's shape: which revision it has, which one the code needs, and the way there."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, select, text

from intake.errors import SetupError

ONE_AT_A_TIME = 20261123
MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def head() -> str:
    """The revision that this code needs."""
    newest = _scripts().get_current_head()
    if newest is None:
        raise SetupError("The package carries no migrations: install it again.")
    return newest


def current(engine: Engine) -> str | None:
    """The revision that the database has; None for an empty one."""
    with engine.connect().execution_options(readonly=True) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check(engine: Engine) -> None:
    """Raise ``SetupError`` unless the database is exactly at the code's revision."""
    found = current(engine)
    if found == head():
        return
    if found is not None and found not in known():
        raise SetupError(
            f"The database (revision {found}) is newer than this code (revision {head()}): "
            "install the release that it belongs to, or restore a backup."
        )
    raise SetupError("The database is not set up for this release: run `intake init`.")


def known() -> set[str]:
    """Every revision that this code knows."""
    return {script.revision for script in _scripts().walk_revisions()}


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database up to ``revision``; refuses one that is newer than the code."""
    found = current(engine)
    if found is not None and found not in known():
        check(engine)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # Two processes that start at once must not both change the database.
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def downgrade(engine: Engine, revision: str) -> None:
    """Bring the database down to ``revision``."""
    with engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
        connection.commit()


def _config() -> Config:
    """Alembic's settings, without a file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    """The migrations of this package."""
    return ScriptDirectory.from_config(_config())
