"""Property 8: stories of a changed answer, told by the functions that write patients' trails.

A story gives a complete path, sees the pages that are due for it (or, for another person, its
result), and then changes one answer. For every complete path that may fit, every possible other
answer to each of its questions is told first: where that led to a stop, an end or another
result, the changed one must not end in ``may_fit``. Questions that only the earlier answer leads
to are answered in each of their groups, one at a time.

Any other path is not ``may_fit`` by its own flags, and a further flag never makes an outcome
milder (property 3). There one change, another at each path, shows that a trail adds flags and
takes none away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from intake.eligibility.grouping import Codes, Group, harmless
from intake.eligibility.journey import answer
from intake.eligibility.outcome import Decision, decide, outcome_of
from intake.eligibility.parts import CHANGED, SEVERITY, Effect, Outcome
from intake.eligibility.route import Walk, on_path, walk
from intake.eligibility.rules import flags_of
from intake.eligibility.space import Space
from intake.eligibility.trail import Trail, new_check, note_answer

CHANGES = ("safety_changed", "answer_changed")
TALK_FIRST = SEVERITY[Effect.TALK_FIRST]
ORDER = {outcome: place for place, outcome in enumerate(Outcome)}


@dataclass(frozen=True, slots=True)
class Cleared:
    """A story whose change does not show: what was changed, and the rules of its pages."""

    what: str
    rules: tuple[str, ...]


class Stories:
    """Tells stories around complete paths.

    ``fired`` holds the rules on changes that fired, ``turn`` counts the changes told in turn.
    """

    def __init__(self, space: Space) -> None:
        self.fired: set[str] = set()
        self._space = space
        self._definition = space.definition
        self.turn = 0
        self._entries = {key: list(self._changes(key)) for key in space.groups}

    def cleared(self, answers: dict[str, Codes]) -> Iterator[Cleared]:
        """The stories that end in ``may_fit`` with these answers, though they must not."""
        for key, codes in answers.items():
            for group in self._space.groups[key]:
                for before in group.answers:
                    if before != codes and self._matters(group, key):
                        yield from self._told(answers, key, before)

    def soften(self, walked: Walk, decision: Decision) -> list[Cleared]:
        """What the next change in turn takes from an outcome that is not ``may_fit``."""
        self.turn += 1
        asked = walked.path.questions
        changes = self._entries[asked[self.turn % len(asked)]]
        if not changes:
            return []
        trail = changes[self.turn % len(changes)]
        flags = flags_of(self._definition, walked, trail)
        kept = tuple([flag for flag in flags if flag.code != CHANGED])
        if kept == decision.flags and ORDER[outcome_of(flags)] <= ORDER[decision.outcome]:
            return []
        what = f"{trail[0].question} was changed, and the outcome is {outcome_of(flags)}"
        return [Cleared(what, CHANGES)]

    def _matters(self, group: Group, key: str) -> bool:
        """Whether an answer of this group can lead to an adverse page, by itself or with others."""
        across = self._definition.tables.across
        return bool(across) or group.worst <= TALK_FIRST or key in self._definition.tables.forks

    def _changes(self, key: str) -> Iterator[Trail]:
        """A trail for each answer that some page notes, changed to the mildest one."""
        mildest = harmless(self._space.groups)
        for group in self._space.groups[key]:
            for codes in group.answers:
                before = {**mildest, key: codes}
                if codes == mildest[key]:
                    continue
                for trail in self._trails(before, key, codes):
                    yield note_answer(trail, key, mildest[key])

    def _trails(self, before: dict[str, Codes], key: str, codes: Codes) -> Iterator[Trail]:
        """What is noted after ``codes`` completed ``before``: by its pages, and by its result."""
        _, shown = answer(self._definition, before, (), key, codes, 0)
        if shown:
            yield shown
        decision = decide(self._definition, before)
        kept = on_path(self._definition, before)
        noted = new_check((), kept, decision.flags, decision.outcome, 0)
        if noted and noted != shown:
            yield noted

    def _told(self, answers: dict[str, Codes], key: str, before: Codes) -> Iterator[Cleared]:
        for earlier in self._completions({**answers, key: before}):
            for trail in self._trails(earlier, key, before):
                _, changed = answer(self._definition, earlier, trail, key, answers[key], 1)
                decision = decide(self._definition, answers, changed)
                self.fired.update(f.rule_id for f in decision.flags if f.code == CHANGED)
                if decision.outcome is Outcome.MAY_FIT:
                    page = trail[0].page
                    what = f"{key} was {', '.join(before)} (page: {page}) and then changed"
                    rules = {rule: None for entry in trail for rule in entry.rules}
                    yield Cleared(what, (*rules, *CHANGES))

    def _completions(self, answers: dict[str, Codes]) -> Iterator[dict[str, Codes]]:
        """``answers`` made complete: the mildest, then each group of one new question at a time."""
        whole = self._space.completed(answers)
        yield whole
        for key in walk(self._definition, whole).answers:
            if key not in answers:
                for group in self._space.groups[key][1:]:
                    yield self._space.completed({**answers, key: group.representative})
