"""Every way through a definition that its conditions can tell apart."""

from __future__ import annotations

from collections.abc import Iterator

from intake.eligibility.conditions import leaves
from intake.eligibility.definition import Definition
from intake.eligibility.parts import Question
from intake.eligibility.route import path
from intake.eligibility.tables import distinct_answers

MOST_ROUTES = 2_000


class TooManyRoutes(Exception):
    """The conditions branch into more ways than can be walked when a file is loaded."""


def routes(definition: Definition) -> Iterator[tuple[Question, ...]]:
    """The questions asked on each way through that answers can make.

    Raises ``TooManyRoutes`` past 2,000 of them.
    """
    told = _told_apart(definition)
    branches = {
        question.id: distinct_answers(question, frozenset(told.get(question.id, ())))
        for question in definition.questions
    }
    for found, route in enumerate(_walk(definition, branches, {})):
        if found == MOST_ROUTES:
            raise TooManyRoutes
        yield route


def _told_apart(definition: Definition) -> dict[str, set[str]]:
    """The codes that decide which questions are asked, by question."""
    conditions = [question.when for question in definition.questions if question.when]
    conditions += [rule.when for rule in definition.rules if rule.ends_path]
    told: dict[str, set[str]] = {}
    for condition in conditions:
        for leaf in leaves(condition):
            told.setdefault(leaf.question, set()).update(leaf.codes)
    return told


def _walk(
    definition: Definition,
    branches: dict[str, tuple[tuple[str, ...], ...]],
    given: dict[str, tuple[str, ...]],
) -> Iterator[tuple[Question, ...]]:
    found = path(definition, given)
    if found.gap is None:
        yield tuple(definition.question(each) for each in found.questions)
        return
    for codes in branches[found.gap]:
        yield from _walk(definition, branches, {**given, found.gap: codes})
