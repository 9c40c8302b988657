"""An export as bytes: the submissions that fit, as CSV, from one unchanging view of the database.

The page and the command line write the same file by ``export_csv``. RFC 4180: every cell quoted,
lines end in CRLF; UTF-8 with a byte order mark, so that Excel reads it as such.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import secrets
from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from intake.crypto import KeyRing
from intake.eligibility import Definition
from intake.errors import UnreadableRecord
from intake.review import export
from intake.review.export import Form, Person, Record
from intake.submissions import rows
from intake.submissions.rows import Criteria, Opened

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@contextlib.contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """A session that only reads, and sees the database as it was at its first statement.

    It holds no lock that a writer waits for, and no limit on how slowly it is read.
    """
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        else:
            connection = connection.execution_options(readonly=True)
        with Session(connection) as session:
            if connection.dialect.name == "postgresql":
                session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            yield session


class CsvFile(Iterator[bytes]):
    """A CSV file in pieces; ``rows`` and ``sha256`` (hexadecimal) of what was given so far."""

    def __init__(self, pieces: Iterator[tuple[int, bytes]]) -> None:
        """Wrap ``pieces``: how many submissions each holds, and its bytes."""
        self._pieces = pieces
        self._digest = hashlib.sha256()
        self.rows = 0

    def __next__(self) -> bytes:
        count, piece = next(self._pieces)
        self.rows += count
        self._digest.update(piece)
        return piece

    @property
    def sha256(self) -> str:
        """The digest of the bytes given so far."""
        return self._digest.hexdigest()


def export_csv(
    session: Session,
    keys: KeyRing,
    versions: Mapping[int, Definition],
    zone: ZoneInfo,
    criteria: Criteria,
    form: Form,
) -> CsvFile:
    """The file in pieces: the header first, then up to ``rows.CHUNK`` submissions at a time.

    ``versions``: every definition that the practice holds (``rulebook.shelf().versions``).
    ``zone``: the practice's. ``session``: from ``snapshot``. Raises ``UnreadableRecord`` at the
    first record that does not open; what came before is then not a whole file.
    """
    return CsvFile(_pieces(session, keys, versions, zone, criteria, form))


def _pieces(
    session: Session,
    keys: KeyRing,
    versions: Mapping[int, Definition],
    zone: ZoneInfo,
    criteria: Criteria,
    form: Form,
) -> Iterator[tuple[int, bytes]]:
    """The header, then each chunk of submissions, with how many it holds."""
    columns = export.answer_columns(versions)
    asked = {number: export.codes_of(definition) for number, definition in versions.items()}
    yield 0, BYTE_ORDER_MARK + _lines([export.header(columns, form)])
    identified = form is Form.IDENTIFIED
    for chunk in rows.each(session, keys, criteria, contact=identified):
        yield (
            len(chunk),
            _lines(
                export.row(_record(opened), _asked(asked, opened), columns, form, zone)
                for opened in chunk
            ),
        )


def _asked(
    asked: Mapping[int, Mapping[str, frozenset[str]]], opened: Opened
) -> Mapping[str, frozenset[str]]:
    """The questions and codes of the version that a submission was made with."""
    version: int = opened.plain.definition_version
    if version not in asked:
        raise UnreadableRecord(
            f"Submission {opened.plain.reference} cannot be read. Its definition, version "
            f"{version}, is not in the database."
        )
    return asked[version]


def _record(opened: Opened) -> Record:
    """A submission in the plain values that the columns are made of."""
    plain = opened.plain
    return Record(
        reference=plain.reference,
        # A letter first, so that no spreadsheet takes it for a number.
        row_id=f"r{secrets.token_hex(8)}",
        submitted_at=plain.submitted_at,
        definition_version=plain.definition_version,
        outcome=plain.outcome,
        flags=tuple(str(flag) for flag in opened.check.flags),
        priority=plain.priority,
        status=plain.status,
        closed_reason=plain.closed_reason,
        owner=plain.owner_id,
        source_article=plain.source_article,
        answers=opened.check.answers,
        person=_person(opened),
    )


def _person(opened: Opened) -> Person | None:
    """The identified part, None where no contact was left or asked for."""
    contact = opened.contact
    if contact is None:
        return None
    return Person(
        name=contact.name,
        phone=contact.phone,
        email=contact.email,
        birth_date=contact.birth_date,
        callback_start=opened.call_starts_at,
        voicemail=contact.voicemail,
        sms_consent=contact.sms_consent is not None,
    )


def _lines(cells: Iterable[tuple[str, ...]]) -> bytes:
    """Lines of CSV."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(cells)
    return buffer.getvalue().encode("utf-8", errors="replace")
