"""Where a draft stands, walked once for a request. Reads the definition in memory, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from intake import rulebook
from intake.eligibility import Answers, Definition, Effect, Flag, Question, outcome
from intake.eligibility.parts import CHANGED
from intake.eligibility.route import Path, walk
from intake.eligibility.rules import flags_of
from intake.visit import Draft

START = "/eligibility"
CHECK = "/eligibility/check"
STOP = "/eligibility/stop"
HELP = "/eligibility/help"
RESULT = "/eligibility/result"
HELP_NOW = "/help-now"


@dataclass(frozen=True, slots=True)
class Standing:
    """A draft on its path.

    ``answers``: those on the path, in its order. ``flags``: all that they and the trail make.
    """

    definition: Definition
    draft: Draft
    path: Path
    answers: Answers
    flags: tuple[Flag, ...]

    @property
    def hard_stops(self) -> tuple[Flag, ...]:
        """The hard stops on the path so far."""
        return outcome.hard_stops(self.flags)

    @property
    def changed(self) -> bool:
        """Whether a clinician will see that an answer was changed after an adverse page.

        Also where the change fires a flag and the entry's own answer stands as it was.
        """
        moved = any(entry.after is not None for entry in self.draft.trail)
        return moved or any(flag.code == CHANGED for flag in self.flags)

    @property
    def stop_waits(self) -> bool:
        """Whether the hard-stop page must be shown now.

        Once per check, and again for a hard stop whose urgent text has not been shown yet.
        """
        stops, seen = self.hard_stops, self.draft.stop_seen
        if not stops or not seen:
            return bool(stops)
        return any(
            self.definition.rule(flag.rule_id).urgent and flag.rule_id not in seen for flag in stops
        )

    @property
    def onward(self) -> str:
        """Where the person goes from here: an ending, the stop page, the gap, or check answers."""
        if self.path.ended_by is not None:
            return HELP if self.path.ended_by.effect is Effect.CRISIS else RESULT
        if self.stop_waits:
            return STOP
        if self.path.gap is not None:
            return question_address(self.path.gap)
        return CHECK

    def back_from(self, question: Question) -> str:
        """Where Back leads from a question: the one before, check answers, or the start."""
        if self.path.gap is None and self.path.ended_by is None:
            return CHECK
        place = self.path.questions.index(question.id)
        return question_address(self.path.questions[place - 1]) if place else START

    def questions_left(self, question: Question) -> int:
        """How many questions are left at most, this one included; it never rises on the way."""
        answered = len(self.path.questions) - (self.path.gap is not None)
        return answered - self.path.questions.index(question.id) + self.path.remaining

    def caption(self, question: Question) -> str:
        """The section of a question and how many questions are left, in words."""
        left = self.questions_left(question)
        words = "last question" if left == 1 else f"about {left} questions left"
        return f"{self.definition.section(question.section).title} · {words}"


def stand(definition: Definition, draft: Draft) -> Standing:
    """Walk ``draft`` through the version that it began with."""
    walked = walk(definition, draft.answers)
    flags = flags_of(definition, walked, draft.trail)
    return Standing(definition, draft, walked.path, walked.answers, flags)


def definition_of(draft: Draft) -> Definition | None:
    """The version that the draft began with; None when this practice never had it."""
    return rulebook.version(draft.version)


def carried_over(draft: Draft) -> Draft:
    """The draft, under the live version where an urgent one has overtaken its own.

    Its answers stay; one that the live version cannot read is a gap, and is asked again.
    """
    # Asked first: a version that another process let go live may be new to this one.
    known = rulebook.version(draft.version)
    if known is None or not rulebook.overtaken(draft.version):
        return draft
    return draft.but(version=rulebook.live().version)


def question_address(question_id: str) -> str:
    """The address of a question page."""
    return f"{START}/{question_id}"


def is_crisis_answer(question_id: str, codes: list[str]) -> bool:
    """Whether one of ``codes`` is a crisis answer to ``question_id`` under any rules we had."""
    return any(
        rule.effect is Effect.CRISIS and rule.question == question_id and rule.code in codes
        for version in rulebook.shelf().versions.values()
        for rule in version.rules
    )
