"""The page of one submission: everything that it shows, gathered before it is rendered."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.orm import Session

from intake.audit import Event
from intake.crypto import KeyRing
from intake.eligibility import Definition
from intake.eligibility.explain import Reason
from intake.errors import UnreadableRecord
from intake.review import timeline, words
from intake.review.beside import Beside, beside
from intake.review.explained import Explained, explained_of
from intake.review.listing import (
    Desk,
    asked_in_crisis,
    call_of,
    owed_call,
    owner_words,
    waiting_words,
)
from intake.review.timeline import Day, Entry
from intake.review.words import CallWords
from intake.submissions import desk as acts
from intake.submissions import queue, store
from intake.submissions import status as table
from intake.submissions.models import Note, Submission

Read = TypeVar("Read")

CHANGES = ("submission.moved", "submission.assigned", "submission.closed_by_rule")


@dataclass(frozen=True, slots=True)
class Move:
    """A move that the table allows: the words of its button, and what it means."""

    to: str
    words: str
    consequence: str


@dataclass(frozen=True, slots=True)
class RecordPage:
    """What the page of a submission shows.

    ``beside``: duplicates, calls and checks beside the record. ``owed``: whether a call is owed.
    ``in_crisis``: asked for from the crisis page. ``problems``: what could not be read, in words.
    """

    submission: Submission
    outcome: str
    owner: str | None
    entered_by: str | None
    waiting: str
    call: CallWords | None
    owed: bool
    in_crisis: bool
    explained: Explained
    days: Sequence[Day]
    moves: Sequence[Move]
    closed_reasons: Sequence[tuple[str, str]]
    note_types: Sequence[tuple[str, str]]
    problems: Sequence[str]
    beside: Beside

    @property
    def same_day(self) -> tuple[Reason, ...]:
        """The reasons for a call on the same day; none once a clinician overrode them."""
        if self.submission.flag_cleared_at is not None:
            return ()
        return tuple(each.reason for each in self.explained.decided if each.reason.priority)


def build(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    definition: Definition | None,
    desk: Desk,
    roles: frozenset[str],
) -> RecordPage:
    """Gather the page of ``submission`` for a reader with ``roles``.

    ``definition``: the submission's own version. A value that does not open becomes a problem in
    words; everything else is shown.
    """
    problems: list[str] = []
    check = _try(problems, lambda: store.read_check(keys, submission))
    contact = _try(problems, lambda: store.read_contact(keys, submission))
    explained = Explained()
    if definition is None or definition.sha256 != submission.definition_sha256:
        number = submission.definition_version
        problems.append(f"Definition version {number} of this record is not in the database.")
    elif check is not None:
        explained = explained_of(check, definition)
    moved = queue.calls_moved_at(session, [submission.reference])
    return RecordPage(
        submission=submission,
        outcome=desk.outcomes.get(submission.outcome, submission.outcome),
        owner=owner_words(submission.owner_id, desk.names),
        entered_by=owner_words(submission.entered_by, desk.names),
        waiting=waiting_words(submission.contact_at or submission.submitted_at, desk),
        call=call_of(submission, contact, desk, moved.get(submission.reference)),
        owed=owed_call(submission) is not None,
        in_crisis=asked_in_crisis(submission),
        explained=explained,
        days=_days(session, keys, submission, desk, roles, problems),
        moves=_moves(submission),
        closed_reasons=[(code, table.REASON_WORDS[code]) for code in table.reasons_for(roles)],
        note_types=[(kind, words.NOTE_WORDS[kind]) for kind in acts.note_types(roles)],
        problems=problems,
        beside=beside(session, submission, desk),
    )


def _try(problems: list[str], read: Callable[[], Read]) -> Read | None:
    """What ``read`` gives; where the value does not open, None and a problem in words."""
    try:
        return read()
    except UnreadableRecord as error:
        problems.append(problem_words(error))
        return None


def problem_words(error: UnreadableRecord) -> str:
    """Which value does not open and why, without the row's number."""
    place, _, rest = str(error).partition(":")
    _, _, reason = rest.partition(": ")
    return f"{place}: {reason}"


def _days(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    desk: Desk,
    roles: frozenset[str],
    problems: list[str],
) -> tuple[Day, ...]:
    """The timeline: notes and events."""
    # Both newest first, so that what happened in one instant keeps its order.
    notes = reversed(acts.notes(session, submission))
    entries = [_note(keys, each, desk, roles, problems) for each in notes]
    events = acts.events_of(session, submission.reference, timeline.SHOWN)
    entries += [_event(each, desk) for each in events]
    return timeline.by_day(entries, desk.practice.zone)


def _event(event: Event, desk: Desk) -> Entry:
    """An event in words."""
    return Entry(
        at=event.at,
        by=timeline.who(event.actor_kind, event.actor_id, desk.names),
        words=timeline.event_words(event.name, json.loads(event.detail), desk.names),
    )


def last_change(session: Session, submission: Submission, desk: Desk) -> Entry | None:
    """Who moved it or gave it to somebody last, and when."""
    changes = acts.events_of(session, submission.reference, CHANGES, most=1)
    return _event(changes[0], desk) if changes else None


def _note(
    keys: KeyRing, note: Note, desk: Desk, roles: frozenset[str], problems: list[str]
) -> Entry:
    """A note; without its text where the reader may not read it or it does not open."""
    text = _try(problems, lambda: acts.read_note(keys, note, roles))
    return Entry(
        at=note.at,
        by=timeline.who("staff", note.author_id, desk.names),
        words=words.NOTE_WORDS[note.type],
        note=True,
        text=text,
        closed=note.type not in acts.note_types(roles),
    )


def _moves(submission: Submission) -> tuple[Move, ...]:
    """The moves that the table allows, in its order."""
    return tuple(
        Move(
            to=to,
            words=table.move_words(submission.status, to),
            consequence=table.consequence(to, owned=submission.owner_id is not None),
        )
        for to in table.MOVES[submission.status]
    )
