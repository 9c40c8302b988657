"""The journey: take an answer, keep the trail, say where the path stands.

Offers the path (``path``, ``on_path``) and the trail (``start_again``, ``new_check``) as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from intake.eligibility.conditions import Answers
from intake.eligibility.definition import Definition
from intake.eligibility.parts import Effect, Flag, Kind, Question
from intake.eligibility.route import Path, on_path, path, walk
from intake.eligibility.trail import (
    Trail,
    TrailEntry,
    new_check,
    note_answer,
    note_pages,
    start_again,
)

__all__ = [
    "AnswerError",
    "AnswerErrorKind",
    "Answers",
    "Path",
    "Trail",
    "TrailEntry",
    "answer",
    "new_check",
    "note_under_age",
    "on_path",
    "path",
    "start_again",
    "valid",
]


class AnswerErrorKind(StrEnum):
    """Why an answer cannot be taken."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    DOUBLED = "doubled"
    SEVERAL = "several"
    EXCLUSIVE = "exclusive"


class AnswerError(ValueError):
    """An answer that cannot be taken; ``message`` says what to do, in the patient's words."""

    def __init__(self, kind: AnswerErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def valid(question: Question, codes: Sequence[str]) -> tuple[str, ...]:
    """``codes`` in the order of the choices; raises ``AnswerError``.

    Codes are taken as they are, neither trimmed nor case-folded.
    """
    mistakes = question.mistakes
    if not codes:
        raise AnswerError(AnswerErrorKind.MISSING, question.error)
    choices = {choice.code: choice for choice in question.choices}
    if any(code not in choices for code in codes):
        raise AnswerError(AnswerErrorKind.UNKNOWN, mistakes.unknown)
    if len(set(codes)) < len(codes):
        raise AnswerError(AnswerErrorKind.DOUBLED, mistakes.doubled)
    if len(codes) > 1:
        if question.kind is Kind.ONE:
            raise AnswerError(AnswerErrorKind.SEVERAL, mistakes.several)
        for code in codes:
            if choices[code].exclusive:
                message = mistakes.exclusive.format(label=choices[code].label)
                raise AnswerError(AnswerErrorKind.EXCLUSIVE, message)
    return tuple(code for code in choices if code in codes)


def answer(
    definition: Definition,
    answers: Answers,
    trail: Trail,
    question_id: str,
    codes: Sequence[str],
    now: int,
) -> tuple[Answers, Trail]:
    """The answers and the trail after ``codes`` were given to a question.

    The trail notes a change after an adverse page, and each adverse page that is due now;
    ``now`` is in epoch seconds, UTC. Raises ``UnknownQuestion`` or ``AnswerError``, and then
    nothing has changed.
    """
    chosen = valid(definition.question(question_id), codes)
    updated = {**answers, question_id: chosen}
    walked = walk(definition, updated)
    noted = note_answer(trail, question_id, chosen)
    return updated, note_pages(noted, walked.answers, walked.flags(), now)


def note_under_age(definition: Definition, trail: Trail, now: int) -> Trail:
    """The trail after a birth date said under 18: the age page was shown, whatever was answered.

    A later check that says another age is then talked about. ``now``: epoch seconds, UTC.
    """
    flags = [
        Flag(rule.question, rule.code, rule.id, rule.effect, rule.priority)
        for rule in definition.rules
        if rule.effect is Effect.UNDER_AGE
    ]
    return note_pages(trail, {flag.question: (flag.code,) for flag in flags}, flags, now)
