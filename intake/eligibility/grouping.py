"""Groups the answers to a question by what rules and conditions can tell apart.

Two answers belong together when the rules about that question alone fire with the same effects
(effect, same-day priority, end of the path), and when every condition over several questions
reads them alike. That is all that a path and an outcome can depend on, so one answer of each
group stands for all of it. ``disagreements`` shows it by running every possible answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from intake.eligibility.conditions import Answers, Chosen, holds, leaves
from intake.eligibility.definition import Definition
from intake.eligibility.outcome import decide
from intake.eligibility.parts import SEVERITY, Effect, Flag, Kind, Question
from intake.eligibility.route import walk

Codes: TypeAlias = tuple[str, ...]
Fires: TypeAlias = frozenset[tuple[Effect, bool, bool]]
HARMLESS = SEVERITY[Effect.NOTE]


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that nothing tells apart, the smallest first; it stands for the others.

    ``fires``: effect, priority and end of the path of the rules that each of them fires.
    """

    question: str
    answers: tuple[Codes, ...]
    fires: Fires

    @property
    def representative(self) -> Codes:
        """The answer with the fewest codes, the first in the order of the choices."""
        return self.answers[0]

    @property
    def worst(self) -> int:
        """The place of its most severe effect in ``SEVERITY``; past the last where none fires."""
        return min((SEVERITY[effect] for effect, _, _ in self.fires), default=HARMLESS + 1)


Groups: TypeAlias = Mapping[str, tuple[Group, ...]]
"""Question id to its groups, the mildest first."""


def possible_answers(question: Question) -> Iterator[Codes]:
    """Every answer that the question can take, the smallest first, codes in their order."""
    codes = [choice.code for choice in question.choices]
    if question.kind is Kind.ONE:
        yield from ((code,) for code in codes)
        return
    alone = {choice.code for choice in question.choices if choice.exclusive}
    together: list[Codes] = [()]
    for code in codes:
        if code not in alone:
            together += [(*chosen, code) for chosen in together]
    every = [*together[1:], *((code,) for code in alone)]
    yield from sorted(every, key=lambda chosen: (len(chosen), [codes.index(c) for c in chosen]))


def group_answers(definition: Definition) -> Groups:
    """The groups of every question, the mildest first."""
    told = _told_apart(definition)
    return {
        question.id: _groups(definition, question, told.get(question.id, ()))
        for question in definition.questions
    }


def harmless(groups: Groups) -> dict[str, Codes]:
    """The mildest answer to every question."""
    return {question_id: found[0].representative for question_id, found in groups.items()}


def disagreements(definition: Definition, groups: Groups) -> Iterator[str]:
    """Every answer that is decided otherwise than the one that stands for it, in words.

    Each possible answer is run among harmless answers, among the worst that end nothing, and
    beside each group of every other question.
    """
    for question in definition.questions:
        found = groups[question.id]
        if sorted(possible_answers(question)) != sorted(
            codes for group in found for codes in group.answers
        ):
            yield f"{question.id}: the groups do not hold each possible answer once"
        around = list(_surroundings(groups, question.id))
        for group in found:
            expected = _seen(definition, around, question.id, group.representative)
            for codes in group.answers[1:]:
                if _seen(definition, around, question.id, codes) != expected:
                    yield f"{question.id}: {codes} is not decided like {group.representative}"


def _told_apart(definition: Definition) -> dict[str, list[Chosen]]:
    """The parts of conditions over several questions, by the question that each looks at."""
    conditions = [question.when for question in definition.questions if question.when]
    conditions += [
        fired.rule.when for rules in definition.tables.across.values() for fired in rules
    ]
    told: dict[str, list[Chosen]] = {}
    for condition in conditions:
        for leaf in leaves(condition):
            told.setdefault(leaf.question, []).append(leaf)
    return told


def _groups(
    definition: Definition, question: Question, told: Sequence[Chosen]
) -> tuple[Group, ...]:
    together: dict[tuple[Fires, tuple[bool, ...]], list[Codes]] = {}
    for codes in possible_answers(question):
        step = definition.tables.make(question.id, codes)
        fires = frozenset(
            (each.flag.effect, each.flag.priority, each.rule.ends_path) for each in step.fired
        )
        read = tuple(holds(leaf, {question.id: codes}) for leaf in told)
        together.setdefault((fires, read), []).append(codes)
    found = [Group(question.id, tuple(members), key[0]) for key, members in together.items()]
    return tuple(sorted(found, key=lambda group: (-group.worst, len(group.fires))))


def _surroundings(groups: Groups, question_id: str) -> Iterator[dict[str, Codes]]:
    """Answers to the other questions, among which an answer is compared."""
    mildest = harmless(groups)
    yield mildest
    yield {key: _worst_that_goes_on(found).representative for key, found in groups.items()}
    for key, found in groups.items():
        if key != question_id:
            yield from ({**mildest, key: group.representative} for group in found[1:])


def _worst_that_goes_on(found: Sequence[Group]) -> Group:
    """The most severe group that ends no path; the mildest where each ends it."""
    going_on = [group for group in found if not any(ends for _, _, ends in group.fires)]
    return going_on[-1] if going_on else found[0]


def _seen(
    definition: Definition, around: Sequence[Answers], question_id: str, codes: Codes
) -> list[object]:
    """All that path and outcome show of an answer: flags count by their effects."""
    seen: list[object] = []
    for others in around:
        answers = {**others, question_id: codes}
        walked, decision = walk(definition, answers), decide(definition, answers)
        effects = frozenset(map(_effect, decision.flags))
        ended = walked.path.ended_by is not None
        seen.append((walked.path.questions, ended, decision.outcome, decision.priority, effects))
    return seen


def _effect(flag: Flag) -> tuple[str, Effect, bool]:
    return flag.question, flag.effect, flag.priority
