"""The export's columns and cells. Pure: plain values in, text out; written by allowlist.

The columns are those of the product's contract. Each cell is text: codes and instants as they
are read by programs, and free text made harmless to a spreadsheet that would run it as a formula
(OWASP ASVS 5.0, 1.2.10).
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from intake.eligibility import Answers, Definition

# What starts a formula, after NFKC has folded full-width, small and raised forms into it.
FORMULA_STARTS = frozenset("=+-@\N{MINUS SIGN}")
# Not seen, and skipped by some spreadsheets before they look for a formula.
UNSEEN = ("Cf", "Zs", "Zl", "Zp")


class Form(StrEnum):
    """What an export may hold about a person; the first is the default."""

    WITHOUT_CONTACT = "without_contact"
    DEIDENTIFIED = "deidentified"
    IDENTIFIED = "identified"


@dataclass(frozen=True, slots=True)
class Person:
    """The identified part of a row: phone in E.164, ``callback_start`` an aware instant."""

    name: str
    phone: str
    email: str | None
    birth_date: dt.date | None
    callback_start: dt.datetime | None
    voicemail: str
    sms_consent: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One submission in plain values: ``submitted_at`` aware, ``flags`` as ``question:code``.

    ``row_id`` stands for the reference in the de-identified form.
    """

    reference: str
    row_id: str
    submitted_at: dt.datetime
    definition_version: int
    outcome: str
    flags: tuple[str, ...]
    priority: bool
    status: str
    closed_reason: str | None
    owner: str | None
    source_article: str | None
    answers: Answers
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """One column of answers: ``code`` is None for a question that takes one answer."""

    question: str
    code: str | None

    @property
    def name(self) -> str:
        """The column's heading: ``safety``, or ``heart___unstable``."""
        return self.question if self.code is None else f"{self.question}___{self.code}"


def answer_columns(definitions: Mapping[int, Definition]) -> tuple[AnswerColumn, ...]:
    """The union of all versions' answer columns, the oldest version's order first.

    A code that a later version adds stands beside its question's other codes.
    """
    found: dict[tuple[str, bool], dict[AnswerColumn, None]] = {}
    for _, definition in sorted(definitions.items()):
        for question in definition.questions:
            many = question.kind == "many"
            columns = found.setdefault((question.id, many), {})
            codes = [choice.code for choice in question.choices] if many else [None]
            columns.update(dict.fromkeys(AnswerColumn(question.id, code) for code in codes))
    return tuple(column for columns in found.values() for column in columns)


def header(columns: Sequence[AnswerColumn], form: Form) -> tuple[str, ...]:
    """The headings of an export in ``form``."""
    return (
        *_facts(form),
        *(column.name for column in columns),
        *(PERSON if form is Form.IDENTIFIED else ()),
    )


def row(
    record: Record,
    asked: Mapping[str, frozenset[str]],
    columns: Sequence[AnswerColumn],
    form: Form,
    zone: ZoneInfo,
) -> tuple[str, ...]:
    """The cells of one submission, in the order of ``header``.

    ``asked``: ``codes_of`` the submission's own version. ``zone`` is the practice's.
    """
    return (
        *(cell(record, zone) for cell in _facts(form).values()),
        *_answer_cells(record.answers, asked, columns),
        *(_person_cells(record.person, zone) if form is Form.IDENTIFIED else ()),
    )


def codes_of(definition: Definition) -> dict[str, frozenset[str]]:
    """The codes of each question of ``definition`` that takes several answers."""
    return {
        question.id: frozenset(choice.code for choice in question.choices)
        for question in definition.questions
        if question.kind == "many"
    }


def utc(moment: dt.datetime) -> str:
    """An aware instant as ``2026-11-23T14:05:00Z``."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(moment: dt.datetime, zone: ZoneInfo) -> str:
    """An aware instant on the clock of ``zone``, as ``2026-11-23 09:05``."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def phone(e164: str) -> str:
    """A US number as ``305-555-0100``: with a plus it is a formula, as bare digits a number."""
    if e164.startswith("+1") and len(e164) == 12:
        return f"{e164[2:5]}-{e164[5:8]}-{e164[8:]}"
    return harmless(e164)


def harmless(text: str) -> str:
    """Free text that no spreadsheet runs: a quote goes before whatever could start a formula.

    What starts it is the first character that is seen; a control character before it counts too.
    """
    for character in text:
        kind = unicodedata.category(character)
        if kind in UNSEEN:
            continue
        folded = unicodedata.normalize("NFKC", character)
        return f"'{text}" if kind == "Cc" or folded[0] in FORMULA_STARTS else text
    return text


def _answer_cells(
    answers: Answers, asked: Mapping[str, frozenset[str]], columns: Sequence[AnswerColumn]
) -> Iterator[str]:
    """One cell a column: blank where the question, or in that version the code, was not asked."""
    for column in columns:
        chosen = answers.get(column.question)
        several = asked.get(column.question, frozenset())
        if chosen is None:
            yield ""
        elif column.code is None:
            yield "" if several else chosen[0]
        else:
            yield _bit(column.code in chosen) if column.code in several else ""


def _person_cells(person: Person | None, zone: ZoneInfo) -> tuple[str, ...]:
    """The identified cells, all blank where no contact was left."""
    if person is None:
        return ("",) * len(PERSON)
    return tuple(cell(person, zone) for cell in PERSON.values())


def _facts(form: Form) -> Mapping[str, Callable[[Record, ZoneInfo], str]]:
    """The columns before the answers, with their cells."""
    return DEIDENTIFIED_FACTS if form is Form.DEIDENTIFIED else FACTS


def _bit(value: bool) -> str:
    """A truth as ``0`` or ``1``."""
    return "1" if value else "0"


# Each column with its cell, in the order of the contract.
FACTS: dict[str, Callable[[Record, ZoneInfo], str]] = {
    "reference": lambda record, _: record.reference,
    "submitted_at_utc": lambda record, _: utc(record.submitted_at),
    "submitted_at_local": lambda record, zone: local(record.submitted_at, zone),
    "time_zone": lambda _, zone: zone.key,
    "definition_version": lambda record, _: str(record.definition_version),
    "outcome": lambda record, _: record.outcome,
    "flags": lambda record, _: " ".join(record.flags),
    "priority": lambda record, _: _bit(record.priority),
    "status": lambda record, _: record.status,
    "closed_reason": lambda record, _: record.closed_reason or "",
    "owner": lambda record, _: record.owner or "",
    "source_article": lambda record, _: record.source_article or "",
}
TRACEABLE = ("reference", "submitted_at_utc", "submitted_at_local", "owner")
DEIDENTIFIED_FACTS: dict[str, Callable[[Record, ZoneInfo], str]] = {
    "row_id": lambda record, _: record.row_id,
    "submitted_year": lambda record, zone: str(record.submitted_at.astimezone(zone).year),
    **{name: cell for name, cell in FACTS.items() if name not in TRACEABLE},
}
PERSON: dict[str, Callable[[Person, ZoneInfo], str]] = {
    "name": lambda person, _: harmless(person.name),
    "phone": lambda person, _: phone(person.phone),
    "email": lambda person, _: harmless(person.email or ""),
    "birth_date": lambda person, _: person.birth_date.isoformat() if person.birth_date else "",
    "callback_start_utc": lambda person, _: (
        utc(person.callback_start) if person.callback_start else ""
    ),
    "callback_local": lambda person, zone: (
        local(person.callback_start, zone) if person.callback_start else ""
    ),
    "voicemail": lambda person, _: person.voicemail,
    "sms_consent": lambda person, _: _bit(person.sms_consent),
}
