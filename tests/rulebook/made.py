"""Candidates for tests: the packaged rules with another number and another word."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from intake.audit import Actor
from intake.crypto import KeyRing
from intake.eligibility import packaged
from intake.rulebook import life, runs, store
from intake.rulebook.models import DefinitionVersion

NOW = dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC)
ANA = Actor("staff", "sana00")
FIRST = packaged()[0][1]


def body(version: int, **changes: str) -> bytes:
    """The packaged rules as ``version``; each change replaces a text that stands once."""
    text = FIRST.decode().replace("version = 1\n", f"version = {version}\n", 1)
    for old, new in changes.items():
        text = text.replace(old, new, 1)
    return text.encode()


def candidate(session: Session, keys: KeyRing, version: int = 2) -> DefinitionVersion:
    """A candidate on the desk."""
    return life.add_candidate(session, keys, body(version), ANA, NOW, origin="desk", based_on=1)


def ran(
    session: Session,
    keys: KeyRing,
    row: DefinitionVersion,
    kind: str,
    passed: bool = True,
    result: dict[str, Any] | None = None,
    now: dt.datetime = NOW,
) -> None:
    """A finished check or replay of the row's bytes."""
    run = runs.ask(session, kind, row, ANA.id, now)
    runs.finish(session, keys, run, result or {"problems": []}, passed, NOW)


def signed(
    session: Session,
    keys: KeyRing,
    version: int = 2,
    now: dt.datetime = NOW,
    *,
    from_at: dt.datetime | None = None,
    urgent: bool = False,
) -> DefinitionVersion:
    """A version that went the whole way."""
    row = session.get(DefinitionVersion, version) or candidate(session, keys, version)
    ran(session, keys, row, "check")
    ran(session, keys, row, "replay")
    return life.sign(
        session,
        keys,
        version,
        ANA,
        "Ana Ruiz, DO",
        now,
        seen=life.in_view(session, row, 1),
        against=1,
        difference="One word.",
        from_at=from_at,
        urgent=urgent,
    )


def live_number(session: Session, now: dt.datetime) -> int:
    """The version that is live at ``now`` by the database."""
    return store.read_shelf(session).live_at(now).version
