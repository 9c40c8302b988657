"""The blueprint that the page groups hang on, and what they share."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template
from wtforms import Form

from intake import audit, db, web
from intake.accounts import gate, throttle
from intake.accounts.forms import errors_of
from intake.errors import TooMany
from intake.web import keys

blueprint = Blueprint("accounts", __name__)


def page(name: str, form: Form | None = None, status: int | None = None, **facts: Any) -> Response:
    """The page ``name``; 422 when ``form`` has errors, unless ``status`` says otherwise."""
    errors = errors_of(form) if form is not None else []
    body = render_template(f"accounts/{name}.html", form=form, errors=errors, **facts)
    return make_response(body, status or (422 if errors else 200))


def see_other(path: str) -> Any:
    """Lead on to ``path`` after an act."""
    return redirect(path, 303)


def refuse(field: Any, text: str) -> None:
    """Put an error on a field after its form was found whole."""
    field.errors = [text]


def wait_words(refusal: TooMany) -> str:
    """When the next try can succeed, in words."""
    minutes = -(-refusal.retry_after // 60)
    unit = "minute" if minutes == 1 else "minutes"
    return f"That was one try too many. Try again in {minutes} {unit}."


def too_many(response: Response, refusal: TooMany) -> Response:
    """The same page as a refusal for now."""
    response.status_code = 429
    response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def count(uses: list[throttle.Use]) -> TooMany | None:
    """Count one try and commit the count; gives the refusal when a limit is passed."""
    if not web.settings().limits:
        return None
    session = db.session()
    refusal = throttle.count(session, uses, web.now())
    session.commit()
    return refusal


def forgive(uses: list[throttle.Use]) -> None:
    """Take one try off again; the caller commits."""
    if web.settings().limits:
        throttle.forgive(db.session(), uses, web.now())


def record(name: str, subject: str | None, actor: audit.Actor | None = None, **detail: Any) -> None:
    """Record an event about staff at this instant; the caller commits."""
    audit.record(
        db.session(), keys(), name, actor or gate.actor(), web.now(), subject=subject, **detail
    )
