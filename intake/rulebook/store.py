"""Reads and imports definition versions; never commits."""

from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import audit, eligibility
from intake.crypto import KeyRing
from intake.errors import SetupError
from intake.rulebook.models import DefinitionVersion
from intake.rulebook.shelf import Shelf, Standing


def import_packaged(session: Session, keys: KeyRing, now: dt.datetime) -> list[int]:
    """Import each definition file of the package that the database does not hold.

    Gives the versions imported. Raises ``SetupError`` when a file was edited after its import.
    """
    imported = []
    for name, body in eligibility.packaged():
        definition = eligibility.load(body)
        held = session.get(DefinitionVersion, definition.version)
        if held is not None and held.sha256 != hashlib.sha256(body).hexdigest():
            raise SetupError(
                f"The definition file {name} differs from version {held.version} in the "
                "database: a version is never edited, give the new rules a new version number."
            )
        if held is None:
            add(session, keys, body, now)
            imported.append(definition.version)
    return imported


def add(session: Session, keys: KeyRing, body: bytes, now: dt.datetime) -> DefinitionVersion:
    """Store a definition file as a version that is live from ``now``."""
    definition = eligibility.load(body)
    row = DefinitionVersion(
        version=definition.version,
        sha256=definition.sha256,
        body=body,
        imported_at=now,
        live_at=now,
    )
    session.add(row)
    audit.record(
        session,
        keys,
        "definition.imported",
        audit.OPERATOR,
        now,
        version=definition.version,
        sha256=definition.sha256,
    )
    return row


def read_shelf(session: Session) -> Shelf:
    """Load all versions; the one that went live last is live."""
    rows = session.scalars(select(DefinitionVersion).order_by(DefinitionVersion.live_at)).all()
    if not rows:
        raise SetupError("The database holds no definition: run `intake init`.")
    versions = {}
    for row in rows:
        if hashlib.sha256(row.body).hexdigest() != row.sha256:
            raise SetupError(
                f"Definition version {row.version} in the database was altered: restore a backup."
            )
        versions[row.version] = eligibility.load(row.body)
    last = max(rows, key=lambda row: (row.live_at, row.version))
    return Shelf(
        versions=versions,
        live=versions[last.version],
        standing=Standing(last.live_at, last.signed_at, last.signed_by),
    )
