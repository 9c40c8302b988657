"""The changes that a definition file can take on the desk. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TypeAlias

from intake.eligibility import Effect


class Place(StrEnum):
    """Where a text stands."""

    RULE = "rule"
    QUESTION = "question"
    CHOICE = "choice"
    SECTION = "section"
    OUTCOME = "outcome"
    URGENT = "urgent"
    CONSENT = "consent"
    CHECK = "check"
    ERRORS = "errors"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Text:
    """A text, or None to take an optional one away.

    ``id``: of the rule (``safety_changed`` and ``answer_changed`` too), question, section, urgent
    text or source, or the code of the outcome; empty for consent, check page and errors.
    ``code``: of the choice. ``field``: see ``FIELDS``. ``locale`` counts where people read it.
    """

    place: Place
    id: str
    field: str
    text: str | None
    code: str = ""
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source that the file does not have yet; ``url`` begins with https:// or is None."""

    key: str
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class SetEffect:
    """What a rule does; whether it ends the path follows."""

    rule: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class SetPriority:
    """Whether a clinician calls the same day."""

    rule: str
    priority: bool


@dataclass(frozen=True, slots=True)
class SetUrgent:
    """The urgent text of a rule, by its id, or none."""

    rule: str
    urgent: str | None


@dataclass(frozen=True, slots=True)
class SetSource:
    """The source of a rule: the key of one that is there, or a new one."""

    rule: str
    source: str | NewSource


@dataclass(frozen=True, slots=True)
class Said:
    """What a new rule says to people in one locale."""

    reason: str
    change: str | None = None


@dataclass(frozen=True, slots=True)
class AddRule:
    """A rule for an answer that sets off none yet; ``said``: its words by locale, all of them."""

    id: str
    question: str
    code: str
    effect: Effect
    staff: str
    source: str | NewSource
    said: Mapping[str, Said]
    priority: bool = False
    urgent: str | None = None


@dataclass(frozen=True, slots=True)
class DropRule:
    """Take a rule away: its answer leads to nothing more."""

    rule: str


Change: TypeAlias = Text | SetEffect | SetPriority | SetUrgent | SetSource | AddRule | DropRule


class Kept(Enum):
    """How a text is kept: in a table named by the locale, under the locale as key, or once."""

    IN_LOCALE = 1
    AS_LOCALE = 2
    ONCE = 3


FIELDS: Mapping[Place, Mapping[str, Kept]] = {
    Place.RULE: {"reason": Kept.IN_LOCALE, "change": Kept.IN_LOCALE, "staff": Kept.ONCE},
    Place.QUESTION: dict.fromkeys(("title", "lead", "hint", "short", "error"), Kept.IN_LOCALE),
    Place.CHOICE: {"label": Kept.AS_LOCALE, "meaning": Kept.ONCE},
    Place.SECTION: {"title": Kept.AS_LOCALE},
    Place.OUTCOME: {"title": Kept.AS_LOCALE, "staff": Kept.ONCE},
    Place.URGENT: {"heading": Kept.IN_LOCALE, "text": Kept.IN_LOCALE},
    Place.CONSENT: {"text": Kept.AS_LOCALE, "version": Kept.ONCE},
    Place.CHECK: dict.fromkeys(("title", "intro", "button", "changed"), Kept.IN_LOCALE),
    Place.ERRORS: dict.fromkeys(("unknown", "doubled", "several", "exclusive"), Kept.IN_LOCALE),
    Place.SOURCE: {"text": Kept.ONCE, "url": Kept.ONCE},
}
"""The fields of each place."""

OPTIONAL = frozenset({"change", "lead", "hint", "url"})
"""The fields that may be left out."""
