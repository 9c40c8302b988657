"""The queue: whom to call next; beside it, to read, what is closed or cannot be called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake import db, visit
from intake.accounts import gate
from intake.errors import NotFound
from intake.hours.words import clock_words, zone_words
from intake.review import cursor, lists, words
from intake.review.forms import FindForm
from intake.review.listing import queue_rows
from intake.review.views.common import blueprint, desk_at, keys, typed
from intake.submissions import desk as acts
from intake.submissions import queue as line
from intake.web import now, practice

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
    """A list of the desk, with the field that opens a reference."""
    session, at, part = db.session(), now(), _part()
    desk = desk_at(session, at)
    reader = lists.Reader(gate.current().id, gate.actor(), desk.gone)
    page = lists.page(
        session,
        keys(),
        reader,
        at,
        part,
        after=cursor.read(request.args.get("after")),
        before=cursor.read(request.args.get("before")),
    )
    counts = lists.counts(session, reader)
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
        part=part,
        parts=_parts(counts),
        lists=words.LIST_WORDS,
        count=words.count_words(counts.all, line.MOST_COUNTED),
        to_call=part in lists.QUEUE_PARTS,
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


def _part() -> str:
    """Which list is asked for; kept in the cookie, so that a record leads back to it."""
    part = request.args.get("show", "all")
    part = part if part in lists.PARTS else "all"
    cookie = visit.current()
    if cookie.get("part", "all") != part:
        cookie["part"] = part
    return part


def _parts(counts: line.Counts) -> Sequence[tuple[str, str, str | None]]:
    """Each list: its code, its name, and how many it holds where that is counted."""

    def count(number: int) -> str:
        return words.count_words(number, line.MOST_COUNTED)

    return (
        ("all", "All", count(counts.all)),
        ("unassigned", "Unassigned", count(counts.unassigned)),
        ("mine", "Mine", count(counts.mine)),
        ("closed", words.LIST_WORDS["closed"], None),
        ("no_contact", words.LIST_WORDS["no_contact"], None),
    )


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
