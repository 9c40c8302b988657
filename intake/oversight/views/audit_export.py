"""The audit as a file: what the filters show, as CSV whose cells no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from flask import current_app, make_response, render_template, request
from werkzeug.wrappers import Response

from intake import audit, db
from intake.accounts import gate
from intake.audit import Event, reading
from intake.hours.words import zone_words
from intake.oversight import audit_forms
from intake.oversight.event_details import Reader, told
from intake.oversight.event_words import event_words, who_words
from intake.oversight.views.audit import names_of
from intake.oversight.views.common import blueprint
from intake.review.export import harmless, local, utc
from intake.review.export_rows import BYTE_ORDER_MARK, snapshot
from intake.web import keys, now, practice

MOST_ROWS = 100_000
HEADER = (
    "sequence",
    "at_utc",
    "at_local",
    "time_zone",
    "who",
    "event",
    "what",
    "about",
    "details",
    "records",
    "network",
)


@blueprint.get("/audit/export")
@gate.allow("clinician", "admin", fresh=True)
def audit_export() -> str:
    """What the file would hold, before it is made."""
    names = names_of(db.reading())
    asked = audit_forms.read(request.args, names)
    return render_template(
        "oversight/audit_export.html",
        filter_words=asked.words(names),
        left_out=asked.left_out,
        address=asked.values,
        most=MOST_ROWS,
        zone_word=zone_words(practice().zone),
    )


@blueprint.post("/audit/export")
@gate.allow("clinician", "admin", fresh=True)
def make_audit_export() -> Response:
    """The file; that it was made, and how long it is, is on record before its first byte leaves."""
    session, at, zone = db.session(), now(), practice().zone
    names = names_of(session)
    wanted = audit_forms.read(request.args, names).wanted(zone)
    session.commit()
    reader = Reader(names, opens=gate.current().may("intake", "clinician"))
    with snapshot(current_app.extensions["engine"]) as seen:
        rows, file = _file(_lines(reading.each(seen, wanted, MOST_ROWS), reader))
    audit.record(session, keys(), "audit.exported", gate.actor(), at, rows=rows)
    session.commit()
    response = make_response(file)
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    name = f"audit-{at.astimezone(zone):%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(events: Iterable[Event], reader: Reader) -> Iterator[tuple[str, ...]]:
    """Each event as the cells under ``HEADER``."""
    zone = practice().zone
    for event in events:
        details = told(event.name, event.detail, reader)
        yield (
            str(event.sequence),
            utc(event.at),
            local(event.at, zone),
            zone.key,
            who_words(event.actor_kind, event.actor_id, reader.names),
            event.name,
            event_words(event.name),
            reader.names.get(event.subject or "", event.subject or ""),
            details.words,
            " ".join(details.references),
            event.network or "",
        )


def _file(lines: Iterable[tuple[str, ...]]) -> tuple[int, bytes]:
    """How many rows, and the file: RFC 4180, with a byte order mark, as Excel reads it."""
    buffer, rows = io.StringIO(newline=""), 0
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(HEADER)
    for line in lines:
        writer.writerow([harmless(cell) for cell in line])
        rows += 1
    return rows, BYTE_ORDER_MARK + buffer.getvalue().encode("utf-8", errors="replace")
