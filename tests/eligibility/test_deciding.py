"""The smallest sets of answers that decided: exact, found once more by trying everything."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import random
from collections.abc import Iterator
from typing import TypeAlias

import pytest
from hypothesis import given

from intake.eligibility import (
    Choice,
    Definition,
    Effect,
    Kind,
    Outcome,
    Question,
    Rule,
    TrailEntry,
    decide,
    path,
)
from intake.eligibility.conditions import AllOf, AnyOf, Chosen, Condition, Not, leaves
from intake.eligibility.deciding import Deciding, deciding_sets
from tests.eligibility import made

Given: TypeAlias = dict[str, tuple[str, ...]]
Pairs: TypeAlias = frozenset[tuple[str, str]]

CASES = 400 if made.FULL_SIZE else 80
A, B = Chosen("a", ("x",)), Chosen("b", ("x", "y"))


def question(key: str, kind: Kind = Kind.ONE, when: Condition | None = None) -> Question:
    """A question with the codes x, y, z; one of several answers has none as well."""
    choices = [Choice(code, code, False, code) for code in ("x", "y", "z")]
    if kind is Kind.MANY:
        choices.append(Choice("none", "none", True, "none"))
    pattern = made.definition().question("state")
    return dataclasses.replace(pattern, id=key, kind=kind, choices=tuple(choices), when=when)


def rule(key: str, when: Condition, effect: Effect = Effect.TALK_FIRST, under: str = "") -> Rule:
    """A rule under the last question that it names, or ``under`` another."""
    under = under or max(leaf.question for leaf in leaves(when))
    code = key
    if isinstance(when, Chosen) and len(when.codes) == 1:
        code = when.codes[0]
    return dataclasses.replace(
        made.definition().rules[0],
        id=key,
        question=under,
        code=code,
        when=when,
        effect=effect,
        priority=False,
        ends_path=False,
    )


def small(questions: list[Question], rules: list[Rule]) -> Definition:
    """A definition with these questions and rules alone."""
    return dataclasses.replace(made.definition(), questions=tuple(questions), rules=tuple(rules))


def sets_of(definition: Definition, answers: Given) -> list[tuple[str, set[str]]]:
    """Rule and pairs, the pairs written ``question:code``."""
    return [
        (each.rule_id, {":".join(pair) for pair in each.pairs})
        for each in deciding_sets(definition, answers)
    ]


def test_each_flag_of_the_outcome_is_enough_alone() -> None:
    """One answer, one set; flags of a milder effect decided nothing."""
    answers = made.safe(heart="unstable vessel history", trials="1")
    found = deciding_sets(made.definition(), answers)
    assert [each.pairs for each in found] == [(("heart", "unstable"),), (("heart", "vessel"),)]
    assert {each.effect for each in found} == {Effect.NOT_NOW}


@given(made.complete())
def test_each_set_among_harmless_answers_gives_the_outcome(answers: Given) -> None:
    """In the packaged rules each set alone, the rest harmless, ends the check as it ended."""
    outcome = decide(made.definition(), answers).outcome
    found = deciding_sets(made.definition(), answers)
    assert bool(found) == (outcome is not Outcome.MAY_FIT)
    for each in found:
        alone: dict[str, str] = {}
        for key, code in each.pairs:
            alone[key] = f"{alone.get(key, '')} {code}".strip()
        assert decide(made.definition(), made.safe(**alone)).outcome is outcome


def test_no_flag_means_no_set() -> None:
    """Where nothing of at least talk first fired, all answers together decided."""
    assert deciding_sets(made.definition(), made.safe()) == []
    assert deciding_sets(made.definition(), made.safe(blood_pressure="high_controlled")) == []
    assert deciding_sets(made.definition(), {"state": ("fl",)}) == []


def test_a_changed_answer_decides_under_its_own_name() -> None:
    """A rule on changes is one pair: the question, and changed."""
    entry = TrailEntry("safety", "crisis", ("now",), ("no",), 1, ("safety_now",))
    found = deciding_sets(made.definition(), made.safe(), (entry,))
    assert found == [Deciding((("safety", "changed"),), "safety_changed", Effect.TALK_FIRST)]


@pytest.mark.parametrize(
    ("when", "answers", "expected"),
    [
        (AllOf((A, B)), {"a": ("x",), "b": ("y",)}, [{"a:x", "b:y"}]),
        (AnyOf((A, B)), {"a": ("x",), "b": ("y",)}, [{"a:x"}, {"b:y"}]),
        (AllOf((A, Not(B))), {"a": ("x",), "b": ("z",)}, [{"a:x", "b:z"}]),
        (AllOf((A, B)), {"a": ("x",), "b": ("x", "y")}, [{"a:x", "b:x"}, {"a:x", "b:y"}]),
        (AllOf((A, Not(A))), {"a": ("x",), "b": ("z",)}, []),
        (Not(AllOf((A, B))), {"a": ("z",), "b": ("z",)}, [{"a:z"}, {"b:z"}]),
        (Not(Chosen("b", ("none",))), {"a": ("z",), "b": ("x", "y")}, [{"b:x"}, {"b:y"}]),
        (Not(Chosen("b", ("z",))), {"a": ("z",), "b": ("x", "y")}, [{"b:x", "b:y"}]),
    ],
)
def test_rules_over_several_questions(
    when: Condition, answers: Given, expected: list[set[str]]
) -> None:
    """All needs its several answers, any needs one, and not needs the answer that rules it out."""
    definition = small([question("a"), question("b", Kind.MANY)], [rule("r", when, under="b")])
    assert [pairs for _, pairs in sets_of(definition, answers)] == expected


def test_what_was_not_asked_is_shown_by_what_led_past_it() -> None:
    """A rule that needs a question not to be asked names the answer that led past it."""
    questions = [question("a"), question("b", when=A), question("c")]
    definition = small(questions, [rule("r", AllOf((Not(B), Chosen("c", ("y",)))))])
    found = sets_of(definition, {"a": ("z",), "c": ("y",)})
    assert found == [("r", {"a:z", "c:y"})]


def test_a_set_that_holds_another_is_left_out() -> None:
    """Of two rules the one that needs less is named; two that need the same are both named."""
    questions = [question("a"), question("b")]
    rules = [
        rule("wide", A),
        rule("narrow", AllOf((A, B))),
        rule("same", AnyOf((A, AllOf((A, B))))),
    ]
    found = sets_of(small(questions, rules), {"a": ("x",), "b": ("x",)})
    assert found == [("wide", {"a:x"}), ("same", {"a:x"})]


def test_a_rule_past_reading_still_gives_sets() -> None:
    """A rule with countless sets is answered with some of the smallest, and at once."""
    keys = [f"q{number:02}" for number in range(12)]
    several = AllOf(tuple(Chosen(key, ("x", "y", "z")) for key in keys))
    definition = small([question(key, Kind.MANY) for key in keys], [rule("r", several)])
    found = deciding_sets(definition, dict.fromkeys(keys, ("x", "y", "z")))
    assert len(found) == 64 and all(len(each.pairs) == 12 for each in found)


@pytest.mark.parametrize("seed", range(CASES))
def test_the_sets_are_those_that_trying_everything_finds(seed: int) -> None:
    """By lot: every set is enough in every check; where no question counts twice, all are found."""
    dice = random.Random(seed)
    definition = drawn(dice)
    checks = {frozenset(each.items()): decide(definition, each) for each in all_checks(definition)}
    known = [(dict(each), {flag.rule_id for flag in found.flags}) for each, found in checks.items()]
    for answers, _ in dice.sample(known, min(len(known), 6)):
        outcome = decide(definition, answers).outcome
        found = deciding_sets(definition, answers)
        for each in found:
            assert enough(known, answers, frozenset(each.pairs), each.rule_id)
        if all(plain(definition, each) for each in definition.rules):
            fired = decide(definition, answers).flags
            deciding = [flag.rule_id for flag in fired if flag.effect.value == outcome.value]
            expected = by_trying(definition, known, answers, deciding)
            assert {(each.rule_id, frozenset(each.pairs)) for each in found} == expected


def drawn(dice: random.Random) -> Definition:
    """Three or four questions, some asked only if, with rules of any shape."""
    keys = ["a", "b", "c", "d"][: dice.choice((3, 3, 4))]
    questions: list[Question] = []
    for key in keys:
        earlier = [each.id for each in questions]
        when = condition(dice, questions, [dice.choice(earlier)]) if earlier else None
        kind = dice.choice((Kind.ONE, Kind.ONE, Kind.MANY))
        questions.append(question(key, kind, when if dice.random() < 0.3 else None))
    rules = []
    for number in range(dice.randint(1, 3)):
        named = sorted(dice.sample(keys, dice.randint(1, min(3, len(keys)))))
        if dice.random() < 0.2:
            named = sorted([*named, dice.choice(named)])
        dice.shuffle(named)
        effect = dice.choice((Effect.TALK_FIRST, Effect.TALK_FIRST, Effect.NOT_NOW))
        rules.append(rule(f"r{number}", condition(dice, questions, named), effect))
    return small(questions, rules)


def condition(dice: random.Random, questions: list[Question], named: list[str]) -> Condition:
    """A condition over the questions ``named``, each as often as it is named."""
    if len(named) == 1:
        asked = next(each for each in questions if each.id == named[0])
        codes = [choice.code for choice in asked.choices]
        leaf = Chosen(named[0], tuple(dice.sample(codes, dice.choice((1, 1, 2)))))
        return Not(leaf) if dice.random() < 0.3 else leaf
    cut = dice.randint(1, len(named) - 1)
    parts = tuple(condition(dice, questions, each) for each in (named[:cut], named[cut:]))
    joined = AllOf(parts) if dice.random() < 0.6 else AnyOf(parts)
    return Not(joined) if dice.random() < 0.2 else joined


def all_checks(definition: Definition, answers: Given | None = None) -> Iterator[Given]:
    """Every whole set of answers that a person can give."""
    answers = answers or {}
    gap = path(definition, answers).gap
    if gap is None:
        yield answers
        return
    for codes in possible(definition.question(gap)):
        yield from all_checks(definition, {**answers, gap: codes})


def possible(asked: Question) -> Iterator[tuple[str, ...]]:
    """Every answer that a question can take."""
    together = [choice.code for choice in asked.choices if not choice.exclusive]
    most = len(together) if asked.kind is Kind.MANY else 1
    for size in range(1, most + 1):
        yield from itertools.combinations(together, size)
    yield from ((choice.code,) for choice in asked.choices if choice.exclusive)


def enough(known: list[tuple[Given, set[str]]], answers: Given, pairs: Pairs, rule_id: str) -> bool:
    """The rule fires in every check that has ``pairs``; a question's pairs may be all it was."""
    here: dict[str, set[str]] = {}
    for key, code in pairs:
        here.setdefault(key, set()).add(code)
    return all(
        rule_id in fired
        for other, fired in known
        if all(
            set(other.get(key, ())) == codes
            if codes == set(answers[key])
            else codes <= set(other.get(key, ()))
            for key, codes in here.items()
        )
    )


