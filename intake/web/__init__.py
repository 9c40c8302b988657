"""What every response has in common: hosts, origins, headers, error pages, assets, filters.

Offers ``init``, ``public`` (marks a view that anyone may open and that never reads a cookie),
``takes_file`` (marks one whose form sends a file),
``now``, ``csrf`` (the token of each form) and ``forms`` (text fields that refuse hidden
characters).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, current_app

from intake.config import Settings
from intake.crypto import KeyRing
from intake.practice import Practice

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark ``view`` as open to everyone; a public view never touches the session."""
    view.access = "public"  # type: ignore[attr-defined]  # read back by the access check
    return view


def takes_file(largest: int) -> Callable[[View], View]:
    """Mark a view whose form sends one file of at most ``largest`` bytes."""

    def mark(view: View) -> View:
        view.largest_file = largest  # type: ignore[attr-defined]  # read back by the gatekeeper
        return view

    return mark


def now() -> dt.datetime:
    """This instant in UTC, by the application's clock (tests set it)."""
    return cast(dt.datetime, current_app.extensions["now"]())


def settings() -> Settings:
    """The settings of the running application."""
    return cast(Settings, current_app.extensions["settings"])


def keys() -> KeyRing:
    """The key ring of the running application."""
    return cast(KeyRing, current_app.extensions["keys"])


def practice() -> Practice:
    """The facts of the practice."""
    return cast(Practice, current_app.extensions["practice"])


def init(app: Flask) -> None:
    """Wire the common parts into ``app``; settings and practice are set before."""
    from intake.web import assets, csrf, error_pages, filters, gatekeeper, headers

    app.extensions.setdefault("now", lambda: dt.datetime.now(dt.UTC))
    app.extensions["readiness"] = []
    app.extensions["warnings"] = []
    csrf.init(app)
    gatekeeper.init(app)
    headers.init(app)
    filters.init(app)
    assets.init(app)
    error_pages.init(app)
