"""The server process group: gunicorn with threads, started from code.

It stands behind a buffering proxy wherever it faces the internet; on one's own machine it needs
none.
"""

from __future__ import annotations

import socket
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from intake import clock
from intake.app import create_app
from intake.config import Settings
from intake.errors import SetupError

WORKERS = 2
THREADS = 4


def options(settings: Settings) -> dict[str, Any]:
    """Gunicorn's settings for this product."""
    return {
        "bind": f"{settings.host}:{settings.port}",
        "workers": WORKERS,
        "threads": THREADS,
        "worker_class": "gthread",
        # Without it one worker can hold every kept-alive connection.
        "reuse_port": True,
        "keepalive": 5,
        "timeout": 30,
        "graceful_timeout": 15,
        "limit_request_line": 2048,
        "limit_request_fields": 64,
        "limit_request_field_size": 8190,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "proc_name": "intake",
        "post_worker_init": start_clock,
    }


def start_clock(worker: Any) -> None:
    """Start the clock once the worker has its application."""
    clock.start(worker.wsgi)


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
