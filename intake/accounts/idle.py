"""What the notice of the time-out is told: how long the session lasts, and where it leads back."""

from __future__ import annotations

from typing import Any

from flask import current_app, request

from intake import web
from intake.accounts.paths import HOME, safe_next
from intake.accounts.sessions import Person


def timeout(person: Person) -> dict[str, Any]:
    """What the notice of the time-out needs: seconds left, and where sign-in leads back to."""
    idle, whole = person.left(web.now())
    return {
        "idle": max(0, int(idle.total_seconds())),
        "whole": max(0, int(whole.total_seconds())),
        "back": _back(),
        "zone": web.practice().time_zone,
    }


def _back() -> str:
    """The page that this one belongs to, which can be asked for: itself, or the one above it."""
    path = request.path
    routes = current_app.create_url_adapter(request)
    while routes is not None and path and not routes.test(path, method="GET"):
        path = path.rpartition("/")[0]
    asked = f"?{request.query_string.decode(errors='replace')}" if request.query_string else ""
    return safe_next(path + asked if path == request.path else path) or HOME
