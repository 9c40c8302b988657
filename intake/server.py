"""The server process group: gunicorn with threads, started from code.

It stands behind a buffering proxy wherever it faces the internet; on one's own machine it needs
none.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import sys
from typing import Any

import structlog
from flask import Flask
from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http.errors import (
    ConfigurationProblem,
    ExpectationFailed,
    ForbiddenProxyRequest,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers.gthread import ThreadWorker

from intake import clock, counters, logs
from intake.app import create_app
from intake.config import Settings
from intake.errors import SetupError
from intake.web import error_pages

log = structlog.get_logger()

WORKERS = 2
THREADS = 4
# What could not be read as a request -> the status it gets; the first that fits counts.
STATUSES = (
    ((InvalidResponseHeader, InvalidResponseHeaderName, ConfigurationProblem), 500),
    (LimitRequestLine, 414),
    (LimitRequestHeaders, 431),
    (ExpectationFailed, 417),
    (UnsupportedTransferCoding, 501),
    (ForbiddenProxyRequest, 403),
    (ParseException, 400),
)


def options(settings: Settings) -> dict[str, Any]:
    """Gunicorn's settings for this product."""
    return {
        "bind": f"{settings.host}:{settings.port}",
        "workers": WORKERS,
        "threads": THREADS,
        "worker_class": Worker,
        "logger_class": DiscreetLogger,
        # Without it one worker can hold every kept-alive connection.
        "reuse_port": True,
        "keepalive": 5,
        "timeout": 30,
        "graceful_timeout": 15,
        # Nobody may set scheme or path by a header of theirs; the app knows its proxies.
        "forwarded_allow_ips": "",
        "limit_request_line": 2048,
        "limit_request_fields": 64,
        "limit_request_field_size": 8190,
        "accesslog": None,
        "errorlog": "-",
        # Its warnings quote requests; what matters of them is in our own lines.
        "loglevel": "error",
        "proc_name": "intake",
        "post_worker_init": start_clock,
        "worker_exit": write_counts,
    }


def start_clock(worker: Any) -> None:
    """Start the clock once the worker has its application."""
    clock.start(worker.wsgi)


def write_counts(_server: Any, worker: Any) -> None:
    """Write the anonymous figures that a worker still holds when it stops."""
    with contextlib.suppress(Exception):
        counters.flush(worker.wsgi, dt.datetime.now(dt.UTC))


class DiscreetLogger(Logger):  # type: ignore[misc]  # gunicorn carries no types
    """Gunicorn's log without messages of errors, which may hold what a person sent."""

    def exception(self, msg: object, *_arguments: object, **_options: object) -> None:
        """Write down what happened, and the error's type and place."""
        kind, _, trace = sys.exc_info()
        name = kind.__name__ if kind else "no error"
        self.error_log.error("%s (%s at %s)", msg, name, logs.where(trace))


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn carries no types
    """A worker that quotes no request, neither in its log nor in its answers."""

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer one request."""
        if any(name == "TRANSFER-ENCODING" for name, _ in req.headers):
            # It is refused unread; what is left of its body must not pass for a next request.
            req.force_close()
        return super().handle_request(req, conn)

    def handle_error(self, _req: Any, client: socket.socket, _addr: Any, exc: Exception) -> None:
        """Answer what could not be read or answered, on a page of ours; the line is closed next."""
        status = status_of(exc)
        if status == 500:
            place = logs.where(exc.__traceback__)
            log.error("unexpected_error", error=type(exc).__name__, where=place)
        else:
            log.warning("request_unreadable", error=type(exc).__name__)
        with contextlib.suppress(OSError):
            util.write_nonblock(client, unread(self.wsgi, status))


def status_of(error: Exception) -> int:
    """The status for an error from outside the application; 500 for a fault of ours."""
    return next((status for kinds, status in STATUSES if isinstance(error, kinds)), 500)


def unread(app: Flask, status: int) -> bytes:
    """The whole answer to what never became a request, as it goes over the line."""
    response = error_pages.unread(app, status)
    head = [f"HTTP/1.1 {response.status}", "Connection: close"]
    head += [f"{name}: {value}" for name, value in response.headers]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + response.get_data()


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """Gunicorn with our options; each worker makes its own application."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Take the options from code, and nothing from the environment."""
        for name, value in options(self.settings).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application of one worker."""
        return create_app(self.settings)


def check_port(settings: Settings) -> None:
    """Raise ``SetupError`` when the port is taken or may not be used."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SetupError(
                f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}): stop what "
                "uses that port, or set INTAKE_PORT to another."
            ) from error


def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    Server(settings).run()
