"""What staff do with a submission: move it, give it to somebody, write a note."""

from __future__ import annotations

import datetime as dt
import json

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from intake import db
from intake.accounts import gate
from intake.alerts import store as alerts
from intake.errors import OutOfDate, Refused
from intake.review import closing
from intake.review.forms import AssignForm, MoveForm, NoteForm
from intake.review.record import CHANGES
from intake.review.views.common import blueprint, keys, refuse, say, typed
from intake.review.views.submission import Unsaved, note_form, owners_of, render_record
from intake.submissions import desk as acts
from intake.submissions import kept
from intake.submissions import status as table
from intake.submissions.models import Submission
from intake.web import now, practice

NOTE_ADDED = "Your note was added."
ALERT_OPEN = "Its alert is open. Close the alert first, and write there what was done."


class NoteWrong(Refused):
    """A note beside another act that cannot stand; its form says why."""


@blueprint.post("/submissions/<reference>/move")
@gate.allow("intake", "clinician", emergency=True)
def move(reference: str) -> Response:
    """Move it by the table of statuses; a stale or refused move keeps what was typed."""
    session, at, form = db.session(), now(), MoveForm()
    found = acts.by_reference(session, reference.upper())
    # The button sends the note's form along, and names its move in the address.
    to = form.to.data or request.args.get("to", "")
    reason, note = form.reason.data or "", note_form()
    try:
        check_note(note, session, at)
        if not form.validate():
            raise Refused(form.reason.errors[0])
        _move(session, found, to, reason, revision_of(form.revision.data), note, at)
    except acts.WrongRole:
        refuse(session, at)
    except (OutOfDate, Refused) as problem:
        return again(found, _unsaved_move(found, to, reason, problem, note), note)
    said = [f"The status is now “{table.STATUS_WORDS[found.status]}”."]
    said += [NOTE_ADDED] if add_note(session, found, note, at) else []
    session.commit()
    return back_to(found, " ".join(said))


def _move(
    session: Session,
    found: Submission,
    to: str,
    reason: str,
    revision: int,
    note: NoteForm,
    at: dt.datetime,
) -> None:
    """Move it; a second press of the same button finds that done, and does nothing."""
    wanted = {"to": to, "reason": reason if to == "closed" else None}
    if found.revision != revision and done_by_me(session, found, "submission.moved", wanted):
        return
    if to == "closed" and found.revision == revision and reason and found.status != "closed":
        closing.check(session, found, note.kind.data if note.body.data else None)
        if alerts.has_open(session, found.id):
            raise Refused(ALERT_OPEN)
    acts.move(
        session,
        keys(),
        found,
        to,
        gate.actor(),
        at,
        revision=revision,
        roles=gate.current().roles,
        reason=reason,
    )
    tell_alerts(session, found, at)


def tell_alerts(session: Session, found: Submission, at: dt.datetime) -> None:
    """Whoever works on a submission has its alerts too; given back, they are loud again."""
    if found.status == "closed":
        return
    act = alerts.given_back if found.status == "new" else alerts.taken
    act(session, keys(), found, gate.actor(), at, practice())


@blueprint.post("/submissions/<reference>/assign")
@gate.allow("intake", "clinician", emergency=True)
def assign(reference: str) -> Response:
    """Give it to oneself, to somebody else, or to nobody."""
    session, at = db.session(), now()
    found = acts.by_reference(session, reference.upper())
    owners = owners_of(session, found, gate.current().id)
    form, note = AssignForm(owners), note_form()
    owner = form.owner.data or None
    try:
        check_note(note, session, at)
        if not form.validate():
            raise Refused("Select one of the people on the list.")
        _assign(session, found, owner, revision_of(form.revision.data), at)
    except OutOfDate:
        wanted = f"Owner: {dict(owners)[form.owner.data]}"
        return again(found, Unsaved(conflict=True, wanted=wanted, owner=form.owner.data), note)
    except NoteWrong:
        return again(found, Unsaved(errors=note_errors(note), owner=form.owner.data), note)
    except Refused as problem:
        at_field = "next" if found.status == "closed" else "owner"
        unsaved = Unsaved(errors=[(at_field, str(problem))], owner=form.owner.data)
        return again(found, unsaved, note)
    said = [f"It now belongs to {dict(owners)[owner]}." if owner else "It has no owner now."]
    said += [NOTE_ADDED] if add_note(session, found, note, at) else []
    session.commit()
    return back_to(found, " ".join(said))


