"""Articles that speak of rules: which of them a change touched, and a clinician's word."""

from __future__ import annotations

from flask import Response, abort, request

from intake import db, rulebook, web
from intake.accounts import gate
from intake.articles import library, store
from intake.clinician import reading, spoken_of
from intake.clinician.views.common import blueprint, page, see_other
from intake.errors import OutOfDate


@blueprint.get("/articles")
@gate.allow("clinician")
def articles() -> Response:
    """Every article, those that a change of the rules touched first."""
    live = rulebook.live()
    found = spoken_of.beside(live, store.confirmations(db.reading()), rulebook.version)
    return page("articles", found=found, live=live.version, named=reading.Named(live))


@blueprint.post("/articles/<slug>/confirm")
@gate.allow("clinician")
def confirm(slug: str) -> Response:
    """Say that an article is true to the live rules, read by a clinician."""
    if slug not in library.slugs():
        abort(404)
    session, number = db.session(), rulebook.live().version
    if request.form.get("version") != str(number):
        raise OutOfDate
    name = gate.current().name
    store.confirm(session, web.keys(), slug, number, gate.actor(), name, web.now())
    session.commit()
    return see_other("/staff/articles")
