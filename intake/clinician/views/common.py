"""What the pages of the rules share: the blueprint, who reads, where versions stand."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from sqlalchemy.orm import Session

from intake import db, rulebook, web
from intake.clinician import steps
from intake.clinician.reading import TONES
from intake.clinician.steps import Version
from intake.eligibility.compare import sentence
from intake.eligibility.telling import EFFECT_WORDS
from intake.rulebook.models import DefinitionVersion

blueprint = Blueprint("clinician", __name__, url_prefix="/staff")

# A number that every database can hold.
VERSION = "/rules/<int(max=999999):number>"
READERS = ("intake", "clinician", "admin")


def page(name: str, status: int = 200, **context: Any) -> Response:
    """A page of this room."""
    shared = {
        "effect_words": EFFECT_WORDS,
        "tones": TONES,
        "zone": web.practice().time_zone,
        "sentence": sentence,
    }
    return make_response(render_template(f"clinician/{name}.html", **shared, **context), status)


def see_other(address: str) -> Response:
    """Lead on to ``address`` with 303."""
    return Response(status=303, headers={"Location": address})


def address_of(number: int, rest: str = "") -> str:
    """The page of a version, or one below it."""
    return f"/staff/rules/{number}{rest}"


def standing(session: Session, row: DefinitionVersion) -> Version:
    """Where a version stands now."""
    return steps.version_of(session, rulebook.shelf(), row, web.now())


def source() -> Session:
    """The session of this request: one that only reads for a page, so that no Send waits."""
    return db.session() if request.method == "POST" else db.reading()


def errors_of(form: Any) -> list[tuple[str, str]]:
    """The errors of a form for the summary: (id of the field, what to do)."""
    return [
        (f"{field.id}-0" if field.type == "RadioField" else field.id, str(field.errors[0]))
        for field in form
        if field.errors
    ]
