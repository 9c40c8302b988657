"""What the desk sees of the outbox: how many letters wait, and those that could not be sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from intake import audit
from intake.audit import Actor
from intake.crypto import KeyRing
from intake.errors import UnreadableRecord
from intake.mail.models import Letter
from intake.mail.store import words_of

PAGE = 25
# Counting stops here, so that a long list costs no more than a short one.
MOST_COUNTED = 1_000
# Of the letters written last; one that waited long before it was sent may be older.
LATEST = 50

Place = tuple[dt.datetime, str]


@dataclass(frozen=True, slots=True)
class Counts:
    """How the outbox stands; the numbers stop at one more than ``MOST_COUNTED``. Instants in UTC.

    ``oldest``: when the oldest letter that waits was written; ``last_sent``: when the server took
    one last.
    """

    waiting: int
    dead: int
    oldest: dt.datetime | None
    last_sent: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Dead:
    """A letter that was given up; ``to`` is masked, ``gave_up_at`` in UTC."""

    id: str
    kind: str
    about: str | None
    written_at: dt.datetime
    gave_up_at: dt.datetime
    tries: int
    error: str
    to: str


@dataclass(frozen=True, slots=True)
class DeadPage:
    """Dead letters, the newest first, and where the pages around them begin."""

    rows: Sequence[Dead]
    before: Place | None
    after: Place | None


def counts(session: Session) -> Counts:
    """How many letters wait and how many are dead; a few steps of an index each."""
    waiting = select(Letter.created_at).where(Letter.state == "waiting")
    newest = (Letter.created_at.desc(), Letter.id.desc())
    sent = select(Letter.sent_at).where(Letter.state == "sent").order_by(*newest).limit(LATEST)
    return Counts(
        waiting=_number(session, "waiting"),
        dead=_number(session, "dead"),
        oldest=session.scalar(waiting.order_by(Letter.created_at, Letter.id).limit(1)),
        last_sent=max(filter(None, session.scalars(sent)), default=None),
    )


def _number(session: Session, state: str) -> int:
    """How many letters are in ``state``, at most one more than ``MOST_COUNTED``."""
    some = select(Letter.id).where(Letter.state == state).limit(MOST_COUNTED + 1)
    return session.execute(select(func.count()).select_from(some.subquery())).scalar_one()


def dead_page(
    session: Session,
    keys: KeyRing,
    actor: Actor,
    now: dt.datetime,
    *,
    after: Place | None = None,
    before: Place | None = None,
    size: int = PAGE,
) -> DeadPage:
    """One page of dead letters with its event; never commits.

    ``after``: the last letter of the page before it; ``before``: the first one of the page after
    it. Where nothing is left there, the first page.
    """
    backwards = before is not None
    found = _rows(session, before or after, backwards, size + 1)
    whole = len(found) > size
    if (before or after) and (not found or (backwards and not whole)):
        before = after = None
        backwards = False
        found = _rows(session, None, False, size + 1)
        whole = len(found) > size
    rows = found[:size][::-1] if backwards else found[:size]
    audit.record(session, keys, "mail.listed", actor, now)
    return DeadPage(
        rows=[_dead(keys, each) for each in rows],
        before=_place(rows[0]) if rows and (before or after) else None,
        after=_place(rows[-1]) if rows and (backwards or whole) else None,
    )


def _rows(session: Session, place: Place | None, backwards: bool, most: int) -> Sequence[Letter]:
    """At most ``most`` dead letters from ``place`` on, away from it."""
    columns = tuple_(Letter.created_at, Letter.id)
    wanted = select(Letter).where(Letter.state == "dead")
    if place is not None:
        wanted = wanted.where(columns > place if backwards else columns < place)
    order = (Letter.created_at, Letter.id)
    wanted = wanted.order_by(*(each if backwards else each.desc() for each in order)).limit(most)
    return session.scalars(wanted).all()


def _place(letter: Letter) -> Place:
    """Where a letter stands in the list."""
    return letter.created_at, letter.id


def _dead(keys: KeyRing, letter: Letter) -> Dead:
    """A dead letter as the desk may see it."""
    try:
        to = masked(words_of(keys, letter.id, letter.letter_sealed).to)
    except UnreadableRecord:
        to = "cannot be read"
    return Dead(
        id=letter.id,
        kind=letter.kind,
        about=letter.about,
        written_at=letter.created_at,
        gave_up_at=letter.next_at,
        tries=letter.attempts,
        error=letter.error or "",
        to=to,
    )


def masked(address: str) -> str:
    """An address of which only the first letter and the domain are shown: ``m…@example.org``."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"
