"""A check in words for staff: what decided it, what was answered, what was changed. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from intake.eligibility import Definition, TrailEntry, explain
from intake.eligibility.deciding import deciding_sets
from intake.eligibility.explain import Reason
from intake.eligibility.parts import CHANGED, SEVERITY
from intake.review import words
from intake.submissions.record import Check

# Beside no rule.
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the question and choices in the person's words, and what each means."""

    question: str
    short: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What was answered before and after a page that stopped or ended the check.

    ``at``, in UTC, is when that page was due; ``after`` is empty where the answer never differed;
    ``rules``: what made it, in words.
    """

    short: str
    page: str
    at: dt.datetime
    before: tuple[str, ...]
    after: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """A rule that fired, and beside it what was answered around the pages that it knows of."""

    reason: Reason
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """The outcome with what decided it; empty where the record or its definition is missing.

    ``decided``: the most severe first. ``enough``: the smallest sets of answers that gave the
    outcome, each a text for each of its answers; none where nothing spoke against a fit.
    ``changes``: those that stand beside no rule.
    """

    decided: Sequence[Decided] = ()
    enough: Sequence[tuple[str, ...]] = ()
    answers: Sequence[Answer] = ()
    changes: Sequence[Change] = ()


def explained_of(check: Check, definition: Definition) -> Explained:
    """The check in words, by the one explanation."""
    reasons = explain.reasons(definition, check.answers, check.flags)
    # The order is stable: within one severity the path's own order stays.
    reasons.sort(key=lambda reason: (SEVERITY[reason.effect], not reason.priority))
    beside: dict[int, list[Change]] = {}
    for entry in check.trail:
        beside.setdefault(_place_of(entry, reasons), []).append(_change(definition, entry))
    return Explained(
        decided=[
            Decided(reason, tuple(beside.get(place, ()))) for place, reason in enumerate(reasons)
        ],
        enough=_enough(definition, check),
        answers=[_answer(definition, *each) for each in check.answers.items()],
        changes=beside.get(NOWHERE, []),
    )


def _enough(definition: Definition, check: Check) -> list[tuple[str, ...]]:
    """The smallest sets of answers that gave the outcome, in words, each once."""
    sets = deciding_sets(definition, check.answers, check.trail)
    told = (tuple(_pair_words(definition, *pair) for pair in each.pairs) for each in sets)
    return list(dict.fromkeys(each for each in told if each))


def _pair_words(definition: Definition, question_id: str, code: str) -> str:
    """One answer of a set: ``Heart: Glaucoma``."""
    question = definition.question(question_id)
    if code == CHANGED:
        return f"{question.short}: an answer that was changed"
    return f"{question.short}: {question.label(code)}"


def _place_of(entry: TrailEntry, reasons: Sequence[Reason]) -> int:
    """Beside which of the ``reasons`` an entry of the trail stands, or ``NOWHERE``.

    The rule on changed answers first, then a rule that made the page, then any of its question.
    """
    same = [place for place, each in enumerate(reasons) if each.question == entry.question]
    changed = [place for place in same if reasons[place].code == CHANGED]
    made_it = [place for place in same if reasons[place].rule_id in entry.rules]
    return next(iter([*changed, *made_it, *same]), NOWHERE)


def _answer(definition: Definition, question_id: str, codes: tuple[str, ...]) -> Answer:
    """One answer in the person's words beside its meaning for a clinician."""
    question = definition.question(question_id)
    meanings = {choice.code: choice.meaning for choice in question.choices}
    return Answer(
        question=question.title,
        short=question.short,
        choices=tuple((question.label(code), meanings.get(code, "")) for code in codes),
    )


def _change(definition: Definition, entry: TrailEntry) -> Change:
    """One entry of the trail; a question that this version does not ask keeps its codes."""
    question = definition.tables.questions.get(entry.question)
    if question is None:
        short, before, after = entry.question, entry.before, entry.after or ()
    else:
        short = question.short
        before = tuple(question.label(code) for code in entry.before)
        after = tuple(question.label(code) for code in entry.after or ())
    rules = definition.tables.rules
    return Change(
        short=short,
        page=words.PAGE_WORDS[entry.page],
        at=dt.datetime.fromtimestamp(entry.at, dt.UTC),
        before=before,
        after=after,
        rules=tuple(rules[rule].staff if rule in rules else rule for rule in entry.rules),
    )
