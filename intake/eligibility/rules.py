"""Flags from answers and trail: which rules fired, in path order."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from intake.eligibility.conditions import Answers, questions_named
from intake.eligibility.definition import Definition
from intake.eligibility.parts import CHANGED, Flag, TrailRule
from intake.eligibility.route import Walk, walk
from intake.eligibility.trail import CRISIS_PAGE, Trail, TrailEntry

__all__ = ["Flag", "flags", "flags_of"]


def flags(definition: Definition, answers: Answers, trail: Trail = ()) -> tuple[Flag, ...]:
    """All flags on the path, in path order, notes included; a changed answer comes last."""
    return flags_of(definition, walk(definition, answers), trail)


def flags_of(definition: Definition, walked: Walk, trail: Trail) -> tuple[Flag, ...]:
    """The flags of a path that is walked already."""
    if not trail:
        return tuple(walked.flags())
    changed = _changed(definition, walked, trail)
    found: list[Flag] = []
    for question_id in walked.answers:
        found += [each.flag for each in walked.fired.get(question_id, ())]
        if question_id in changed:
            rule = changed[question_id]
            found.append(Flag(question_id, CHANGED, rule.id, rule.effect, rule.priority))
    return tuple(found)


def _changed(definition: Definition, walked: Walk, trail: Trail) -> dict[str, TrailRule]:
    """The rule on changes that fires under each question; the one on safety wins."""
    fired = {flag.rule_id for flag in walked.flags()}
    changed: dict[str, TrailRule] = {}
    for entry in trail:
        shown_at = _shown_at(definition, walked, entry.question)
        if shown_at is None:
            continue
        skipped = shown_at != entry.question
        if entry.page == CRISIS_PAGE:
            if skipped or _touched(walked, entry) or _gone_elsewhere(definition, fired, entry):
                changed[shown_at] = definition.safety_changed
        elif skipped or _gone(definition, fired, walked, entry):
            changed.setdefault(shown_at, definition.answer_changed)
    return changed


def _shown_at(definition: Definition, walked: Walk, question_id: str) -> str | None:
    """Where a change of this question shows: there, or where it was decided not to ask it.

    None while the path does not reach that far.
    """
    if question_id in walked.answers:
        return question_id
    places = definition.tables.places
    if question_id not in places or question_id in walked.path.questions:
        return None
    reached = next(reversed(walked.answers), None)
    if reached is None or places[reached] < places[question_id]:
        return None
    deciding = definition.tables.support[question_id]
    return next((each for each in reversed(walked.answers) if each in deciding), None)


def _touched(walked: Walk, entry: TrailEntry) -> bool:
    """Another answer than the first was given since, whatever stands now."""
    return entry.after is not None or walked.answers[entry.question] != entry.before


def _gone(definition: Definition, fired: AbstractSet[str], walked: Walk, entry: TrailEntry) -> bool:
    """A rule that made the page does not fire any more, because an answer was changed."""
    if _gone_elsewhere(definition, fired, entry):
        return True
    rules = definition.tables.rules
    # A rule that this version does not know says nothing: there the answer alone decides.
    moved = walked.answers[entry.question] != entry.before
    return _touched(walked, entry) and any(
        rule not in fired and (rule in rules or moved) for rule in entry.rules
    )


def _gone_elsewhere(definition: Definition, fired: AbstractSet[str], entry: TrailEntry) -> bool:
    """A rule over several questions does not fire any more: any of them may have been changed."""
    rules = definition.tables.rules
    return any(
        rule not in fired and rule in rules and len(questions_named(rules[rule].when)) > 1
        for rule in entry.rules
    )
