"""The parts of a definition: effects, outcomes, questions, rules, flags and their words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from intake.eligibility.conditions import Condition

CHANGED = "changed"
"""The code of a flag that stands for a changed answer: ``<question>:changed``."""


class Effect(StrEnum):
    """What a rule does, most severe first (clinical rules of the practice)."""

    CRISIS = "crisis"
    OUTSIDE_AREA = "outside_area"
    UNDER_AGE = "under_age"
    NOT_NOW = "not_now"
    TALK_FIRST = "talk_first"
    NOTE = "note"

    # Looked up at every step; the enumeration's own hash runs Python code each time.
    __hash__ = str.__hash__


class Outcome(StrEnum):
    """How a check ends, most severe first."""

    CRISIS = "crisis"
    OUTSIDE_AREA = "outside_area"
    UNDER_AGE = "under_age"
    NOT_NOW = "not_now"
    TALK_FIRST = "talk_first"
    MAY_FIT = "may_fit"

    __hash__ = str.__hash__


SEVERITY = {effect: place for place, effect in enumerate(Effect)}
"""0 for the most severe effect; a larger number is milder."""

ENDING = frozenset({Effect.CRISIS, Effect.OUTSIDE_AREA, Effect.UNDER_AGE})
"""The effects that end the path at once."""


class Kind(StrEnum):
    """How many answers a question takes."""

    ONE = "one"
    MANY = "many"


class UnknownQuestion(KeyError):
    """No question of this definition has the id."""


class UnknownRule(KeyError):
    """No rule of this definition has the id."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: its code, what the patient reads, what it means to a clinician.

    ``exclusive``: it stands alone (none of these, not sure).
    """

    code: str
    label: str
    exclusive: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Mistakes:
    """What to do about an answer that cannot be taken, in the patient's words.

    ``exclusive`` holds ``{label}``, the label of the choice that stands alone.
    """

    unknown: str
    doubled: str
    several: str
    exclusive: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question, one page. ``lead`` is body text above the choices, ``hint`` a short why.

    ``error`` says what to do when nothing was chosen; ``short`` names the question in lists.
    ``when``: asked only if it holds; None is always.
    """

    id: str
    kind: Kind
    section: str
    title: str
    lead: str | None
    hint: str | None
    choices: tuple[Choice, ...]
    error: str
    mistakes: Mistakes
    short: str
    when: Condition | None

    def label(self, code: str) -> str:
        """The label of ``code``; the code itself where the question does not know it."""
        return next((choice.label for choice in self.choices if choice.code == code), code)


@dataclass(frozen=True, slots=True)
class Urgent:
    """Words that stand above everything. ``kind`` names the line: 988, 911 or maternal."""

    id: str
    kind: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What an answer leads to.

    ``question`` and ``code`` name the flag. A rule over several questions stands under the last
    of them, with its own id as code. ``reason`` and ``change`` are for the patient, ``staff`` is
    one line for staff; ``source`` carries its year.
    """

    id: str
    question: str
    code: str
    when: Condition
    effect: Effect
    priority: bool
    ends_path: bool
    reason: str
    change: str | None
    urgent: Urgent | None
    staff: str
    source: str
    source_url: str | None


@dataclass(frozen=True, slots=True)
class TrailRule:
    """What a changed answer leads to, after an adverse page."""

    id: str
    effect: Effect
    priority: bool
    reason: str
    change: str | None
    urgent: Urgent | None
    staff: str
    source: str
    source_url: str | None


@dataclass(frozen=True, slots=True)
class Flag:
    """A rule that fired; ``str(flag)`` is ``question:code``."""

    question: str
    code: str
    rule_id: str
    effect: Effect
    priority: bool

    def __str__(self) -> str:
        return f"{self.question}:{self.code}"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the check, with the title that patients read."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Ending:
    """One outcome's page (``help`` or ``result``), its heading, and its name for staff."""

    code: Outcome
    page: str
    title: str
    staff: str


@dataclass(frozen=True, slots=True)
class Consent:
    """The words to which a person agrees by sending, and their version."""

    version: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckWords:
    """The words of the check-answers page; ``changed`` only where the trail holds a change."""

    title: str
    intro: str
    button: str
    changed: str
