"""The live rules in the order that people read: by what they do, then by question. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from intake.eligibility import Definition, Effect
from intake.eligibility.conditions import questions_named
from intake.eligibility.parts import Rule, TrailRule


@dataclass(frozen=True, slots=True)
class Line:
    """One rule: what it asks about, the answer that fires it in the patient's words, and why.

    ``answer`` is None for a rule that no single answer fires.
    """

    question: str
    answer: str | None
    rule: Rule | TrailRule


@dataclass(frozen=True, slots=True)
class Group:
    """Rules with the same effect; ``id`` is the heading's anchor."""

    id: str
    title: str
    intro: str
    lines: tuple[Line, ...]


# Effects in the order of the page, with heading and opening words.
_PARTS: tuple[tuple[str, frozenset[Effect], str, str], ...] = (
    (
        "help",
        frozenset({Effect.CRISIS}),
        "Answers that lead straight to help",
        "These end the check at once. The page shows 988 and 911.",
    ),
    (
        "area-and-age",
        frozenset({Effect.OUTSIDE_AREA, Effect.UNDER_AGE}),
        "Whom we cannot treat",
        "These end the check too. The page says where to turn, and we keep no contact details.",
    ),
    (
        "not-now",
        frozenset({Effect.NOT_NOW}),
        "Answers that mean “not right now”",
        "You can still finish the check, and ask a clinician to look again.",
    ),
    (
        "talk-first",
        frozenset({Effect.TALK_FIRST}),
        "What a clinician looks at first",
        "These do not mean no. Someone talks with you before anything else.",
    ),
    (
        "noted",
        frozenset({Effect.NOTE}),
        "What we only note",
        "These change nothing. Staff can see them.",
    ),
)
_CHANGES = (
    "changes",
    "When you change an answer",
    "You can go back and change an answer at any time. Two rules look at such a change.",
)


def groups(definition: Definition) -> tuple[Group, ...]:
    """All rules of ``definition``, each once; parts without a rule are left out."""
    found = [
        Group(id, title, intro, _lines(definition, effects)) for id, effects, title, intro in _PARTS
    ]
    changes = (definition.safety_changed, definition.answer_changed)
    id, title, intro = _CHANGES
    lines = tuple(Line("A changed answer", None, rule) for rule in changes)
    return (*(group for group in found if group.lines), Group(id, title, intro, lines))


def sources(definition: Definition) -> tuple[tuple[str, str | None], ...]:
    """Every source behind the rules with its address, each once, in the order of first use."""
    rules: Iterable[Rule | TrailRule] = (
        *definition.rules,
        definition.safety_changed,
        definition.answer_changed,
    )
    return tuple(dict.fromkeys((rule.source, rule.source_url) for rule in rules))


def _lines(definition: Definition, effects: frozenset[Effect]) -> tuple[Line, ...]:
    """The rules with one of ``effects``, in the order of the questions."""
    return tuple(
        Line(_questions(definition, rule), _answer(definition, rule), rule)
        for rule in definition.rules
        if rule.effect in effects
    )


def _questions(definition: Definition, rule: Rule) -> str:
    """What ``rule`` asks about: the questions that it names, in their order."""
    named = {rule.question, *questions_named(rule.when)}
    return ", ".join(each.short for each in definition.questions if each.id in named)


def _answer(definition: Definition, rule: Rule) -> str | None:
    """The label of the one answer that fires ``rule``; None where no single answer does."""
    if questions_named(rule.when) != {rule.question}:
        return None
    choices = definition.question(rule.question).choices
    return next((choice.label for choice in choices if choice.code == rule.code), None)
