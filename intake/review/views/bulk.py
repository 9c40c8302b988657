"""One act on several rows of the queue: choose, see what it does to each, confirm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from flask import make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from intake import audit, db
from intake.accounts import gate
from intake.alerts import store as alerts
from intake.review import bulk
from intake.review.bulk import Act, Step
from intake.review.listing import Desk
from intake.review.queue_forms import BulkForm, ChooseForm
from intake.review.views.common import blueprint, desk_at, keys, refuse
from intake.review.views.queue import Unsaved, asked_for, owners_at_work, queue_page, tell
from intake.submissions import desk as acts
from intake.submissions import queue as line
from intake.submissions.models import Submission
from intake.submissions.status import REASON_WORDS, STATUS_WORDS
from intake.web import now, practice

NOTHING_CHOSEN = "Select at least one row."
NOTHING_TO_DO = "Select what to do with them."


@blueprint.post("/bulk")
@gate.allow("intake", "clinician")
def choose() -> Response:
    """What an act would do to each of the chosen records, to be confirmed; nothing changes yet."""
    session, at = db.session(), now()
    desk = desk_at(session, at)
    form = ChooseForm(bulk.acts(owners_at_work(desk), gate.current().id))
    chosen = bulk.read_choices(request.form.getlist("chosen"), line.PAGE)
    errors = [] if chosen else [("rows", NOTHING_CHOSEN)]
    if not form.validate() or not form.act.data:
        form.act.errors = [NOTHING_TO_DO]
        errors.append(("act", NOTHING_TO_DO))
    if errors:
        return queue_page(Unsaved(errors, choose=form), 422)
    confirm_form = _form(desk)
    confirm_form.act.data = form.act.data
    found = line.locked(session, chosen)
    return _confirm_page(session, desk, chosen, found, confirm_form)


@blueprint.post("/bulk/confirm")
@gate.allow("intake", "clinician")
def confirm() -> Response:
    """Do it, one record after the other; what changed since or cannot be done is left alone."""
    session, at = db.session(), now()
    desk = desk_at(session, at)
    form = _form(desk)
    chosen = bulk.read_choices(request.form.getlist("record"), line.PAGE)
    asked = asked_for(session, at, desk)
    if form.act.data not in dict(bulk.acts(owners_at_work(desk), gate.current().id)) or not chosen:
        return queue_page(Unsaved([("rows", NOTHING_CHOSEN)]), 422)
    act = bulk.read_act(form.act.data)
    found = line.locked(session, chosen)
    reason = form.reason.data if act == Act("move", "closed") else None
    if reason is not None and reason not in bulk.reasons(gate.current().roles):
        if reason in bulk.reasons(("clinician",)):
            refuse(session, at)
        form.reason.errors = ["Select why you close them."]
        return _confirm_page(session, desk, chosen, found, form, 422)
    steps = _steps(session, desk, chosen, found, act)
    for step in steps:
        if step.state == bulk.GOES:
            _do(session, found[step.reference], step, act, reason, at)
    session.commit()
    tell(bulk.result_words(act, steps, desk.names))
    return redirect(url_for("review.queue", **asked.address), 303)


def _form(desk: Desk) -> BulkForm:
    """The form of the confirm page."""
    me = gate.current()
    reasons = [(each, REASON_WORDS[each]) for each in bulk.reasons(me.roles)]
    return BulkForm(bulk.acts(owners_at_work(desk), me.id), reasons)


def _confirm_page(
    session: Session,
    desk: Desk,
    chosen: Mapping[str, int],
    found: Mapping[str, Submission],
    form: BulkForm,
    status: int = 200,
) -> Response:
    """What becomes of each record, in words; its reading is recorded and committed."""
    act = bulk.read_act(form.act.data)
    steps = _steps(session, desk, chosen, found, act)
    references = [each.reference for each in steps]
    audit.record(session, keys(), "queue.listed", gate.actor(), desk.now, references=references)
    asked = asked_for(session, desk.now, desk)
    session.commit()
    error = form.reason.errors[0] if form.reason.errors else None
    text = render_template(
        "review/bulk.html",
        form=form,
        errors=[("reason", error)] if error else [],
        act=act,
        to=desk.names.get(act.to, "nobody") if act.kind == "assign" else STATUS_WORDS[act.to],
        going=[each for each in steps if each.state == bulk.GOES],
        left=[each for each in steps if each.state != bulk.GOES],
        asked=asked,
    )
    return make_response(text, status)


def _steps(
    session: Session,
    desk: Desk,
    chosen: Mapping[str, int],
    found: Mapping[str, Submission],
    act: Act,
) -> list[Step]:
    """What ``act`` does to each of the ``chosen`` records, in their order; alerts are locked too.

    Everything is locked before the first event, as every other act does it.
    """
    alarmed = {each.reference: bool(_alerts(session, each)) for each in found.values()}
    return [
        bulk.step(found[each], revision, act, desk.names, alarmed=alarmed[each])
        for each, revision in chosen.items()
        if each in found
    ]


def _alerts(session: Session, submission: Submission) -> object:
    """The open alerts of a record, held until the end of the transaction."""
    return alerts.open_of(session, submission.id, lock=True)


def _do(
    session: Session,
    found: Submission,
    step: Step,
    act: Act,
    reason: str | None,
    at: dt.datetime,
) -> None:
    """Do ``act`` to one record, as its own page does it."""
    me, actor = gate.current(), gate.actor()
    if act.kind == "assign":
        acts.assign(session, keys(), found, act.to or None, actor, at, revision=step.revision)
        return
    acts.move(
        session,
        keys(),
        found,
        act.to,
        actor,
        at,
        revision=step.revision,
        roles=me.roles,
        reason=reason,
    )
    told = alerts.given_back if act.to == "new" else alerts.taken
    told(session, keys(), found, actor, at, practice())
