"""Numbers and birth dates in every spelling, and what is refused with which words."""

from __future__ import annotations

import datetime as dt
from itertools import product

import pytest

from intake.callback.readings import (
    Misread,
    age_on,
    birth_date,
    fits_band,
    has_letter,
    is_fictional,
    phone_number,
)

TODAY = dt.date(2026, 11, 23)
AREAS = ("561", "305", "850", "201", "609", "973", "732")
SHAPES = (
    "{a}{b}{c}",
    "{a}-{b}-{c}",
    "({a}) {b}-{c}",
    "({a}){b}-{c}",
    "{a}.{b}.{c}",
    "{a} {b} {c}",
    "1{a}{b}{c}",
    "1-{a}-{b}-{c}",
    "1 ({a}) {b}-{c}",
    "+1{a}{b}{c}",
    "+1 {a} {b} {c}",
    "+1-{a}-{b}-{c}",
    "+1 ({a}) {b}-{c}",
    "1.{a}.{b}.{c}",
    "{a}/{b}-{c}",
    "{a}–{b}–{c}",
    "  {a} - {b} - {c}  ",
    "+1({a}){b}-{c}",
    "tel:+1-{a}-{b}-{c}",
    "{a} {b}{c}",
    "{a}\u00a0{b}\u00a0{c}",
    "Cell: {a}-{b}-{c}",
    "[{a}] {b} {c}",
    "{a}-{b}{c}",
    "+1.{a}.{b}.{c}",
    "011 1 {a} {b} {c}",
    "{a} - {b}.{c}",
    "({a})-{b}-{c}",
    "{a}   {b}   {c}",
)
WRONG = (
    *("911", "988", "411", "0", "123", "5551234", "468-6981", "561-468-698", "561-468-69811"),
    *("000-000-0000", "111-111-1111", "123-456-7890", "061-468-6981", "161-468-6981"),
    *("561-068-6981", "561-168-6981", "+44 20 7946 0958", "+52 55 1234 5678", "+49 30 123456"),
    *("416-555-1234", "+1 604 555 1234", "876-555-1234", "call me", "none", "-", "()", "+", "+1"),
    *("561468698a", "five six one", "٥٦١٤٦٨٦٩٨١", "５６１４６８６９８１", "५६१४६८६९८१"),
    *("561-468-6981 x12", "561-468-6981 ext. 5", "561-468-6981;ext=7", "pat@example.com"),
    *("561-468-6981" * 6, "1" * 50, "<script>", "{{7*7}}", "'; DROP TABLE", "2026-11-23"),
    *("999-999-9999", "200-555-1234", "211-555-1234", "911-555-1234", "555-555-5555"),
    *("561 468 6981 6982", "561-468-6981 or 6982", "#31#5614686981000", "00 44 20 7946 0958"),
)


def test_two_hundred_spellings_of_a_number_are_one_number() -> None:
    """However people write their number, the same E.164 form is kept."""
    spellings = [
        (shape.format(a=area, b="468", c="6981"), f"+1{area}4686981")
        for area, shape in product(AREAS, SHAPES)
    ]
    assert len(spellings) >= 200
    read = [(text, phone_number(text, fictional=False)) for text, _ in spellings]
    assert read == spellings


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_number_is_refused_with_words_that_help(text: str) -> None:
    """Short, long, foreign, with an extension, in other digits, or no number at all."""
    with pytest.raises(Misread, match=r"^Enter a (US phone number|number that reaches)"):
        phone_number(text, fictional=False)


def test_nothing_typed_is_asked_for() -> None:
    """An empty field says what is wanted."""
    with pytest.raises(Misread, match="Enter your phone number"):
        phone_number("", fictional=True)


def test_fictional_numbers_only_where_the_product_is_tried() -> None:
    """555-0100 to 555-0199 belong to nobody, in any area code."""
    assert phone_number("(305) 555-0142", fictional=True) == "+13055550142"
    with pytest.raises(Misread, match="belongs to nobody"):
        phone_number("(305) 555-0142", fictional=False)
    edges = ["3055550099", "3055550100", "3055550199", "3055550200"]
    assert [is_fictional(text) for text in edges] == [False, True, True, False]


