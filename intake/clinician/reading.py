"""The rules as a clinician reads them: question by question, answer by answer. Pure."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from intake.eligibility import (
    Definition,
    Effect,
    Question,
    Rule,
    TrailRule,
    UnknownQuestion,
    UnknownRule,
)
from intake.eligibility.compare import condition_words
from intake.eligibility.telling import answer_words

SEVERE = (Effect.CRISIS, Effect.NOT_NOW, Effect.OUTSIDE_AREA, Effect.UNDER_AGE)
TONES = {
    **dict.fromkeys(SEVERE, "alarm"),
    Effect.CRISIS: "crisis",
    Effect.TALK_FIRST: "care",
    Effect.NOTE: "plain",
}
"""How a tag with the effect looks."""

PROPERTY_WORDS = {
    1: "An answer that means crisis ends in crisis, and the crisis page comes right after it.",
    2: "A hard stop ends in “not now” or in something more severe, never in anything milder.",
    3: "One more flag never makes the outcome milder. “Not sure” never ends in “may fit”.",
    4: "Each way through the check has one outcome. All outcomes, questions, rules and answers "
    "can be reached.",
    5: "Answers left over from questions that are not asked any more change nothing.",
    6: "The check always ends, within 15 questions.",
    7: "Every flag names a question that was asked, the answer that set it off, and its reason.",
    8: "Once an answer was changed after a warning, the outcome is never “may fit”.",
}
"""The eight properties of ``eligibility.properties.SENTENCES`` as a clinician reads them."""


CHANGED = {
    "safety_changed": "After the crisis page, the answer about safety",
    "answer_changed": "After a stop, area or age page, or an earlier result",
}
"""When the two rules on changed answers are set off."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line under a question: an answer with its rule, or a rule that no single answer fires.

    ``label`` and ``meaning`` are None for the latter, ``condition`` says what fires it.
    """

    code: str
    label: str | None
    meaning: str | None
    rule: Rule | None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answers; ``when``: in words, None where it is always asked."""

    number: int
    question: Question
    when: str | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the check."""

    title: str
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A source of the file: the key that its rules name, the text, the address."""

    key: str
    text: str
    url: str | None


class Named:
    """The words for ids and codes of one definition; what it does not know keeps its id."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self.version = definition.version

    def question(self, question_id: str) -> str:
        """The short name of a question."""
        try:
            return self._definition.question(question_id).short
        except UnknownQuestion:
            return question_id

    def answers(self, question_id: str, codes: Iterable[str]) -> list[str]:
        """The labels of the answers to a known question."""
        question = self._definition.question(question_id)
        return [question.label(code) for code in codes]

    def rule(self, rule_id: str) -> str:
        """What sets off a rule: ``Heart, “Not sure”``."""
        try:
            rule = self._definition.rule(rule_id)
        except UnknownRule:
            return rule_id
        return answer_words(self._definition, rule) if isinstance(rule, Rule) else CHANGED[rule_id]

    def parts(self, ids: Iterable[str]) -> list[str]:
        """Questions and rules in words, in the order given, each once."""
        known = {question.id for question in self._definition.questions}
        words = (self.question(each) if each in known else self.rule(each) for each in ids)
        return list(dict.fromkeys(words))

    def property(self, number: int) -> str:
        """One of the eight properties."""
        return PROPERTY_WORDS[number]


def parts(definition: Definition, only: Effect | None = None) -> tuple[Part, ...]:
    """All questions of ``definition`` by section, in the order in which they are asked.

    ``only``: nothing but the answers with that effect, and the questions that have some.
    """
    asked = [
        _asked(definition, number, each, only)
        for number, each in enumerate(definition.questions, 1)
    ]
    sections = (
        Part(
            section.title,
            tuple(each for each in asked if each.rows and each.question.section == section.id),
        )
        for section in definition.sections
    )
    return tuple(part for part in sections if part.asked)


def changes(definition: Definition, only: Effect | None = None) -> tuple[TrailRule, ...]:
    """The two rules on changed answers; ``only``: those with that effect."""
    both = (definition.safety_changed, definition.answer_changed)
    return tuple(rule for rule in both if only in (None, rule.effect))


def counts(definition: Definition) -> dict[Effect, int]:
    """How many rules have each effect, the most severe effect first."""
    of_trail = Counter(rule.effect for rule in changes(definition))
    found = Counter(rule.effect for rule in definition.rules) + of_trail
    return {effect: found[effect] for effect in Effect if found[effect]}


def sources(body: bytes) -> tuple[Source, ...]:
    """The sources of a sound definition file, in its order."""
    found = tomllib.loads(body.decode())["sources"]
    return tuple(Source(key, each["text"], each.get("url")) for key, each in found.items())


def _asked(definition: Definition, number: int, question: Question, only: Effect | None) -> Asked:
    tables = definition.tables
    single = tables.single[question.id]
    rows = [
        Row(
            choice.code,
            choice.label,
            choice.meaning,
            single[choice.code].rule if choice.code in single else None,
        )
        for choice in question.choices
    ]
    for fired in (*tables.own[question.id], *tables.across.get(question.id, ())):
        words = condition_words(definition, fired.rule.when)
        rows.append(Row(fired.rule.code, None, None, fired.rule, words))
    when = condition_words(definition, question.when) if question.when else None
    shown = (row for row in rows if only is None or (row.rule and row.rule.effect is only))
    return Asked(number, question, when, tuple(shown))
