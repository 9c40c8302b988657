"""The queue: whom to call next."""

from __future__ import annotations

import re

from flask import current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake import db
from intake.accounts import gate
from intake.errors import NotFound
from intake.hours.words import clock_words, zone_words
from intake.review import cursor, words
from intake.review.forms import FindForm
from intake.review.listing import queue_rows
from intake.review.views.common import blueprint, desk_at, keys, typed
from intake.submissions import desk as acts
from intake.submissions import queue as line
from intake.web import now, practice

PRESETS = ("all", "unassigned", "mine")
NOT_FOUND = "Check the reference. No submission has this one."
# A reference as people type it: with any dash or none, in capitals or not.
SAID = re.compile(r"([A-Z0-9]{3})[\s\u2010-\u2015-]*([A-Z0-9]{4})", re.ASCII)


@blueprint.get("/")
@gate.allow("intake", "clinician", "admin")
def queue() -> Response:
    """The queue by urgency and due time, a page at a time; who is only admin goes to the team."""
    if not gate.current().may("intake", "clinician"):
        return redirect(url_for("accounts.team"), 303)
    return _queue_page(FindForm())


@blueprint.post("/find")
@gate.allow("intake", "clinician")
def find() -> Response:
    """Go to the record of a reference that somebody says; without one, the queue says so."""
    form = FindForm()
    form.reference.data = typed(form.reference.data).strip()
    said = SAID.fullmatch(form.reference.data.upper())
    try:
        reference = f"{said[1]}-{said[2]}" if said else ""
        found = acts.by_reference(db.session(), reference)
    except NotFound:
        form.reference.errors = [NOT_FOUND]
        return _queue_page(form, 404)
    return redirect(url_for("review.submission", reference=found.reference), 303)


def _queue_page(form: FindForm, status: int = 200) -> Response:
    """The queue, with the field that opens a reference."""
    session, at, me = db.session(), now(), gate.current()
    preset = request.args.get("show", "all")
    preset = preset if preset in PRESETS else "all"
    page = line.page(
        session,
        keys(),
        gate.actor(),
        at,
        after=cursor.read(request.args.get("after")),
        before=cursor.read(request.args.get("before")),
        owner=me.id if preset == "mine" else None,
        unassigned=preset == "unassigned",
    )
    counts = line.counts(session, me.id)
    desk = desk_at(session, at)
    moved = line.calls_moved_at(session, [each.reference for each in page.rows])
    rows = queue_rows(keys(), page.rows, desk, moved)
    crises = line.crisis_waiting(session)
    last_new = line.last_new(session) if not rows else None
    session.commit()
    text = render_template(
        "review/queue.html",
        form=form,
        at=at,
        as_of=clock_words(at.astimezone(desk.practice.zone).time()),
        rows=rows,
        preset=preset,
        counts=counts,
        count_words=lambda count: words.count_words(count, line.MOST_COUNTED),
        crises=crises,
        since=lambda moment: words.moment_words(moment, desk.practice.zone, at),
        last_new=last_new,
        before=cursor.write(page.before) if page.before else None,
        after=cursor.write(page.after) if page.after else None,
        zone_word=zone_words(desk.practice.zone),
        business_hours=desk.schedule is not None,
        warnings=_warnings(),
    )
    return make_response(text, status)


def _warnings() -> list[str]:
    """What nobody has signed or confirmed yet, a sentence each."""
    said = [warn() for _, warn in current_app.extensions["warnings"]]
    found = [f"{each.rstrip('.')}." for each in said if each]
    unconfirmed = [words.FACT_WORDS.get(fact, fact) for fact in sorted(practice().unconfirmed)]
    if unconfirmed:
        found.append(f"Not confirmed in the practice file: {', '.join(unconfirmed)}.")
    if not practice().knows("hours"):
        found.append(
            "The example hours are used, since this is a trial on this machine."
            if practice().trial
            else "Until the hours are confirmed, no times are offered or shown."
        )
    return found
