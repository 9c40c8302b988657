"""The rules as a clinician reads them: question by question, answer by answer. Pure."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from intake.eligibility import Definition, Effect, Question, Rule, TrailRule
from intake.eligibility.compare import condition_words

SEVERE = (Effect.CRISIS, Effect.NOT_NOW, Effect.OUTSIDE_AREA, Effect.UNDER_AGE)
TONES = {
    **dict.fromkeys(SEVERE, "alarm"),
    Effect.CRISIS: "crisis",
    Effect.TALK_FIRST: "care",
    Effect.NOTE: "plain",
}
"""How a tag with the effect looks."""


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


def parts(definition: Definition) -> tuple[Part, ...]:
    """All questions of ``definition`` by section, in the order in which they are asked."""
    asked = [
        _asked(definition, number, each) for number, each in enumerate(definition.questions, 1)
    ]
    return tuple(
        Part(section.title, tuple(each for each in asked if each.question.section == section.id))
        for section in definition.sections
    )


def changes(definition: Definition) -> tuple[TrailRule, TrailRule]:
    """The two rules on changed answers."""
    return definition.safety_changed, definition.answer_changed


def sources(body: bytes) -> tuple[Source, ...]:
    """The sources of a sound definition file, in its order."""
    found = tomllib.loads(body.decode())["sources"]
    return tuple(Source(key, each["text"], each.get("url")) for key, each in found.items())


def _asked(definition: Definition, number: int, question: Question) -> Asked:
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
    return Asked(number, question, when, tuple(rows))
