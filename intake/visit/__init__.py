"""The sealed cookies, as Flask's session interface: a visitor's draft or receipt, and staff's.

Offers ``current`` (the visit of this request), ``page`` (marks a patient view that reads the
cookie), ``start``, ``replace``, ``give`` and ``clear``; ``beside`` and ``hand_over`` for the desk,
where staff enter a check for a caller; ``model`` holds draft and receipt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar, cast, overload

from flask import Flask, Response, current_app, request
from flask import session as flask_session

from intake.visit.model import Draft, Receipt
from intake.visit.session import CookieSession, SealedCookies

View = TypeVar("View", bound=Callable[..., Any])

__all__ = [
    "Draft",
    "Receipt",
    "beside",
    "clear",
    "current",
    "give",
    "hand_over",
    "init",
    "page",
    "replace",
    "start",
]


def init(app: Flask) -> None:
    """Make the sealed cookies the sessions of ``app``, and guard its patient forms."""
    from intake.visit import guard

    app.session_interface = SealedCookies(secure=not app.extensions["settings"].loopback)
    guard.init(app)


@overload
def page(view: View) -> View: ...


@overload
def page(
    *, rescue: Callable[[], Any] | None = None, open_form: bool = False
) -> Callable[[View], View]: ...


def page(
    view: View | None = None, *, rescue: Callable[[], Any] | None = None, open_form: bool = False
) -> View | Callable[[View], View]:
    """Mark a patient view that may read the cookie.

    ``rescue``: asked when a form comes without a usable cookie or token; its answer, if any, is
    sent instead of the start page or the 400. ``open_form``: the form needs neither.
    """

    def mark(marked: View) -> View:
        marked.access = "visit"  # type: ignore[attr-defined]  # read back by the access check
        marked.rescue = rescue  # type: ignore[attr-defined]  # read back by the guard
        marked.open_form = open_form  # type: ignore[attr-defined]  # read back by the guard
        return marked

    return mark(view) if view is not None else mark


def current() -> CookieSession:
    """The visit of this request: ``state``, ``draft`` and ``receipt``."""
    return cast(CookieSession, flask_session._get_current_object())  # type: ignore[attr-defined]  # proxy


def beside(kind: str) -> CookieSession:
    """What the other cookie, ``visit`` or ``staff``, holds; it is only read."""
    interface = cast(SealedCookies, current_app.session_interface)
    return interface.opened(current_app, request, kind)


def hand_over(response: Response, draft: Draft) -> None:
    """Begin ``draft`` in a visitor's cookie from a page that has another cookie."""
    begun = CookieSession("visit", "none")
    begun.hold(draft=draft, until=draft.until)
    current_app.session_interface.save_session(current_app, begun, response)


def start(draft: Draft) -> None:
    """Begin a draft in a fresh cookie; an earlier receipt is gone, the token is new."""
    visit = current()
    visit.wipe()
    visit.hold(draft=draft, until=draft.until)


def replace(draft: Draft) -> None:
    """Put ``draft`` in the place of the one that the cookie holds."""
    current().hold(draft=draft, until=draft.until)


def give(receipt: Receipt) -> None:
    """Put a receipt in the place of the draft; the token stays, so that open pages still work."""
    current().hold(receipt=receipt, until=receipt.until)


def notice(now: dt.datetime) -> None:
    """Leave a cookie that only says that the answers could not be found."""
    current().wipe()
    current().hold(until=now + dt.timedelta(minutes=10))


def clear() -> None:
    """Forget everything that this device holds for us."""
    current().wipe()
