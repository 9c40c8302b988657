"""What every request looks up, worked out once when a definition is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from intake.eligibility.conditions import Answers, Chosen, holds, leaves, questions_named
from intake.eligibility.parts import Flag, Kind, Question, Rule

# Up to here each possible answer to a `many` question has its step ready: 2 to the 8th at most.
MOST_READY = 8


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule with the flag that it makes."""

    rule: Rule
    flag: Flag


@dataclass(frozen=True, slots=True)
class Step:
    """One possible answer: ``codes`` in the order of the choices, the rules that it fires by
    itself, and whether one of them ends the path."""

    codes: tuple[str, ...]
    fired: tuple[Fired, ...]
    ended_by: Rule | None


@dataclass(frozen=True, slots=True)
class Tables:
    """Look-ups of one definition.

    ``codes``: question to code to its place among the choices. ``single``: the rules that one
    code fires, by question and code; ``own``: other rules about one question; ``across``: rules
    over several, by the question they stand under. ``steps``: the possible answers that are
    ready. ``support``: the questions that decide, at any remove, whether a question is asked.
    ``forks``: the answers that later conditions tell apart, for each question they name.
    """

    questions: Mapping[str, Question]
    rules: Mapping[str, Rule]
    places: Mapping[str, int]
    codes: Mapping[str, Mapping[str, int]]
    single: Mapping[str, Mapping[str, Fired]]
    own: Mapping[str, Sequence[Fired]]
    across: Mapping[str, Sequence[Fired]]
    steps: Mapping[str, Mapping[tuple[str, ...], Step]]
    support: Mapping[str, frozenset[str]]
    forks: Mapping[str, Sequence[tuple[str, ...]]]

    def step(self, question_id: str, codes: tuple[str, ...]) -> Step | None:
        """What the answer ``codes`` does; None where the question cannot take it."""
        ready = self.steps[question_id].get(codes)
        if ready is not None:
            return ready
        known = self._known(question_id, codes)
        if known is None:
            return None
        return self.steps[question_id].get(known) or self.make(question_id, known)

    def make(self, question_id: str, codes: tuple[str, ...]) -> Step:
        """The step of a possible answer, its codes in the order of the choices."""
        single = self.single[question_id]
        fired = [single[code] for code in codes if code in single]
        alone = {question_id: codes}
        fired += [each for each in self.own[question_id] if holds(each.rule.when, alone)]
        ended_by = next((each.rule for each in fired if each.rule.ends_path), None)
        return Step(codes, tuple(fired), ended_by)

    def _known(self, question_id: str, codes: tuple[str, ...]) -> tuple[str, ...] | None:
        """``codes`` in the order of the choices; None where the question cannot take them."""
        question, places = self.questions[question_id], self.codes[question_id]
        if not codes or len(set(codes)) < len(codes) or not all(code in places for code in codes):
            return None
        if len(codes) > 1:
            exclusive = [choice.code for choice in question.choices if choice.exclusive]
            if question.kind is Kind.ONE or not set(codes).isdisjoint(exclusive):
                return None
        return tuple(sorted(codes, key=places.__getitem__))


def build(questions: tuple[Question, ...], rules: tuple[Rule, ...]) -> Tables:
    """Work out the tables; tolerates a definition whose faults are yet to be named."""
    single: dict[str, dict[str, Fired]] = {question.id: {} for question in questions}
    own: dict[str, list[Fired]] = {question.id: [] for question in questions}
    across: dict[str, list[Fired]] = {}
    for rule in rules:
        fired = Fired(rule, Flag(rule.question, rule.code, rule.id, rule.effect, rule.priority))
        if rule.when == Chosen(rule.question, (rule.code,)):
            single.setdefault(rule.question, {})[rule.code] = fired
        elif questions_named(rule.when) == {rule.question}:
            own.setdefault(rule.question, []).append(fired)
        else:
            across.setdefault(rule.question, []).append(fired)
    steps: dict[str, dict[tuple[str, ...], Step]] = {}
    tables = Tables(
        questions={question.id: question for question in questions},
        rules={rule.id: rule for rule in rules},
        places={question.id: place for place, question in enumerate(questions)},
        codes={
            question.id: {choice.code: place for place, choice in enumerate(question.choices)}
            for question in questions
        },
        single=single,
        own=own,
        across=across,
        steps=steps,
        support=_support(questions),
        forks=_forks(questions),
    )
    for question in questions:
        steps[question.id] = {codes: tables.make(question.id, codes) for codes in _ready(question)}
    return tables


def distinct_answers(question: Question, named: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """One answer of each kind that conditions on the codes ``named`` can tell apart.

    All of them are possible answers; the order follows the choices.
    """
    codes = [choice.code for choice in question.choices]
    if question.kind is Kind.ONE:
        others = [code for code in codes if code not in named][:1]
        return tuple((code,) for code in codes if code in named or code in others)
    alone = {choice.code for choice in question.choices if choice.exclusive}
    told = [code for code in codes if code in named and code not in alone]
    others = [code for code in codes if code not in named and code not in alone][:1]
    together = [chosen or tuple(others) for chosen in _subsets(told)]
    single = [(code,) for code in codes if code in alone and (code in named or not others)]
    return (*filter(None, together), *single)


def _ready(question: Question) -> Iterator[tuple[str, ...]]:
    """The possible answers to prepare: all, or those of one code where there are too many."""
    for choice in question.choices:
        yield (choice.code,)
    together = [choice.code for choice in question.choices if not choice.exclusive]
    if question.kind is Kind.MANY and len(together) <= MOST_READY:
        yield from filter(None, _subsets(together))


def _subsets(codes: Sequence[str]) -> list[tuple[str, ...]]:
    """All subsets of ``codes``, the empty one first, each in the order given."""
    subsets: list[tuple[str, ...]] = [()]
    for code in codes:
        subsets += [(*chosen, code) for chosen in subsets]
    return subsets


def _support(questions: tuple[Question, ...]) -> dict[str, frozenset[str]]:
    """For each question, the earlier ones that decide whether it is asked."""
    support: dict[str, frozenset[str]] = {}
    for question in questions:
        named = questions_named(question.when) if question.when else frozenset[str]()
        support[question.id] = named.union(*(support.get(each, frozenset()) for each in named))
    return support


def _forks(questions: tuple[Question, ...]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The answers that some question's ``when`` tells apart, by the question that is named."""
    named: dict[str, set[str]] = {}
    for question in questions:
        for leaf in leaves(question.when) if question.when else ():
            named.setdefault(leaf.question, set()).update(leaf.codes)
    return {
        question.id: distinct_answers(question, frozenset(named[question.id]))
        for question in questions
        if question.id in named
    }


def is_asked(question: Question, answers: Answers) -> bool:
    """Say whether ``question`` is asked after ``answers``, those on the path so far."""
    return question.when is None or holds(question.when, answers)
