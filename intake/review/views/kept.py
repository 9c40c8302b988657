"""A note that was being written when the session ended: kept, and offered again to its author."""

from __future__ import annotations

import datetime as dt
from typing import cast

from flask import Flask, Response, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from intake import db
from intake.accounts import gate
from intake.audit import Actor
from intake.errors import NotFound
from intake.review.forms import NoteForm
from intake.review.notes import number_of
from intake.review.views.common import blueprint, keys, say, typed
from intake.submissions import desk as acts
from intake.submissions import kept
from intake.submissions.desk import NOTE_TYPES
from intake.submissions.kept import Kept
from intake.submissions.models import Submission
from intake.web import now

DROPPED = "The note that was kept is thrown away."


@blueprint.post("/submissions/<reference>/keep")
@gate.allow("intake", "clinician", emergency=True, use=False)
def keep(reference: str) -> Response:
    """Keep what is being written, asked for by the page itself before the session ends."""
    _keep(reference, gate.actor())
    return Response(status=204)


@blueprint.post("/submissions/<reference>/kept/drop")
@gate.allow("intake", "clinician", emergency=True)
def drop_kept(reference: str) -> Answer:
    """Throw away what is kept for oneself."""
    session = db.session()
    found = acts.by_reference(session, reference.upper())
    kept.drop(session, keys(), found, gate.actor(), now())
    session.commit()
    say(found.reference, DROPPED)
    return redirect(url_for("review.submission", reference=found.reference), 303)


def restore(session: Session, found: Submission, note: NoteForm, at: dt.datetime) -> Kept | None:
    """Put what is kept for the reader into the ``note``'s form, and record that it was shown.

    What was typed into the form since stays; then None, unless it belongs to the kept note. The
    type falls back to a call's where the reader may not write the former one any more.
    """
    only = note.number.data if note.body.data else None
    held = kept.open_for(session, keys(), found, gate.actor(), at, only=only)
    if held is None or note.body.data:
        return held
    offered = acts.note_types(gate.current().roles)
    note.kind.data = held.kind if held.kind in offered else NOTE_TYPES[0]
    note.body.data, note.number.data = held.text, held.number
    return held


def _after_time_out(staff_id: str) -> str | None:
    """Keep the note of a form that came too late; gives the record's page."""
    reference = (request.view_args or {}).get("reference")
    if request.blueprint != blueprint.name or reference is None:
        return None
    try:
        found = _keep(reference, Actor("staff", staff_id, request.remote_addr))
    except NotFound:
        return None
    return url_for("review.submission", reference=found) if found else None


def _keep(reference: str, author: Actor) -> str | None:
    """Keep the note in the form of this request; gives the reference, None without a note."""
    text, kind = typed(request.form.get("body")).strip(), request.form.get("kind", "")
    if not text:
        return None
    session = db.session()
    found = acts.by_reference(session, reference.upper())
    number = number_of(request.form.get("number"))
    kind = kind if kind in NOTE_TYPES else NOTE_TYPES[0]
    kept.keep(session, keys(), found, number, kind, text, author, now())
    session.commit()
    return found.reference


@blueprint.record_once
def _keep_lost_work(state: BlueprintSetupState) -> None:
    """Ask for it when a form comes after its session."""
    gate.keep_work(cast(Flask, state.app), _after_time_out)
