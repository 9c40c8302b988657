"""Where a person may be led after sign-in: only to a page of the desk. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

HOME = "/staff/"
TEAM = "/staff/team"
LONGEST = 300
# An allow-list: no host, backslash, dot segment, doubled slash or control character, and no
# escape but in the query, which leads nowhere.
DESK_PATH = re.compile(r"/staff/(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_-]*(?:\?[A-Za-z0-9_=&.,:+%-]*)?")
# Steps on the way in are no destination.
STEPS = ("/staff/login", "/staff/setup", "/staff/enrol", "/staff/logout", "/staff/confirm")


def safe_next(text: str | None) -> str | None:
    """``text`` when it is a page of the desk, else None."""
    if not text or len(text) > LONGEST or DESK_PATH.fullmatch(text) is None:
        return None
    return None if text.startswith(STEPS) or text == HOME else text


def landing(roles: Collection[str]) -> str:
    """The first page after sign-in: the team for a person who is only admin, else the queue."""
    return TEAM if set(roles) == {"admin"} else HOME
