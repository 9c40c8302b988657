"""The outbox: letters put in with the act that they tell of, and taken out one by one.

Nothing here commits. Who has a letter is known by its lease: a worker that comes back late changes
nothing about a letter that another has. What a letter says is kept no longer than it is needed:
once it is sent or dropped, its sealed recipient, subject and body give way to an empty sealed
value, and the row tells only that there was a letter, about what, and when.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Update, case, literal, select, update
from sqlalchemy.orm import Session

from intake import audit
from intake.audit import Actor
from intake.crypto import KeyRing
from intake.errors import NotFound, OutOfDate
from intake.mail.models import Letter
from intake.web.forms import hidden_character

LEASE = dt.timedelta(minutes=5)
# After the first try, the second, and so on; then every four hours, three days in all.
FIRST_PAUSES = tuple(dt.timedelta(minutes=number) for number in (1, 5, 15, 60))
LATER_PAUSE = dt.timedelta(hours=4)
IN_ALL = dt.timedelta(days=3)
MOST_TRIES = 1 + len(FIRST_PAUSES) + int((IN_ALL - sum(FIRST_PAUSES, dt.timedelta())) / LATER_PAUSE)
LONGEST_SUBJECT = 120
LONGEST_BODY = 5_000
ENCODED = "=?"
EMPTY: Mapping[str, str] = {}
# ``try_again`` or ``drop``.
Settle = Callable[[Session, KeyRing, str, Actor, dt.datetime], None]
NO_ADDRESS = "the recipient is no mail address of one line"


@dataclass(frozen=True, slots=True)
class Words:
    """What a letter says, and to whom; never shown by ``repr``, which may reach a log."""

    to: str
    subject: str
    body: str

    def __repr__(self) -> str:
        return "Words(…)"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter that one worker has, until its lease ends; ``attempt`` counts from 1."""

    id: str
    message_id: str
    kind: str
    about: str | None
    attempt: int
    lease: str | None
    sealed: bytes


def put(
    session: Session,
    keys: KeyRing,
    *,
    kind: str,
    to: str,
    subject: str,
    body: str,
    about: str | None,
    now: dt.datetime,
) -> str:
    """Put one letter into the outbox at ``now`` (UTC); gives its id. Never commits.

    ``kind``: what it is for, a word; ``about``: the reference or staff id that it speaks of. Its
    Message-ID is the id, to which the first claim adds the domain of the sender. Raises
    ``ValueError``, which repeats nothing of it, for a recipient that is no address, and for a
    recipient or subject with a line break or another character that hides (RFC 5322, 2.2: such a
    one would begin a header of its own).
    """
    words = sound(to, subject, body)
    letter_id = secrets.token_hex(16)
    session.add(
        Letter(
            id=letter_id,
            message_id=letter_id,
            kind=kind,
            about=about,
            state="waiting",
            created_at=now,
            next_at=now,
            attempts=0,
            letter_sealed=keys.seal_field(
                Letter.letter_sealed,
                letter_id,
                {"to": words.to, "subject": words.subject, "body": words.body},
            ),
        )
    )
    session.flush()
    return letter_id


def sound(to: str, subject: str, body: str) -> Words:
    """The words of a letter in the form in which they travel; raises ``ValueError``."""
    # An encoded word (RFC 2047) would be read when the header is made, line breaks and all.
    if hidden_character(to + subject) or ENCODED in to + subject:
        raise ValueError("a recipient or subject holds a line break or a hidden character")
    subject = " ".join(subject.split())
    if not 0 < len(subject) <= LONGEST_SUBJECT or not 0 < len(body) <= LONGEST_BODY:
        raise ValueError("a subject or body is empty, or too long")
    lines = "\n".join(body.splitlines()) + "\n"
    if hidden_character(lines, lines=True):
        raise ValueError("a body holds a hidden character")
    return Words(address(to), subject, lines)


def address(text: str) -> str:
    """``text`` as a mail address, its domain in ASCII; looks nothing up. Raises ``ValueError``."""
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        # Without its cause, which quotes the address.
        raise ValueError(NO_ADDRESS) from None
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


