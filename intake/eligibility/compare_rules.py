"""What differs between the rules of two versions, those on changed answers included. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from intake.eligibility.definition import Definition
from intake.eligibility.differing import Difference, Part, Spot, after_what, moved, pairs
from intake.eligibility.parts import SEVERITY, Effect, Rule, TrailRule, Urgent
from intake.eligibility.telling import (
    EFFECT_WORDS,
    Direction,
    answer_words,
    direction,
    quoted,
    told_apart,
)

TEXTS = {
    "reason": "reason",
    "change": "text on what would change it",
    "staff": "line for staff",
    "source": "source",
    "source_url": "address of the source",
}
CALL_WORDS = {True: "the same day", False: "not the same day"}
TRAIL_WORDS = {
    "safety_changed": "A changed answer about safety",
    "answer_changed": "Another changed answer",
}


def of_rules(
    old: Definition, new: Definition, moved_questions: Sequence[str]
) -> Iterator[Difference]:
    """Every difference of rules; one whose question moved is not told as moved by itself."""
    for before, after in pairs(old.rules, new.rules, lambda rule: rule.id):
        if before and after:
            yield from _changed(old, before, new, after)
        elif after:
            spot = _spot(new, after)
            yield spot.change("rule", (None, _summary(after)), "stricter")
        elif before:
            spot = _spot(old, before)
            yield spot.change("rule", (_summary(before), None), "milder")
    for rule_id, words in TRAIL_WORDS.items():
        spot = Spot(Part.RULE, words, None, rule_id)
        first, second = getattr(old, rule_id), getattr(new, rule_id)
        yield from _done(spot, first, second)
    yield from _places(old, new, moved_questions)


def _spot(definition: Definition, rule: Rule) -> Spot:
    return Spot(Part.RULE, answer_words(definition, rule), rule.question, rule.id)


def _summary(rule: Rule) -> str:
    today = ", the same day" if rule.priority else ""
    return f"{EFFECT_WORDS[rule.effect]}{today}, because {quoted(rule.reason)}"


def _changed(old: Definition, before: Rule, new: Definition, after: Rule) -> Iterator[Difference]:
    """What differs between two versions of one rule."""
    spot = _spot(new, after)
    yield from _done(spot, before, after)
    if before.when != after.when:
        words = [answer_words(old, before), answer_words(new, after)]
        words = told_apart(words, (before.when, after.when))
        towards = direction(old, before.when, new, after.when)
        yield spot.change("condition", words, towards)
    flags = [f"{rule.question}:{rule.code}" for rule in (before, after)]
    if flags[0] != flags[1]:
        yield spot.change("name of the flag", flags)
    if before.ends_path != after.ends_path and before.effect is after.effect:
        ends = ["ends there" if rule.ends_path else "goes on" for rule in (before, after)]
        yield spot.change("way on", ends)


def _done(spot: Spot, before: Rule | TrailRule, after: Rule | TrailRule) -> Iterator[Difference]:
    """What differs in what a rule does and says."""
    if before.effect is not after.effect:
        words = (EFFECT_WORDS[before.effect], EFFECT_WORDS[after.effect])
        yield spot.change("effect", words, _towards(before.effect, after.effect))
    if before.priority != after.priority:
        calls = [CALL_WORDS[rule.priority] for rule in (before, after)]
        yield spot.change("call", calls, "stricter" if after.priority else "milder")
    # What the words say is told once, where they stand.
    if _urgent_id(before.urgent) != _urgent_id(after.urgent):
        towards = None if before.urgent and after.urgent else _shown(after.urgent)
        shown = [_urgent_words(rule.urgent) for rule in (before, after)]
        yield spot.change("urgent text", shown, towards)
    yield from spot.texts(before, after, TEXTS)


def _towards(before: Effect, after: Effect) -> Direction:
    return "milder" if SEVERITY[after] > SEVERITY[before] else "stricter"


def _shown(urgent: Urgent | None) -> Direction:
    return "stricter" if urgent else "milder"


def _urgent_id(urgent: Urgent | None) -> str | None:
    return urgent.id if urgent else None


def _urgent_words(urgent: Urgent | None) -> str | None:
    return f"{quoted(urgent.heading)} ({urgent.kind})" if urgent else None


def _places(
    old: Definition, new: Definition, moved_questions: Sequence[str]
) -> Iterator[Difference]:
    """Rules that stand elsewhere: their order is that of the reasons, and of the public page."""
    both = {rule.id for rule in old.rules} & {rule.id for rule in new.rules}
    sides = []
    for definition in (old, new):
        rules = [rule for rule in definition.rules if rule.id in both]
        if moved_questions:
            places = new.tables.places
            rules.sort(key=lambda rule: places.get(new.tables.rules[rule.id].question, -1))
        sides.append([rule.id for rule in rules])

    def name(rule_id: str) -> str:
        return answer_words(new, new.tables.rules[rule_id])

    for rule_id in moved(*sides):
        words = [after_what(ids, rule_id, name) for ids in sides]
        yield _spot(new, new.tables.rules[rule_id]).change("place among the rules", words)
