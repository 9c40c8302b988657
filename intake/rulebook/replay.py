"""A version of the rules over stored checks: who would have been told something else. Pure.

Every stored check is walked again with its own answers and trail. A question on the new path
that the person was not asked, or whose stored answer the version cannot take, leaves the check
undecided: it is counted apart, by that question, and nothing is guessed. Answers to questions
that the version does not ask are not looked at. Memory does not grow with the number of checks.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from intake.eligibility import Answers, Definition, Flag, Outcome, Trail, outcome
from intake.eligibility.route import walk
from intake.eligibility.rules import flags_of

MOST_CALLERS = 200
"""Of the people to call back first, so many are kept; all are counted."""

MOST_NAMED = 200
"""Of the records that do not open, so many are named; all are counted."""

SEVERITY = {each: place for place, each in enumerate(Outcome)}
MILD = frozenset({Outcome.MAY_FIT, Outcome.TALK_FIRST})


class Why(StrEnum):
    """Why a stored check cannot be decided by a version."""

    NOT_ASKED = "not_asked"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored check.

    ``version``, ``outcome`` and ``rules`` are what it was decided by: the version's number, the
    ending, the rules of the ending's effect. ``sent_at``: an aware instant. ``open``: the
    submission is not closed. ``has_contact``: somebody can be called.
    """

    reference: str
    version: int
    outcome: Outcome
    rules: tuple[str, ...]
    answers: Answers
    trail: Trail
    sent_at: dt.datetime
    open: bool
    has_contact: bool


@dataclass(frozen=True, slots=True)
class Unopened:
    """A stored check whose record does not open."""

    reference: str


@dataclass(frozen=True, slots=True)
class Mover:
    """A person whose check ends otherwise by the version that is tried.

    ``rules_before`` and ``rules_after``: the rules that gave each ending, in path order; none for
    ``may_fit``. ``version``: the one that the check was made with.
    """

    reference: str
    version: int
    before: Outcome
    after: Outcome
    rules_before: tuple[str, ...]
    rules_after: tuple[str, ...]
    sent_at: dt.datetime
    open: bool
    has_contact: bool

    @property
    def comes_first(self) -> bool:
        """Told something milder than now, and the matter is open, or a visit was in prospect."""
        milder = SEVERITY[self.after] < SEVERITY[self.before]
        return milder and (self.open or self.before in MILD)

    def as_json(self) -> dict[str, Any]:
        """Plain values, ``sent_at`` in UTC."""
        return {
            "reference": self.reference,
            "definition_version": self.version,
            "sent_at": self.sent_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "outcome_before": self.before.value,
            "outcome_after": self.after.value,
            "rules_before": list(self.rules_before),
            "rules_after": list(self.rules_after),
            "open": self.open,
            "has_contact": self.has_contact,
        }


class Replay:
    """What a version makes of the checks that were taken so far.

    ``taken``: all of them; ``matrix``: how many went from an outcome to an outcome; ``apart``:
    how many could not be decided, by question and why; ``unopened``: how many do not open, and
    ``named`` the references of the first; ``callers``: how many come first for a call.
    """

    def __init__(self, candidate: Definition) -> None:
        self.candidate = candidate
        self.taken = 0
        self.matrix: Counter[tuple[Outcome, Outcome]] = Counter()
        self.apart: Counter[tuple[str, Why]] = Counter()
        self.unopened = 0
        self.named: list[str] = []
        self.callers = 0
        # A heap whose first is the one to give way; the number keeps equal ones apart.
        self._first: list[tuple[int, float, int, Mover]] = []

    def take(self, stored: Stored | Unopened) -> Mover | None:
        """Count one stored check; gives what moved, None where nothing did or it stands apart."""
        self.taken += 1
        if isinstance(stored, Unopened):
            self.unopened += 1
            if len(self.named) < MOST_NAMED:
                self.named.append(stored.reference)
            return None
        walked = walk(self.candidate, stored.answers)
        gap = walked.path.gap
        if gap is not None:
            self.apart[gap, Why.UNREADABLE if stored.answers.get(gap) else Why.NOT_ASKED] += 1
            return None
        flags = flags_of(self.candidate, walked, stored.trail)
        after = outcome.outcome_of(flags)
        self.matrix[stored.outcome, after] += 1
        return None if after is stored.outcome else self._moved(stored, after, flags)

    def first_callers(self) -> list[Mover]:
        """The people to call back first: by the severity of the new outcome, the newest first."""
        return [entry[-1] for entry in sorted(self._first, reverse=True)]

    @property
    def moved(self) -> int:
        """How many end otherwise."""
        return sum(count for (before, after), count in self.matrix.items() if before is not after)

    def summary(self) -> dict[str, Any]:
        """Everything but the movers, as JSON: the same for the page, the file and the table."""
        matrix: dict[str, dict[str, int]] = {}
        for (before, after), count in sorted(self.matrix.items(), key=_place):
            matrix.setdefault(before.value, {})[after.value] = count
        return {
            "version": self.candidate.version,
            "sha256": self.candidate.sha256,
            "submissions": self.taken,
            "moved": self.moved,
            "same": self.matrix.total() - self.moved,
            "matrix": matrix,
            "apart": [
                {"question": question, "why": why.value, "submissions": count}
                for (question, why), count in self.apart.most_common()
            ],
            "unopened": {"submissions": self.unopened, "references": list(self.named)},
            "call_first": {
                "submissions": self.callers,
                "first": [mover.as_json() for mover in self.first_callers()],
            },
        }

    def _moved(self, stored: Stored, after: Outcome, flags: Iterable[Flag]) -> Mover:
        mover = Mover(
            stored.reference,
            stored.version,
            stored.outcome,
            after,
            stored.rules,
            deciding_rules(flags, after),
            stored.sent_at,
            stored.open,
            stored.has_contact,
        )
        if mover.comes_first:
            self.callers += 1
            entry = (-SEVERITY[after], stored.sent_at.timestamp(), -self.callers, mover)
            if len(self._first) < MOST_CALLERS:
                heapq.heappush(self._first, entry)
            else:
                heapq.heappushpop(self._first, entry)
        return mover


def deciding_rules(flags: Iterable[Flag], ended: Outcome) -> tuple[str, ...]:
    """The ids of the rules whose effect is that of the outcome ``ended``, each once, in order."""
    return tuple(dict.fromkeys(flag.rule_id for flag in flags if flag.effect.value == ended.value))


def _place(entry: tuple[tuple[Outcome, Outcome], int]) -> tuple[int, int]:
    """The most severe outcome first, before and after."""
    before, after = entry[0]
    return SEVERITY[before], SEVERITY[after]