def claim(session: Session, now: dt.datetime, worker: str, domain: str) -> Claimed | None:
    """Take the letter that has been due longest for five minutes; None where none is due.

    The try is counted with it. ``worker``: a name that no other worker has; ``domain``: completes
    the Message-ID at the first try, and is not asked again. One statement, so that no two workers
    ever have the same letter; on PostgreSQL they pass over each other's.
    """
    due = (
        select(Letter.id)
        .where(Letter.state == "waiting", Letter.next_at <= now)
        .order_by(Letter.next_at, Letter.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    whole = literal("<") + Letter.id + literal(f"@{domain}>")
    taken = session.execute(
        update(Letter)
        .where(Letter.id == due, Letter.state == "waiting", Letter.next_at <= now)
        .values(
            lease=worker,
            leased_until=now + LEASE,
            # A letter whose worker died is due again when its lease ends.
            next_at=now + LEASE,
            attempts=Letter.attempts + 1,
            message_id=case((Letter.message_id == Letter.id, whole), else_=Letter.message_id),
        )
        .returning(
            Letter.id,
            Letter.message_id,
            Letter.kind,
            Letter.about,
            Letter.attempts,
            Letter.lease,
            Letter.letter_sealed,
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return Claimed(*taken) if taken is not None else None


def words_of(keys: KeyRing, letter_id: str, sealed: bytes) -> Words:
    """What a letter says; raises ``UnreadableRecord``."""
    return Words(**keys.open_field(Letter.letter_sealed, letter_id, bytes(sealed)))


def done(session: Session, keys: KeyRing, letter: Claimed, now: dt.datetime) -> bool:
    """The server took the letter: what it said is forgotten. False where another worker has it."""
    return _changed(
        session,
        _held(letter).values(
            state="sent",
            sent_at=now,
            error=None,
            lease=None,
            leased_until=None,
            **_nothing(keys, letter.id),
        ),
    )


def failed(
    session: Session,
    keys: KeyRing,
    letter: Claimed,
    now: dt.datetime,
    *,
    error: str,
    for_good: bool,
) -> str | None:
    """The letter could not be sent: ``waiting`` or ``dead``; None where another worker has it.

    ``error``: a class and a code, never a text of the server. ``for_good``: no later try can
    succeed. A letter that is given up is an event, by the clock; its words stay sealed, for whoever
    tries again.
    """
    pause = None if for_good else pause_after(letter.attempt)
    state = "waiting" if pause is not None else "dead"
    kept = _changed(
        session,
        _held(letter).values(
            state=state,
            next_at=now + (pause or dt.timedelta()),
            error=error[:80],
            lease=None,
            leased_until=None,
        ),
    )
    if not kept:
        return None
    if state == "dead":
        audit.record(
            session, keys, "mail.gave_up", audit.CLOCK, now, subject=letter.about, kind=letter.kind
        )
    return state


def pause_after(attempt: int) -> dt.timedelta | None:
    """How long a letter rests after its try number ``attempt``; None when it is given up."""
    if attempt >= MOST_TRIES:
        return None
    return FIRST_PAUSES[attempt - 1] if attempt <= len(FIRST_PAUSES) else LATER_PAUSE


def try_again(
    session: Session, keys: KeyRing, letter_id: str, actor: Actor, now: dt.datetime
) -> None:
    """Let a dead letter wait again, as if it were new, with the Message-ID that it had.

    Raises ``NotFound``, and ``OutOfDate`` where somebody else dealt with it.
    """
    values = {"state": "waiting", "next_at": now, "attempts": 0, "error": None}
    _settle(session, keys, letter_id, "mail.tried_again", actor, now, values)


def drop(session: Session, keys: KeyRing, letter_id: str, actor: Actor, now: dt.datetime) -> None:
    """Decide that a dead letter is never sent; what it said is forgotten.

    Raises ``NotFound``, and ``OutOfDate`` where somebody else dealt with it.
    """
    values = {"state": "dropped", **_nothing(keys, letter_id)}
    _settle(session, keys, letter_id, "mail.dropped", actor, now, values)


def _settle(
    session: Session,
    keys: KeyRing,
    letter_id: str,
    event: str,
    actor: Actor,
    now: dt.datetime,
    values: Mapping[str, Any],
) -> None:
    """Change a dead letter, once, with its event."""
    statement = update(Letter).where(Letter.id == letter_id, Letter.state == "dead")
    changed = _changed(session, statement.values(**values))
    letter = session.get(Letter, letter_id, populate_existing=True)
    if letter is None:
        raise NotFound("letter")
    if not changed:
        raise OutOfDate("letter")
    audit.record(session, keys, event, actor, now, subject=letter.about, kind=letter.kind)


def _nothing(keys: KeyRing, letter_id: str) -> dict[str, bytes]:
    """What stands in the place of a letter's words once they are not needed."""
    return {"letter_sealed": keys.seal_field(Letter.letter_sealed, letter_id, dict(EMPTY))}


def _held(letter: Claimed) -> Update:
    """A change of a letter that this worker still has."""
    return update(Letter).where(
        Letter.id == letter.id,
        Letter.state == "waiting",
        Letter.lease == letter.lease,
        Letter.attempts == letter.attempt,
    )


def _changed(session: Session, statement: Update) -> bool:
    """Whether ``statement`` changed its one row."""
    changed = session.scalars(
        statement.returning(Letter.id).execution_options(synchronize_session=False)
    )
    return changed.one_or_none() is not None
