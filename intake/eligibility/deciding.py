"""What decided a check, for staff: the smallest sets of answers that give its outcome.

A pair is a question and a code that was chosen. All the codes chosen at a question, together, are
its whole answer; fewer of them say only that these were among what was chosen. A set is enough
when its rule fires in every check with these answers, whatever else was answered there, and
smallest when no pair of it can be left out. It speaks of the questions that its rule names, and
of those that decide whether these are asked. Each part of a condition is looked at by itself, so
a rule that says the same thing twice over may be given more than it needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from intake.eligibility.conditions import AllOf, Answers, AnyOf, Chosen, Condition, Not
from intake.eligibility.definition import Definition
from intake.eligibility.outcome import outcome_of
from intake.eligibility.parts import CHANGED, Effect, Flag, Rule
from intake.eligibility.route import Walk, walk
from intake.eligibility.rules import flags_of
from intake.eligibility.trail import Trail

Pair: TypeAlias = tuple[str, str]
Pairs: TypeAlias = frozenset[Pair]

MOST_SETS = 64
"""Of one condition's sets the smallest are kept: enough for any rule that a person could read."""

NEVER: tuple[Pairs, ...] = ()
ALWAYS: tuple[Pairs, ...] = (frozenset(),)


@dataclass(frozen=True, slots=True)
class Deciding:
    """One smallest set of answers that gives the outcome, and the rule by which it does.

    ``pairs``: question and code, in path order, then in the order of the choices; ``changed``
    stands for the code where a rule on changed answers decided. No pairs: the rule fires whatever
    is answered. ``effect``: the effect of the outcome.
    """

    pairs: tuple[Pair, ...]
    rule_id: str
    effect: Effect


def deciding_sets(definition: Definition, answers: Answers, trail: Trail = ()) -> list[Deciding]:
    """The smallest sets of answers that decided the outcome, in path order, the smallest first.

    Empty where no flag of at least ``talk_first`` fired: then all answers together decided. A set
    that holds another one is left out; one set that fires two rules stands there under each.
    """
    walked = walk(definition, answers)
    flags = flags_of(definition, walked, trail)
    worst = outcome_of(flags)
    found = [
        (flag, pairs)
        for flag in flags
        if flag.effect.value == worst.value
        for pairs in _sets_of(definition, walked, flag)
    ]
    smallest = set(_smallest(pairs for _, pairs in found))
    order = {key: place for place, key in enumerate(walked.answers)}
    return [
        Deciding(_in_order(definition, order, pairs), flag.rule_id, flag.effect)
        for flag, pairs in found
        if pairs in smallest
    ]


def _sets_of(definition: Definition, walked: Walk, flag: Flag) -> tuple[Pairs, ...]:
    """The smallest sets that fire the rule of ``flag``."""
    rule = definition.rule(flag.rule_id)
    if not isinstance(rule, Rule):
        return (frozenset({(flag.question, CHANGED)}),)
    reader = _Reader(definition, walked.answers)
    # A rule fires only where its own question is asked.
    return _both(reader.sets(rule.when, wanted=True), reader.asked(rule.question))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads conditions against the answers on the path."""

    definition: Definition
    answers: Answers

    def sets(self, condition: Condition, *, wanted: bool) -> tuple[Pairs, ...]:
        """The smallest sets by which ``condition`` is known to be ``wanted``."""
        match condition:
            case Chosen():
                return self._chosen(condition) if wanted else self._not_chosen(condition)
            case Not(part):
                return self.sets(part, wanted=not wanted)
            case AllOf(parts) | AnyOf(parts):
                every = isinstance(condition, AllOf) == wanted
                found = ALWAYS if every else NEVER
                for part in parts:
                    more = self.sets(part, wanted=wanted)
                    found = _both(found, more) if every else _smallest((*found, *more))
                return found

    def asked(self, question_id: str) -> tuple[Pairs, ...]:
        """The smallest sets by which a question on the path is known to be asked."""
        when = self.definition.question(question_id).when
        if when is None:
            return ALWAYS
        any_answer = [frozenset({(question_id, code)}) for code in self.answers[question_id]]
        return _smallest((*any_answer, *self.sets(when, wanted=True)))

    def _chosen(self, leaf: Chosen) -> tuple[Pairs, ...]:
        """Each chosen code that ``leaf`` names is enough."""
        given = self.answers.get(leaf.question, ())
        return tuple(frozenset({(leaf.question, code)}) for code in given if code in leaf.codes)

    def _not_chosen(self, leaf: Chosen) -> tuple[Pairs, ...]:
        """What shows that none of the codes of ``leaf`` was chosen."""
        question = self.definition.question(leaf.question)
        given = self.answers.get(leaf.question)
        if given is None:
            # It was not asked, and nothing is chosen there.
            return NEVER if question.when is None else self.sets(question.when, wanted=False)
        if any(code in leaf.codes for code in given):
            return NEVER
        alone = {choice.code for choice in question.choices if choice.exclusive}
        if alone.issuperset(leaf.codes):
            # What stands alone is ruled out by any other choice.
            return tuple(frozenset({(leaf.question, code)}) for code in given)
        return (frozenset((leaf.question, code) for code in given),)


def _both(left: tuple[Pairs, ...], right: tuple[Pairs, ...]) -> tuple[Pairs, ...]:
    """The smallest sets that hold one of ``left`` and one of ``right``."""
    return _smallest(one | other for one in left for other in right)


def _smallest(sets: Iterable[Pairs]) -> tuple[Pairs, ...]:
    """``sets`` without those that hold another one, the smallest first."""
    kept: list[Pairs] = []
    for each in sorted(dict.fromkeys(sets), key=len):
        if len(kept) < MOST_SETS and not any(one <= each for one in kept):
            kept.append(each)
    return tuple(kept)


def _in_order(definition: Definition, order: dict[str, int], pairs: Pairs) -> tuple[Pair, ...]:
    """``pairs`` in path order, then in the order of the choices."""
    codes = definition.tables.codes
    return tuple(sorted(pairs, key=lambda pair: (order[pair[0]], codes[pair[0]].get(pair[1], 0))))
