"""``intake export``: the submissions as CSV, by the code that serves the desk."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

import click
from sqlalchemy.orm import Session

from intake import audit
from intake.cli.prepare import House, open_house
from intake.config import Settings
from intake.eligibility import Outcome
from intake.errors import UnreadableRecord
from intake.practice import STATES
from intake.review import ledger
from intake.review.export import Form
from intake.review.export_rows import CsvFile, export_csv, snapshot
from intake.review.ledger import Order
from intake.rulebook.store import read_shelf

STORED = [each.value for each in Outcome if each.value not in ("outside_area", "under_age")]
DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option("--format", "kind", type=click.Choice(["csv"]), default="csv", show_default=True)
@click.option("--from", "start", type=DAY, help="First day, in the practice's time zone.")
@click.option("--to", "end", type=DAY, help="Last day, included.")
@click.option("--outcome", type=click.Choice(STORED))
@click.option("--state", type=click.Choice(sorted(STATES)))
@click.option(
    "--identified", "form", flag_value=Form.IDENTIFIED.value, help="With contact details."
)
@click.option("--deidentified", "form", flag_value=Form.DEIDENTIFIED.value, help="Years only.")
@click.option("--output", required=True, help="A new file, or - for standard output.")
def export(
    kind: str,
    start: dt.datetime | None,
    end: dt.datetime | None,
    outcome: str | None,
    state: str | None,
    form: str | None,
    output: str,
) -> None:
    """Write the submissions that fit to OUTPUT; by default without contact details."""
    order = Order(
        form=Form(form or Form.WITHOUT_CONTACT.value),
        start=start.date() if start else None,
        end=end.date() if end else None,
        outcome=outcome,
        state=state,
    )
    if order.start and order.end and order.end < order.start:
        raise click.UsageError("--to names a day before --from.")
    with open_house(Settings.from_environment(os.environ)) as house:
        if output == "-":
            _export(house, order, sys.stdout.buffer)
        else:
            _to_file(house, order, Path(output))


def _to_file(house: House, order: Order, path: Path) -> None:
    """Write a file that only its owner can read; an unfinished one never has the final name."""
    part = path.with_name(path.name + ".part")
    descriptor = _new_part(part, path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if path.exists():
                raise click.UsageError(f"{path} exists: name a new file.")
            rows = _export(house, order, file)
            file.flush()
            os.fsync(file.fileno())
            part.rename(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    click.echo(f"{rows} submissions in {path}", err=True)


def _new_part(part: Path, path: Path) -> int:
    """A new file for the export to ``path``, held by a lock while it is written.

    Gives its descriptor. Raises ``UsageError`` where it cannot be made.
    """
    try:
        _clear_stale(part)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        # It tells an export that runs from one that was cut off.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise click.UsageError(f"{path} is being written by another export.") from error
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written ({error.strerror}).") from error
    return descriptor


def _clear_stale(part: Path) -> None:
    """Remove the file of an export of ours that was cut off.

    Raises ``UsageError`` for anything else under that name, and BlockingIOError while an export
    still writes there.
    """
    with contextlib.suppress(FileNotFoundError):
        found = part.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            raise click.UsageError(f"{part} is in the way: remove it, or name another file.")
        descriptor = os.open(part, os.O_WRONLY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink()
        finally:
            os.close(descriptor)


def _export(house: House, order: Order, target: BinaryIO) -> int:
    """Write the file to ``target`` between its two events; gives the number of submissions."""
    zone = house.practice.zone
    criteria = order.criteria(zone)
    with Session(house.engine) as session:
        fitting = ledger.begin(session, house.keys, order, criteria, audit.OPERATOR, _now())
        session.commit()
        versions = read_shelf(session).versions
    with snapshot(house.engine) as session:
        file = export_csv(session, house.keys, versions, zone, criteria, order.form)
        try:
            _write(file, target, fitting)
        except UnreadableRecord as error:
            _close(house, None)
            click.echo(f"intake: the export stopped: {error}", err=True)
            raise SystemExit(1) from error
    _close(house, file)
    return file.rows


def _write(file: CsvFile, target: BinaryIO, fitting: int) -> None:
    """Write piece by piece, with progress where a person looks on."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(
        length=fitting, label="Submissions", file=sys.stderr, hidden=hidden
    ) as bar:
        for piece in file:
            target.write(piece)
            bar.update(file.rows - bar.pos)
        target.flush()


def _close(house: House, file: CsvFile | None) -> None:
    """Write the second event; without a file the export was not finished."""
    with Session(house.engine) as session:
        if file is None:
            ledger.refuse(session, house.keys, "unreadable", audit.OPERATOR, _now())
        else:
            ledger.finish(session, house.keys, file, audit.OPERATOR, _now())
        session.commit()


def _now() -> dt.datetime:
    """This instant in UTC."""
    return dt.datetime.now(dt.UTC)
