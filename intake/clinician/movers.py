"""The people whom a version would tell something else, as a file: CSV or JSON, in pieces."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from intake.eligibility import Definition
from intake.review.export import harmless
from intake.rulebook.replay import Mover, Replay, Stored, Unopened

COLUMNS = (
    "reference",
    "definition_version",
    "outcome_before",
    "outcome_after",
    "rules_before",
    "rules_after",
)
FORMATS = ("csv", "json")


class CsvMovers:
    """One line a mover; RFC 4180 with every cell quoted, as in an export."""

    def __init__(self) -> None:
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")

    def head(self) -> str:
        """The byte order mark, which Excel asks for, and the names of the columns."""
        return "\ufeff" + self._line(COLUMNS)

    def one(self, mover: Mover) -> str:
        """One line."""
        return self._line(
            (
                mover.reference,
                str(mover.version),
                mover.before.value,
                mover.after.value,
                " ".join(mover.rules_before),
                " ".join(mover.rules_after),
            )
        )

    def tail(self, replayed: Replay) -> str:
        """Nothing stands after the last line."""
        return ""

    def _line(self, cells: Iterable[str]) -> str:
        self._text.seek(0)
        self._text.truncate()
        self._writer.writerow(map(harmless, cells))
        return self._text.getvalue()


class JsonMovers:
    """One document: the version, the movers one a line, the summary."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._before = "\n"

    def head(self) -> str:
        """The version, and the list's beginning."""
        rules = self._definition
        return f'{{"version": {rules.version}, "sha256": "{rules.sha256}",\n"movers": ['

    def one(self, mover: Mover) -> str:
        """One item."""
        before, self._before = self._before, ",\n"
        return before + json.dumps(mover.as_json())

    def tail(self, replayed: Replay) -> str:
        """The summary."""
        return f'],\n"summary": {json.dumps(replayed.summary())}}}\n'


def file_of(form: str, definition: Definition) -> CsvMovers | JsonMovers:
    """The file of a form in ``FORMATS``."""
    return CsvMovers() if form == "csv" else JsonMovers(definition)


def pieces(
    replayed: Replay, chunks: Iterable[Iterable[Stored | Unopened]], file: CsvMovers | JsonMovers
) -> Iterator[str]:
    """The file in pieces, one a chunk of stored checks; ``replayed`` counts on the way."""
    yield file.head()
    for chunk in chunks:
        found = (replayed.take(each) for each in chunk)
        yield "".join(file.one(mover) for mover in found if mover is not None)
    yield file.tail(replayed)