def by_trying(
    definition: Definition, known: list[tuple[Given, set[str]]], answers: Given, deciding: list[str]
) -> set[tuple[str, Pairs]]:
    """Rule and pairs of every smallest set, by trying each set of what the rule looks at."""
    found: set[tuple[str, Pairs]] = set()
    for rule_id in deciding:
        looked_at = looks_at(definition, definition.tables.rules[rule_id])
        pairs = [(key, code) for key in answers for code in answers[key] if key in looked_at]
        for size in range(len(pairs) + 1):
            for some in map(frozenset, itertools.combinations(pairs, size)):
                if enough(known, answers, some, rule_id):
                    found.add((rule_id, some))
    return {
        (rule_id, some) for rule_id, some in found if not any(other < some for _, other in found)
    }


def looks_at(definition: Definition, each: Rule) -> set[str]:
    """The questions of a rule, and those that decide whether these are asked."""
    named = {leaf.question for leaf in leaves(each.when)} | {each.question}
    return named.union(*(definition.tables.support[key] for key in named))


def plain(definition: Definition, each: Rule) -> bool:
    """No question counts twice in the rule, nor in what decides whether its questions are asked."""
    named = [leaf.question for leaf in leaves(each.when)]
    support = definition.tables.support
    reached = [key for name in {*named, each.question} for key in support[name]]
    return (
        len(named) == len(set(named))
        and not set(named) & set(reached)
        and (len(reached) == len(set(reached)))
    )


def test_the_lots_hold_enough_rules_without_repetition() -> None:
    """Most of the definitions drawn above are compared in full."""
    definitions = [drawn(random.Random(seed)) for seed in range(CASES)]
    exact = functools.reduce(
        lambda count, one: count + all(plain(one, each) for each in one.rules), definitions, 0
    )
    assert exact > CASES // 3
