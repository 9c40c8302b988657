"""A same-day flag that a clinician overrides: a page to pause at, then the act; and back again."""

from __future__ import annotations

import datetime as dt

from flask import make_response, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from intake import db, rulebook
from intake.accounts import gate
from intake.alerts import store as alerts
from intake.errors import OutOfDate, Refused
from intake.hours.store import schedule_of
from intake.review import beside, words
from intake.review.forms import MoveForm, OverrideForm
from intake.review.record import build
from intake.review.views.acts import again, back_to, revision_of
from intake.review.views.common import blueprint, desk_at, keys, typed
from intake.review.views.submission import Unsaved, note_form
from intake.submissions import desk as acts
from intake.submissions import flags
from intake.submissions.models import Submission
from intake.submissions.reach import promise_of
from intake.web import now, practice

CHANGED = "Somebody changed this record before you. Nothing was overridden. Look again first."
# How the alert of an overridden flag ends: a clinician has decided.
ALERT_ENDS = "handed_on"


@blueprint.get("/submissions/<reference>/override")
@gate.allow("clinician")
def override(reference: str) -> Response:
    """Pause: what the person said, what changes, what stays, and the reason."""
    session, at = db.session(), now()
    found = acts.open_for(session, keys(), reference.upper(), gate.actor(), at)
    if not found.priority or found.flag_cleared_at is not None:
        session.rollback()
        return redirect(url_for("review.submission", reference=found.reference), 303)
    return _page(session, OverrideForm(), found, at)


@blueprint.post("/submissions/<reference>/override")
@gate.allow("clinician")
def do_override(reference: str) -> Response:
    """Override it, and close its alert with the same words."""
    session, at, form = db.session(), now(), OverrideForm()
    found = acts.by_reference(session, reference.upper())
    if found.flag_cleared_by == gate.current().id:
        return back_to(found, "The same-day flag is overridden.")
    if not form.validate():
        return _page(session, form, found, at, 422)
    owed = promise_of(found)
    promised = beside.due_as_promised(schedule_of(practice()), owed) if owed else None
    try:
        flags.override(
            session,
            keys(),
            found,
            form.reason.data,
            gate.actor(),
            at,
            revision=revision_of(form.revision.data),
            roles=gate.current().roles,
            due_at=promised,
        )
    except OutOfDate:
        return _page(session, form, found, at, 409, changed=True)
    except Refused as problem:
        form.reason.errors = [str(problem)]
        return _page(session, form, found, at, 422)
    _close_alert(session, found, form.reason.data, at)
    session.commit()
    return back_to(found, "The same-day flag is overridden. Your reason is a clinical note.")


@blueprint.post("/submissions/<reference>/restore")
@gate.allow("clinician")
def restore(reference: str) -> Response:
    """Take an override back: the call is for today again, and so is its alert."""
    session, at, form = db.session(), now(), MoveForm()
    found = acts.by_reference(session, reference.upper())
    owed = promise_of(found)
    due_at = beside.due_same_day(schedule_of(practice()), owed) if owed else None
    try:
        flags.restore(
            session,
            keys(),
            found,
            gate.actor(),
            at,
            revision=revision_of(form.revision.data),
            roles=gate.current().roles,
            due_at=due_at,
        )
    except OutOfDate:
        wanted = "Same-day flag: stands again"
        return again(found, Unsaved(conflict=True, wanted=wanted), note_form())
    except Refused as problem:
        return again(found, Unsaved(errors=[("next", str(problem))]), note_form())
    if owed is not None:
        alerts.open_for(session, keys(), found, at, practice())
    session.commit()
    return back_to(found, "The same-day flag stands again.")


def _close_alert(session: Session, found: Submission, reason: str, at: dt.datetime) -> None:
    """Close the alert of the flag with it; a call for help keeps its own."""
    for alert in alerts.open_of(session, found.id, lock=True):
        if alert.kind == "same_day":
            done = f"{flags.NOTE}{reason}"
            alerts.close(
                session,
                keys(),
                alert,
                ALERT_ENDS,
                done,
                gate.actor(),
                at,
                revision=alert.revision,
            )


def _page(
    session: Session,
    form: OverrideForm,
    found: Submission,
    at: dt.datetime,
    status: int = 200,
    *,
    changed: bool = False,
) -> Response:
    """The page to pause at; a stale one comes back with the words that were typed."""
    desk, owed = desk_at(session, at), promise_of(found)
    roles = gate.current().roles
    definition = rulebook.version(found.definition_version)
    page = build(session, keys(), found, definition, desk, roles)
    promised = None
    if owed is not None and found.due_at is not None:
        later = max(found.due_at, beside.due_as_promised(schedule_of(practice()), owed))
        promised = words.moment_words(later, desk.practice.zone, at)
    revision = found.revision
    session.commit()
    form.reason.data = typed(form.reason.data)
    text = render_template(
        "review/override.html",
        form=form,
        page=page,
        submission=found,
        revision=revision,
        promised=promised,
        changed=CHANGED if changed else None,
    )
    return make_response(text, status)
