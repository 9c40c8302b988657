"""The proof: the eight properties over every combination of groups, part by part.

``Proof`` cuts the space into parts that can run in any order and on any core. ``first_look``
runs the combinations nearest to harmless answers, where most of what is broken shows at once;
``run`` one part; ``report`` puts all together, makes each counterexample as small as it gets, and
says what no path reached. Version 1: about two million combinations for 5.9 × 10^14 sets of
answers. There is no clock here: who runs the parts says how long they took.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from intake.eligibility.definition import Definition
from intake.eligibility.grouping import Codes, disagreements, group_answers, harmless
from intake.eligibility.outcome import decide
from intake.eligibility.properties import (
    CRISIS_ANSWERS,
    OUTCOMES,
    SENTENCES,
    Broken,
    Judge,
    Reached,
    softened,
)
from intake.eligibility.report import Counterexample, Report, Verdict
from intake.eligibility.route import on_path
from intake.eligibility.space import Space


@dataclass(slots=True)
class Found:
    """What one part showed: the first combination that breaks each property, what was reached."""

    run: int = 0
    broken: dict[int, tuple[dict[str, Codes], Broken]] = field(default_factory=dict)
    fired: set[str] = field(default_factory=set)
    outcomes: set[Reached] = field(default_factory=set)

    def add(self, other: Found) -> None:
        """Take in what another part showed."""
        self.run += other.run
        for number, first in other.broken.items():
            self.broken.setdefault(number, first)
        self.fired |= other.fired
        self.outcomes |= other.outcomes


class Proof:
    """The proof of one definition; raises ``TooManyCombinations``."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.groups = group_answers(definition)
        self.space = Space(definition, self.groups)
        self.parts = self.space.parts()
        self._judge = Judge(self.space)

    def run(self, number: int) -> Found:
        """Judge every combination of the part with this place in ``parts``."""
        return self._judged(self.space.combinations(self.parts[number]))

    def first_look(self) -> Found:
        """Judge the harmless answers, and all that differ from them in one or two questions.

        These combinations are run again with their parts; ``run`` does not count them here. Each
        possible answer that another stands for is given too, and its flags explained.
        """
        found = self._judged(self._near())
        found.run = 0
        for key, codes in self._answers_on_paths():
            answers = self._on_path({**self.space.ways[key], key: codes})
            for broken in self._judge.explain(answers):
                found.broken.setdefault(broken.number, (answers, broken))
        return found

    def report(self, found: Found, *, whole: bool, seconds: float, processes: int) -> Report:
        """The report on ``found``. ``whole``: every part was run; else only what broke is told."""
        unequal = list(disagreements(self.definition, self.groups))
        verdicts = []
        for number, sentence in SENTENCES.items():
            missing = list(self._missing(number, found, whole))
            counter = self._smallest(number, found)
            verdicts.append(Verdict(number, sentence, counter, tuple(missing)))
        return Report.of(
            self.definition,
            self.groups,
            stands_for=self.space.whole.stands_for,
            to_run=self.space.whole.run,
            run=found.run,
            whole=whole,
            seconds=seconds,
            processes=processes,
            verdicts=tuple(verdicts),
            unequal=tuple(unequal),
        )

    def _judged(self, combinations: Iterable[dict[str, Codes]]) -> Found:
        """What these show, with all that was reached in this process before."""
        judge, found = self._judge, Found()
        judge.begin()
        for answers in combinations:
            found.run += 1
            for broken in judge.judge(answers):
                found.broken.setdefault(broken.number, (answers, broken))
        found.fired, found.outcomes = judge.fired, set(judge.outcomes)
        return found

    def _near(self) -> Iterator[dict[str, Codes]]:
        mildest = harmless(self.groups)
        others = {
            key: [group.representative for group in found[1:]] for key, found in self.groups.items()
        }
        yield self._on_path(mildest)
        for key, every in others.items():
            yield from (self._on_path({**mildest, key: codes}) for codes in every)
        for one, two in itertools.combinations(others, 2):
            for first, second in itertools.product(others[one], others[two]):
                yield self._on_path({**mildest, one: first, two: second})

    def _on_path(self, answers: dict[str, Codes]) -> dict[str, Codes]:
        return dict(on_path(self.definition, self.space.completed(answers)))

    def _missing(self, number: int, found: Found, whole: bool) -> Iterator[str]:
        """What is wrong with the definition as such, whatever is answered."""
        if number == 1:
            codes = self.definition.tables.codes.get("safety", {})
            for code in sorted(CRISIS_ANSWERS - set(codes)):
                yield f"`safety` has no answer `{code}`"
        if number == 3:
            for one, other in itertools.permutations(found.outcomes, 2):
                if softened(one, other):
                    yield f"more flags lead to {one[1]}, fewer to {other[1]}"
        if number == 4:
            yield from self._out_of_reach(found, whole)

    def _out_of_reach(self, found: Found, whole: bool) -> Iterator[str]:
        """Questions, codes, rules and outcomes that no combination leads to."""
        for question in self.definition.questions:
            if question.id not in self.space.ways:
                yield f"no path asks `{question.id}`, nor takes one of its codes"
        changes = (self.definition.safety_changed.id, self.definition.answer_changed.id)
        fired = found.fired | set(self._fired_by_members())
        for rule_id in (*self.definition.tables.rules, *changes) if whole else ():
            if rule_id not in fired:
                yield f"no answers fire the rule `{rule_id}`"
        for outcome in OUTCOMES if whole else ():
            if outcome not in {reached for _, reached in found.outcomes}:
                yield f"no answers lead to the outcome `{outcome}`"

    def _fired_by_members(self) -> Iterator[str]:
        """The rules that some answer to a question on a path fires by itself."""
        for key, codes in self._answers_on_paths():
            step = self.definition.tables.make(key, codes)
            yield from (each.rule.id for each in step.fired)

    def _answers_on_paths(self) -> Iterator[tuple[str, Codes]]:
        for key in self.space.ways:
            for group in self.groups[key]:
                yield from ((key, codes) for codes in group.answers)

    def _smallest(self, number: int, found: Found) -> Counterexample | None:
        """The first combination that broke a property, with every answer made harmless that can
        be while it still breaks it."""
        if number not in found.broken:
            return None
        answers, broken = found.broken[number]
        smaller = True
        while smaller:
            smaller = False
            for trial in list(self._milder(answers)):
                again = {each.number: each for each in Judge(self.space).judge(trial)}.get(number)
                if again is not None:
                    answers, broken, smaller = trial, again, True
                    break
        shown = {**answers, **broken.instead}
        decision = decide(self.definition, shown)
        mildest = {group.answers for found in self.groups.values() for group in found[:1]}
        return Counterexample(
            answers=shown,
            telling=tuple(
                key
                for key, codes in shown.items()
                if key in broken.instead or not any(codes in each for each in mildest)
            ),
            flags=tuple(str(flag) for flag in decision.flags),
            outcome=decision.outcome.value,
            what=broken.what,
            rules=broken.rules or tuple(flag.rule_id for flag in decision.flags),
        )

    def _milder(self, answers: dict[str, Codes]) -> Iterator[dict[str, Codes]]:
        """Complete paths that differ in one answer made milder, the mildest of each first."""
        for key, codes in answers.items():
            for group in self.groups[key]:
                if group.representative == codes:
                    break
                trial = self._on_path({**answers, key: group.representative})
                if self._weight(trial) < self._weight(answers):
                    yield trial

    def _weight(self, answers: dict[str, Codes]) -> tuple[int, int]:
        places = [
            next(n for n, group in enumerate(self.groups[key]) if codes in group.answers)
            for key, codes in answers.items()
        ]
        return sum(place > 0 for place in places), sum(places)
