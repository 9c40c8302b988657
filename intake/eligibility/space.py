"""Every complete path that the groups of answers make: counted, cut into parts, run through.

Nothing here knows how a path goes: what is asked next is always what ``path`` says.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from intake.eligibility.conditions import questions_named
from intake.eligibility.definition import Definition
from intake.eligibility.grouping import Codes, Groups
from intake.eligibility.route import path

MOST_COMBINATIONS = 20_000_000
# Each stays in memory, in every process of the proof; version 1 has 15.
MOST_BRANCHES = 20_000
PARTS = 240
SMALLEST_PART = 500


class TooManyCombinations(Exception):
    """More than can be run; the argument says how many were counted by then, in words."""


@dataclass(frozen=True, slots=True)
class Branch:
    """What is left from one place on: ``run`` combinations of groups, for ``stands_for`` sets
    of answers. ``straight``: the questions left, where no answer changes which they are."""

    gap: str | None
    run: int
    stands_for: int
    straight: tuple[str, ...] | None


END = Branch(None, 1, 1, ())


class Space:
    """The combinations of a definition.

    Raises ``TooManyCombinations`` past 20 million, or 20,000 branches, and counts no further.
    ``ways``: each question that stands on some path, with the first answers that lead to it.
    """

    def __init__(self, definition: Definition, groups: Groups) -> None:
        self.definition = definition
        self.groups = groups
        self._deciding = _deciding(definition)
        self._branches: dict[tuple[object, ...], Branch] = {}
        self.ways: dict[str, dict[str, Codes]] = {}
        self.whole = self.branch({})

    def branch(self, given: dict[str, Codes]) -> Branch:
        """What is left after the answers ``given``, all of them on the path."""
        gap = path(self.definition, given).gap
        if gap is None:
            return END
        self.ways.setdefault(gap, given)
        key = (gap, *(given.get(each) for each in self._deciding))
        if key not in self._branches:
            self._branches[key] = self._count(gap, given)
            if len(self._branches) > MOST_BRANCHES:
                raise TooManyCombinations(f"More than {MOST_BRANCHES:,} branching")
        return self._branches[key]

    def parts(self) -> list[dict[str, Codes]]:
        """First answers that cut the space into parts of about the same size, in order."""
        return list(self._cut({}, max(SMALLEST_PART, self.whole.run // PARTS)))

    def combinations(self, given: dict[str, Codes]) -> Iterator[dict[str, Codes]]:
        """Every complete path that begins with ``given``."""
        branch = self.branch(given)
        if branch.straight is None:
            for longer in self._longer(given, branch.gap):
                yield from self.combinations(longer)
            return
        choices = [
            [group.representative for group in self.groups[each]] for each in branch.straight
        ]
        for chosen in itertools.product(*choices):
            yield {**given, **dict(zip(branch.straight, chosen, strict=True))}

    def completed(self, answers: dict[str, Codes]) -> dict[str, Codes]:
        """``answers`` with the mildest one wherever the path has a gap."""
        filled = dict(answers)
        while (gap := path(self.definition, filled).gap) is not None:
            filled[gap] = self.groups[gap][0].representative
        return filled

    def _count(self, gap: str, given: dict[str, Codes]) -> Branch:
        after, run = [], 0
        for longer in self._longer(given, gap):
            after.append(self.branch(longer))
            run += after[-1].run
            if run > MOST_COMBINATIONS:
                raise TooManyCombinations(str(run))
        first = after[0].straight
        alike = first is not None and all(each.straight == first for each in after)
        return Branch(
            gap,
            run,
            sum(
                len(group.answers) * each.stands_for
                for group, each in zip(self.groups[gap], after, strict=True)
            ),
            (gap, *first) if alike and first is not None else None,
        )

    def _longer(self, given: dict[str, Codes], gap: str | None) -> Iterator[dict[str, Codes]]:
        for group in self.groups[gap] if gap else ():
            yield {**given, group.question: group.representative}

    def _cut(self, given: dict[str, Codes], most: int) -> Iterator[dict[str, Codes]]:
        branch = self.branch(given)
        if branch.run <= most:
            yield given
            return
        for longer in self._longer(given, branch.gap):
            yield from self._cut(longer, most)


def _deciding(definition: Definition) -> tuple[str, ...]:
    """The questions whose answers decide, further on, what is asked or where a path ends."""
    conditions = [question.when for question in definition.questions if question.when]
    conditions += [
        fired.rule.when
        for rules in definition.tables.across.values()
        for fired in rules
        if fired.rule.ends_path
    ]
    named = frozenset[str]().union(*map(questions_named, conditions))
    return tuple(question.id for question in definition.questions if question.id in named)
