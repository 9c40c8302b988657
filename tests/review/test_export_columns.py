"""The export's columns and cells, as pure values; texts are drawn at random."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import unicodedata
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from intake import eligibility
from intake.eligibility import Definition
from intake.review import export
from intake.review.export import Form, Person, Record
from intake.review.export_rows import _lines

NEW_YORK = ZoneInfo("America/New_York")
VERSION_ONE = eligibility.load(eligibility.packaged()[0][1])
SENT = dt.datetime(2026, 11, 23, 14, 5, 0, 123456, tzinfo=dt.UTC)
MARY = Person(
    name="Mary O'Brien",
    phone="+13055550100",
    email="mary@example.com",
    birth_date=dt.date(1988, 3, 7),
    callback_start=dt.datetime(2026, 11, 24, 14, 0, tzinfo=dt.UTC),
    voicemail="number",
    sms_consent=True,
)
RECORD = Record(
    reference="KQ7-4FXM",
    row_id="r0123456789abcdef",
    submitted_at=SENT,
    definition_version=1,
    outcome="talk_first",
    flags=("trials:1", "blood_pressure:high_controlled"),
    priority=True,
    status="closed",
    closed_reason="declined",
    owner="s7k2",
    source_article="should-you-microdose-ketamine",
    answers={"state": ("fl",), "reason": ("depression", "pain"), "trials": ("1",)},
    person=MARY,
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
SPELLINGS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    " =1",
    "\t=1",
    "\r=1",
    "\n=1",
    "\x00=1",
    "\ufeff=1",
    "\u200b=1",
    "\u00a0=1",
    "\u3000＝1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "﹦1",
    "﹢1",
    "﹣1",
    "﹫x",
    "⁼1",
    "⁺1",
    "−1",
    "\u202e=1",
    "\tname",
    "\x1f",
]


def cells(form: Form, record: Record = RECORD, **versions: Definition) -> dict[str, str]:
    """One row by its headings."""
    shelf = {1: VERSION_ONE, **{int(key[1:]): value for key, value in versions.items()}}
    columns = export.answer_columns(shelf)
    asked = export.codes_of(shelf[record.definition_version])
    head = export.header(columns, form)
    row = export.row(record, asked, columns, form, NEW_YORK)
    assert len(head) == len(row) == len(set(head))
    return dict(zip(head, row, strict=True))


def question_columns() -> list[str]:
    """The columns of version 1's questions, worked out a second time."""
    found = []
    for question in VERSION_ONE.questions:
        if question.kind == "one":
            found.append(question.id)
        else:
            found += [f"{question.id}___{choice.code}" for choice in question.choices]
    return found


def test_the_columns_are_the_contract() -> None:
    """Names and order are those of the contract, in each of the three forms."""
    until_answers = """
        reference submitted_at_utc submitted_at_local time_zone definition_version outcome flags
        priority status closed_reason owner source_article
    """
    after_answers = """
        name phone email birth_date callback_start_utc callback_local voicemail sms_consent
    """
    deidentified = """
        row_id submitted_year time_zone definition_version outcome flags priority status
        closed_reason source_article
    """
    plain, person, bare = (names.split() for names in (until_answers, after_answers, deidentified))
    columns = export.answer_columns({1: VERSION_ONE})
    middle = question_columns()
    assert list(export.header(columns, Form.WITHOUT_CONTACT)) == plain + middle
    assert list(export.header(columns, Form.IDENTIFIED)) == plain + middle + person
    assert list(export.header(columns, Form.DEIDENTIFIED)) == bare + middle


def test_the_cells_are_the_contract() -> None:
    """Instants, flags, bits, phones and dates are spelled as the contract spells them."""
    row = cells(Form.IDENTIFIED)
    expected = {
        "reference": "KQ7-4FXM",
        "submitted_at_utc": "2026-11-23T14:05:00Z",
        "submitted_at_local": "2026-11-23 09:05",
        "time_zone": "America/New_York",
        "definition_version": "1",
        "outcome": "talk_first",
        "flags": "trials:1 blood_pressure:high_controlled",
        "priority": "1",
        "status": "closed",
        "closed_reason": "declined",
        "owner": "s7k2",
        "source_article": "should-you-microdose-ketamine",
        "state": "fl",
        "trials": "1",
        "reason___depression": "1",
        "reason___pain": "1",
        "reason___ocd": "0",
        "safety": "",
        "heart___unstable": "",
        "name": "Mary O'Brien",
        "phone": "305-555-0100",
        "email": "mary@example.com",
        "birth_date": "1988-03-07",
        "callback_start_utc": "2026-11-24T14:00:00Z",
        "callback_local": "2026-11-24 09:00",
        "voicemail": "number",
        "sms_consent": "1",
    }
    assert {name: row[name] for name in expected} == expected


def test_nothing_about_the_person_stands_in_the_other_forms() -> None:
    """Without the choice, no cell holds a part of the contact; de-identified, no trace at all."""
    secrets = {"Mary O'Brien", "305-555-0100", "mary@example.com", "1988-03-07", "number"}
    for form in (Form.WITHOUT_CONTACT, Form.DEIDENTIFIED):
        assert secrets.isdisjoint(cells(form).values())
    bare = cells(Form.DEIDENTIFIED)
    assert bare["row_id"] == "r0123456789abcdef" and bare["submitted_year"] == "2026"
    assert {"KQ7-4FXM", "s7k2", "2026-11-23 09:05"}.isdisjoint(bare.values())