@pytest.mark.parametrize(
    ("day", "month", "year", "born"),
    [
        ("7", "3", "1980", "1980-03-07"),
        ("07", "03", "1980", "1980-03-07"),
        ("7", "March", "1980", "1980-03-07"),
        ("7", "mar", "1980", "1980-03-07"),
        ("7", "MAR.", "1980", "1980-03-07"),
        ("1", "Sept", "1980", "1980-09-01"),
        ("1", "sep", "1980", "1980-09-01"),
        ("29", "2", "2000", "2000-02-29"),
        ("23", "11", "2026", "2026-11-23"),
        ("24", "11", "1906", "1906-11-24"),
    ],
)
def test_a_birth_date_in_any_common_spelling(day: str, month: str, year: str, born: str) -> None:
    """Numbers with or without a zero, and month names, whole or short."""
    assert birth_date(day, month, year, TODAY) == dt.date.fromisoformat(born)


@pytest.mark.parametrize(
    ("day", "month", "year", "part"),
    [
        ("", "", "", "month"),
        ("", "3", "1980", "day"),
        ("7", "", "1980", "month"),
        ("7", "3", "", "year"),
        ("30", "2", "1980", "day"),
        ("29", "2", "1981", "day"),
        ("31", "4", "1980", "day"),
        ("0", "3", "1980", "day"),
        ("7", "13", "1980", "day"),
        ("7", "0", "1980", "day"),
        ("7", "3", "80", "year"),
        ("7", "3", "0000", "day"),
        ("7", "3", "1880", "year"),
        ("22", "11", "1905", "year"),
        ("24", "11", "2026", "year"),
        ("7", "3", "2999", "year"),
        ("7", "3", "19800", "year"),
        ("٧", "3", "1980", "day"),
        ("7", "３", "1980", "month"),
        ("7", "3", "१९८०", "year"),
        ("²", "3", "1980", "day"),
        ("-7", "3", "1980", "day"),
        ("7", "Ma", "1980", "month"),
        ("7", "Marz", "1980", "month"),
        ("seven", "3", "1980", "day"),
        ("7", "3", "198O", "year"),
        ("1e1", "3", "1980", "day"),
    ],
)
def test_a_birth_date_that_cannot_be_is_refused_at_its_part(
    day: str, month: str, year: str, part: str
) -> None:
    """Days that never were, lie ahead or too far back, and digits of other scripts."""
    with pytest.raises(Misread) as refused:
        birth_date(day, month, year, TODAY)
    assert refused.value.part == part
    assert str(refused.value).endswith(".")


def test_age_counts_birthdays_that_have_passed() -> None:
    """The day before the birthday is a year less; who was born on a leap day turns on March 1."""
    assert age_on(dt.date(2008, 11, 23), TODAY) == 18
    assert age_on(dt.date(2008, 11, 24), TODAY) == 17
    leap = dt.date(2008, 2, 29)
    assert age_on(leap, dt.date(2026, 2, 28)) == 17
    assert age_on(leap, dt.date(2026, 3, 1)) == 18


def test_every_age_lies_in_exactly_one_band() -> None:
    """The bands of the question cover 0 to 120 without a gap or an overlap."""
    bands = ("under_18", "18_29", "30_44", "45_64", "65_plus")
    for age in range(121):
        assert sum(fits_band(age, band) for band in bands) == 1
    assert fits_band(18, "18_29")
    assert fits_band(44, "30_44")
    assert fits_band(120, "65_plus")


@pytest.mark.parametrize("name", ["O'Brien", "李", "Ng", "Zoë", "محمد", "नरेंद्र", "J", "d’Arc"])
def test_names_of_any_script_hold_a_letter(name: str) -> None:
    """A name of one letter in any script is a name."""
    assert has_letter(name)


@pytest.mark.parametrize("name", ["", "-", "123", "…", "\u200d", "😀"])
def test_what_holds_no_letter_is_not_a_name(name: str) -> None:
    """Digits and marks alone cannot be asked for on the phone."""
    assert not has_letter(name)
