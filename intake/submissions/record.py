"""The sealed record of a check: answers, flags and trail, as JSON that outlives the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from intake.crypto import KeyRing
from intake.eligibility import Answers, Effect, Flag, Trail, TrailEntry
from intake.errors import UnreadableRecord
from intake.submissions.contact import Contact
from intake.submissions.models import Submission


@dataclass(frozen=True, slots=True)
class Check:
    """What a person answered on the path, which rules fired, and the trail."""

    answers: Answers
    flags: tuple[Flag, ...]
    trail: Trail

    def pack(self) -> dict[str, Any]:
        """The check as JSON."""
        return {
            "answers": {question: list(codes) for question, codes in self.answers.items()},
            "flags": [
                [flag.question, flag.code, flag.rule_id, flag.effect.value, int(flag.priority)]
                for flag in self.flags
            ],
            "trail": [
                {
                    "question": entry.question,
                    "page": entry.page,
                    "before": list(entry.before),
                    "after": None if entry.after is None else list(entry.after),
                    "at": entry.at,
                    "rules": list(entry.rules),
                }
                for entry in self.trail
            ],
        }

    @classmethod
    def unpack(cls, table: dict[str, Any]) -> Check:
        """Read what ``pack`` wrote."""
        return cls(
            answers={question: tuple(codes) for question, codes in table["answers"].items()},
            flags=tuple(
                Flag(
                    question=question,
                    code=code,
                    rule_id=rule,
                    effect=Effect(effect),
                    priority=bool(priority),
                )
                for question, code, rule, effect, priority in table["flags"]
            ),
            trail=tuple(
                TrailEntry(
                    question=entry["question"],
                    page=entry["page"],
                    before=tuple(entry["before"]),
                    after=None if entry["after"] is None else tuple(entry["after"]),
                    at=entry["at"],
                    rules=tuple(entry["rules"]),
                )
                for entry in table["trail"]
            ),
        )


def read_check(keys: KeyRing, submission: Submission) -> Check:
    """Open the check of ``submission``; raises ``UnreadableRecord``."""
    sealed = submission.check_sealed
    return Check.unpack(keys.open_field(Submission.check_sealed, submission.id, sealed))


def read_contact(keys: KeyRing, submission: Submission) -> Contact | None:
    """Open the contact of ``submission``, None where none was left; raises ``UnreadableRecord``."""
    if submission.contact_sealed is None:
        return None
    table = keys.open_field(Submission.contact_sealed, submission.id, submission.contact_sealed)
    try:
        return Contact.unpack(table)
    except (TypeError, KeyError, ValueError) as error:
        raise UnreadableRecord(
            f"submission.contact_sealed:{submission.id}: not a contact"
        ) from error
