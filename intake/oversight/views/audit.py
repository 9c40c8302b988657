"""The audit page: who saw and did what, and whether the chain is whole."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from typing import Any

from flask import current_app, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from intake import audit, db
from intake.accounts import gate
from intake.accounts import store as people
from intake.accounts.forms import errors_of
from intake.audit import Break, Event, Verdict, reading
from intake.audit.reading import LastCheck
from intake.hours.words import zone_words
from intake.oversight import audit_forms
from intake.oversight.audit_forms import Asked, AuditForm
from intake.oversight.event_details import Reader, Told, told
from intake.oversight.event_words import event_words, who_words
from intake.oversight.views.common import blueprint
from intake.review.export_rows import snapshot
from intake.review.words import moment_words
from intake.submissions.desk import REFERENCE
from intake.web import keys, now, practice

PLACE = re.compile(r"[0-9]{1,15}")
# A check of so many takes a few seconds; a longer one is for the command line.
MOST_CHECKED = 200_000
EVERYTHING = Asked({})


@dataclass(frozen=True, slots=True)
class Row:
    """One event in words; ``reference`` and ``person``: what it is about, if any."""

    sequence: int
    day: str
    clock: str
    who: str
    what: str
    reference: str | None
    person: str | None
    network: str
    told: Told


@dataclass(frozen=True, slots=True)
class Chain:
    """How the chain stands, in words: ``broken`` is the alarm; None where all is well."""

    words: str
    broken: str | None = None
    too_long: bool = False


@blueprint.get("/audit")
@gate.allow("clinician", "admin")
def audit_page() -> Response:
    """Events, newest first, a page at a time, as the address filters them."""
    names = names_of(db.session())
    asked = audit_forms.read(request.args, names)
    return _page(asked, AuditForm(names, asked))


@blueprint.post("/audit")
@gate.allow("clinician", "admin")
def filter_audit() -> Response:
    """Filters that were chosen lead to their address; others come back, and reach none."""
    form = AuditForm(names_of(db.reading()))
    if not form.validate():
        return _page(EVERYTHING, form, 422)
    return redirect(url_for("oversight.audit_page", **form.address()), 303)


@blueprint.post("/audit/check")
@gate.allow("clinician", "admin")
def check_audit() -> Response:
    """Walk the whole chain; a break is shown at once, and recorded like a whole chain."""
    with snapshot(current_app.extensions["engine"]) as session:
        if reading.length(session) > MOST_CHECKED:
            return redirect(url_for("oversight.audit_page"), 303)
        verdict = audit.check(session, keys())
    session = db.session()
    noted = audit.note_check(session, keys(), verdict, gate.actor(), now())
    session.commit()
    if verdict.broken is None:
        return redirect(url_for("oversight.audit_page"), 303)
    return _broken(verdict, verdict.broken, noted=noted)


def _broken(verdict: Verdict, broken: Break, *, noted: bool) -> Response:
    """What the check found, alone: what follows a break proves nothing."""
    text = render_template(
        "oversight/audit_broken.html", broken=broken, events=verdict.events, noted=noted
    )
    return make_response(text, 409)


def names_of(session: Session) -> dict[str, str]:
    """Staff members by id; whoever has a colleague's name is told apart by the id."""
    everyone = people.all_staff(session)
    held = [staff.name for staff in everyone]
    return {
        staff.id: staff.name if held.count(staff.name) == 1 else f"{staff.name} ({staff.id})"
        for staff in everyone
    }


def _page(asked: Asked, form: AuditForm, status: int = 200) -> Response:
    """The page; its reading is recorded and committed before it is shown."""
    session, at, zone = db.session(), now(), practice().zone
    names = names_of(session)
    reader = Reader(names, opens=gate.current().may("intake", "clinician"))
    chain = _chain(session, names, at)
    found = reading.page(
        session,
        keys(),
        gate.actor(),
        at,
        asked.wanted(zone),
        before=_place("before"),
        after=_place("after"),
    )
    rows = [row_of(event, reader) for event in found.rows]
    session.commit()
    text = render_template(
        "oversight/audit.html",
        form=form,
        errors=errors_of(form),
        filter_words=asked.words(names),
        left_out=asked.left_out,
        address=asked.values,
        chain=chain,
        rows=rows,
        looked=found.looked,
        newer=found.newer,
        older=found.older,
        opens=reader.opens,
        as_of=f"{moment_words(at, zone, at)} {zone_words(zone)}",
        zone_word=zone_words(zone),
    )
    return make_response(text, status)


def row_of(event: Event, reader: Reader) -> Row:
    """An event in words, on the clock of the practice."""
    local = event.at.astimezone(practice().zone)
    about = event.subject or ""
    return Row(
        sequence=event.sequence,
        day=f"{local:%b} {local.day}, {local.year}",
        clock=f"{local.hour % 12 or 12}:{local:%M:%S} {'am' if local.hour < 12 else 'pm'}",
        who=who_words(event.actor_kind, event.actor_id, reader.names),
        what=event_words(event.name),
        reference=about if REFERENCE.fullmatch(about) else None,
        person=reader.names.get(about),
        network=event.network or "",
        told=told(event.name, event.detail, reader),
    )


def _chain(session: Session, names: dict[str, str], at: dt.datetime) -> Chain:
    """What the last check of the chain found."""
    too_long = reading.length(session) > MOST_CHECKED
    last = reading.last_check(session)
    if last is None:
        return Chain("The chain was not checked yet.", too_long=too_long)
    zone = practice().zone
    when = f"{moment_words(last.at, zone, at)} {zone_words(zone)}"
    by = who_words(last.actor_kind, last.actor_id, names)
    by = {"Command line": "on the command line", "The system": "by the system"}.get(by, f"by {by}")
    number, whole = _result(last)
    if whole:
        return Chain(f"Checked {when}, {by}: {number:,} events, unbroken.", too_long=too_long)
    alarm = f"The chain of events is broken at event {number:,}"
    return Chain(f"Found {when}, {by}.", alarm, too_long=too_long)


def _result(last: LastCheck) -> tuple[int, bool]:
    """The number that a check named, and whether the chain was whole; (0, False) if unreadable."""
    try:
        detail: dict[str, Any] = json.loads(last.detail)
        return int(detail["sequence"]), detail["whole"] is True
    except (ValueError, KeyError, TypeError):
        return 0, False


def _place(name: str) -> int | None:
    """Where a page begins, as the address says it; None for anything else."""
    text = request.args.get(name, "")
    return int(text) if PLACE.fullmatch(text) else None
