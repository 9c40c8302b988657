"""What the check-answers page lists."""

from __future__ import annotations

from dataclasses import dataclass

from intake.questionnaire.walk import Standing, question_address


@dataclass(frozen=True, slots=True)
class Row:
    """One answered question: ``value`` holds the labels chosen, ``href`` leads to the change."""

    label: str
    value: tuple[str, ...]
    href: str
    hidden: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the check with its rows."""

    title: str
    rows: tuple[Row, ...]


def sections(here: Standing) -> list[Section]:
    """The answers on the path, by section, in the person's own words."""
    definition = here.definition
    found: dict[str, list[Row]] = {}
    for question_id, codes in here.answers.items():
        question = definition.question(question_id)
        row = Row(
            label=question.short,
            value=tuple(question.label(code) for code in codes),
            href=question_address(question_id),
            hidden=question.short,
        )
        found.setdefault(question.section, []).append(row)
    return [Section(definition.section(key).title, tuple(rows)) for key, rows in found.items()]
