"""Parts of a definition in words for a clinician: conditions, effects, answers. Pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from intake.eligibility.conditions import (
    AllOf,
    Answers,
    AnyOf,
    Chosen,
    Condition,
    Not,
    holds,
    leaves,
)
from intake.eligibility.definition import Definition
from intake.eligibility.parts import Effect, Kind, Question, Rule, UnknownQuestion

Direction: TypeAlias = Literal["milder", "stricter"]

EFFECT_WORDS = {
    Effect.CRISIS: "crisis",
    Effect.OUTSIDE_AREA: "outside the area",
    Effect.UNDER_AGE: "under 18",
    Effect.NOT_NOW: "not now",
    Effect.TALK_FIRST: "talk first",
    Effect.NOTE: "note only",
}
"""What a rule does, as it stands inside a sentence."""

# Beyond this many sets of answers two conditions are not compared any more.
MOST_COMPARED = 20_000


def quoted(text: str) -> str:
    """``text`` between quotation marks."""
    return f"“{text}”"


def listed(texts: Sequence[str], word: str) -> str:
    """``texts`` with commas, and ``word`` before the last."""
    return f" {word} ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))


def condition_words(definition: Definition, condition: Condition) -> str:
    """``condition`` in words: ``Mind includes any of “Past psychosis” or “Not sure”``.

    What ``definition`` does not know stands with its id or code.
    """
    match condition:
        case Chosen():
            return _chosen(definition, condition, holding=True)
        case Not(Chosen() as part):
            return _chosen(definition, part, holding=False)
        case Not(part):
            return f"not ({condition_words(definition, part)})"
        case AllOf(parts):
            return " and ".join(_inside(definition, part) for part in parts)
        case AnyOf(parts):
            return " or ".join(_inside(definition, part) for part in parts)


def answer_words(definition: Definition, rule: Rule) -> str:
    """What fires ``rule``: ``Heart, “Not sure”``, or its condition where no single answer does."""
    if rule.when != Chosen(rule.question, (rule.code,)):
        return condition_words(definition, rule.when)
    question = _question(definition, rule.question)
    label = question.label(rule.code) if question else rule.code
    return f"{_short(definition, rule.question)}, {quoted(label)}"


def direction(
    old: Definition, before: Condition, new: Definition, after: Condition
) -> Direction | None:
    """Milder where some answers fulfil ``before`` and not ``after``, or where that is too many
    answers to tell; stricter where it is only the other way round; None where both say the same.

    A question takes several answers if it does so in either version.
    """
    ways = _ways((old, new), (before, after))
    if math.prod(map(len, ways.values())) > MOST_COMPARED:
        return "milder"
    told = {(holds(before, each), holds(after, each)) for each in _combinations(ways)}
    if (True, False) in told:
        return "milder"
    return "stricter" if (False, True) in told else None


def told_apart(words: Sequence[str], conditions: Sequence[Condition]) -> list[str]:
    """``words`` of two conditions, with their codes where the words alone are the same."""
    if len(set(words)) == len(words):
        return list(words)
    return [
        f"{said} ({_codes(condition)})" for said, condition in zip(words, conditions, strict=True)
    ]


def _codes(condition: Condition) -> str:
    return "; ".join(f"{leaf.question}: {', '.join(leaf.codes)}" for leaf in leaves(condition))


def _inside(definition: Definition, part: Condition) -> str:
    words = condition_words(definition, part)
    return f"({words})" if isinstance(part, AllOf | AnyOf) else words


def _chosen(definition: Definition, leaf: Chosen, *, holding: bool) -> str:
    """One question with its codes; what holds while it is not asked says so where that can be."""
    question = _question(definition, leaf.question)
    labels = [quoted(question.label(code) if question else code) for code in leaf.codes]
    several, one = len(labels) > 1, question is None or question.kind is Kind.ONE
    if holding:
        verb = ("is" if one else "includes") + (" any of" if several else "")
    elif several:
        verb = "is none of" if one else "includes none of"
    else:
        verb = "is not" if one else "does not include"
    unasked = not holding and question is not None and question.when is not None
    end = ", or is not asked" if unasked else ""
    return f"{_short(definition, leaf.question)} {verb} {listed(labels, 'or')}{end}"


def _question(definition: Definition, question_id: str) -> Question | None:
    try:
        return definition.question(question_id)
    except UnknownQuestion:
        return None


def _short(definition: Definition, question_id: str) -> str:
    question = _question(definition, question_id)
    return question.short if question else question_id


def _ways(
    versions: Sequence[Definition], conditions: Sequence[Condition]
) -> dict[str, list[tuple[str, ...]]]:
    """The answers to each question that ``conditions`` tell apart, none at all included."""
    named: dict[str, dict[str, None]] = {}
    for leaf in itertools.chain.from_iterable(map(leaves, conditions)):
        named.setdefault(leaf.question, {}).update(dict.fromkeys(leaf.codes))
    ways = {}
    for question_id, codes in named.items():
        found = [_question(version, question_id) for version in versions]
        many = any(question and question.kind is Kind.MANY for question in found)
        longest = len(codes) if many else 1
        sizes = range(longest + 1)
        ways[question_id] = [way for n in sizes for way in itertools.combinations(codes, n)]
    return ways


def _combinations(ways: Mapping[str, Sequence[tuple[str, ...]]]) -> Iterator[Answers]:
    for answers in itertools.product(*ways.values()):
        yield dict(zip(ways, answers, strict=True))
