"""Errors become pages: calm words, no codes, no trace, and the phone number."""

from __future__ import annotations

import structlog
from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from intake import logs
from intake.errors import NotFound, OutOfDate, Refused, SetupError, TooMany, UnreadableRecord
from intake.web import headers

log = structlog.get_logger()

OWN_PAGES = frozenset({400, 403, 404, 409, 413, 422, 429})
RETRY_SECONDS = 30


def init(app: Flask) -> None:
    """Register the handlers, and render the pages that must not fail again."""
    with app.test_request_context(base_url=app.extensions["settings"].base_url):
        app.extensions["page_400"] = render_template("errors/400.html")
        app.extensions["page_500"] = render_template("errors/500.html")
        app.extensions["page_503"] = render_template("errors/503.html")
    app.register_error_handler(HTTPException, _known)
    app.register_error_handler(CSRFError, _bad_token)
    app.register_error_handler(NotFound, lambda _: page(404))
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(OutOfDate, lambda _: page(409))
    app.register_error_handler(TooMany, _too_many)
    app.register_error_handler(UnreadableRecord, _unreadable)
    app.register_error_handler(SetupError, lambda error: _altered(app, error))
    # A value that no column takes is a fault of ours; the database is there.
    app.register_error_handler(DataError, lambda error: _unexpected(app, error))
    app.register_error_handler(DBAPIError, lambda error: _database_away(app, error))
    app.register_error_handler(PoolTimeout, lambda error: _database_away(app, error))
    app.register_error_handler(Exception, lambda error: _unexpected(app, error))


def page(status: int, **context: object) -> Response:
    """The error page of ``status``."""
    name = status if status in OWN_PAGES else 400
    return make_response(render_template(f"errors/{name}.html", **context), status)


def plain_http() -> Response:
    """The answer to a page that was asked for without HTTPS, where people's answers need it."""
    return make_response(render_template("errors/plain_http.html"), 403)


def unread(app: Flask, status: int) -> Response:
    """The answer to what never became a request: 500 for a fault of ours, else what was sent.

    It needs no request, says nothing of what came in, and carries the headers of every page.
    """
    name = 500 if status == 500 else 400
    response = Response(app.extensions[f"page_{name}"], status=status, mimetype="text/html")
    response.headers.extend(headers.common(app))
    response.headers.extend([("Cache-Control", "no-store"), ("X-Robots-Tag", "noindex")])
    return response


def _known(error: HTTPException) -> Response:
    """A refusal that HTTP has a number for; redirects and ready responses pass."""
    if error.response is not None or error.code is None or error.code < 400:
        return make_response(error.get_response())
    response = page(error.code)
    if error.code == 405:
        response.headers["Allow"] = error.get_response().headers.get("Allow", "GET")
    return response


def _bad_token(_error: CSRFError) -> Response:
    """A sound cookie with a token that is not its own."""
    return page(400)


def _refused(error: Refused) -> Response:
    """An act that the product's rules do not allow; the reason is in plain words."""
    return page(422, reason=str(error))


def _too_many(error: TooMany) -> Response:
    """A limit is reached: the wait in words and as a header."""
    minutes = max(1, round(error.retry_after / 60))
    response = page(429, minutes=minutes)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def _unreadable(error: UnreadableRecord) -> Response:
    """A sealed value that does not open: named for the operator, not for the world."""
    log.error("record_unreadable", place=str(error).split(":", 1)[0])
    return page(409, reason="This record cannot be read. Tell the person who runs this system.")


def _altered(app: Flask, error: SetupError) -> Response:
    """Rules in the database that are not those that were stored: staff are told whom to call.

    Patients cannot act on that; they get the page of any fault of ours.
    """
    if not request.path.startswith("/staff"):
        return _unexpected(app, error)
    log.error("rules_altered", where=logs.where(error.__traceback__), endpoint=request.endpoint)
    reason = "The rules in the database were altered. Tell the person who runs this system."
    return page(409, reason=reason)


def _database_away(app: Flask, error: Exception) -> Response:
    """The database gave no answer in time."""
    log.error("database_away", error=type(error).__name__)
    response = Response(app.extensions["page_503"], status=503, mimetype="text/html")
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _unexpected(app: Flask, error: Exception) -> Response:
    """Anything else: logged by type and place only, since a message may hold an answer."""
    log.error(
        "unexpected_error",
        error=type(error).__name__,
        where=logs.where(error.__traceback__),
        endpoint=request.endpoint,
    )
    return Response(app.extensions["page_500"], status=500, mimetype="text/html")
