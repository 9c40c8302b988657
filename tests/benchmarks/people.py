"""The made-up person of the benchmarks, out of the product's own definition."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from intake import eligibility
from intake.crypto import KeyRing
from intake.eligibility import Definition, Effect, Question, journey, rules
from intake.visit.model import new_id
from intake.visit.session import open_cookie, seal_cookie
from tests.benchmarks.journeys import Walk

STOPS = (Effect.CRISIS, Effect.OUTSIDE_AREA, Effect.UNDER_AGE, Effect.NOT_NOW)


def definition() -> Definition:
    """The newest definition of the package, which a new database starts with."""
    return max(
        (eligibility.load(body) for _name, body in eligibility.packaged()),
        key=lambda each: each.version,
    )


def walk(asked: Definition) -> Walk:
    """Answers on a whole path without a stop, two where several may be chosen.

    They vary by place, so that flags, cookie and record are those of an ordinary person with a
    few things to talk over, not of the emptiest path.
    """
    answers: dict[str, tuple[str, ...]] = {}
    gap = journey.path(asked, answers).gap
    while gap is not None:
        choices = _choices(asked.question(gap))
        options = [codes for codes in choices if _goes_on(asked, {**answers, gap: codes})]
        answers[gap] = options[len(answers) % len(options)]
        gap = journey.path(asked, answers).gap
    return Walk(answers)


def _choices(question: Question) -> list[tuple[str, ...]]:
    """What may be chosen: one code, or two neighbours where several may be."""
    if question.kind == "one":
        return [(choice.code,) for choice in question.choices]
    free = [choice.code for choice in question.choices if not choice.exclusive]
    return list(zip(free, free[1:], strict=False)) + [
        (choice.code,) for choice in question.choices if choice.exclusive
    ]


def _goes_on(asked: Definition, answers: dict[str, tuple[str, ...]]) -> bool:
    """Whether the check goes on after ``answers`` without any stop."""
    return not any(flag.effect in STOPS for flag in rules.flags(asked, answers, ()))


def write_questions(asked: Definition, walked: Walk, folder: Path) -> None:
    """Write the questions of the path where the peer reads them, in the same words."""
    questions: list[dict[str, Any]] = [
        {
            "id": each.id,
            "kind": str(each.kind),
            "title": each.title,
            "hint": each.hint or "",
            "section": asked.section(each.section).title,
            "error": each.error,
            "choices": [(choice.code, choice.label) for choice in each.choices],
        }
        for each in asked.questions
        if each.id in walked.answers
    ]
    (folder / "questions.json").write_text(json.dumps(questions))


def another_draft(keys: KeyRing, cookie: bytes) -> bytes:
    """The same draft under another submission id, sealed by the product's own key.

    The form's token belongs to the cookie's secret, which stays, so the same token fits.
    """
    content = open_cookie(keys, "visit", cookie.decode())
    content["d"]["i"] = new_id()
    return seal_cookie(keys, "visit", content).encode()
