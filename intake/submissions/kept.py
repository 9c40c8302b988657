"""Notes that were being written when their author's session ended.

They are kept sealed, for their author alone, until they are added, thrown away, or a week old.
Nothing that was typed is lost: where one is kept already, both texts stand in it. Never commits.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from intake import audit
from intake.audit import CLOCK, Actor
from intake.crypto import KeyRing
from intake.errors import UnreadableRecord
from intake.submissions.models import KeptNote, Note, Submission
from intake.visit.model import new_id

LASTS = dt.timedelta(days=7)
# Stands between two texts that were kept for one record.
LINE = "\n\n――――\n\n"


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept note: its type, its text, the ``number`` that it will have, when it was kept (UTC)."""

    number: str
    kind: str
    text: str
    at: dt.datetime


def keep(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    number: str,
    kind: str,
    text: str,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Keep what the actor had written about ``submission``, which is locked.

    ``number`` is the one of the note's form. Where a note stands under it already, that text is on
    the record: the same is not kept again, and another gets a number of its own.
    """
    standing = session.get(Note, number)
    if standing is not None:
        if _is_note(keys, standing, submission, actor, text):
            return
        number = new_id()
    row = _row(session, submission, actor.id or "")
    before = _read(keys, row) if row is not None else None
    if row is None:
        row = KeptNote(id=new_id(), staff_id=actor.id or "", submission_id=submission.id)
        session.add(row)
    # One that does not open any more gives way: nobody could read it again.
    text = _both(before.text, text) if before else text
    row.number, row.kept_at = number, now
    row.note_sealed = keys.seal_field(KeptNote.note_sealed, row.id, {"kind": kind, "text": text})
    audit.record(session, keys, "note.kept", actor, now, subject=submission.reference)


def open_for(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    actor: Actor,
    now: dt.datetime,
    *,
    only: str | None = None,
) -> Kept | None:
    """The note that is kept for the actor, with its event; None where there is none.

    ``only``: the number that it must have.
    """
    row = _row(session, submission, actor.id or "")
    wanted = row is not None and only in (None, row.number)
    found = _read(keys, row) if row is not None and wanted else None
    if found is not None:
        audit.record(session, keys, "note.kept_opened", actor, now, subject=submission.reference)
    return found


def settle(session: Session, submission: Submission, staff_id: str, number: str | None) -> None:
    """Forget the kept note that was just added under its ``number``."""
    session.execute(
        delete(KeptNote).where(
            KeptNote.submission_id == submission.id,
            KeptNote.staff_id == staff_id,
            KeptNote.number == number,
        )
    )


def drop(
    session: Session, keys: KeyRing, submission: Submission, actor: Actor, now: dt.datetime
) -> bool:
    """Throw away what is kept for the actor; False where there was nothing."""
    row = _row(session, submission, actor.id or "")
    if row is None:
        return False
    session.delete(row)
    audit.record(session, keys, "note.kept_dropped", actor, now, subject=submission.reference)
    return True


def forget_old(session: Session, keys: KeyRing, now: dt.datetime) -> int:
    """Throw away what was kept more than seven days ago, with its events; gives how many."""
    old = session.execute(
        select(KeptNote, Submission.reference)
        .join(Submission, Submission.id == KeptNote.submission_id)
        .where(KeptNote.kept_at <= now - LASTS)
        .order_by(KeptNote.id)
        .with_for_update(of=KeptNote, skip_locked=True)
    ).all()
    for row, reference in old:
        session.delete(row)
        audit.record(session, keys, "note.kept_dropped", CLOCK, now, subject=reference)
    return len(old)


def _row(session: Session, submission: Submission, staff_id: str) -> KeptNote | None:
    """What is kept for one person on one record."""
    return session.scalars(
        select(KeptNote).where(
            KeptNote.submission_id == submission.id, KeptNote.staff_id == staff_id
        )
    ).one_or_none()


def _read(keys: KeyRing, row: KeptNote) -> Kept | None:
    """A kept note, opened; None where it does not open."""
    try:
        held = keys.open_field(KeptNote.note_sealed, row.id, row.note_sealed)
    except UnreadableRecord:
        return None
    return Kept(row.number, held["kind"], held["text"], row.kept_at)


def _is_note(keys: KeyRing, note: Note, submission: Submission, actor: Actor, text: str) -> bool:
    """Whether ``note`` is this very text of this author on this record."""
    if (note.submission_id, note.author_id) != (submission.id, actor.id):
        return False
    try:
        said: str = keys.open_field(Note.body_sealed, note.id, note.body_sealed)
    except UnreadableRecord:
        return False
    return said.strip() == text.strip()


def _both(before: str, text: str) -> str:
    """Both texts, each once."""
    if text in before:
        return before
    return text if before in text else f"{before}{LINE}{text}"
