"""Conditions over answers: chosen codes, joined by all, any and not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Answers: TypeAlias = Mapping[str, tuple[str, ...]]
"""Question id to the chosen codes in definition order; a ``one`` question holds one code."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Holds when at least one of ``codes`` was chosen; never for a question that was not asked."""

    question: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds when every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when at least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when its part does not."""

    part: Condition


Condition: TypeAlias = Chosen | AllOf | AnyOf | Not


def holds(condition: Condition, answers: Answers) -> bool:
    """Say whether ``condition`` is true of ``answers``, which hold what was asked and answered."""
    match condition:
        case Chosen(question, codes):
            given = answers.get(question, ())
            return any(code in given for code in codes)
        case AllOf(parts):
            return all(holds(part, answers) for part in parts)
        case AnyOf(parts):
            return any(holds(part, answers) for part in parts)
        case Not(part):
            return not holds(part, answers)


def leaves(condition: Condition) -> Iterator[Chosen]:
    """Every ``Chosen`` inside ``condition``, from left to right."""
    match condition:
        case Chosen():
            yield condition
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)


def questions_named(condition: Condition) -> frozenset[str]:
    """The ids of the questions that decide ``condition``."""
    return frozenset(leaf.question for leaf in leaves(condition))
