"""A note that is written once, however often its form is sent."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection

from sqlalchemy.orm import Session

from intake import audit
from intake.audit import Actor
from intake.crypto import KeyRing
from intake.submissions import desk as acts
from intake.submissions.models import Note, Submission
from intake.visit.model import new_id

NUMBER = re.compile(r"[0-9a-f]{32}")


def number_of(text: str | None) -> str:
    """The note's id that a form carries; a new one for anything else."""
    return text if text and NUMBER.fullmatch(text) else new_id()


def add_once(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    number: str,
    kind: str,
    body: str,
    actor: Actor,
    now: dt.datetime,
    *,
    roles: Collection[str],
) -> bool:
    """Add a note under the id that its form was made with; False where it stands already.

    ``submission`` is locked, so that of two presses at once the second sees the first's note.
    Raises ``WrongRole`` for a type that the ``roles`` may not write. Never commits.
    """
    if kind not in acts.note_types(roles):
        raise acts.WrongRole("Only a clinician writes clinical notes.")
    standing = session.get(Note, number)
    if standing is not None and standing.submission_id == submission.id:
        return False
    # An id that stands elsewhere is a forged form's: the note gets one of its own.
    number = number if standing is None else new_id()
    sealed = keys.seal_field(Note.body_sealed, number, body)
    session.add(
        Note(
            id=number,
            submission_id=submission.id,
            author_id=actor.id or "",
            type=kind,
            at=now,
            body_sealed=sealed,
        )
    )
    audit.record(
        session, keys, "submission.noted", actor, now, subject=submission.reference, type=kind
    )
    return True
