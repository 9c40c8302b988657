"""Every patient form: first a cookie that opens, then its token.

Without a usable cookie the person is led to the start, which says so in a sentence; a sound
cookie with a wrong token is refused. A crisis answer is never turned away: a view's ``rescue``
is asked first.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, redirect, request
from flask_wtf.csrf import CSRFError

from intake import visit
from intake.web import csrf, now
from intake.web.headers import view_access


def init(app: Flask) -> None:
    """Check each form of a visitor before its view; tokens last as long as the cookie."""
    app.before_request(_check_form)


def _check_form() -> Any:
    """Lead a form without a cookie to the start, and refuse a wrong token."""
    if request.method != "POST" or view_access() != "visit":
        return None
    view = current_app.view_functions[request.endpoint or ""]
    if getattr(view, "open_form", False):
        return None
    rescue = getattr(view, "rescue", None) or (lambda: None)
    if visit.current().state != "sound" or _holds_nothing():
        saved = rescue()
        if saved is None:
            visit.notice(now())
            saved = redirect("/eligibility", 303)
        return saved
    try:
        csrf.protect()
    except CSRFError:
        saved = rescue()
        if saved is None:
            raise
        return saved
    return None


def _holds_nothing() -> bool:
    """Whether the cookie holds neither draft nor receipt."""
    current = visit.current()
    return current.draft is None and current.receipt is None
