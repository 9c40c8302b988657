"""Which changes of the rules concern an article, by the questions and rules it names. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from intake.eligibility import Definition, Rule, TrailRule, UnknownQuestion, UnknownRule
from intake.eligibility.compare import Difference, differences
from intake.eligibility.conditions import questions_named


def touched(speaks_of: Iterable[str], old: Definition, new: Definition) -> list[Difference]:
    """The differences from ``old`` to ``new`` that concern what an article speaks of.

    A question stands for its answers, for the rules under it and for those whose condition names
    it; a rule for itself. Milder ones come first.
    """
    names = set(speaks_of)
    return [
        difference
        for difference in differences(old, new)
        if not names.isdisjoint(_concerned(difference, old, new))
    ]


def unknown(speaks_of: Iterable[str], definition: Definition) -> list[str]:
    """The names among ``speaks_of`` that are neither a question nor a rule of ``definition``."""
    return [name for name in speaks_of if not _known(name, definition)]


def _concerned(difference: Difference, *versions: Definition) -> set[str]:
    """The ids of questions and rules that a difference is about."""
    ids = {each for each in (difference.question_id, difference.rule_id) if each}
    for version in versions if difference.rule_id else ():
        rule = _rule(version, difference.rule_id or "")
        if isinstance(rule, Rule):
            ids |= {rule.question, *questions_named(rule.when)}
    return ids


def _rule(definition: Definition, rule_id: str) -> Rule | TrailRule | None:
    try:
        return definition.rule(rule_id)
    except UnknownRule:
        return None


def _known(name: str, definition: Definition) -> bool:
    try:
        definition.question(name)
    except UnknownQuestion:
        return _rule(definition, name) is not None
    return True
