"""The questions that pages and records read by name: each must stand where it is looked for.

``state`` is stored with each submission, and says which zones and help lines hold; ``age_band``
is held against the birth date of a booking; ``safety`` leads to help before anything else.
"""

from __future__ import annotations

from collections.abc import Iterator

from intake.eligibility.definition import Definition
from intake.eligibility.faults import Problem, place, shown
from intake.eligibility.parts import Effect, Kind, Question

# The states whose zones and help lines the program knows.
SERVED = ("fl", "nj")
# The bands whose years the program knows.
BANDS = ("under_18", "18_29", "30_44", "45_64", "65_plus")


def find(definition: Definition, file: str) -> Iterator[Problem]:
    """Every fault of the questions that are read by name."""
    state = definition.tables.questions.get("state")
    if state is None:
        yield Problem(file, "questions", "(absent)", "a question state, which comes first")
    else:
        yield from _state(definition, state, _place(definition, state, file))
    band = definition.tables.questions.get("age_band")
    if band is None:
        yield Problem(file, "questions", "(absent)", "a question age_band for everybody")
    else:
        yield from _age_band(band, _place(definition, band, file))
    safety = definition.tables.questions.get("safety")
    if safety is None:
        yield Problem(file, "questions", "(absent)", "a question safety for everybody")
    else:
        yield from _one_for_all(safety, _place(definition, safety, file))


def _place(definition: Definition, question: Question, file: str) -> str:
    """Where ``question`` stands in the file."""
    number = definition.tables.places[question.id] + 1
    return f"{file}.{place('questions', number, question.id)}"


def _state(definition: Definition, question: Question, where: str) -> Iterator[Problem]:
    """It comes first, and a state that is not served ends the path as outside the area."""
    first = definition.questions[0].id
    if first != question.id:
        yield Problem(where, "place", f"after {first}", "the first question")
    yield from _one_for_all(question, where)
    for choice in question.choices:
        fired = definition.tables.single[question.id].get(choice.code)
        effect = fired.rule.effect if fired else None
        if choice.code not in SERVED and effect is not Effect.OUTSIDE_AREA:
            served = ", ".join(SERVED)
            allowed = f"a rule with the effect outside_area: the states served are {served}"
            yield Problem(where, f"choices.{choice.code}", shown(effect and effect.value), allowed)


def _age_band(question: Question, where: str) -> Iterator[Problem]:
    """Each of its codes is a band whose years are known."""
    yield from _one_for_all(question, where)
    for choice in question.choices:
        if choice.code not in BANDS:
            yield Problem(where, "choices.code", choice.code, "one of " + ", ".join(BANDS))


def _one_for_all(question: Question, where: str) -> Iterator[Problem]:
    """Everybody gives it one answer."""
    if question.kind is not Kind.ONE:
        yield Problem(where, "kind", shown(question.kind.value), "one")
    if question.when is not None:
        yield Problem(where, "when", "(present)", "absent: everybody is asked")
