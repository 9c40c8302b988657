"""The life of a version: candidate, checked, replayed, signed, live from a time on.

Every step is recorded; nothing here commits. What was signed or live is never changed: the
database refuses it too.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from intake import audit, eligibility
from intake.crypto import KeyRing
from intake.errors import NotFound, OutOfDate, Refused
from intake.rulebook import editing, runs, store
from intake.rulebook.models import DefinitionVersion, GoingLive, RuleRun

# Long enough for every process to have read an order before its time comes.
NOTICE = dt.timedelta(seconds=8)
LONGEST_AHEAD = dt.timedelta(days=180)


class Stage(StrEnum):
    """How far a version has come."""

    CANDIDATE = "candidate"
    CHECKED = "checked"
    REPLAYED = "replayed"
    SIGNED = "signed"


def stage_of(session: Session, row: DefinitionVersion) -> Stage:
    """How far ``row`` has come; a check or a replay counts for the very bytes it was made of.

    The newest of each counts: while one is under way again, nothing is settled.
    """
    if row.signed_at is not None:
        return Stage.SIGNED
    checked = runs.newest_run(session, "check", row)
    if checked is None or not checked.passed:
        return Stage.CANDIDATE
    replayed = runs.newest_run(session, "replay", row)
    return Stage.CHECKED if replayed is None or not replayed.passed else Stage.REPLAYED


def in_view(session: Session, row: DefinitionVersion, live: int) -> str:
    """What a clinician has in view when signing ``row``: its bytes, the version that it would
    follow, the newest check and replay. Any change of these gives another text."""
    newest = [runs.newest_run(session, kind, row) for kind in runs.KINDS]
    return ".".join([row.sha256, str(live), *(run.id if run else "none" for run in newest)])


def is_candidate(session: Session, row: DefinitionVersion) -> bool:
    """Whether ``row`` may still be changed: nobody signed it, and it was never ordered live."""
    return row.signed_at is None and not _orders_of(session, row.version)


def next_number(session: Session) -> int:
    """A version number that nothing has."""
    return (session.scalar(select(func.max(DefinitionVersion.version))) or 0) + 1


def add_candidate(
    session: Session,
    keys: KeyRing,
    body: bytes,
    actor: audit.Actor,
    now: dt.datetime,
    *,
    origin: str,
    based_on: int | None = None,
) -> DefinitionVersion:
    """Store ``body`` as a new candidate.

    Raises ``DefinitionError`` for an unsound file, ``Refused`` where its number is taken.
    """
    number, free = eligibility.load(body).version, next_number(session)
    if number != free:
        raise Refused(
            f"The file is version {number}: give it the number {free}, the next free one."
        )
    return store.add(session, keys, body, actor, now, origin=origin, based_on=based_on)


def copy(
    session: Session, keys: KeyRing, row: DefinitionVersion, actor: audit.Actor, now: dt.datetime
) -> DefinitionVersion:
    """A candidate with the bytes of ``row`` under the next number; its form stays as it is."""
    body = editing.edit(row.body, [], version=next_number(session))
    return store.add(session, keys, body, actor, now, origin="desk", based_on=row.version)


def change_candidate(
    session: Session,
    keys: KeyRing,
    version: int,
    body: bytes,
    actor: audit.Actor,
    now: dt.datetime,
    *,
    seen: str,
) -> DefinitionVersion:
    """Put ``body`` in the place of a candidate's bytes; ``seen``: the SHA-256 that was changed.

    Raises ``OutOfDate`` when another change came first, ``Refused`` for what is no candidate or
    has another number, ``DefinitionError`` for an unsound file.
    """
    row = _candidate(session, version, seen)
    definition = eligibility.load(body)
    if definition.version != version:
        raise Refused(f"This file is version {definition.version}, not {version}.")
    row.body, row.sha256, row.origin = body, definition.sha256, "desk"
    session.flush()
    audit.record(
        session, keys, "rules.changed", actor, now, version=version, sha256=definition.sha256
    )
    return row


def discard(
    session: Session,
    keys: KeyRing,
    version: int,
    actor: audit.Actor,
    now: dt.datetime,
    *,
    seen: str,
) -> None:
    """Remove a candidate with its checks and replays; raises as ``change_candidate`` does."""
    row = _candidate(session, version, seen)
    session.execute(delete(RuleRun).where(RuleRun.version == version))
    session.delete(row)
    session.flush()
    audit.record(session, keys, "rules.discarded", actor, now, version=version, sha256=seen)


def sign(
    session: Session,
    keys: KeyRing,
    version: int,
    actor: audit.Actor,
    name: str,
    now: dt.datetime,
    *,
    seen: str,
    against: int,
    difference: str,
    from_at: dt.datetime | None = None,
    urgent: bool = False,
) -> DefinitionVersion:
    """Put a clinician's signature under a version, and order it live unless it is so already.

    ``name``: as it stands now; ``difference``: the sentences in view, against the live version
    ``against``; ``seen``: what ``in_view`` gave then. ``from_at``: an instant in UTC, None for at
    once. Raises ``OutOfDate`` when anything in view has changed, ``Refused`` before check and
    replay are done.
    """
    row = _row(session, version)
    if in_view(session, row, against) != seen:
        raise OutOfDate
    stage = stage_of(session, row)
    if stage is Stage.SIGNED:
        raise Refused(f"Version {version} is signed already.")
    if stage is not Stage.REPLAYED:
        raise Refused(f"Run the check and the replay of version {version} before signing it.")
    row.signed_at, row.signed_by, row.signed_by_id = now, name, actor.id
    row.signed_against, row.signed_difference = against, difference
    session.flush()
    audit.record(session, keys, "rules.signed", actor, now, version=version, sha256=row.sha256)
    if not _orders_of(session, version):
        order(session, keys, version, actor, now, from_at=from_at, urgent=urgent)
    return row


def order(
    session: Session,
    keys: KeyRing,
    version: int,
    actor: audit.Actor,
    now: dt.datetime,
    *,
    from_at: dt.datetime | None = None,
    urgent: bool = False,
) -> GoingLive:
    """Order a signed version live, an older one too; ``from_at`` in UTC, None for at once.

    Raises ``Refused`` for an unsigned version, one whose start is ordered already, a time in the
    past or past half a year. A time within the next seconds is put off until all have heard.
    """
    row = _row(session, version)
    if row.signed_at is None:
        raise Refused(f"Version {version} is not signed.")
    if _orders_of(session, version, ahead_of=now):
        raise Refused(f"Version {version} has a start ahead already: cancel that one first.")
    moment = from_at or now + NOTICE
    if not now < moment <= now + LONGEST_AHEAD:
        raise Refused("Choose a time from now on, at most half a year ahead.")
    moment = max(moment, now + NOTICE)
    made = GoingLive(
        version=version, from_at=moment, urgent=urgent, ordered_at=now, ordered_by=actor.id
    )
    session.add(made)
    session.flush()
    at = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    audit.record(
        session, keys, "rules.ordered", actor, now, version=version, urgent=urgent, **{"from": at}
    )
    return made


def cancel(
    session: Session, keys: KeyRing, order_id: int, actor: audit.Actor, now: dt.datetime
) -> GoingLive:
    """Cancel an order whose time has not come; raises ``NotFound`` or ``Refused``.

    In its last seconds it stands, since a process that does not hear in time would go live alone.
    """
    made = session.get(GoingLive, order_id, with_for_update=True, populate_existing=True)
    if made is None:
        raise NotFound(f"order {order_id}")
    if made.cancelled_at is not None:
        raise Refused("This start was cancelled before.")
    if made.from_at <= now + NOTICE:
        raise Refused("This version is live, or will be in seconds: let another one go live.")
    made.cancelled_at, made.cancelled_by = now, actor.id
    session.flush()
    audit.record(session, keys, "rules.cancelled", actor, now, version=made.version)
    return made


def all_versions(session: Session) -> list[DefinitionVersion]:
    """Every version, the newest first."""
    newest = DefinitionVersion.version.desc()
    return list(session.scalars(select(DefinitionVersion).order_by(newest)))


def all_orders(session: Session) -> list[GoingLive]:
    """Every order, cancelled ones too, the last to start first."""
    last = (GoingLive.from_at.desc(), GoingLive.id.desc())
    return list(session.scalars(select(GoingLive).order_by(*last)))


def _row(session: Session, version: int) -> DefinitionVersion:
    """The row of ``version``, held until the transaction ends; raises ``NotFound``."""
    row = session.get(DefinitionVersion, version, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"version {version}")
    return row


def _candidate(session: Session, version: int, seen: str) -> DefinitionVersion:
    """The row of a candidate as it was ``seen``; raises ``Refused`` or ``OutOfDate``."""
    row = _row(session, version)
    if not is_candidate(session, row):
        raise Refused(f"Version {version} was signed or live, so it stays as it is.")
    if row.sha256 != seen:
        raise OutOfDate
    return row


def _orders_of(session: Session, version: int, ahead_of: dt.datetime | None = None) -> int:
    """How many orders there ever were for ``version``; or those that stand ``ahead_of`` then."""
    count = select(func.count()).select_from(GoingLive).where(GoingLive.version == version)
    if ahead_of is not None:
        count = count.where(GoingLive.cancelled_at.is_(None), GoingLive.from_at > ahead_of)
    return session.scalar(count) or 0
