"""What staff read and do with a submission. Each call writes its own audit event; never commits."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import audit
from intake.audit import Actor, Event
from intake.crypto import KeyRing
from intake.errors import NotFound, OutOfDate, Refused
from intake.submissions import status as table
from intake.submissions.contact import Contact
from intake.submissions.models import Callback, Note, Submission
from intake.submissions.reach import place_of
from intake.submissions.record import read_contact
from intake.submissions.store import ALPHABET, LETTERS, promise_of
from intake.visit.model import new_id

NOTE_TYPES = ("call", "admin", "safety_check", "clinical")
CLINICIAN_NOTES = ("clinical",)
REFERENCE = re.compile(f"[{LETTERS}][{ALPHABET}]{{2}}-[{ALPHABET}]{{4}}")


class WrongRole(Refused):
    """An act, or a part of the record, that needs a role which the person does not hold."""


def open_for(
    session: Session, keys: KeyRing, reference: str, actor: Actor, now: dt.datetime
) -> Submission:
    """Load a submission by its reference, and record that ``actor`` opened it."""
    submission = by_reference(session, reference)
    audit.record(session, keys, "submission.opened", actor, now, subject=submission.reference)
    return submission


def by_reference(session: Session, reference: str) -> Submission:
    """The submission of ``reference``, locked for this transaction; raises ``NotFound``."""
    if not REFERENCE.fullmatch(reference):
        raise NotFound("not a reference")
    submission = session.scalars(
        select(Submission).where(Submission.reference == reference).with_for_update()
    ).one_or_none()
    if submission is None:
        raise NotFound(reference)
    return submission


def show_contact(
    session: Session, keys: KeyRing, submission: Submission, actor: Actor, now: dt.datetime
) -> Contact | None:
    """Open the contact, and record that ``actor`` saw it."""
    audit.record(
        session, keys, "submission.contact_shown", actor, now, subject=submission.reference
    )
    return read_contact(keys, submission)


def move(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    to: str,
    actor: Actor,
    now: dt.datetime,
    *,
    revision: int,
    roles: Collection[str],
    reason: str | None = None,
) -> None:
    """Move a submission by the table of statuses.

    ``reason``: a closed reason when ``to`` is closed; the words of the reopening when it was
    closed, which are kept as an admin note. Raises ``OutOfDate`` when somebody changed it since
    ``revision``, ``Refused`` for a move or reason that is not in the table, and ``WrongRole``
    for a reason that the ``roles`` do not allow.
    """
    if submission.revision != revision:
        raise OutOfDate(submission.reference)
    came_from = submission.status
    _check_move(came_from, to, reason, roles)
    submission.status = to
    submission.closed_reason = reason if to == "closed" else None
    submission.closed_at = now if to == "closed" else None
    if came_from == "closed":
        submission.duplicate_of = None
    if to == "new":
        submission.owner_id = None
    elif submission.owner_id is None:
        submission.owner_id = actor.id
    audit.record(
        session,
        keys,
        "submission.moved",
        actor,
        now,
        subject=submission.reference,
        **{"from": came_from, "to": to},
        reason=reason if to == "closed" else None,
    )
    _settle_call(session, keys, submission, came_from, actor, now)
    if came_from == "closed":
        add_note(session, keys, submission, "admin", f"Reopened: {reason}", actor, now, roles=roles)


def _settle_call(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    came_from: str,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Settle the owed call, or make it owed again where its settling is taken back."""
    owed, to = promise_of(submission), submission.status
    if owed is not None and to in table.SETTLED_AS:
        move_call(session, keys, submission, owed, table.SETTLED_AS[to], actor, now)
    elif owed is None and to == "in_review" and came_from in table.SETTLED_AS:
        last = submission.callbacks[-1] if submission.callbacks else None
        if last is not None and last.status == table.SETTLED_AS[came_from]:
            move_call(session, keys, submission, last, former_status(last), actor, now)
    elif to == "closed" or came_from == "closed":
        submission.urgency = place_of(session, submission, owed)


def former_status(call: Callback) -> str:
    """The status of a call that is owed again."""
    return "booked" if call.kind == "window" else "asap"


