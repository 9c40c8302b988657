"""The definition's versions: kept in the database, read from memory.

Offers ``live``, ``standing`` and ``version`` (no SQL), ``shelf``, ``init`` and ``refresh``;
``store`` reads and imports, ``life`` leads a version from candidate to live, ``runs`` keeps its
checks and replays. A file of the package is imported once, by its SHA-256; from then on the
database says what is live.
"""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app
from sqlalchemy.orm import Session

from intake import web
from intake.eligibility import Definition
from intake.rulebook import life, runs, store
from intake.rulebook.shelf import Shelf, Standing

__all__ = [
    "Shelf",
    "Standing",
    "init",
    "life",
    "live",
    "overtaken",
    "refresh",
    "runs",
    "shelf",
    "standing",
    "store",
    "version",
]


def init(app: Flask, session: Session) -> None:
    """Read every version from the database into memory, and warn while rules are proposed."""
    app.extensions["rulebook"] = store.read_shelf(session)
    app.extensions["warnings"].append(("rules", _unsigned))


def refresh(app: Flask, session: Session) -> bool:
    """Read the versions again if anything about them changed; whether that was so."""
    held: Shelf = app.extensions["rulebook"]
    if store.stamp(session) == held.stamp:
        return False
    app.extensions["rulebook"] = store.read_shelf(session, held.versions)
    return True


def _unsigned() -> str | None:
    """Say that nobody has signed the live rules, while that is so."""
    if standing().signed_at is None:
        return f"Proposed rules: no clinician has signed version {live().version}"
    return None


def shelf() -> Shelf:
    """All versions that this process holds."""
    return cast(Shelf, current_app.extensions["rulebook"])


def live() -> Definition:
    """The definition that new checks begin with."""
    return shelf().live_at(web.now())


def standing() -> Standing:
    """Since when the live version is live, and who has signed it."""
    return shelf().standing_at(web.now())


def overtaken(number: int) -> bool:
    """Whether drafts under version ``number`` go over to the live one."""
    return shelf().overtaken(number, web.now())


def version(number: int) -> Definition | None:
    """A version by its number; None when this practice never had it.

    One that went live a moment ago may be known to another process first: then, and only then,
    the database is asked.
    """
    found = shelf().versions.get(number)
    if found is None:
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
        with app.extensions["readers"]() as session:
            if refresh(app, session):
                found = shelf().versions.get(number)
    return found
