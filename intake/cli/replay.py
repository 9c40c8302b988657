"""``intake replay``: a version of the rules over the stored checks, and who would have moved."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO, TypeAlias

import click
from sqlalchemy.orm import Session

from intake import audit, eligibility
from intake.cli.export import DAY
from intake.cli.prepare import House, open_house
from intake.clinician import movers
from intake.clinician.movers import CsvMovers, JsonMovers
from intake.config import Settings
from intake.eligibility import Definition, DefinitionError, Outcome
from intake.errors import NotFound
from intake.review.export import local
from intake.review.export_rows import snapshot
from intake.review.ledger import Order
from intake.rulebook.replay import MOST_CALLERS, Mover, Replay, Why
from intake.rulebook.store import body_of
from intake.submissions import rows, stored

WHY_WORDS = {
    Why.NOT_ASKED: "was not asked then",
    Why.UNREADABLE: "has an answer that this version cannot read",
}


Sink: TypeAlias = tuple[TextIO, CsvMovers | JsonMovers]


@click.command()
@click.argument("candidate", metavar="FILE|VERSION")
@click.option("--from", "start", type=DAY, help="First day, in the practice's time zone.")
@click.option("--to", "end", type=DAY, help="Last day, included.")
@click.option("--csv", "csv_file", help="The movers, in a new file, or - for standard output.")
@click.option("--json", "json_file", help="Everything, in a new file, or - for standard output.")
def replay(
    candidate: str,
    start: dt.datetime | None,
    end: dt.datetime | None,
    csv_file: str | None,
    json_file: str | None,
) -> None:
    """Try the rules of FILE, or of a VERSION in the database, on the stored checks.

    Nothing is changed. A plain number is a version. With - the table for people goes to
    standard error. Exit code 1: FILE has faults, or a record does not open.
    """
    order = Order(start=start.date() if start else None, end=end.date() if end else None)
    if order.start and order.end and order.end < order.start:
        raise click.UsageError("--to names a day before --from.")
    if csv_file == json_file == "-":
        raise click.UsageError("Only one of --csv and --json can go to standard output.")
    with open_house(Settings.from_environment(os.environ)) as house:
        definition = _definition(house, candidate)
        with contextlib.ExitStack() as files:
            sinks: list[Sink] = []
            for form, name in (("csv", csv_file), ("json", json_file)):
                if name:
                    opened = files.enter_context(_target(name))
                    sinks.append((opened, movers.file_of(form, definition)))
            replayed = _replay(house, definition, order, sinks)
        for line in _table(replayed, house):
            click.echo(line, err="-" in (csv_file, json_file))
    if replayed.unopened:
        raise SystemExit(1)


def _definition(house: House, candidate: str) -> Definition:
    """The rules to try; exits with 1 where a file has faults, each named."""
    if candidate.isascii() and candidate.isdigit():
        with Session(house.engine) as session:
            try:
                return eligibility.load(body_of(session, int(candidate)))
            except NotFound as error:
                raise click.UsageError(f"The database has no version {candidate}.") from error
    try:
        return eligibility.load(Path(candidate).read_bytes(), file=candidate)
    except OSError as error:
        raise click.UsageError(f"{candidate} cannot be read ({error.strerror}).") from error
    except DefinitionError as error:
        click.echo(f"{candidate}: {len(error.problems)} problems", err=True)
        for problem in error.problems:
            click.echo(f"  {problem}", err=True)
        raise SystemExit(1) from error


def _replay(house: House, definition: Definition, order: Order, sinks: list[Sink]) -> Replay:
    """Walk the stored checks, with progress where a person looks on."""
    replayed, criteria = Replay(definition), order.criteria(house.practice.zone)
    with Session(house.engine) as session:
        now = dt.datetime.now(dt.UTC)
        stored.begin(session, house.keys, definition, order.start, order.end, audit.OPERATOR, now)
        session.commit()
    with (
        snapshot(house.engine) as session,
        click.progressbar(
            length=rows.count(session, criteria),
            label="Submissions",
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
        ) as bar,
    ):
        for target, file in sinks:
            target.write(file.head())
        for chunk in stored.each(session, house.keys, criteria):
            for check in chunk:
                if (mover := replayed.take(check)) is not None:
                    for target, file in sinks:
                        target.write(file.one(mover))
            bar.update(len(chunk))
    for target, file in sinks:
        target.write(file.tail(replayed))
    return replayed


@contextlib.contextmanager
def _target(name: str) -> Iterator[TextIO]:
    """Standard output for ``-``; else a new file that only its owner can read.

    An unfinished file never has the final name, and is removed.
    """
    if name == "-":
        text = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        try:
            yield text
        finally:
            # What lies below stays open for others.
            text.detach()
        return
    path = Path(name)
    if path.exists():
        raise click.UsageError(f"{path} exists: name a new file.")
    try:
        # A name that nobody can foresee, and mode 0600 from the first moment.
        descriptor, part = tempfile.mkstemp(".part", f"{path.name}.", path.parent)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written ({error.strerror}).") from error
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.rename(part, path)
    finally:
        Path(part).unlink(missing_ok=True)


def _table(replayed: Replay, house: House) -> Iterator[str]:
    """The result as lines for people."""
    definition = replayed.candidate
    yield f"Version {definition.version} ({definition.sha256[:12]}): {replayed.taken} submissions"
    yield ""
    if replayed.matrix:
        yield from _matrix(replayed)
        yield ""
    yield f"Moved: {replayed.moved}. The same: {replayed.matrix.total() - replayed.moved}."
    yield f"Apart, since they cannot be decided: {replayed.apart.total()}."
    for (question, why), count in replayed.apart.most_common():
        yield f"{count:>9}  {question} {WHY_WORDS[why]}"
    if replayed.unopened:
        yield f"Records that do not open: {replayed.unopened}."
        yield f"           {' '.join(replayed.named)}"
    yield f"To call back first: {replayed.callers}."
    if replayed.callers > MOST_CALLERS:
        yield f"           the first {MOST_CALLERS} of them"
    for mover in replayed.first_callers():
        yield _caller(mover, lambda moment: local(moment, house.practice.zone))


def _matrix(replayed: Replay) -> Iterator[str]:
    """How many went from each outcome to each, those that came up, most severe first."""
    used = {each for pair in replayed.matrix for each in pair}
    outcomes = [each for each in Outcome if each in used]
    width = max(len(each.value) for each in Outcome) + 2
    yield "before \\ now".ljust(width) + "".join(_words(each).rjust(width) for each in outcomes)
    for before in outcomes:
        counts = (str(replayed.matrix[before, after] or "-") for after in outcomes)
        yield _words(before).ljust(width) + "".join(count.rjust(width) for count in counts)


def _caller(mover: Mover, clock: Callable[[dt.datetime], str]) -> str:
    """One person to call, with the practice's time of sending."""
    change = f"{_words(mover.before)} -> {_words(mover.after)}"
    state = "open" if mover.open else "closed"
    contact = "" if mover.has_contact else ", left no contact"
    rules = ", ".join(mover.rules_after)
    return f"  {mover.reference}  {clock(mover.sent_at)}  {change}  ({rules}; {state}{contact})"


def _words(outcome: Outcome) -> str:
    """An outcome as people read it."""
    return outcome.value.replace("_", " ")
