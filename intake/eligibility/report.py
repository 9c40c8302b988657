"""What the proof says: sizes, and each property with its smallest counterexample; plain data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intake.eligibility.definition import Definition
from intake.eligibility.grouping import Codes, Groups


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Answers that break a property. ``telling``: the questions whose answers matter, the others
    are harmless. ``what``: how it breaks. ``rules``: the ids of the rules to look at."""

    answers: Mapping[str, Codes]
    telling: tuple[str, ...]
    flags: tuple[str, ...]
    outcome: str
    what: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One property: its number and sentence, its smallest counterexample, and what is missing
    from the definition as such."""

    number: int
    sentence: str
    counterexample: Counterexample | None
    missing: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Nothing was found against it."""
        return self.counterexample is None and not self.missing


@dataclass(frozen=True, slots=True)
class Sizes:
    """How the answers to one question were grouped: members, representative, effects of each."""

    question: str
    answers: int
    groups: tuple[tuple[int, Codes, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole proof. ``whole``: every combination was run, none left out after a fault.

    ``stands_for``: sets of answers; ``run`` of ``to_run``: combinations of groups. ``unequal``:
    answers that are decided otherwise than the one that stands for them. ``seconds``: wall clock.
    """

    version: int
    sha256: str
    stands_for: int
    to_run: int
    run: int
    whole: bool
    seconds: float
    processes: int
    questions: tuple[Sizes, ...]
    verdicts: tuple[Verdict, ...]
    unequal: tuple[str, ...]

    @classmethod
    def of(cls, definition: Definition, groups: Groups, **found: Any) -> Report:
        """The report on ``definition`` with the sizes of its ``groups``."""
        questions = tuple(
            Sizes(
                key,
                sum(len(group.answers) for group in every),
                tuple(
                    (
                        len(group.answers),
                        group.representative,
                        tuple(sorted({effect.value for effect, _, _ in group.fires})),
                    )
                    for group in every
                ),
            )
            for key, every in groups.items()
        )
        return cls(
            version=definition.version, sha256=definition.sha256, questions=questions, **found
        )

    @property
    def proven(self) -> bool:
        """Every combination was run, the grouping is exact, and each property holds."""
        held = all(verdict.holds for verdict in self.verdicts)
        return held and self.whole and self.run == self.to_run and not self.unequal

    def pack(self) -> dict[str, Any]:
        """The report as JSON takes it."""
        packed = dataclasses.asdict(self)
        packed["proven"] = self.proven
        packed["questions"] = [
            {
                "id": each.question,
                "answers": each.answers,
                "groups": [
                    {"size": size, "representative": list(codes), "effects": list(effects)}
                    for size, codes, effects in each.groups
                ],
            }
            for each in self.questions
        ]
        packed["properties"] = [
            {**dataclasses.asdict(verdict), "holds": verdict.holds} for verdict in self.verdicts
        ]
        del packed["verdicts"]
        return packed
