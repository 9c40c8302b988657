"""Every difference between two versions of the rules, in words for a clinician. Pure.

The number of a version and its digest are no difference: they name the version. Words are
compared in the locale in which both were loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from intake.eligibility.compare_rules import of_rules
from intake.eligibility.conditions import AllOf, Condition
from intake.eligibility.definition import Definition
from intake.eligibility.differing import (
    Difference,
    Part,
    Spot,
    after_what,
    moved,
    pairs,
    sentence,
)
from intake.eligibility.parts import Choice, Kind, Question
from intake.eligibility.telling import (
    Direction,
    condition_words,
    direction,
    listed,
    quoted,
    told_apart,
)

__all__ = ["Difference", "Direction", "Part", "condition_words", "differences", "sentence"]

ALWAYS = AllOf(())
KIND_WORDS = {Kind.ONE: "one answer", Kind.MANY: "several answers"}
QUESTION_TEXTS = {
    "title": "title",
    "lead": "text above the answers",
    "hint": "hint",
    "short": "short name",
    "error": "error message",
}
MISTAKE_TEXTS = {
    "unknown": "message for an unknown answer",
    "doubled": "message for an answer given twice",
    "several": "message for several answers",
    "exclusive": "message for an answer that stands alone",
}
CHECK_TEXTS = {
    "title": "title",
    "intro": "opening words",
    "button": "button",
    "changed": "text on changed answers",
}


def differences(old: Definition, new: Definition) -> list[Difference]:
    """Every difference from ``old`` to ``new``, milder ones first, then in the order of ``new``.

    Empty exactly where both say and do the same.
    """
    questions = moved(_ids(old.questions), _ids(new.questions))
    found = [
        *_questions(old, new, questions),
        *of_rules(old, new, questions),
        *_named(
            Part.SECTION,
            "Section",
            {section.id: section for section in old.sections},
            {section.id: section for section in new.sections},
            {"title": "title"},
        ),
        *_named(
            Part.OUTCOME,
            "Outcome",
            {ending.code: ending for ending in old.endings},
            {ending.code: ending for ending in new.endings},
            {"title": "title", "staff": "name for staff", "page": "page"},
        ),
        *_named(
            Part.URGENT,
            "Urgent text",
            {urgent.id: urgent for urgent in old.urgent},
            {urgent.id: urgent for urgent in new.urgent},
            {"heading": "heading", "text": "text", "kind": "help line"},
        ),
        *_frame(old, new),
    ]
    return sorted(found, key=lambda each: each.direction != "milder")


def _ids(parts: Sequence[Question]) -> list[str]:
    return [part.id for part in parts]


def _spot(definition: Definition, question: Question) -> Spot:
    number = definition.tables.places[question.id] + 1
    return Spot(Part.QUESTION, f"Question {number}, {question.short}", question.id)


def _questions(
    old: Definition, new: Definition, moved_questions: Sequence[str]
) -> Iterator[Difference]:
    for before, after in pairs(old.questions, new.questions, lambda question: question.id):
        if before and after:
            yield from _question(old, before, new, after)
        elif after:
            yield _spot(new, after).change("question", (None, _summary(new, after)), "stricter")
        elif before:
            yield _spot(old, before).change("question", (_summary(old, before), None), "milder")
    for question_id in moved_questions:
        words = [after_what(_ids(each.questions), question_id, _names(each)) for each in (old, new)]
        yield _spot(new, new.question(question_id)).change("place", words)


def _names(definition: Definition) -> Callable[[str], str]:
    """From a question's id to its short name between quotation marks."""
    return lambda question_id: quoted(definition.question(question_id).short)


def _summary(definition: Definition, question: Question) -> str:
    """A whole question in one line."""
    labels = [quoted(choice.label) for choice in question.choices]
    asked = _when(definition, question.when)
    return f"{quoted(question.title)}, {asked}, with the answers {listed(labels, 'and')}"


