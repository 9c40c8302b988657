"""What everybody at the desk must see now, whatever page they are on.

A room that has something to say adds a function with ``offer``: it takes the session (which only
reads), the person and the time (UTC), and gives banners.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Flask, current_app
from sqlalchemy.orm import Session

from intake import db, web
from intake.accounts.sessions import Person

# From the gravest on.
TONES = ("crisis", "alarm", "care")


@dataclass(frozen=True, slots=True)
class Banner:
    """What stands on every page of the desk until it is dealt with.

    ``tone``: one of ``TONES``. ``lines``: sentences, each with the page that it leads to.
    """

    tone: str
    title: str
    lines: tuple[tuple[str, str], ...] = ()


Offer = Callable[[Session, Person, dt.datetime], Iterable[Banner]]


def init(app: Flask) -> None:
    """Begin with nothing to say."""
    app.extensions["banners"] = []


def offer(app: Flask, give: Offer) -> None:
    """Ask ``give`` for banners on every page of the desk."""
    app.extensions["banners"].append(give)


def standing(person: Person | None) -> list[Banner]:
    """The banners for a signed-in ``person`` now, the gravest first; none before sign-in."""
    if person is None:
        return []
    session, now = db.reading(), web.now()
    found = [
        banner
        for give in current_app.extensions["banners"]
        for banner in give(session, person, now)
    ]
    session.rollback()
    return sorted(found, key=lambda each: TONES.index(each.tone))
