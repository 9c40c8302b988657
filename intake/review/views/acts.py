"""What staff do with a submission: move it, give it to somebody, write a note."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response

from intake import db
from intake.accounts import gate
from intake.errors import OutOfDate, Refused
from intake.review.forms import AssignForm, MoveForm, NoteForm
from intake.review.views.common import blueprint, keys, refuse, typed
from intake.review.views.submission import Unsaved, owners_of, render_record
from intake.review.words import NOTE_WORDS
from intake.submissions import desk as acts
from intake.submissions import status as table
from intake.submissions.models import Submission
from intake.web import now


@blueprint.post("/submissions/<reference>/move")
@gate.allow("intake", "clinician")
def move(reference: str) -> Response:
    """Move it by the table of statuses; a stale or refused move keeps what was typed."""
    session, at, form = db.session(), now(), MoveForm()
    found = acts.by_reference(session, reference.upper())
    reason = form.reason.data or ""
    try:
        if not form.validate():
            raise Refused(form.reason.errors[0])
        acts.move(
            session,
            keys(),
            found,
            form.to.data or "",
            gate.actor(),
            at,
            revision=_revision(form.revision.data),
            roles=gate.current().roles,
            reason=reason,
        )
    except acts.WrongRole:
        refuse(session, at)
    except (OutOfDate, Refused) as problem:
        unsaved = _unsaved_move(found, form.to.data or "", reason, problem)
        return _again(found, unsaved)
    session.commit()
    return _to(found)


@blueprint.post("/submissions/<reference>/assign")
@gate.allow("intake", "clinician")
def assign(reference: str) -> Response:
    """Give it to oneself, to somebody else, or to nobody."""
    session, at = db.session(), now()
    found = acts.by_reference(session, reference.upper())
    owners = owners_of(session, found, gate.current().id)
    form = AssignForm(owners)
    try:
        if not form.validate():
            raise Refused("Select one of the people on the list.")
        acts.assign(
            session,
            keys(),
            found,
            form.owner.data or None,
            gate.actor(),
            at,
            revision=_revision(form.revision.data),
        )
    except OutOfDate:
        wanted = f"Owner: {dict(owners)[form.owner.data]}"
        return _again(found, Unsaved(conflict=True, wanted=wanted))
    except Refused as problem:
        at_field = "next" if found.status == "closed" else "owner"
        return _again(found, Unsaved(errors=[(at_field, str(problem))]))
    session.commit()
    return _to(found)


@blueprint.post("/submissions/<reference>/note")
@gate.allow("intake", "clinician")
def note(reference: str) -> Response:
    """Add a note; notes are only ever added, so that two writers never collide."""
    session, at, roles = db.session(), now(), gate.current().roles
    found = acts.by_reference(session, reference.upper())
    form = NoteForm([(kind, NOTE_WORDS[kind]) for kind in acts.note_types(roles)])
    if form.kind.data in acts.CLINICIAN_NOTES and form.kind.data not in acts.note_types(roles):
        refuse(session, at)
    if not form.validate():
        form.body.data = typed(form.body.data)
        return _again(found, Unsaved(errors=_errors(form)), note=form)
    acts.add_note(
        session, keys(), found, form.kind.data, form.body.data, gate.actor(), at, roles=roles
    )
    session.commit()
    return _to(found)


def _to(found: Submission) -> Response:
    """Back to the submission's page."""
    return redirect(url_for("review.submission", reference=found.reference), 303)


def _again(found: Submission, unsaved: Unsaved, note: NoteForm | None = None) -> Response:
    """The page as it stands now, with what was not saved; its reading is recorded."""
    session, at = db.session(), now()
    found = acts.open_for(session, keys(), found.reference, gate.actor(), at)
    status = 409 if unsaved.conflict else 422
    return render_record(session, found, at, note=note, unsaved=unsaved, status=status)


def _unsaved_move(found: Submission, to: str, reason: str, problem: OutOfDate | Refused) -> Unsaved:
    """A move that was not saved: overtaken by somebody else's, or refused."""
    reason = typed(reason)
    if isinstance(problem, OutOfDate):
        wanted = [f"Status: {table.STATUS_WORDS.get(to, 'unknown')}"]
        wanted += [table.REASON_WORDS.get(reason, reason)] if reason else []
        return Unsaved(conflict=True, wanted=". ".join(wanted), to=to, reason=reason)
    at_field = {"closed": "closed-reason"}.get(to, "next")
    field = "reopen-reason" if found.status == "closed" else at_field
    return Unsaved(errors=[(field, str(problem))], to=to, reason=reason)


def _errors(form: NoteForm) -> list[tuple[str, str]]:
    """Field ids with what to do."""
    wrong = [("kind", "Select a type of note.")] if form.kind.errors else []
    return wrong + [("body", text) for text in form.body.errors[:1]]


def _revision(text: str | None) -> int:
    """The revision that a page was made from; 0, which is never current, for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
