"""Reading: all versions, one version as a clinician reads it, the differences of two."""

from __future__ import annotations

from flask import Response, make_response, request
from sqlalchemy.exc import IntegrityError

from intake import db, rulebook, web
from intake.accounts import gate
from intake.clinician import reading, steps
from intake.clinician.views.common import (
    READERS,
    VERSION,
    address_of,
    blueprint,
    page,
    see_other,
    standing,
)
from intake.eligibility import load
from intake.eligibility.compare import differences
from intake.errors import NotFound, Refused
from intake.rulebook import life, store


@blueprint.get("/rules")
@gate.allow(*READERS)
def rules() -> Response:
    """Every version and where it stands; what is live, what is to come."""
    session = db.reading()
    versions = [standing(session, row) for row in life.all_versions(session)]
    return page("rules", versions=versions, live=rulebook.live(), stands_live=rulebook.standing())


@blueprint.get(VERSION)
@gate.allow(*READERS)
def version(number: int) -> Response:
    """One version, question by question, with effects, reasons and sources.

    ``effect`` in the address shows the rules with that effect alone.
    """
    session = db.reading()
    row, definition = steps.definition_of(session, number)
    found = reading.counts(definition)
    only = next((each for each in found if each == request.args.get("effect")), None)
    return page(
        "version",
        version=standing(session, row),
        definition=definition,
        parts=reading.parts(definition, only),
        changes=reading.changes(definition, only),
        counts=found,
        only=only,
        changed=reading.CHANGED,
    )


@blueprint.get(VERSION + "/changes")
@gate.allow(*READERS)
def changes(number: int) -> Response:
    """What a version changes in another one, in words; milder changes first."""
    session = db.reading()
    row, definition = steps.definition_of(session, number)
    numbers = [each.version for each in life.all_versions(session) if each.version != number]
    if not numbers:
        raise NotFound("another version")
    against = request.args.get("against", type=int) or row.based_on or rulebook.live().version
    if against not in numbers:
        against = numbers[0]
    other = load(store.body_of(session, against))
    return page(
        "changes",
        version=standing(session, row),
        against=against,
        numbers=numbers,
        found=differences(other, definition),
    )


@blueprint.get(VERSION + "/file")
@gate.allow(*READERS)
def file(number: int) -> Response:
    """The definition file itself, byte for byte."""
    response = make_response(store.body_of(db.reading(), number))
    response.headers["Content-Type"] = "application/toml; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="rules-{number}.toml"'
    return response


@blueprint.post(VERSION + "/copy")
@gate.allow("clinician")
def copy(number: int) -> Response:
    """Make a candidate from a version, to change it."""
    session = db.session()
    row = store.row_of(session, number)
    try:
        made = life.copy(session, web.keys(), row, gate.actor(), web.now())
        session.commit()
    except IntegrityError:
        session.rollback()
        raise Refused("Somebody made a candidate at this very moment. Try again.") from None
    return see_other(address_of(made.version))
