"""Search: a person by name, phone or e-mail, or a record by its reference; always by POST."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import make_response, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from intake import audit, db
from intake.accounts import gate
from intake.errors import NotFound
from intake.review import cursor
from intake.review.forms import SearchForm
from intake.review.listing import queue_rows
from intake.review.views.common import blueprint, desk_at, keys, typed
from intake.submissions import desk as acts
from intake.submissions import finding
from intake.submissions.finding import Found, Term
from intake.web import now

# A reference as people type it: with any dash or none, in capitals or not.
SAID = re.compile(r"([A-Z0-9]{3})[\s\u2010-\u2015-]*([A-Z0-9]{4})", re.ASCII)
NOTHING_LIKE = {
    "phone": "No phone number like this was left.",
    "email": "No e-mail address like this was left.",
    "name": "No name like this was left. Try fewer words, or the phone number.",
    "reference": "No submission has this reference. Check it letter by letter.",
}
TOO_LITTLE = (
    "Enter two letters or more of a name, a whole phone number, a whole e-mail address, "
    "or a reference."
)
NAMED = {"phone": "this phone number", "email": "this e-mail address", "name": "this name"}


@blueprint.get("/search")
@gate.allow("intake", "clinician", emergency=True)
def search() -> Response:
    """The empty search."""
    return _page(SearchForm())


@blueprint.post("/search")
@gate.allow("intake", "clinician", emergency=True)
def look() -> Response:
    """Search, and record it; a reference leads straight to its record."""
    session, at, form = db.session(), now(), SearchForm()
    form.term.data = typed(form.term.data).strip()
    said = _reference(form.term.data)
    if said is not None:
        reference = _standing(session, said)
        if reference is not None or not said.replace("-", "").isalpha():
            shown = [reference] if reference else []
            audit.record(
                session,
                keys(),
                "submission.searched",
                gate.actor(),
                at,
                field="reference",
                references=shown,
            )
            session.commit()
            if reference is None:
                return _page(form, nothing=NOTHING_LIKE["reference"])
            return redirect(url_for("review.submission", reference=reference), 303)
    term = finding.read_term(form.term.data) if form.validate() else None
    if term is None:
        form.term.errors = [form.term.errors[0] if form.term.errors else TOO_LITTLE]
        return _page(form, status=422)
    return _results(session, form, term)


def _results(session: Session, form: SearchForm, term: Term) -> Response:
    """One page of what was found."""
    at = now()
    place = cursor.read(form.after.data)
    found = finding.search(
        session, keys(), term, gate.actor(), at, after=place[1:] if place else None
    )
    desk = desk_at(session, at)
    rows = queue_rows(keys(), found.rows, desk, {})
    session.commit()
    nothing = None if rows else NOTHING_LIKE[term.field]
    return _page(form, rows=rows, found=found, field=term.field, nothing=nothing)


def _reference(text: str) -> str | None:
    """The reference that somebody typed, as it is written; None for anything else."""
    match = SAID.fullmatch(text.upper())
    reference = f"{match[1]}-{match[2]}" if match else ""
    return reference if acts.REFERENCE.fullmatch(reference) else None


def _standing(session: Session, reference: str) -> str | None:
    """``reference`` where a submission has it."""
    try:
        return acts.by_reference(session, reference).reference
    except NotFound:
        return None


def _page(
    form: SearchForm,
    *,
    rows: Sequence[object] = (),
    found: Found | None = None,
    field: str = "",
    nothing: str | None = None,
    status: int = 200,
) -> Response:
    """The page of the search, with what was found."""
    after = cursor.write((0, *found.after)) if found and found.after else None
    text = render_template(
        "review/search.html",
        form=form,
        rows=rows,
        later=bool(form.after.data),
        after=after,
        named=NAMED.get(field),
        nothing=nothing,
    )
    return make_response(text, status)
