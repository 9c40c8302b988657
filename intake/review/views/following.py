"""The way on from one record to the next, without the list between them."""

from __future__ import annotations

import datetime as dt

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from intake import db, visit
from intake.accounts import gate
from intake.review import filters, lists
from intake.review.views.common import blueprint, desk_at
from intake.submissions import queue as line
from intake.web import now

# Who was worked on so recently is not the next, though a message left keeps its place.
JUST_NOW = dt.timedelta(hours=1)


@blueprint.get("/next")
@gate.allow("intake", "clinician", emergency=True)
def following() -> Response:
    """Go to whom to call next on the list that was looked at last; to that list if nobody is left.

    ``after``: the reference of the record that one comes from. Passed over is what one worked on
    within the hour, and what a colleague has.
    """
    session, at, me = db.reading(), now(), gate.current().id
    desk, part = desk_at(session, at), visit.current().get("part", "all")
    part = part if part in filters.QUEUE_PARTS else "all"
    gone = line.at_work_for(session, desk.gone)
    found = line.first(
        session,
        lists.wanted(part, lists.Reader(me, at, desk.practice.zone, gone)),
        me,
        gone=gone,
        passed=request.args.get("after", ""),
        since=at - JUST_NOW,
    )
    if found is None:
        return redirect(url_for("review.queue", show=None if part == "all" else part), 303)
    return redirect(url_for("review.submission", reference=found), 303)
