"""Property 5: what is left in the draft for questions off the path changes nothing.

On every path that leaves a question out, ``decide`` is run once on answers that note which
questions are read: what is never read cannot change anything, whatever stands there. Then it is
run with the worst answers in every place off the path; and on the first path of each kind with
each group of answers, and a forged one, in each such place. Path, answers on the path (all that
is stored and exported) and decision must stay as they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from intake.eligibility.grouping import Codes
from intake.eligibility.outcome import Decision, decide
from intake.eligibility.route import Walk, walk
from intake.eligibility.space import Space

FORGED = ("no such code",)


class Watched(Mapping[str, Codes]):
    """Answers that note which questions are asked for in ``read``."""

    def __init__(self, answers: Mapping[str, Codes]) -> None:
        self.read: set[str] = set()
        self._answers = answers

    def __getitem__(self, key: str) -> Codes:
        self.read.add(key)
        return self._answers[key]

    def __iter__(self) -> Iterator[str]:
        # Who goes through all of them has seen every question.
        self.read.update(self._answers)
        return iter(self._answers)

    def __len__(self) -> int:
        return len(self._answers)


class Leftovers:
    """Puts leftovers beside the answers of complete paths."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._definition = space.definition
        self._seen: set[tuple[str, ...]] = set()

    def change(self, answers: Mapping[str, Codes], walked: Walk, decision: Decision) -> list[str]:
        """What leftovers change about a complete path, in words; nothing where all is well."""
        off = [key for key in self._space.groups if key not in walked.answers]
        worst = {key: self._space.groups[key][-1].representative for key in off}
        watched = Watched({**worst, **answers})
        found = []
        if decide(self._definition, watched) != decision:
            found.append("the worst answers off the path change the decision")
        read = sorted(watched.read.intersection(off))
        if read:
            found.append(f"an answer off the path is read: {', '.join(read)}")
        if self._differs({**worst, **answers}, walked, decision):
            found.append("the worst answers off the path change it")
        if walked.path.questions not in self._seen:
            self._seen.add(walked.path.questions)
            found += self._each(answers, off, walked, decision)
        return found

    def _each(
        self, answers: Mapping[str, Codes], off: list[str], walked: Walk, decision: Decision
    ) -> Iterator[str]:
        for key in off:
            every = [group.representative for group in self._space.groups[key]]
            for codes in [*every, FORGED]:
                if self._differs({key: codes, **answers}, walked, decision):
                    yield f"{key} is off the path, and {', '.join(codes)} there changes it"

    def _differs(self, answers: Mapping[str, Codes], walked: Walk, decision: Decision) -> bool:
        again = walk(self._definition, answers)
        return (again.path, again.answers) != (walked.path, walked.answers) or (
            decide(self._definition, answers) != decision
        )
