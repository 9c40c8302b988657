"""Saved views: a list of the queue with its filters, kept under a name."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response

from intake import db
from intake.accounts import gate
from intake.errors import Refused
from intake.review import filters
from intake.review.queue_forms import SaveViewForm
from intake.review.views.common import blueprint, desk_at, keys
from intake.review.views.queue import Unsaved, asked_for, queue_page, tell
from intake.submissions import saved_views
from intake.web import now


@blueprint.post("/views")
@gate.allow("intake", "clinician")
def save_view() -> Response:
    """Keep the list that the address asks for under a name."""
    session, at, form = db.session(), now(), SaveViewForm()
    asked = asked_for(session, at)
    query = filters.query(asked.part, asked.filters)
    try:
        if not form.validate():
            raise Refused(form.name.errors[0])
        name, shared = form.name.data or "", form.shared.data
        saved_views.save(session, keys(), name, query, gate.actor(), at, shared=shared)
    except Refused as problem:
        form.name.errors = [str(problem)]
        return queue_page(Unsaved([("name", str(problem))], save=form), 422)
    session.commit()
    tell(f"The view “{name}” is saved.")
    return redirect(url_for("review.queue", **asked.address), 303)


@blueprint.post("/views/<number>/drop")
@gate.allow("intake", "clinician")
def drop_view(number: str) -> Response:
    """Drop a view for good; the records in it stay as they are."""
    session, at = db.session(), now()
    gone = desk_at(session, at).gone
    name = saved_views.drop(session, keys(), number, gate.actor(), at, gone=gone)
    session.commit()
    tell(f"The view “{name}” is dropped.")
    return redirect(url_for("review.queue", **asked_for(session, at).address), 303)
