"""The outcome of a check: the most severe effect among its flags."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from intake.eligibility.conditions import Answers
from intake.eligibility.definition import Definition
from intake.eligibility.parts import SEVERITY, Effect, Flag, Outcome
from intake.eligibility.route import walk
from intake.eligibility.rules import flags_of
from intake.eligibility.trail import Trail

__all__ = ["Decision", "Outcome", "decide", "hard_stops", "outcome_of"]


@dataclass(frozen=True, slots=True)
class Decision:
    """How a check ends and what decided it.

    ``flags``: all flags on the path, in path order, notes included. ``priority``: a clinician
    calls the same day.
    """

    outcome: Outcome
    flags: tuple[Flag, ...]
    priority: bool


def decide(definition: Definition, answers: Answers, trail: Trail = ()) -> Decision:
    """Decide from the answers on the path and the trail.

    While an answer is missing the outcome is never ``may_fit``: unknown is not safe.
    """
    walked = walk(definition, answers)
    flags = flags_of(definition, walked, trail)
    outcome = outcome_of(flags)
    if outcome is Outcome.MAY_FIT and not walked.path.complete:
        outcome = Outcome.TALK_FIRST
    return Decision(outcome, flags, any(flag.priority for flag in flags))


def outcome_of(flags: Iterable[Flag]) -> Outcome:
    """The most severe effect of at least ``talk_first``; ``may_fit`` where there is none."""
    worst = min((flag.effect for flag in flags), key=SEVERITY.__getitem__, default=Effect.NOTE)
    return Outcome.MAY_FIT if worst is Effect.NOTE else Outcome(worst.value)


def hard_stops(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """The flags that stop the check for now, in the order given."""
    return tuple(flag for flag in flags if flag.effect is Effect.NOT_NOW)