def _question(
    old: Definition, before: Question, new: Definition, after: Question
) -> Iterator[Difference]:
    spot = _spot(new, after)
    yield from spot.texts(before, after, QUESTION_TEXTS)
    if before.kind is not after.kind:
        yield spot.change("kind", (KIND_WORDS[before.kind], KIND_WORDS[after.kind]))
    if before.section != after.section:
        words = [_section(old, before.section), _section(new, after.section)]
        yield spot.change("section", words)
    if before.when != after.when:
        conditions = before.when or ALWAYS, after.when or ALWAYS
        words = told_apart([_when(old, before.when), _when(new, after.when)], conditions)
        towards = direction(old, conditions[0], new, conditions[1])
        yield spot.change("condition", words, towards)
    yield from _choices(before, new, after)


def _section(definition: Definition, section_id: str) -> str:
    titles = [section.title for section in definition.sections if section.id == section_id]
    return " ".join([*map(quoted, titles), f"({section_id})"])


def _when(definition: Definition, condition: Condition | None) -> str:
    return f"asked when {condition_words(definition, condition)}" if condition else "always asked"


def _choices(old: Question, new: Definition, question: Question) -> Iterator[Difference]:
    for before, after in pairs(old.choices, question.choices, lambda choice: choice.code):
        choice = after or before
        if choice is None:
            continue
        where = f"{question.short}, {quoted(choice.label)}"
        spot = Spot(Part.CHOICE, where, question.id)
        if before and after:
            yield from _choice(spot, before, after)
        elif after:
            safe = after.code not in new.tables.single[question.id]
            note = ", which sets off no rule by itself" if safe else ""
            yield spot.change("answer", (None, quoted(after.label) + note))
        elif before:
            yield spot.change("answer", (quoted(before.label), None))
    sides = [[choice.code for choice in each.choices] for each in (old, question)]
    for code in moved(*sides):
        words = [
            after_what(codes, code, lambda each: quoted(question.label(each))) for codes in sides
        ]
        where = f"{question.short}, {quoted(question.label(code))}"
        yield Spot(Part.CHOICE, where, question.id).change("place among the answers", words)


def _choice(spot: Spot, before: Choice, after: Choice) -> Iterator[Difference]:
    yield from spot.texts(before, after, {"label": "label", "meaning": "meaning"})
    if before.exclusive != after.exclusive:
        words = ["stands alone" if each.exclusive else "joins others" for each in (before, after)]
        yield spot.change("way to choose it", words)


def _named(
    kind: Part,
    name: str,
    old: Mapping[str, object],
    new: Mapping[str, object],
    words: Mapping[str, str],
) -> Iterator[Difference]:
    """Differences of what has an id and a heading: the first attribute that ``words`` names."""
    heading = next(iter(words))

    def spot(part_id: str) -> Spot:
        return Spot(kind, f"{name} {quoted(getattr(new.get(part_id, old.get(part_id)), heading))}")

    for part_id in dict.fromkeys([*new, *old]):
        before, after = old.get(part_id), new.get(part_id)
        if before and after:
            yield from spot(part_id).texts(before, after, words)
        else:
            shown = [quoted(getattr(each, heading)) if each else None for each in (before, after)]
            yield spot(part_id).change(name.lower(), shown)
    for part_id in moved(list(old), list(new)):
        places = [after_what(list(each), part_id, quoted) for each in (old, new)]
        yield spot(part_id).change("place", places)


def _frame(old: Definition, new: Definition) -> Iterator[Difference]:
    """Consent, the check page, the shared error messages, languages and reserved ids."""
    consent = {"version": "version", "text": "text"}
    yield from Spot(Part.CONSENT, "Consent").texts(old.consent, new.consent, consent)
    yield from Spot(Part.CHECK, "Check page").texts(old.check, new.check, CHECK_TEXTS)
    if old.questions and new.questions:
        mistakes = old.questions[0].mistakes, new.questions[0].mistakes
        yield from Spot(Part.ERRORS, "Error messages").texts(*mistakes, MISTAKE_TEXTS)
    frame = Spot(Part.FRAME, "The file")
    yield from frame.texts(old, new, {"locale": "language that is compared"})
    for what, before, after in (
        ("languages", old.locales, new.locales),
        ("reserved ids", old.reserved, new.reserved),
    ):
        if before != after:
            yield frame.change(what, (listed(before, "and"), listed(after, "and")))
