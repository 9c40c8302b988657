"""The gate before every page below /staff: who is signed in, how far, with which roles.

A view says who may open it with one of the marks ``anonymous``, ``password_step``,
``signed_in``, ``fresh`` or ``allow`` (``marks``); the hook refuses everyone else before the view
runs, and checks the token of every form. ``current`` and ``actor`` say who is there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlencode

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_wtf.csrf import CSRFError

from intake import audit, db, visit, web
from intake.accounts import banners, idle, sessions
from intake.accounts.forms import SignInForm, errors_of
from intake.accounts.marks import (
    StaffAccess,
    allow,
    anonymous,
    fresh,
    password_step,
    signed_in,
)
from intake.accounts.passwords import Passwords
from intake.accounts.paths import landing, safe_next
from intake.accounts.sessions import Person
from intake.web import csrf, keys
from intake.web.headers import view_access

Keep = Callable[[str], str | None]

__all__ = [
    "StaffAccess",
    "actor",
    "allow",
    "anonymous",
    "current",
    "enter",
    "fresh",
    "hasher",
    "init",
    "keep_work",
    "password_step",
    "sign_in_page",
    "signed_in",
    "whoever",
]

LOGIN = "/staff/login"
SECOND_STEP = "/staff/login/code"
ENROL = "/staff/enrol"
CONFIRM = "/staff/confirm"

# The cookie outlives its session, which the server ends after twelve hours: a note that comes
# later is still known as its author's.
COOKIE_LASTS = dt.timedelta(hours=24)

ENDED = "You were signed out. Sign in again to go on."
KEPT = "Your note is kept. Sign in to go on."
STALE = "This page had been open for too long. Sign in again."


def init(app: Flask, passwords: Passwords | None = None) -> None:
    """Put the gate before every staff view of ``app``; ``passwords`` hashes, dearly by default."""
    app.extensions["passwords"] = passwords or Passwords()
    app.extensions["keep_work"] = []
    banners.init(app)
    app.before_request(_guard)
    app.context_processor(_for_templates)


def keep_work(app: Flask, keep: Keep) -> None:
    """Ask ``keep`` to keep what a form held that came after its session had timed out.

    It gets the staff id of the form's author, and gives the page on which the author finds it
    again; None where there was nothing to keep. The form's token was checked. It commits.
    """
    app.extensions["keep_work"].append(keep)


def current() -> Person:
    """The person of this request, signed in or between the steps; only below a guarded view."""
    return cast(Person, g.person)


def whoever() -> Person | None:
    """The person of this request on a page that opens before sign-in, if there is one."""
    person: Person | None = g.person
    return person


def actor() -> audit.Actor:
    """The person of this request as the actor of an event."""
    return audit.Actor("staff", current().id, request.remote_addr)


def hasher() -> Passwords:
    """The password hasher of the running application."""
    return cast(Passwords, current_app.extensions["passwords"])


def enter(token: str) -> None:
    """Put the token of a new session into a new cookie; whatever the old one held is gone."""
    cookie = visit.current()
    cookie.wipe()
    cookie.hold(until=web.now() + COOKIE_LASTS)
    cookie["token"] = token


def sign_in_page(
    status: int, form: SignInForm | None = None, said: str | None = None, target: str | None = None
) -> Response:
    """The sign-in page; ``said`` stands above the form, ``target`` is where sign-in leads."""
    cookie = visit.current()
    if "token" not in cookie:
        cookie.hold(until=web.now() + sessions.LASTS)
    form = form or SignInForm()
    page = render_template(
        "accounts/login.html",
        form=form,
        errors=errors_of(form),
        said=said,
        target=safe_next(target),
    )
    response = make_response(page, status)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Cookie realm="staff"'
    return response


def _for_templates() -> dict[str, Any]:
    """What staff templates may use besides the common things: who is signed in."""
    if not isinstance(view_access(), StaffAccess):
        return {}
    person: Person | None = g.get("person")
    here = person if person is not None and person.level == "full" else None
    if here is None:
        return {"person": None, "banners": tuple, "timeout": None}
    return {
        "person": _in_menu(here),
        "banners": lambda: banners.standing(here),
        "timeout": idle.timeout(here),
    }


def _in_menu(person: Person) -> Person:
    """The person as the menu knows them: emergency access adds the queue, and nothing else."""
    lasts = person.has_emergency(web.now())
    added = {"intake"} if lasts else set()
    return replace(person, roles=g.own_roles | added, emergency=lasts)


def _guard() -> Any:
    """Let a request through to its staff view, or answer in the view's place."""
    access = view_access()
    if not isinstance(access, StaffAccess):
        return None
    token = visit.current().get("token")
    g.person = _person(token, access) if token else None
    if access.level == "anonymous":
        return _check_token()
    person: Person | None = g.person
    if person is None:
        return _ended(token) if token else _to_login()
    elsewhere = _check_level(access, person)
    if elsewhere is not None:
        return elsewhere
    _refuse_role(access, person)
    return _check_token() or _check_fresh(access, person)


