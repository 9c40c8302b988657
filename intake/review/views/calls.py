"""What became of a call, and whether the birth date matched."""

from __future__ import annotations

from flask import abort, request
from werkzeug.wrappers import Response

from intake import audit, db
from intake.accounts import gate
from intake.errors import OutOfDate, Refused
from intake.hours.store import schedule_of
from intake.review import beside
from intake.review.forms import IdentityForm, MoveForm
from intake.review.record import CHANGES
from intake.review.views.acts import (
    NOTE_ADDED,
    NoteWrong,
    add_note,
    again,
    back_to,
    check_note,
    done_by_me,
    note_errors,
    revision_of,
    tell_alerts,
)
from intake.review.views.common import blueprint, keys
from intake.review.views.submission import Unsaved, note_form, render_record, show_again
from intake.submissions import calls
from intake.submissions import desk as acts
from intake.submissions.reach import promise_of, same_day
from intake.web import now, practice

CALL_EVENT = "callback.moved"
SAID = {
    "reached": "The person was reached. The status is “Contacted”.",
    "left_message": "A message was left. The call is still owed.",
    "no_answer": "Nobody answered. The call is still owed.",
    "wrong_number": "The number was wrong. No call is owed now.",
    calls.AGAIN: "The call is owed again.",
}
WRITE_ONE = "Write a note on it below."


@blueprint.post("/submissions/<reference>/call")
@gate.allow("intake", "clinician", emergency=True)
def call(reference: str) -> Response:
    """Say what became of the owed call, with the note that was typed beside it."""
    session, at, form = db.session(), now(), MoveForm()
    found = acts.by_reference(session, reference.upper())
    outcome, note = request.args.get("outcome", ""), note_form()
    revision = revision_of(form.revision.data)
    words = calls.OUTCOMES.get(outcome, "The call is owed again")
    try:
        check_note(note, session, at)
        pressed_twice = found.revision != revision and done_by_me(
            session, found, CALL_EVENT, {"to": outcome}, (*CHANGES, CALL_EVENT)
        )
        if not pressed_twice:
            schedule, owed = schedule_of(practice()), promise_of(found)
            calls.settle(
                session,
                keys(),
                found,
                outcome,
                gate.actor(),
                at,
                revision=revision,
                roles=gate.current().roles,
                next_due=beside.next_due(schedule, owed, at, same_day=same_day(session, found)),
            )
            tell_alerts(session, found, at)
    except OutOfDate:
        return again(found, Unsaved(conflict=True, wanted=f"Call: {words}"), note)
    except NoteWrong:
        return again(found, Unsaved(errors=note_errors(note)), note)
    except Refused as problem:
        return again(found, Unsaved(errors=[("next", str(problem))]), note)
    added = add_note(session, found, note, at)
    session.commit()
    return back_to(found, f"{SAID[outcome]} {NOTE_ADDED if added else WRITE_ONE}")


@blueprint.post("/submissions/<reference>/identity")
@gate.allow("intake", "clinician", emergency=True)
def identity(reference: str) -> Response:
    """Keep whether the birth date that was said is the one on record; the contact stays shown."""
    session, at, form = db.session(), now(), IdentityForm()
    found = acts.by_reference(session, reference.upper())
    answer = form.matched.data or request.args.get("matched", "")
    if answer not in ("yes", "no") or found.contact_at is None:
        abort(422)
    matched = answer == "yes"
    audit.record(
        session,
        keys(),
        "submission.identity_checked",
        gate.actor(),
        at,
        subject=found.reference,
        matched=matched,
    )
    return render_record(session, found, at, shown=show_again(session, found, at), note=note_form())
