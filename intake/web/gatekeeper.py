"""What a request must be before any view sees it: our host, our origin, a form we can read."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

import structlog
from flask import Flask, abort, current_app, g, redirect, request
from werkzeug.routing import RequestRedirect

from intake.config import USUAL_PORTS, Settings
from intake.web import error_pages
from intake.web.csrf import READING

LARGEST_FORM = 64 * 1024
FORM_TYPES = ("application/x-www-form-urlencoded", "")
FILE_FORM = "multipart/form-data"
# No address of ours holds one, and PostgreSQL takes no NUL.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Machines ask these within the practice's own walls, often without the proxy.
PROBES = ("/healthz", "/readyz")


def init(app: Flask) -> None:
    """Check each request before its view, and cap what it may send."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    app.config["MAX_FORM_PARTS"] = 200
    settings: Settings = app.extensions["settings"]
    hosts = frozenset(settings.trusted_hosts)
    scheme = urlsplit(settings.base_url).scheme
    # How many proxies say how people came; without HTTPS on the base URL nobody needs to.
    telling = settings.proxies if scheme == "https" else 0
    app.before_request(lambda: _check(hosts, scheme, telling))
    app.teardown_request(lambda _: structlog.contextvars.unbind_contextvars("request_id"))


def _check(hosts: frozenset[str], scheme: str, telling: int) -> None:
    """Refuse a request that is not for ``hosts``, or a form from elsewhere or of another kind."""
    # An id from outside is never taken.
    g.request_id = secrets.token_hex(8)
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    host = request.headers.get("Host", "").lower()
    if host not in hosts:
        abort(400)
    if telling and request.path not in PROBES and _came_plainly(telling):
        abort(error_pages.plain_http())
    if CONTROL.search(request.path):
        abort(404)
    # A body without a length cannot be capped; a proxy that buffers sends one.
    if "Transfer-Encoding" in request.headers:
        abort(411)
    if request.method not in READING:
        _own_origin_only(f"{scheme}://{host.removesuffix(USUAL_PORTS[scheme])}")
        _readable_form_only()
    if isinstance(request.routing_exception, RequestRedirect):
        abort(redirect(_without_host(request.routing_exception.new_url), 308))


def _without_host(address: str) -> str:
    """Path and query of an address, for a redirect that stays where the person is."""
    parts = urlsplit(address)
    path = "/" + parts.path.lstrip("/")
    return f"{path}?{parts.query}" if parts.query else path


def _came_plainly(proxies: int) -> bool:
    """Whether the outermost of the trusted ``proxies`` says that it was asked without HTTPS.

    A proxy that says nothing is believed to end TLS itself, as its base URL promises.
    """
    said = request.headers.get("X-Forwarded-Proto", "").split(",")
    return len(said) >= proxies and said[-proxies].strip().lower() == "http"


def _own_origin_only(own: str) -> None:
    """Refuse a form that another site than ``own`` sent, whatever its token."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() != own:
        abort(403)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)


def _readable_form_only() -> None:
    """Refuse a body that is not a plain form, or is too large; a few views take a file."""
    view = current_app.view_functions.get(request.endpoint or "")
    largest_file: int | None = getattr(view, "largest_file", None)
    most = LARGEST_FORM + (largest_file or 0)
    if largest_file is not None:
        request.max_content_length = most
    if request.mimetype not in FORM_TYPES and (
        largest_file is None or request.mimetype != FILE_FORM
    ):
        abort(415)
    if (request.content_length or 0) > most:
        abort(413)
