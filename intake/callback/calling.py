"""Keeps "Please have someone call me", whatever became of the draft in the meantime."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable

from sqlalchemy.orm import Session

from intake import audit
from intake.alerts import store as alerts
from intake.callback import phrases
from intake.crypto import KeyRing
from intake.eligibility import Decision, Definition, Outcome
from intake.hours import due, words
from intake.practice import Practice
from intake.submissions import store
from intake.submissions.contact import Contact
from intake.submissions.store import Closed, Promise
from intake.visit import Draft


def keep(
    session: Session,
    keys: KeyRing,
    draft: Draft,
    definition: Definition,
    decision: Decision,
    contact_in: Callable[[str], Contact],
    now: dt.datetime,
    *,
    practice: Practice,
    possible_abuse: bool = False,
) -> str:
    """Store answers, flags, urgent call and alert of a ``draft`` in crisis.

    Gives the submission's id.

    What stands under the draft's id is known only once it was written. Where that is no crisis,
    or was closed, the call for help becomes a submission of its own, which names the other.
    ``contact_in`` gives the contact for an IANA zone: the practice's for a state whose zones
    nobody knows. ``now`` is in UTC. Never commits.
    """
    while True:
        sent = store.submit(
            session,
            keys,
            draft=draft,
            definition=definition,
            decision=decision,
            now=now,
            possible_abuse=possible_abuse,
        )
        if sent.new:
            sent.submission.consent_version = phrases.URGENT.version
        if sent.submission.outcome == Outcome.CRISIS:
            try:
                callback = store.attach_contact(
                    session,
                    keys,
                    draft.id,
                    contact_in(words.zones_of(sent.submission.state, practice.zone)[0].name),
                    Promise("urgent", due.due_urgent(now)),
                    now,
                    possible_abuse=possible_abuse,
                    actor=audit.Actor("staff", draft.entered_by)
                    if draft.entered_by
                    else audit.VISITOR,
                )
                alerts.open_for(session, keys, callback.submission, now, practice)
                return draft.id
            except Closed:
                # Nobody looks at a closed one any more, so it cannot stand for this call.
                pass
        draft = _beside(draft, sent.submission.reference)


def _beside(draft: Draft, reference: str) -> Draft:
    """``draft`` under an id of its own, naming the submission ``reference`` that has the other.

    The id follows from the first one, so that a second press is still the same request.
    """
    return draft.but(id=_beside_id(draft.id), earlier=reference)


def _beside_id(submission_id: str) -> str:
    """The id of the call for help that stands beside a submission."""
    return hashlib.sha256(f"urgent:{submission_id}".encode()).hexdigest()[:32]


def newest(session: Session, submission_id: str) -> str:
    """The id of the newest call for help beside a submission; its own where there is none.

    Of two tabs the one that answers last leaves its receipt; both must lead to the call.
    """
    while store.by_id(session, _beside_id(submission_id)) is not None:
        submission_id = _beside_id(submission_id)
    return submission_id
