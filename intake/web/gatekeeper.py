"""What a request must be before any view sees it: our host, our origin, a form we can read."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Flask, abort, g, request

from intake.web.csrf import READING

LARGEST_FORM = 64 * 1024
FORM_TYPES = ("application/x-www-form-urlencoded", "")


def init(app: Flask) -> None:
    """Check each request before its view, and cap what it may send."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    app.config["MAX_FORM_PARTS"] = 200
    hosts = frozenset(app.extensions["settings"].trusted_hosts)
    app.before_request(lambda: _check(hosts))


def _check(hosts: frozenset[str]) -> None:
    """Refuse a request that is not for ``hosts``, or a form from elsewhere or of another kind."""
    # An id from outside is never taken.
    g.request_id = secrets.token_hex(8)
    host = request.headers.get("Host", "").lower()
    if host not in hosts:
        abort(400)
    if request.method not in READING:
        _own_origin_only(host)
        _readable_form_only()


def _own_origin_only(host: str) -> None:
    """Refuse a form that another site sent, whatever its token."""
    origin = request.headers.get("Origin")
    if origin is not None and _host_of(origin) != host:
        abort(403)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)


def _host_of(origin: str) -> str:
    """The host and port of an Origin header; empty for one that is no address."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _readable_form_only() -> None:
    """Refuse a body that is not a plain form, or is too large."""
    if request.mimetype not in FORM_TYPES:
        abort(415)
    if (request.content_length or 0) > LARGEST_FORM:
        abort(413)