def test_the_year_is_the_practices() -> None:
    """An hour after midnight in London on New Year's Day is still last year at the practice."""
    sent = dataclasses.replace(RECORD, submitted_at=dt.datetime(2027, 1, 1, 1, tzinfo=dt.UTC))
    assert cells(Form.DEIDENTIFIED, sent)["submitted_year"] == "2026"


def test_without_a_contact_the_identified_cells_are_blank() -> None:
    """Nobody to reach: eight blank cells, not zeros."""
    row = cells(Form.IDENTIFIED, dataclasses.replace(RECORD, person=None))
    assert {row[name] for name in export.PERSON} == {""}
    bare = dataclasses.replace(MARY, email=None, birth_date=None, callback_start=None)
    row = cells(Form.IDENTIFIED, dataclasses.replace(RECORD, person=bare))
    assert [row[name] for name in ("email", "birth_date", "callback_start_utc")] == ["", "", ""]


def two_versions() -> Definition:
    """A second version: one choice more, one question gone, one new, one that takes several."""
    questions = []
    for question in VERSION_ONE.questions:
        if question.id == "heart":
            new = dataclasses.replace(question.choices[0], code="valve")
            question = dataclasses.replace(question, choices=(*question.choices, new))
        if question.id == "sitter":
            question = dataclasses.replace(question, id="driver")
        if question.id == "trials":
            question = dataclasses.replace(question, kind=eligibility.Kind.MANY)
        questions.append(question)
    kept = tuple(rule for rule in VERSION_ONE.rules if rule.question not in ("sitter", "trials"))
    return dataclasses.replace(VERSION_ONE, version=2, questions=tuple(questions), rules=kept)


def test_several_versions_make_one_union_without_lying() -> None:
    """What a version did not ask, or did not offer, is blank in its rows, never 0."""
    later = two_versions()
    answers = {"heart": ("none",), "trials": ("1",), "sitter": ("yes",)}
    old = cells(Form.WITHOUT_CONTACT, dataclasses.replace(RECORD, answers=answers), v2=later)
    assert (old["heart___valve"], old["heart___none"], old["heart___unstable"]) == ("", "1", "0")
    assert (old["trials"], old["trials___1"], old["sitter"], old["driver"]) == ("1", "", "yes", "")
    answers = {"heart": ("valve",), "trials": ("1", "0"), "driver": ("yes",)}
    record = dataclasses.replace(RECORD, answers=answers, definition_version=2)
    new = cells(Form.WITHOUT_CONTACT, record, v2=later)
    assert (new["heart___valve"], new["heart___none"]) == ("1", "0")
    assert (new["trials"], new["trials___1"], new["trials___2_plus"]) == ("", "1", "0")
    assert (new["sitter"], new["driver"]) == ("", "yes")
    head = list(new)
    assert head.index("heart___valve") == head.index("heart___not_sure") + 1


@pytest.mark.parametrize("text", SPELLINGS)
def test_formulas_are_neutralised_in_every_spelling(text: str) -> None:
    """Whatever a spreadsheet would run stands behind a quote, with nothing lost."""
    assert export.harmless(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    ["", " ", "O'Brien", "李", "Anne-Marie", "a=b", "x@y.z", "7", "1 =", "_x", "“=”", "🙂", "'=x"],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    """A name, an address or a number is not touched."""
    assert export.harmless(text) == text


@given(TEXTS)
@example("\x00")
def test_no_text_begins_like_a_formula(text: str) -> None:
    """After what is not seen, no cell begins with a formula's sign, in any form of it."""
    made = export.harmless(text)
    assert made in (text, f"'{text}")
    seen = made.lstrip("".join({c for c in made if unicodedata.category(c) in export.UNSEEN}))
    assert not seen or unicodedata.normalize("NFKC", seen[0])[0] not in "=+-@\u2212"
    assert not seen or unicodedata.category(seen[0]) != "Cc"


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=5))
def test_lines_read_back_as_they_were_written(rows: list[tuple[str, str, str]]) -> None:
    """Quotes, commas, line breaks and any script survive the way through the csv module."""
    text = _lines(rows).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [list(row) for row in rows]
    assert text.endswith("\r\n") == bool(rows)


@given(
    name=TEXTS,
    answers=st.fixed_dictionaries(
        {},
        optional={
            question.id: st.lists(
                st.sampled_from([choice.code for choice in question.choices]),
                min_size=1,
                max_size=1 if question.kind == "one" else None,
                unique=True,
            ).map(tuple)
            for question in VERSION_ONE.questions
        },
    ),
    form=st.sampled_from(Form),
)
def test_every_answer_can_be_read_back(
    name: str, answers: dict[str, tuple[str, ...]], form: Form
) -> None:
    """From a row alone the answers come back, and it holds no value outside the allowlist."""
    person = dataclasses.replace(MARY, name=name)
    row = cells(form, dataclasses.replace(RECORD, answers=answers, person=person))
    found: dict[str, set[str]] = {}
    for column in question_columns():
        question, _, code = column.partition("___")
        if not code and row[column]:
            found[question] = {row[column]}
        elif row[column] == "1":
            found.setdefault(question, set()).add(code)
        else:
            assert row[column] in ("", "0") and (row[column] == "") == (question not in answers)
    assert found == {question: set(codes) for question, codes in answers.items()}
