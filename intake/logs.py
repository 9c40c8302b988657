"""Logs by allow-list: an event's name and a few keys that can never hold what a person said."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "endpoint",
        "error",
        "where",
        "place",
        "request_id",
        "check",
        "problem",
        "closed",
        "part",
        "head",
    }
)


def init() -> None:
    """Send structured lines to standard error; keys off the list are dropped."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def where(trace: TracebackType | None) -> str:
    """Where an error arose, as ``file:line``: its message may hold what a person said."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown"


def only_allowed(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep the keys on the list."""
    return {key: value for key, value in event.items() if key in ALLOWED}
