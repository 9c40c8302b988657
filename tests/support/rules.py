"""Rules in force for a test, put into the application's memory without a signature."""

from __future__ import annotations

import dataclasses
import datetime as dt

from flask import Flask

from intake.eligibility import Definition
from intake.rulebook.shelf import Order, Shelf, Signature


def shelf_of(app: Flask) -> Shelf:
    """The versions that ``app`` holds."""
    found: Shelf = app.extensions["rulebook"]
    return found


def live_in(app: Flask) -> Definition:
    """The version that is live in ``app`` by its own clock."""
    return shelf_of(app).live_at(app.extensions["now"]())


def put_live(app: Flask, definition: Definition, *, urgent: bool = False) -> None:
    """Make ``definition`` live in ``app`` from this moment on, beside the versions it holds."""
    shelf, now = shelf_of(app), app.extensions["now"]()
    app.extensions["rulebook"] = dataclasses.replace(
        shelf,
        versions={**shelf.versions, definition.version: definition},
        orders=(*shelf.orders, Order(definition.version, now, urgent)),
    )


def keep_only(app: Flask, definition: Definition) -> None:
    """Let ``app`` know no version but ``definition``, live since long ago."""
    long_ago = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    app.extensions["rulebook"] = dataclasses.replace(
        shelf_of(app),
        versions={definition.version: definition},
        orders=(Order(definition.version, long_ago),),
    )


def sign(app: Flask, version: int, by: str, at: dt.datetime) -> None:
    """Put a signature under ``version``, in the memory of ``app`` only."""
    shelf = shelf_of(app)
    app.extensions["rulebook"] = dataclasses.replace(
        shelf, signatures={**shelf.signatures, version: Signature(at, by)}
    )
