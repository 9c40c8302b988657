"""The headers that stand on every response, and who may keep a copy of it."""

from __future__ import annotations

import secrets

from flask import Flask, Response, current_app, g, request

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
# Staff pages that need a script: our own files alone, named by the page itself.
SCRIPTS = "script-src 'nonce-{}' 'strict-dynamic'; connect-src 'self'; "
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "fullscreen",
        "geolocation",
        "gyroscope",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)
COMMON = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
    # Not no-referrer: the form protection needs the Referer of our own pages over HTTPS.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
TWO_YEARS = "max-age=63072000; includeSubDomains"
PUBLIC_CACHE = "public, max-age=300"


def init(app: Flask) -> None:
    """Add the headers to each response of ``app``."""
    standing = common(app)
    app.after_request(lambda response: _dress(response, standing))


def common(app: Flask) -> list[tuple[str, str]]:
    """The headers that stand on every response of ``app``, each once."""
    found = list(COMMON.items())
    if not app.extensions["settings"].loopback:
        found.append(("Strict-Transport-Security", TWO_YEARS))
    return found


def script_nonce() -> str:
    """The word that lets the scripts of this page run; asking for it lets it have scripts."""
    if "script_nonce" not in g:
        g.script_nonce = secrets.token_urlsafe(16)
    nonce: str = g.script_nonce
    return nonce


def view_access() -> object:
    """How the view of this request is open: ``public``, ``visit``, a staff rule, or None."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "access", None)


def _dress(response: Response, standing: list[tuple[str, str]]) -> Response:
    """Set the ``standing`` headers, and the cache rule of the page's kind.

    No view sets one of ``standing`` itself, so that none needs to be looked for. A page that asked
    for ``script_nonce`` may run the scripts that carry it.
    """
    headers = response.headers
    headers.extend(standing)
    if "script_nonce" in g:
        allowed = SCRIPTS.format(g.script_nonce)
        headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
            "script-src 'none'; ", allowed
        )
    if "request_id" in g:
        headers.add("X-Request-Id", g.request_id)
    public = view_access() == "public"
    if "Cache-Control" not in headers:
        _set_cache(response, public=public)
    if not public:
        headers.add("X-Robots-Tag", "noindex")
    return response


def _set_cache(response: Response, *, public: bool) -> None:
    """Public pages may be kept and asked about; everything else is never stored."""
    if not public or response.status_code != 200 or request.method not in ("GET", "HEAD"):
        response.headers.add("Cache-Control", "no-store")
        return
    response.headers.add("Cache-Control", PUBLIC_CACHE)
    if not response.is_streamed:
        response.add_etag()
        response.make_conditional(request)
