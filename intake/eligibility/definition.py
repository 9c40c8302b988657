"""The screening definition: one version of the questionnaire with its rules, in one locale."""

from __future__ import annotations

from dataclasses import dataclass, field

from intake.eligibility.parts import (
    CheckWords,
    Consent,
    Ending,
    Outcome,
    Question,
    Rule,
    Section,
    TrailRule,
    UnknownQuestion,
    UnknownRule,
    Urgent,
)
from intake.eligibility.tables import Tables, build


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of the questionnaire with its rules, in one locale.

    ``sha256`` is the hexadecimal digest of the file's bytes. ``endings`` and ``urgent`` stand in
    the order in which they are decided and shown.
    """

    version: int
    locale: str
    locales: tuple[str, ...]
    sha256: str
    reserved: tuple[str, ...]
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]
    rules: tuple[Rule, ...]
    safety_changed: TrailRule
    answer_changed: TrailRule
    endings: tuple[Ending, ...]
    urgent: tuple[Urgent, ...]
    consent: Consent
    check: CheckWords
    tables: Tables = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", build(self.questions, self.rules))

    def question(self, question_id: str) -> Question:
        """The question with this id; raises ``UnknownQuestion``."""
        try:
            return self.tables.questions[question_id]
        except KeyError:
            raise UnknownQuestion(question_id) from None

    def rule(self, rule_id: str) -> Rule | TrailRule:
        """The rule with this id, those on changes included; raises ``UnknownRule``."""
        for changed in (self.safety_changed, self.answer_changed):
            if changed.id == rule_id:
                return changed
        try:
            return self.tables.rules[rule_id]
        except KeyError:
            raise UnknownRule(rule_id) from None

    def section(self, section_id: str) -> Section:
        """The section with this id; raises KeyError."""
        for section in self.sections:
            if section.id == section_id:
                return section
        raise KeyError(section_id)

    def ending(self, outcome: Outcome) -> Ending:
        """The page and the words of ``outcome``; raises KeyError."""
        for ending in self.endings:
            if ending.code is outcome:
                return ending
        raise KeyError(outcome)
