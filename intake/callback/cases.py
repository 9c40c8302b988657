"""What the pages of this room need to know about one submission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from intake import audit, rulebook
from intake.crypto import KeyRing
from intake.eligibility import Outcome, explain
from intake.hours.words import ZoneChoice, zones_of
from intake.submissions import store
from intake.submissions.contact import Contact
from intake.submissions.store import Promise
from intake.web import practice

BOOKABLE = frozenset({Outcome.MAY_FIT, Outcome.TALK_FIRST, Outcome.NOT_NOW})


@dataclass(frozen=True, slots=True)
class Case:
    """One submission as the callback pages see it.

    ``promise``: the call that is owed now. ``contact``: how the person may be reached, once they
    said so. ``urgent``: the texts that stand above everything. ``age_band``: the code chosen;
    empty where a crisis came first.
    """

    id: str
    reference: str
    state: str
    outcome: Outcome
    priority: bool
    closed_reason: str | None
    age_band: str
    actor: audit.Actor
    urgent: tuple[Any, ...]
    promise: Promise | None
    contact: Contact | None

    @property
    def bookable(self) -> bool:
        """Whether a call can still be booked for it."""
        return self.outcome in BOOKABLE and store.takes_contact(self.closed_reason)

    @property
    def asked_in_crisis(self) -> bool:
        """Whether the call was asked for on the crisis page."""
        return self.outcome is Outcome.CRISIS

    @property
    def zones(self) -> tuple[ZoneChoice, ...]:
        """The time zones that the person may be in."""
        return zones_of(self.state, practice().zone)

    @property
    def zone(self) -> ZoneInfo:
        """The zone that the person named, else the likeliest of the state."""
        return ZoneInfo(self.contact.zone if self.contact else self.zones[0].name)


def case_of(session: Session, keys: KeyRing, submission_id: str) -> Case | None:
    """Load the case of a submission; None when it is gone. Raises ``UnreadableRecord``."""
    submission = store.by_id(session, submission_id)
    if submission is None:
        return None
    check = store.read_check(keys, submission)
    definition = rulebook.version(submission.definition_version)
    owed = store.promise_of(submission)
    return Case(
        id=submission.id,
        reference=submission.reference,
        state=submission.state,
        outcome=Outcome(submission.outcome),
        priority=submission.priority,
        closed_reason=submission.closed_reason,
        age_band=check.answers.get("age_band", ("",))[0],
        actor=audit.Actor("staff", submission.entered_by)
        if submission.entered_by
        else audit.VISITOR,
        urgent=tuple(explain.urgent_texts(definition, check.flags)) if definition else (),
        promise=Promise(owed.kind, owed.due_at, owed.starts_at, owed.ends_at) if owed else None,
        contact=store.read_contact(keys, submission),
    )
