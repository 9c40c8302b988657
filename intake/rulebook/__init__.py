"""The definition's versions: kept in the database, read from memory.

Offers ``live`` and ``version`` (no SQL), ``store`` for what writes, and ``init``. A file of the
package is imported once, by its SHA-256; from then on the database says what is live.
"""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app
from sqlalchemy.orm import Session

from intake.eligibility import Definition
from intake.rulebook import store
from intake.rulebook.shelf import Shelf, Standing

__all__ = ["Shelf", "Standing", "init", "live", "shelf", "store", "version"]


def init(app: Flask, session: Session) -> None:
    """Read every version from the database into memory, and warn while rules are proposed."""
    app.extensions["rulebook"] = store.read_shelf(session)
    app.extensions["warnings"].append(("rules", lambda: shelf_warning(app)))


def shelf_warning(app: Flask) -> str | None:
    """Say that nobody has signed the live rules, while that is so."""
    found: Shelf = app.extensions["rulebook"]
    if found.standing.signed_at is None:
        return f"Proposed rules: no clinician has signed version {found.live.version}"
    return None


def shelf() -> Shelf:
    """All versions that this process holds."""
    return cast(Shelf, current_app.extensions["rulebook"])


def live() -> Definition:
    """The definition that new checks begin with."""
    return shelf().live


def version(number: int) -> Definition | None:
    """A version by its number; None when this practice never had it."""
    return shelf().versions.get(number)