def _assign(
    session: Session, found: Submission, owner: str | None, revision: int, at: dt.datetime
) -> None:
    """Give it away; a second press of the same button finds that done, and does nothing."""
    wanted = {"owner": owner}
    if found.revision != revision and done_by_me(session, found, "submission.assigned", wanted):
        return
    acts.assign(session, keys(), found, owner, gate.actor(), at, revision=revision)
    if owner == gate.current().id:
        alerts.taken(session, keys(), found, gate.actor(), at, practice())


@blueprint.post("/submissions/<reference>/note")
@gate.allow("intake", "clinician", emergency=True)
def note(reference: str) -> Response:
    """Add a note; notes are only ever added, so that two writers never collide."""
    session, at = db.session(), now()
    found = acts.by_reference(session, reference.upper())
    form = note_form()
    _refuse_kind(form, session, at)
    if not form.validate():
        return again(found, Unsaved(errors=note_errors(form)), form)
    add_note(session, found, form, at)
    session.commit()
    return back_to(found, NOTE_ADDED)


def check_note(note: NoteForm, session: Session, at: dt.datetime) -> None:
    """Raise ``NoteWrong`` where a note was typed beside another act and cannot stand."""
    if note.body.data:
        _refuse_kind(note, session, at)
        if not note.validate():
            raise NoteWrong(note_errors(note)[0][1])


def _refuse_kind(note: NoteForm, session: Session, at: dt.datetime) -> None:
    """Refuse a type of note that the writer's roles may not write."""
    kind = note.kind.data
    if kind in acts.CLINICIAN_NOTES and kind not in acts.note_types(gate.current().roles):
        refuse(session, at)


def add_note(session: Session, found: Submission, note: NoteForm, at: dt.datetime) -> bool:
    """Add the note if one was typed; True where it stands on the record afterwards."""
    if not note.body.data:
        return False
    acts.add_note(
        session,
        keys(),
        found,
        note.kind.data,
        note.body.data,
        gate.actor(),
        at,
        roles=gate.current().roles,
        number=note.number.data,
    )
    kept.settle(session, found, gate.current().id, note.number.data)
    return True


def done_by_me(
    session: Session,
    found: Submission,
    name: str,
    wanted: dict[str, str | None],
    among: tuple[str, ...] = CHANGES,
) -> bool:
    """Whether the last change is the acting person's own, and just what is ``wanted`` again.

    ``among``: the events that count as a change.
    """
    last = next(iter(acts.events_of(session, found.reference, among, most=1)), None)
    if last is None or (last.name, last.actor_id) != (name, gate.current().id):
        return False
    detail = json.loads(last.detail)
    return {key: detail[key] for key in wanted} == wanted


def back_to(found: Submission, said: str) -> Response:
    """Back to the submission's page, which says what was done."""
    say(found.reference, said)
    return redirect(url_for("review.submission", reference=found.reference), 303)


def again(found: Submission, unsaved: Unsaved, note: NoteForm) -> Response:
    """The page as it stands now, with what was not saved; its reading is recorded."""
    session, at = db.session(), now()
    found = acts.open_for(session, keys(), found.reference, gate.actor(), at)
    status = 409 if unsaved.conflict else 422
    return render_record(session, found, at, note=note, unsaved=unsaved, status=status)


def _unsaved_move(
    found: Submission, to: str, reason: str, problem: OutOfDate | Refused, note: NoteForm
) -> Unsaved:
    """A move that was not saved: overtaken by somebody else's, or refused."""
    reason = typed(reason)
    if isinstance(problem, OutOfDate):
        wanted = [f"Status: {table.STATUS_WORDS.get(to, 'unknown')}"]
        wanted += [table.REASON_WORDS.get(reason, reason)] if reason else []
        return Unsaved(conflict=True, wanted=". ".join(wanted), to=to, reason=reason)
    if isinstance(problem, NoteWrong):
        return Unsaved(errors=note_errors(note), to=to, reason=reason)
    if isinstance(problem, closing.NoteNeeded):
        note[problem.field].errors = [str(problem)]
        return Unsaved(errors=[(problem.field, str(problem))], to=to, reason=reason)
    at_field = {"closed": "closed-reason"}.get(to, "next")
    field = "reopen-reason" if found.status == "closed" else at_field
    return Unsaved(errors=[(field, str(problem))], to=to, reason=reason)


def note_errors(form: NoteForm) -> list[tuple[str, str]]:
    """Field ids with what to do."""
    wrong = [("kind", "Select a type of note.")] if form.kind.errors else []
    return wrong + [("body", text) for text in form.body.errors[:1]]


def revision_of(text: str | None) -> int:
    """The revision that a page was made from; 0, which is never current, for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
