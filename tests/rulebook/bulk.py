"""Many stored checks at once, sealed by the real keys; and rules that tell them apart anew."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import insert
from sqlalchemy.orm import Session

from intake.crypto import KeyRing
from intake.eligibility import (
    Answers,
    Decision,
    Definition,
    Outcome,
    Trail,
    TrailEntry,
    decide,
    load,
    on_path,
    path,
)
from intake.rulebook.replay import Stored
from intake.submissions.models import Submission
from intake.submissions.record import Check
from tests.eligibility import made

FIRST_DAY = dt.datetime(2026, 1, 5, 17, tzinfo=dt.UTC)
# Nobody is stored whose path ended for these.
NOT_STORED = (Outcome.OUTSIDE_AREA, Outcome.UNDER_AGE)


@functools.cache
def second() -> bytes:
    """Version 2: a rule stricter, a rule milder, a code renamed, a question gone, one new."""
    edited = made.document()
    edited["version"] = 2
    made.rule(edited, "heart_history")["effect"] = "not_now"
    made.rule(edited, "trials_1")["effect"] = "note"
    made.choice(edited, "sitter", "no")["code"] = "not_yet"
    made.rule(edited, "sitter_no")["code"] = "not_yet"
    edited["rules"] = [one for one in edited["rules"] if one["question"] != "ketamine_before"]
    place = [one["id"] for one in edited["questions"]].index("ketamine_before")
    edited["questions"][place] = {
        "id": "rash",
        "kind": "one",
        "section": edited["questions"][place]["section"],
        "when": {"question": "medicines", "chosen": ["lamotrigine"]},
        "en": {"title": "Do you have a rash now?", "short": "Rash", "error": "Select an answer"},
        "choices": [
            {"code": "no", "meaning": "No rash.", "en": "No"},
            {"code": "yes", "meaning": "A rash.", "en": "Yes"},
        ],
    }
    return made.written(edited)


@dataclass(frozen=True)
class Person:
    """One stored check: number ``number``, sent an hour after the one before."""

    number: int
    answers: Answers
    trail: Trail
    decision: Decision

    @property
    def reference(self) -> str:
        """A reference of its own."""
        return f"K{self.number // 10_000:02}-{self.number % 10_000:04}"

    @property
    def sent_at(self) -> dt.datetime:
        """When it was sent, UTC."""
        return FIRST_DAY + dt.timedelta(minutes=self.number)

    @property
    def open(self) -> bool:
        """Two of three are."""
        return self.number % 3 != 0

    def stored(self) -> Stored:
        """The check as the replay takes it."""
        return Stored(
            reference=self.reference,
            version=1,
            outcome=self.decision.outcome,
            rules=tuple(rules_of(self.decision)),
            answers=self.answers,
            trail=self.trail,
            sent_at=self.sent_at,
            open=self.open,
            has_contact=self.number % 2 == 0,
        )

    def row(self, keys: KeyRing, definition: Definition) -> dict[str, object]:
        """The check as a row of the database."""
        draft = f"{self.number:032x}"
        check = Check(self.answers, self.decision.flags, self.trail)
        return {
            "id": draft,
            "reference": self.reference,
            "started_at": self.sent_at - dt.timedelta(minutes=6),
            "submitted_at": self.sent_at,
            "definition_version": 1,
            "definition_sha256": definition.sha256,
            "locale": "en",
            "consent_version": definition.consent.version,
            "consented_at": self.sent_at,
            "state": self.answers["state"][0],
            "outcome": self.decision.outcome.value,
            "priority": self.decision.priority,
            "status": "new" if self.open else "closed",
            "closed_reason": None if self.open else "declined",
            "urgency": 2,
            "contact_at": self.sent_at if self.number % 2 == 0 else None,
            "check_sealed": keys.seal_field(Submission.check_sealed, draft, check.pack()),
        }


def people(count: int) -> Iterator[Person]:
    """``count`` whole checks by lot, the same each time.

    One in five fits but for the heart; one in seven changed an answer.
    """
    definition = made.definition()
    numbers = itertools.count()
    for answers in made.lots(seed=4, count=100 * count + 1000):
        if not path(definition, answers).complete:
            continue
        here = on_path(definition, answers)
        if decide(definition, here).outcome in NOT_STORED:
            continue
        number = next(numbers)
        if number == count:
            return
        if number % 5 == 1:
            here = made.safe(heart="history")
        trail = trail_of(here, number % 7)
        yield Person(number, here, trail, decide(definition, here, trail))
    raise AssertionError("too few lots")


def trail_of(answers: Answers, turn: int) -> Trail:
    """A changed answer where ``turn`` is 3: a heart that was worse before."""
    if turn != 3 or "heart" not in answers:
        return ()
    rules = ("heart_unstable",)
    return (TrailEntry("heart", "stop", ("unstable",), answers["heart"], 1_767_600_000, rules),)


def fill(session: Session, keys: KeyRing, count: int) -> Iterator[Person]:
    """Store ``count`` people, a few thousand a statement; gives each once it is stored."""
    definition = made.definition()
    everybody = people(count)
    while some := list(itertools.islice(everybody, 2000)):
        session.execute(
            insert(Submission.__table__), [person.row(keys, definition) for person in some]
        )
        session.commit()
        yield from some


def afresh(person: Person) -> Decision | str:
    """What version 2 decides for ``person`` by deciding alone; or the question it lacks."""
    definition = load_second()
    gap = path(definition, person.answers).gap
    return gap or decide(definition, person.answers, person.trail)


def rules_of(decision: Decision) -> list[str]:
    """The rules that gave an outcome."""
    fired = [flag.rule_id for flag in decision.flags if flag.effect.value == decision.outcome.value]
    return sorted(set(fired), key=fired.index)


@functools.cache
def load_second() -> Definition:
    """Version 2, loaded."""
    return load(second())
