"""Where a page of the queue begins, as a text for its address. Pure; holds nothing personal."""

from __future__ import annotations

import datetime as dt
import re

Place = tuple[int, dt.datetime, str]

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
WRITTEN = re.compile(r"([0-9])\.([0-9]{1,17})\.([0-9a-f]{32})")


def write(place: Place) -> str:
    """A place in the queue (urgency, due time, id) as ``urgency.microseconds.id``."""
    urgency, due_at, number = place
    return f"{urgency}.{(due_at - EPOCH) // dt.timedelta(microseconds=1)}.{number}"


def read(text: str | None) -> Place | None:
    """The place that ``write`` wrote; None for anything else."""
    match = WRITTEN.fullmatch(text or "")
    if match is None:
        return None
    try:
        due_at = EPOCH + dt.timedelta(microseconds=int(match[2]))
    except OverflowError:
        return None
    return int(match[1]), due_at, match[3]
