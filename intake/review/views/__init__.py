"""The pages of the desk, gathered into one blueprint."""

from intake.review.views import (
    acts,
    alerts,
    bulk,
    caller,
    calls,
    download,
    duplicates,
    following,
    kept,
    overriding,
    queue,
    saved,
    search,
    submission,
)
from intake.review.views.common import blueprint

__all__ = [
    "acts",
    "alerts",
    "blueprint",
    "bulk",
    "caller",
    "calls",
    "download",
    "duplicates",
    "following",
    "kept",
    "overriding",
    "queue",
    "saved",
    "search",
    "submission",
]
