"""The walk through the questions: the path and what fires on it, recomputed from the answers."""

from __future__ import annotations

from dataclasses import dataclass

from intake.eligibility.conditions import Answers, holds
from intake.eligibility.definition import Definition
from intake.eligibility.parts import Flag, Rule
from intake.eligibility.tables import Fired, is_asked


@dataclass(frozen=True, slots=True)
class Path:
    """The questions asked so far, the gap last.

    ``gap``: the first question without an answer. ``ended_by``: the rule that ended the path.
    ``remaining``: how many answers are missing on the longest branch that is left, the gap
    included; 0 at an end.
    """

    questions: tuple[str, ...]
    gap: str | None
    ended_by: Rule | None
    remaining: int

    @property
    def complete(self) -> bool:
        """Every question is answered, or an answer ended the path."""
        return self.gap is None


@dataclass(frozen=True, slots=True)
class Walk:
    """A path, the answers on it and the rules that they fire, both by question in path order."""

    path: Path
    answers: dict[str, tuple[str, ...]]
    fired: dict[str, tuple[Fired, ...]]

    def flags(self) -> list[Flag]:
        """The flags of the answers, in path order."""
        return [each.flag for fired in self.fired.values() for each in fired]


def walk(definition: Definition, answers: Answers) -> Walk:
    """Walk the questions up to the first gap, the first path-ending answer, or the last question.

    Answers off the path are not looked at; one that its question does not know is a gap.
    """
    tables = definition.tables
    given: dict[str, tuple[str, ...]] = {}
    fired: dict[str, tuple[Fired, ...]] = {}
    for place, question in enumerate(definition.questions):
        if question.when is not None and not is_asked(question, given):
            continue
        key = question.id
        step = tables.step(key, answers.get(key, ()))
        if step is None:
            asked = (*given, key)
            left = _remaining(definition, place, dict(given), answers)
            return Walk(Path(asked, key, None, left), given, fired)
        given[key] = step.codes
        here, ended_by = step.fired, step.ended_by
        if key in tables.across:
            here, ended_by = across(definition, key, given, here, ended_by)
        if here:
            fired[key] = here
            if ended_by is not None:
                return Walk(Path(tuple(given), None, ended_by, 0), given, fired)
    return Walk(Path(tuple(given), None, None, 0), given, fired)


def path(definition: Definition, answers: Answers) -> Path:
    """The path that ``answers`` make."""
    return walk(definition, answers).path


def on_path(definition: Definition, answers: Answers) -> Answers:
    """The answers on the path, in path order; leftovers and unknown codes are dropped."""
    return walk(definition, answers).answers


def across(
    definition: Definition,
    question_id: str,
    given: Answers,
    fired: tuple[Fired, ...],
    ended_by: Rule | None,
) -> tuple[tuple[Fired, ...], Rule | None]:
    """Add the rules over several questions that stand under the one just answered.

    ``given``: the answers on the path up to and with this one.
    """
    more = tuple(
        each for each in definition.tables.across[question_id] if holds(each.rule.when, given)
    )
    ended_by = ended_by or next((each.rule for each in more if each.rule.ends_path), None)
    return fired + more, ended_by


def _remaining(
    definition: Definition, start: int, given: dict[str, tuple[str, ...]], answers: Answers
) -> int:
    """How many answers are missing from the place ``start`` on, along the longest branch."""
    tables = definition.tables
    missing = 0
    for place in range(start, len(definition.questions)):
        question = definition.questions[place]
        if not is_asked(question, given):
            continue
        step = tables.step(question.id, answers.get(question.id, ()))
        if step is not None:
            given[question.id] = step.codes
            continue
        missing += 1
        branches = tables.forks.get(question.id)
        if branches:
            return missing + max(
                _remaining(definition, place + 1, {**given, question.id: branch}, answers)
                for branch in branches
            )
    return missing
