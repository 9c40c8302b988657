"""Reads and imports definition versions; never commits."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake import audit, eligibility
from intake.crypto import KeyRing
from intake.eligibility import Definition
from intake.errors import NotFound, SetupError
from intake.rulebook.models import DefinitionVersion, GoingLive
from intake.rulebook.shelf import Order, Shelf, Signature


def import_packaged(session: Session, keys: KeyRing, now: dt.datetime) -> list[int]:
    """Import each definition file of the package that the database does not hold.

    The first of an empty database is live at once, as proposed rules; any later one is a
    candidate, until a clinician signs it. Gives the versions imported. Raises ``SetupError`` when
    a file was edited after it was signed or live.
    """
    imported = []
    for name, body in eligibility.packaged():
        definition = eligibility.load(body)
        held = session.get(DefinitionVersion, definition.version)
        if held is not None and held.origin == "package" and _differs(session, held, definition):
            raise SetupError(
                f"The definition file {name} differs from version {held.version} in the "
                "database: a version is never edited, give the new rules a new version number."
            )
        if held is None:
            first = session.scalar(select(func.count()).select_from(GoingLive)) == 0
            add(session, keys, body, audit.OPERATOR, now)
            if first:
                session.add(
                    GoingLive(version=definition.version, from_at=now, urgent=False, ordered_at=now)
                )
                session.flush()
            imported.append(definition.version)
    return imported


def passed_over(session: Session) -> list[int]:
    """Versions of the package whose number the desk gave to other rules."""
    found = []
    for _, body in eligibility.packaged():
        definition = eligibility.load(body)
        held = session.get(DefinitionVersion, definition.version)
        if held is not None and held.sha256 != definition.sha256:
            found.append(held.version)
    return found


def _differs(session: Session, held: DefinitionVersion, definition: Definition) -> bool:
    """Whether a version that may not change any more has other bytes than ``definition``."""
    ordered = select(func.count()).select_from(GoingLive).where(GoingLive.version == held.version)
    fixed = held.signed_at is not None or session.scalar(ordered)
    return bool(fixed) and held.sha256 != definition.sha256


def add(
    session: Session,
    keys: KeyRing,
    body: bytes,
    actor: audit.Actor,
    now: dt.datetime,
    *,
    origin: str = "package",
    based_on: int | None = None,
) -> DefinitionVersion:
    """Store a definition file as a candidate; raises ``DefinitionError`` for an unsound one."""
    definition = eligibility.load(body)
    row = DefinitionVersion(
        version=definition.version,
        sha256=definition.sha256,
        body=body,
        imported_at=now,
        origin=origin,
        based_on=based_on,
        created_by=actor.id,
    )
    session.add(row)
    audit.record(
        session,
        keys,
        "definition.imported",
        actor,
        now,
        version=definition.version,
        sha256=definition.sha256,
    )
    return row


def row_of(session: Session, version: int) -> DefinitionVersion:
    """The row of a version; raises ``NotFound``, or ``SetupError`` where it was altered."""
    row = session.get(DefinitionVersion, version)
    if row is None:
        raise NotFound(f"version {version}")
    _intact(row)
    return row


def body_of(session: Session, version: int) -> bytes:
    """The bytes of a version, candidate or not; raises ``NotFound`` or ``SetupError``."""
    return row_of(session, version).body


def stamp(session: Session) -> tuple[int, ...]:
    """A few numbers that differ whenever a version was signed, ordered or cancelled."""
    found = session.execute(
        select(
            select(func.count()).select_from(GoingLive).scalar_subquery(),
            select(func.count(GoingLive.cancelled_at)).scalar_subquery(),
            select(func.count(DefinitionVersion.signed_at)).scalar_subquery(),
        )
    ).one()
    return tuple(found)


def read_shelf(session: Session, held: Mapping[int, Definition] | None = None) -> Shelf:
    """Load every version that was ever live or is to be; ``held`` need not be loaded again.

    Raises ``SetupError`` where one was altered, or where this program cannot read it.
    """
    found = stamp(session)
    orders = session.scalars(
        select(GoingLive)
        .where(GoingLive.cancelled_at.is_(None))
        .order_by(GoingLive.from_at, GoingLive.id)
    ).all()
    if not orders:
        raise SetupError("The database holds no definition: run `intake init`.")
    ever = select(GoingLive.version)
    rows = session.scalars(select(DefinitionVersion).where(DefinitionVersion.version.in_(ever)))
    versions: dict[int, Definition] = {}
    signatures: dict[int, Signature] = {}
    for row in rows:
        known = (held or {}).get(row.version)
        _intact(row)
        same = known is not None and known.sha256 == row.sha256
        versions[row.version] = known if known and same else _loaded(row)
        if row.signed_at is not None:
            signatures[row.version] = Signature(row.signed_at, row.signed_by or "")
    return Shelf(
        versions=versions,
        orders=tuple(Order(each.version, each.from_at, each.urgent) for each in orders),
        signatures=signatures,
        stamp=found,
    )


def _loaded(row: DefinitionVersion) -> Definition:
    """The definition of a row; raises ``SetupError`` where this program cannot read it."""
    try:
        return eligibility.load(row.body)
    except eligibility.DefinitionError as error:
        raise SetupError(
            f"This program cannot read version {row.version} of the rules in the database: "
            "install the release it belongs to."
        ) from error


def _intact(row: DefinitionVersion) -> None:
    """Raise ``SetupError`` when the bytes are not those that were stored."""
    if hashlib.sha256(row.body).hexdigest() != row.sha256:
        raise SetupError(
            f"Definition version {row.version} in the database was altered: restore a backup."
        )
