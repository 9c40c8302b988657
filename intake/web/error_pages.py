"""Errors become pages: calm words, no codes, no trace, and the phone number."""

from __future__ import annotations

import structlog
from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from intake.errors import NotFound, OutOfDate, Refused, TooMany, UnreadableRecord

log = structlog.get_logger()

OWN_PAGES = frozenset({400, 403, 404, 409, 413, 422, 429})
RETRY_SECONDS = 30


def init(app: Flask) -> None:
    """Register the handlers, and render the pages that must not fail again."""
    with app.test_request_context(base_url=app.extensions["settings"].base_url):
        app.extensions["page_500"] = render_template("errors/500.html")
        app.extensions["page_503"] = render_template("errors/503.html")
    app.register_error_handler(HTTPException, _known)
    app.register_error_handler(CSRFError, _bad_token)
    app.register_error_handler(NotFound, lambda _: page(404))
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(OutOfDate, lambda _: page(409))
    app.register_error_handler(TooMany, _too_many)
    app.register_error_handler(UnreadableRecord, _unreadable)
    app.register_error_handler(DBAPIError, lambda error: _database_away(app, error))
    app.register_error_handler(PoolTimeout, lambda error: _database_away(app, error))
    app.register_error_handler(Exception, lambda error: _unexpected(app, error))


def page(status: int, **context: object) -> Response:
    """The error page of ``status``."""
    name = status if status in OWN_PAGES else 400
    return make_response(render_template(f"errors/{name}.html", **context), status)


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


def _database_away(app: Flask, error: Exception) -> Response:
    """The database gave no answer in time."""
    log.error("database_away", error=type(error).__name__)
    response = Response(app.extensions["page_503"], status=503, mimetype="text/html")
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _unexpected(app: Flask, error: Exception) -> Response:
    """Anything else: logged by type and place only, since a message may hold an answer."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "unknown"
    log.error(
        "unexpected_error", error=type(error).__name__, where=where, endpoint=request.endpoint
    )
    return Response(app.extensions["page_500"], status=500, mimetype="text/html")
