"""Every patient form: first a cookie that opens, then its token.

Without a usable cookie the person is led to the start, which says so in a sentence; a sound
cookie with a wrong token is refused. A crisis answer is never turned away: a view's ``rescue``
is asked first.

A check that staff entered for a caller is shown and sent only while that same person is signed in
(``app.extensions["current_actor"]`` says who is); to everybody else it is locked.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, redirect, request
from flask_wtf.csrf import CSRFError

from intake import visit
from intake.web import csrf, now
from intake.web.headers import view_access

START = "/eligibility"


def init(app: Flask) -> None:
    """Check each form of a visitor before its view; tokens last as long as the cookie."""
    app.extensions["current_actor"] = lambda: None
    app.before_request(_keep_for_its_author)
    app.before_request(_check_form)
    app.context_processor(_for_templates)


def _for_templates() -> dict[str, bool]:
    """Whether this page belongs to a check that is entered for a caller."""
    if view_access() != "visit":
        return {}
    return {"for_caller": visit.current().entered_by is not None}


def _keep_for_its_author() -> Any:
    """Lead everybody but its author from a check entered for a caller to the start page.

    That page, and the way out, stay open. A crisis answer is still led to help.
    """
    if view_access() != "visit":
        return None
    current = visit.current()
    if (
        current.entered_by is None
        or current.entered_by == current_app.extensions["current_actor"]()
    ):
        return None
    current.locked = True
    view = current_app.view_functions[request.endpoint or ""]
    if getattr(view, "open_form", False) or request.path == START:
        return None
    rescue = getattr(view, "rescue", None)
    saved = rescue() if rescue is not None and request.method == "POST" else None
    return saved or redirect(START, 303)


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
            saved = redirect(START, 303)
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
