"""A check for a caller without internet, entered by staff on the caller's behalf."""

from __future__ import annotations

from flask import Response, make_response, render_template

from intake import rulebook, visit
from intake.accounts import gate
from intake.review.views.common import blueprint
from intake.visit import Draft
from intake.web import now


@blueprint.get("/check")
@gate.allow("intake", "clinician")
def caller() -> Response:
    """Say how a check for a caller goes; lead back to one that is open in this browser."""
    held = visit.beside("visit")
    mine = held.entered_by == gate.current().id
    return make_response(
        render_template(
            "review/caller.html",
            draft=held.draft if mine else None,
            receipt=held.receipt if mine else None,
            others=held.entered_by is not None and not mine,
        )
    )


@blueprint.post("/check")
@gate.allow("intake", "clinician")
def begin_for_caller() -> Response:
    """Begin a draft that names who enters it; what this browser held of another check goes."""
    definition = rulebook.live()
    draft = Draft(
        version=definition.version,
        locale=definition.locale,
        started=now(),
        entered_by=gate.current().id,
    )
    first = f"/eligibility/{definition.questions[0].id}"
    response = Response(status=303, headers={"Location": first})
    visit.hand_over(response, draft)
    return response
