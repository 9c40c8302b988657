"""Made-up submissions for the desk, stored by the functions that serve patients."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from intake import resources, rulebook
from intake.alerts import store as alerts
from intake.crypto import KeyRing
from intake.eligibility import Definition, Trail, journey, outcome
from intake.practice import read_practice
from intake.submissions import store
from intake.submissions.contact import Contact
from intake.submissions.models import Submission
from intake.submissions.store import Promise
from intake.visit.model import Draft
from tests.support.walker import answers as fitting

MARY = Contact(
    name="Mary O'Brien",
    phone="+13055550142",
    zone="America/New_York",
    voicemail="number",
    email="mary@example.com",
    birth_date=dt.date(1988, 3, 7),
)
PRACTICE = read_practice(resources.practice_example(), trial=True)
CRISIS = {"state": "fl", "age_band": "30_44", "reason": ("depression",), "safety": "now"}


class Maker:
    """Stores submissions in one house, each through Send and the callback step."""

    def __init__(self, session: Session, keys: KeyRing) -> None:
        self.session = session
        self.keys = keys
        self.definition: Definition = rulebook.store.read_shelf(session).versions[1]

    def send(
        self,
        now: dt.datetime,
        contact: Contact | None = MARY,
        promise: Promise | None = None,
        *,
        given: Mapping[str, Sequence[str] | str] | None = None,
        trail: Trail = (),
        age_differs: bool = False,
        demo: bool = False,
        possible_abuse: bool = False,
        **draft: Any,
    ) -> Submission:
        """One submission sent at ``now``; ``given`` are its answers, by default those that fit.

        With a ``contact`` a call is owed, as soon as possible by default.
        """
        given = fitting() if given is None else given
        answers = {
            q: (codes,) if isinstance(codes, str) else tuple(codes) for q, codes in given.items()
        }
        sent = store.submit(
            self.session,
            self.keys,
            draft=Draft(
                version=self.definition.version,
                started=now - dt.timedelta(minutes=6),
                answers=journey.on_path(self.definition, answers),
                trail=trail,
                **draft,
            ),
            definition=self.definition,
            decision=outcome.decide(self.definition, answers, trail),
            now=now,
            demo=demo,
            possible_abuse=possible_abuse,
        )
        if contact is not None:
            owed = promise or Promise("asap", due_at=now + dt.timedelta(hours=4))
            store.attach_contact(
                self.session,
                self.keys,
                sent.submission.id,
                contact,
                owed,
                now,
                age_differs=age_differs,
            )
            alerts.open_for(self.session, self.keys, sent.submission, now, PRACTICE)
        self.session.commit()
        return sent.submission

    def crisis(self, now: dt.datetime, contact: Contact = MARY, **options: Any) -> Submission:
        """A person who asked to be called from the crisis page."""
        promise = Promise("urgent", due_at=now + dt.timedelta(minutes=15))
        return self.send(now, contact, promise, given=CRISIS, **options)

    def window(
        self, now: dt.datetime, start: dt.datetime, contact: Contact = MARY, **options: Any
    ) -> Submission:
        """A person who booked the two hours from ``start``."""
        end = start + dt.timedelta(hours=2)
        promise = Promise("window", due_at=end, starts_at=start, ends_at=end)
        return self.send(now, contact, promise, **options)


def named(name: str, **changes: Any) -> Contact:
    """Mary's contact under another name."""
    values = {**MARY.pack(), "birth_date": MARY.birth_date, "name": name, **changes}
    return Contact(**values)
