"""The gate before every page below /staff: who is signed in, how far, with which roles.

A view says who may open it with one of the marks ``anonymous``, ``password_step``,
``signed_in`` or ``allow``; the hook refuses everyone else before the view runs, and checks the
token of every form. ``current`` and ``actor`` say who is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast
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
from intake.accounts import sessions
from intake.accounts.forms import SignInForm, errors_of
from intake.accounts.models import ROLES
from intake.accounts.passwords import Passwords
from intake.accounts.paths import landing, safe_next
from intake.accounts.sessions import Person
from intake.web import csrf, keys
from intake.web.headers import view_access

View = TypeVar("View", bound=Callable[..., Any])

LOGIN = "/staff/login"
SECOND_STEP = "/staff/login/code"
ENROL = "/staff/enrol"
CONFIRM = "/staff/confirm"

ENDED = "You were signed out. Sign in again to go on."
STALE = "This page had been open for too long. Sign in again."


@dataclass(frozen=True, slots=True)
class StaffAccess:
    """Who may open a staff view.

    ``level``: ``anonymous``, ``password`` (the first step is done) or ``full``. ``roles``: any
    one of them opens it; none named means any signed-in person. ``fresh``: password and code
    were given within the last ten minutes.
    """

    level: str
    roles: frozenset[str] = frozenset()
    fresh: bool = False


def anonymous(view: View) -> View:
    """Mark a staff view that opens before sign-in."""
    return _mark(view, StaffAccess("anonymous"))


def password_step(view: View) -> View:
    """Mark a view between the password and the second step."""
    return _mark(view, StaffAccess("password"))


def signed_in(view: View) -> View:
    """Mark a view for every fully signed-in person."""
    return _mark(view, StaffAccess("full"))


def allow(*roles: str, fresh: bool = False) -> Callable[[View], View]:
    """Mark a view for fully signed-in people who hold any of ``roles``.

    ``fresh``: only within ten minutes after password and code were given. Raises ``ValueError``
    for an unknown role.
    """
    if not roles or not set(roles) <= set(ROLES):
        raise ValueError(f"roles are {', '.join(ROLES)}")
    return lambda view: _mark(view, StaffAccess("full", frozenset(roles), fresh))


def fresh(view: View) -> View:
    """Mark a view for every person who gave password and code within ten minutes."""
    return _mark(view, StaffAccess("full", fresh=True))


def _mark(view: View, access: StaffAccess) -> View:
    """Put ``access`` on ``view``, where the hook and the start-up check read it."""
    view.access = access  # type: ignore[attr-defined]  # read back by view_access
    return view


def init(app: Flask, passwords: Passwords | None = None) -> None:
    """Put the gate before every staff view of ``app``; ``passwords`` hashes, dearly by default."""
    app.extensions["passwords"] = passwords or Passwords()
    app.before_request(_guard)
    app.context_processor(_for_templates)


def current() -> Person:
    """The person of this request, signed in or between the steps; only below a guarded view."""
    return cast(Person, g.person)


def whoever() -> Person | None:
    """The person of this request on a page that opens before sign-in, if there is one."""
    person: Person | None = g.person
    return person


def actor() -> audit.Actor:
    """The person of this request as the actor of an event."""
    return audit.Actor("staff", current().id)


def hasher() -> Passwords:
    """The password hasher of the running application."""
    return cast(Passwords, current_app.extensions["passwords"])


def enter(token: str) -> None:
    """Put the token of a new session into a new cookie; whatever the old one held is gone."""
    cookie = visit.current()
    cookie.wipe()
    cookie.hold(until=web.now() + sessions.LASTS)
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
    return {"person": person if person is not None and person.level == "full" else None}


def _guard() -> Any:
    """Let a request through to its staff view, or answer in the view's place."""
    access = view_access()
    if not isinstance(access, StaffAccess):
        return None
    token = visit.current().get("token")
    g.person = _person(token) if token else None
    if access.level == "anonymous":
        return _check_token()
    person: Person | None = g.person
    if person is None:
        return _ended() if token else _to_login()
    elsewhere = _check_level(access, person)
    if elsewhere is not None:
        return elsewhere
    _refuse_role(access, person)
    return _check_token() or _check_fresh(access, person)


def _person(token: str) -> Person | None:
    """Who holds ``token``; notes that they were seen. No transaction is left open."""
    session = db.session()
    person = sessions.find(session, token, web.now())
    if person is not None:
        sessions.see(session, person, web.now())
    session.commit()
    return person


def _to_login() -> Any:
    """Nobody is signed in: to the sign-in page, and from there back to where they were going."""
    return redirect(_with_next(LOGIN, _wanted()), 303)


def _ended() -> Response:
    """The cookie's session was ended or timed out: the sign-in page in this page's place."""
    visit.current().wipe()
    return sign_in_page(401, said=ENDED, target=_wanted())


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
