"""Makes the instance folder ready: keys, practice file, database at the newest migration."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from intake import db, resources, rulebook, schema
from intake.accounts.models import Staff
from intake.config import Settings
from intake.crypto import (
    KeyRing,
    add_missing_purposes,
    make_key_file,
    place_of,
    read_key_file,
)
from intake.errors import SetupError, UnreadableRecord
from intake.mail import transport
from intake.practice import Practice, read_practice
from intake.submissions import finding
from intake.submissions.models import Submission

COPIED = "keys-copied"


@dataclass(frozen=True, slots=True)
class House:
    """A set-up that is ready: its engine, keys and practice; ``new_keys`` on the first run."""

    settings: Settings
    engine: Engine
    keys: KeyRing
    practice: Practice
    new_keys: bool

    @property
    def keys_copied(self) -> bool:
        """Whether the operator confirmed that these very keys were copied elsewhere."""
        mark = self.settings.instance / COPIED
        return mark.exists() and mark.read_text().strip() == self.keys.fingerprint()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Give the database connections back."""
        self.engine.dispose()

    def confirm_copy(self) -> None:
        """Remember that these keys were copied elsewhere."""
        (self.settings.instance / COPIED).write_text(self.keys.fingerprint() + "\n")


def prepare(settings: Settings, now: dt.datetime | None = None) -> House:
    """Make or check everything that ``serve`` needs; ``now`` is this instant unless given (UTC).

    Raises ``SetupError`` with one line that says what is wrong and how to mend it; what was
    there before is then unchanged.
    """
    now = now or dt.datetime.now(dt.UTC)
    engine = engine_of(settings)
    make_folder(settings)
    example = not settings.practice_file.exists()
    source = resources.practice_example() if example else settings.practice_file
    practice = read_practice(source, trial=settings.loopback)
    transport.sender_of(settings, practice)
    new_keys = not settings.keys_file.exists()
    if new_keys:
        refuse_lost_keys(engine, settings)
        make_key_file(settings.keys_file, now)
    older = read_key_file(settings.keys_file, missing_allowed=True)
    refuse_wrong_keys(engine, older, settings)
    add_missing_purposes(settings.keys_file, now)
    keys = read_key_file(settings.keys_file)
    if example:
        shutil.copyfile(source, settings.practice_file)
    schema.upgrade(engine)
    with Session(engine) as session:
        rulebook.store.import_packaged(session, keys, now)
        rulebook.store.read_shelf(session)
        session.commit()
        while finding.index_missing(session, keys):
            session.commit()
    return House(settings, engine, keys, practice, new_keys)


def open_house(settings: Settings) -> House:
    """The set-up of an instance that was made before; changes nothing. Raises ``SetupError``."""
    keys = read_key_file(settings.keys_file)
    practice = read_practice(settings.practice_file, trial=settings.loopback)
    engine = engine_of(settings)
    file = db.sqlite_file(settings.database_url)
    if file is not None and not file.exists():
        raise SetupError(f"There is no database at {file}: run `intake init`.")
    schema.check(engine)
    return House(settings, engine, keys, practice, new_keys=False)


def engine_of(settings: Settings) -> Engine:
    """The engine of the database that the settings name; raises ``SetupError``."""
    try:
        return db.engine_for(settings.database_url)
    except ArgumentError as error:
        raise SetupError(
            "INTAKE_DATABASE_URL cannot be read: write it like "
            "postgresql+psycopg://user@host/database, or leave it unset."
        ) from error


def make_folder(settings: Settings) -> None:
    """Make the instance folder; raises ``SetupError`` when it cannot be written."""
    folder = settings.instance
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "not writable")
    except OSError as error:
        raise SetupError(
            f"The instance folder {folder} cannot be written ({error.strerror}): give this user "
            "the right to write there, or set INTAKE_INSTANCE to another folder."
        ) from error


def refuse_lost_keys(engine: Engine, settings: Settings) -> None:
    """Never make new keys while records sealed with the old ones exist."""
    if any(_sealed(engine, settings)):
        raise SetupError(
            f"The key file {settings.keys_file} is missing, but the database holds sealed "
            "records: restore the key file from its copy (without it they stay unreadable)."
        )


def refuse_wrong_keys(engine: Engine, keys: KeyRing, settings: Settings) -> None:
    """Open a record of each kind, so that a foreign key file is found before anyone writes."""
    try:
        for place, value in _sealed(engine, settings):
            keys.open("field", place, value)
    except UnreadableRecord as error:
        raise SetupError(
            f"The keys in {settings.keys_file} do not open the records of this database: restore "
            "the key file that belongs to it."
        ) from error


def _sealed(engine: Engine, settings: Settings) -> Iterator[tuple[str, bytes]]:
    """The newest sealed value of each kind, with its place; nothing for an empty database."""
    file = db.sqlite_file(settings.database_url)
    if file is not None and not file.exists():
        return
    present = set(inspect(engine).get_table_names())
    newest = {
        "submission": (Submission.id, Submission.check_sealed, Submission.submitted_at),
        "staff": (Staff.id, Staff.totp_sealed, Staff.created_at),
    }
    with engine.connect().execution_options(readonly=True) as connection:
        for name, (number, value, age) in newest.items():
            if name not in present:
                continue
            wanted = select(number, value).where(value.is_not(None)).order_by(age.desc()).limit(1)
            for number_of_row, sealed in connection.execute(wanted):
                yield place_of(value, number_of_row), bytes(sealed or b"")
