"""Merging a record into another one of the same person: a page that says what happens, then it."""

from __future__ import annotations

import datetime as dt

from flask import make_response, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from intake import db
from intake.accounts import gate
from intake.alerts import store as alerts
from intake.errors import NotFound, OutOfDate, Refused
from intake.review import words
from intake.review.beside import beside
from intake.review.forms import MergeForm
from intake.review.listing import owed_call
from intake.review.views.acts import ALERT_OPEN, back_to, revision_of
from intake.review.views.common import blueprint, desk_at, keys, typed
from intake.submissions import desk as acts
from intake.submissions import duplicates
from intake.submissions.models import Submission
from intake.submissions.reach import same_day
from intake.submissions.status import STATUS_WORDS
from intake.web import now

UNKNOWN = "No submission has this reference. Enter that of the record to keep."
CHANGED = "Somebody changed one of the two before you. Nothing was merged. This is how they are."


@blueprint.get("/submissions/<reference>/duplicate")
@gate.allow("intake", "clinician")
def duplicate(reference: str) -> Response:
    """Say what merging would do, or ask which record is to be kept."""
    session, at = db.session(), now()
    found = acts.by_reference(session, reference.upper())
    into = request.args.get("into", "").upper()
    form = MergeForm(data={"into": into})
    if not into:
        return _page(session, form, found, None, at)
    try:
        kept = _kept(session, found, into)
    except Refused as problem:
        return _page(session, form, found, None, at, problem=str(problem), status=422)
    return _page(session, form, found, kept, at)


@blueprint.post("/submissions/<reference>/duplicate")
@gate.allow("intake", "clinician")
def merge(reference: str) -> Response:
    """Merge it; a stale or refused merge changes nothing and says why."""
    session, at, form = db.session(), now(), MergeForm()
    reference, into = reference.upper(), typed(form.into.data).upper()
    try:
        found, kept = duplicates.pair(session, reference, into)
        if found.duplicate_of != kept.reference:
            _merge(session, form, found, kept, at)
    except NotFound:
        found = acts.by_reference(session, reference)
        return _page(session, form, found, None, at, problem=UNKNOWN, status=422)
    except OutOfDate:
        return _page(session, MergeForm(formdata=None), found, kept, at, changed=True, status=409)
    except Refused as problem:
        session.rollback()
        found = acts.by_reference(session, reference)
        return _page(session, form, found, None, at, problem=str(problem), status=422)
    session.commit()
    return back_to(found, f"It was merged into {kept.reference} and is closed.")


def _merge(
    session: Session, form: MergeForm, found: Submission, kept: Submission, at: dt.datetime
) -> None:
    """Merge what was seen; not while somebody has to answer for an alert of it."""
    if alerts.has_open(session, found.id):
        raise Refused(ALERT_OPEN)
    duplicates.merge(
        session,
        keys(),
        found,
        kept,
        gate.actor(),
        at,
        revision=revision_of(form.revision.data),
        kept_revision=revision_of(form.kept_revision.data),
        roles=gate.current().roles,
    )


def _kept(session: Session, found: Submission, into: str) -> Submission:
    """The record to keep; raises ``Refused`` where the two cannot be merged."""
    if into == found.reference:
        raise Refused("A record cannot be merged into itself.")
    try:
        kept = acts.by_reference(session, into)
    except NotFound as error:
        raise Refused(UNKNOWN) from error
    duplicates.check(found, kept)
    if alerts.has_open(session, found.id):
        raise Refused(ALERT_OPEN)
    return kept


def _page(
    session: Session,
    form: MergeForm,
    found: Submission,
    kept: Submission | None,
    at: dt.datetime,
    *,
    problem: str | None = None,
    changed: bool = False,
    status: int = 200,
) -> Response:
    """The page between: which record is kept, and what happens to both."""
    desk = desk_at(session, at)
    offered = [each for each in beside(session, found, desk).duplicates if each.open]
    owed, standing = owed_call(found), owed_call(kept) if kept else None
    flagged = kept is not None and same_day(session, found)
    both = [
        (
            each.reference,
            STATUS_WORDS[each.status],
            desk.outcomes.get(each.outcome, each.outcome),
            words.OUTCOME_TONES.get(each.outcome, "plain"),
            words.moment_words(each.submitted_at, desk.practice.zone, at),
        )
        for each in (found, kept)
        if each is not None
    ]
    session.commit()
    if problem:
        form.into.errors = [problem]
    text = render_template(
        "review/merge.html",
        form=form,
        found=found,
        kept=kept,
        both=both,
        offered=offered,
        owed=owed is not None,
        standing=standing is not None,
        flagged=flagged,
        changed=CHANGED if changed else None,
    )
    return make_response(text, status)