def move_call(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    call: Callback,
    to: str,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Give ``call`` the status ``to`` and the submission its place, with the event.

    ``settled_at`` is when staff acted on it first, and None again where that is taken back.
    """
    came_from, call.status = call.status, to
    call.settled_at = None if to in ("booked", "asap") else call.settled_at or now
    was_owed, is_owed = came_from in table.CALLBACK_OPEN, to in table.CALLBACK_OPEN
    # A call that stays owed keeps its place, which another record may have brought.
    if was_owed != is_owed:
        submission.urgency = place_of(session, submission, promise_of(submission))
    detail = {"from": came_from, "to": to}
    audit.record(
        session, keys, "callback.moved", actor, now, subject=submission.reference, **detail
    )


def _check_move(came_from: str, to: str, reason: str | None, roles: Collection[str]) -> None:
    """Raise ``Refused`` with the reason, in plain words, unless the move is allowed."""
    if not table.allowed(came_from, to):
        was = table.STATUS_WORDS[came_from]
        wish = table.STATUS_WORDS.get(to)
        raise Refused(f"From “{was}” it cannot go to “{wish}”." if wish else "Choose a status.")
    if to == "closed":
        if reason not in table.CLOSED_REASONS or reason in table.SET_BY_PRODUCT:
            raise Refused("Select why you close it.")
        if reason not in table.reasons_for(roles):
            raise WrongRole("Only a clinician can close it as not suitable.")
    elif came_from == "closed" and not (reason or "").strip():
        raise Refused("Write why you open it again.")


def assign(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    owner: str | None,
    actor: Actor,
    now: dt.datetime,
    *,
    revision: int,
) -> None:
    """Give a submission to a staff member, or to nobody.

    Raises ``OutOfDate``, and ``Refused`` for one that is closed.
    """
    if submission.revision != revision:
        raise OutOfDate(submission.reference)
    if submission.status == "closed":
        raise Refused("It is closed. Open it again before you give it to somebody.")
    submission.owner_id = owner
    audit.record(
        session, keys, "submission.assigned", actor, now, subject=submission.reference, owner=owner
    )


def add_note(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    kind: str,
    body: str,
    actor: Actor,
    now: dt.datetime,
    *,
    roles: Collection[str],
    number: str | None = None,
) -> Note:
    """Add a note of ``kind`` (one of ``NOTE_TYPES``) by the acting staff member.

    ``number``: the id that its form was made with; where a note of this submission stands under
    it already, that one is given back. ``submission`` is locked, so that of two presses at once
    the second sees the first's note. Raises ``WrongRole`` for a type that the ``roles`` may not
    write.
    """
    if kind not in note_types(roles):
        raise WrongRole("Only a clinician writes clinical notes.")
    standing = session.get(Note, number) if number else None
    if standing is not None and standing.submission_id == submission.id:
        return standing
    # An id that stands elsewhere is a forged form's: the note gets one of its own.
    number = number if number and standing is None else new_id()
    note = Note(
        id=number,
        submission_id=submission.id,
        author_id=actor.id or "",
        type=kind,
        at=now,
        body_sealed=keys.seal_field(Note.body_sealed, number, body),
    )
    session.add(note)
    audit.record(
        session, keys, "submission.noted", actor, now, subject=submission.reference, type=kind
    )
    return note


def note_types(roles: Collection[str]) -> tuple[str, ...]:
    """The types of notes that ``roles`` may read and write."""
    clinician = "clinician" in roles
    return tuple(kind for kind in NOTE_TYPES if clinician or kind not in CLINICIAN_NOTES)


def notes(session: Session, submission: Submission) -> Sequence[Note]:
    """All notes of a submission, oldest first, still sealed; ``read_note`` opens one."""
    return session.scalars(
        select(Note).where(Note.submission_id == submission.id).order_by(Note.at, Note.id)
    ).all()


def read_note(keys: KeyRing, note: Note, roles: Collection[str]) -> str | None:
    """The text of ``note``; None where the ``roles`` may not read it.

    Raises ``UnreadableRecord``.
    """
    if note.type not in note_types(roles):
        return None
    text: str = keys.open_field(Note.body_sealed, note.id, note.body_sealed)
    return text


def events_of(
    session: Session, reference: str, names: Collection[str], most: int = 200
) -> Sequence[Event]:
    """The newest audit events of the given ``names`` about a submission, newest first."""
    return session.scalars(
        select(Event)
        .where(Event.subject == reference, Event.name.in_(names))
        .order_by(Event.sequence.desc())
        .limit(most)
    ).all()