def _person(token: str, access: StaffAccess) -> Person | None:
    """Who holds ``token``; notes that they were seen. No transaction is left open."""
    session, now = db.session(), web.now()
    person = sessions.find(session, token, now)
    if person is not None and access.use:
        person = sessions.see(session, person, now)
    session.commit()
    if person is None:
        return None
    g.own_roles = person.roles
    return person.in_emergency() if access.emergency and person.has_emergency(now) else person


def _to_login() -> Any:
    """Nobody is signed in: to the sign-in page, and from there back to where they were going."""
    return redirect(_with_next(LOGIN, _wanted()), 303)


def _ended(token: str) -> Response:
    """The cookie's session was ended or timed out: the sign-in page in this page's place.

    After a time-out the cookie stays until the next sign-in: its token opens nothing any more,
    but a form that is sent from another tab is still known as its author's.
    """
    session = db.session()
    author = sessions.timed_out(session, token, web.now())
    session.commit()
    if author is None:
        visit.current().wipe()
        return sign_in_page(401, said=ENDED, target=_wanted())
    kept_at = _keep(author) if request.method == "POST" else None
    if kept_at is None:
        return sign_in_page(401, said=ENDED, target=_wanted())
    return sign_in_page(401, said=KEPT, target=kept_at)


def _keep(author: str) -> str | None:
    """Let the rooms keep what the form of ``author`` holds; gives the page that leads back to it.

    A form without the token of its cookie is nobody's.
    """
    try:
        csrf.protect()
    except CSRFError:
        return None
    for keep in current_app.extensions["keep_work"]:
        address: str | None = keep(author)
        if address is not None:
            return address
    return None


def _check_level(access: StaffAccess, person: Person) -> Any:
    """Between the steps only the next step is open; after them, the steps are behind."""
    if access.level == person.level:
        return None
    if person.level == "full":
        return redirect(landing(person.roles), 303)
    return redirect(SECOND_STEP if person.has_second_step else ENROL, 303)


def _refuse_role(access: StaffAccess, person: Person) -> None:
    """Refuse, and record, a person who holds none of the view's roles."""
    if not access.roles or person.may(*access.roles):
        return
    session = db.session()
    endpoint = request.endpoint or ""
    audit.record(session, keys(), "access.refused", actor(), web.now(), endpoint=endpoint)
    session.commit()
    abort(403)


def _check_token() -> Any:
    """Refuse a form without the token of its cookie; on the sign-in page, offer a new form."""
    try:
        csrf.protect()
    except CSRFError:
        if request.path == LOGIN and visit.current().state != "sound":
            return sign_in_page(400, said=STALE, target=request.form.get("next"))
        raise
    return None


def _check_fresh(access: StaffAccess, person: Person) -> Any:
    """Ask for password and code again before what must not happen at an unwatched desk."""
    if not access.fresh or person.is_fresh(web.now()):
        return None
    return redirect(_with_next(CONFIRM, _wanted()), 303)


def _wanted() -> str | None:
    """The page that this request asks for, when it can be asked for again."""
    routes = current_app.create_url_adapter(request)
    if routes is None or not routes.test(request.path, method="GET"):
        return None
    query = f"?{request.query_string.decode(errors='replace')}" if request.query_string else ""
    return safe_next(request.path + query)


def _with_next(path: str, target: str | None) -> str:
    """``path`` with the page to go on to, where there is one."""
    return f"{path}?{urlencode({'next': target})}" if target else path
