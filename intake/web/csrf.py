"""The token of every form: the secret of the visit, kept in its sealed cookie.

Nobody outside can read or make that cookie, so that the secret need not be signed before it goes
into a page (OWASP: synchronizer token). ``token`` for templates, ``protect`` for the hooks.
"""

from __future__ import annotations

import hmac
import secrets

from flask import Flask, g, request, session
from flask_wtf.csrf import CSRFError

FIELD = "csrf_token"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def init(app: Flask) -> None:
    """Offer ``csrf_token()`` to the templates of ``app``."""
    app.jinja_env.globals["csrf_token"] = token


def token() -> str:
    """The token of this visit, made when a page first needs it."""
    if FIELD not in session:
        session[FIELD] = secrets.token_urlsafe()
    known: str = session[FIELD]
    return known


def protect() -> None:
    """Check the token of a form; raises ``CSRFError`` unless it is the one of this visit."""
    if request.method in READING:
        return
    known = session.get(FIELD, "")
    given = request.form.get(FIELD, "")
    if not known or not hmac.compare_digest(given.encode(errors="replace"), known.encode()):
        raise CSRFError
    # Flask-WTF's forms ask whether this was done.
    g.csrf_valid = True
