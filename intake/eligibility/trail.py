"""The trail: what was answered before and after a page that stopped or ended the check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from intake.eligibility.conditions import Answers
from intake.eligibility.parts import CHANGED, SEVERITY, Effect, Flag, Outcome

CRISIS_PAGE = "crisis"
RESULT_PAGE = "result"
PAGES = {
    Effect.CRISIS: CRISIS_PAGE,
    Effect.OUTSIDE_AREA: "area",
    Effect.UNDER_AGE: "age",
    Effect.NOT_NOW: "stop",
}
"""The adverse page that an effect makes due."""


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One question's answers around an adverse page.

    ``page``: crisis, stop, area, age or result. ``before``: the answer when the first such page
    was due; ``after``: the last answer given since one differed from it, else None. ``at``:
    epoch seconds, UTC, of the first page. ``rules``: the ids of the rules that made the pages.
    """

    question: str
    page: str
    before: tuple[str, ...]
    after: tuple[str, ...] | None
    at: int
    rules: tuple[str, ...]


Trail: TypeAlias = tuple[TrailEntry, ...]


def note_answer(trail: Trail, question_id: str, codes: tuple[str, ...]) -> Trail:
    """The trail after an answer: entries of this question keep it as ``after`` once it differs."""
    return tuple(
        replace(entry, after=codes)
        if entry.question == question_id and (entry.after is not None or entry.before != codes)
        else entry
        for entry in trail
    )


def note_pages(trail: Trail, answers: Answers, flags: Iterable[Flag], now: int) -> Trail:
    """The trail with the adverse pages that are due for ``answers``; ``now`` in epoch seconds."""
    for flag in flags:
        page = PAGES.get(flag.effect)
        if page is not None:
            trail = _note(trail, flag, page, answers[flag.question], now)
    return trail


def start_again(answers: Answers, trail: Trail) -> tuple[Answers, Trail]:
    """Empty the answers and keep the trail."""
    return {}, trail


def new_check(
    trail: Trail,
    earlier_answers: Answers,
    earlier_flags: Iterable[Flag],
    earlier_outcome: Outcome,
    now: int,
) -> Trail:
    """The trail of a check after a sent one, whose result counts as an adverse page.

    A result of ``may_fit`` does not. ``now``: epoch seconds, UTC.
    """
    if earlier_outcome is Outcome.MAY_FIT:
        return trail
    for flag in earlier_flags:
        # What a changed answer fired has its entry already.
        if flag.code != CHANGED and SEVERITY[flag.effect] <= SEVERITY[Effect.TALK_FIRST]:
            page = CRISIS_PAGE if flag.effect is Effect.CRISIS else RESULT_PAGE
            trail = _note(trail, flag, page, earlier_answers[flag.question], now)
    return trail


def _note(trail: Trail, flag: Flag, page: str, before: tuple[str, ...], now: int) -> Trail:
    """Add an entry, or the rule to the entry that stands; a crisis page has an entry of its own."""
    for place, entry in enumerate(trail):
        same_kind = (entry.page == CRISIS_PAGE) == (page == CRISIS_PAGE)
        if entry.question == flag.question and same_kind:
            if flag.rule_id in entry.rules:
                return trail
            merged = replace(entry, rules=(*entry.rules, flag.rule_id))
            return (*trail[:place], merged, *trail[place + 1 :])
    return (*trail, TrailEntry(flag.question, page, before, None, now, (flag.rule_id,)))
