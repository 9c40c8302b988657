"""A crisis or same-day call is not closed without a word on what was done."""

from __future__ import annotations

from sqlalchemy.orm import Session

from intake.errors import Refused
from intake.review.listing import asked_in_crisis
from intake.submissions import desk as acts
from intake.submissions.models import Submission

# The types of notes that say what was done for a person.
DONE_NOTES = ("call", "safety_check")


class NoteNeeded(Refused):
    """Closing without the note that this record needs; ``field`` of the note's form is wrong."""

    def __init__(self, text: str, field: str) -> None:
        super().__init__(text)
        self.field = field


def needs_note(session: Session, submission: Submission) -> bool:
    """Whether a call or safety check note must come before, or with, the closing."""
    flagged = submission.priority and submission.flag_cleared_at is None
    if not (flagged or asked_in_crisis(submission)):
        return False
    return not any(note.type in DONE_NOTES for note in acts.notes(session, submission))


def check(session: Session, submission: Submission, typed: str | None) -> None:
    """Raise ``NoteNeeded`` unless it may be closed; ``typed``: the type of the note beside it."""
    if typed in DONE_NOTES or not needs_note(session, submission):
        return
    if typed is not None:
        raise NoteNeeded("Select Call or Safety check as the type of this note.", "kind")
    what = "a crisis request" if asked_in_crisis(submission) else "a call for the same day"
    raise NoteNeeded(f"This is {what}. Write what was done before you close it.", "body")
