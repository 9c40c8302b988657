"""What a person typed, read: a phone number, a birth date, a name.

Pure: no Flask, no clock. Every refusal is a ``Misread`` whose text says what to do.
"""

from __future__ import annotations

import datetime as dt

import phonenumbers

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
# The area of the North American plan that the United States and its territories use.
UNITED_STATES = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
ADULT = 18
OLDEST = 120
# First year of age and first year that is past it, by code of the question ``age_band``.
BANDS = {
    "under_18": (0, ADULT),
    "18_29": (ADULT, 30),
    "30_44": (30, 45),
    "45_64": (45, 65),
    "65_plus": (65, OLDEST + 1),
}


class Misread(ValueError):
    """Something typed cannot be read; the message tells the person what to do.

    ``part``: which of several fields to go to (``day``, ``month`` or ``year``), or empty.
    """

    def __init__(self, message: str, part: str = "") -> None:
        super().__init__(message)
        self.part = part


def phone_number(text: str, *, fictional: bool) -> str:
    """Read a US phone number in any spelling; gives E.164.

    ``fictional``: whether the numbers 555-0100 to 555-0199, which belong to nobody, are taken.
    Raises ``Misread``.
    """
    if not text:
        raise Misread("Enter your phone number.")
    wrong = Misread("Enter a US phone number with its area code, such as 305-555-0100.")
    if len(text) > 60 or _foreign_digits(text):
        raise wrong
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        raise wrong from None
    if number.extension:
        raise Misread("Enter a number that reaches you without an extension.")
    region = phonenumbers.region_code_for_number(number)
    if region not in UNITED_STATES or not phonenumbers.is_valid_number(number):
        raise wrong
    if not fictional and is_fictional(str(number.national_number)):
        raise Misread("Enter your own phone number. This one belongs to nobody.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_fictional(national: str) -> bool:
    """Whether ten digits are a number set aside for stories. Source: NANPA, 555-0100 to -0199."""
    return national[3:8] == "55501"


def birth_date(day: str, month: str, year: str, today: dt.date) -> dt.date:
    """Read a birth date from three fields; the month may be a number or its English name.

    ``today``: the day where the practice is. Raises ``Misread`` for a day that never was, lies
    ahead, or is more than 120 years back.
    """
    if not (day or month or year):
        raise Misread("Enter your birth date.", "month")
    numbers = {
        "month": _month(month),
        "day": _number(day, "day", 2),
        "year": _number(year, "year", 4),
    }
    if len(year) != 4:
        raise Misread("Enter the year you were born with four numbers, such as 1980.", "year")
    try:
        born = dt.date(numbers["year"], numbers["month"], numbers["day"])
    except ValueError:
        raise Misread("Enter a real date. That day is not in the calendar.", "day") from None
    if born > today or age_on(born, today) > OLDEST:
        raise Misread("Check the year you were born.", "year")
    return born


def age_on(born: dt.date, today: dt.date) -> int:
    """Return the age in whole years on ``today``; who was born on February 29 turns on March 1."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def fits_band(age: int, band: str) -> bool:
    """Whether ``age`` in years lies in the chosen ``age_band``."""
    first, past = BANDS[band]
    return first <= age < past


def has_letter(name: str) -> bool:
    """Whether ``name`` holds a letter of any script."""
    return any(character.isalpha() for character in name)


def _month(text: str) -> int:
    """Read a month: 1 to 12, or an English name of which three letters are enough."""
    word = text.casefold().rstrip(".")
    if len(word) >= 3:
        for number, name in enumerate(MONTHS, start=1):
            if name.startswith(word) or (name == "september" and word == "sept"):
                return number
    return _number(text, "month", 2)


def _number(text: str, part: str, longest: int) -> int:
    """Read a whole number of up to ``longest`` plain digits."""
    if not text:
        raise Misread(f"Your birth date needs a {part}.", part)
    if not (text.isascii() and text.isdigit() and len(text) <= longest):
        raise Misread(f"Enter the {part} you were born as a number.", part)
    return int(text)


def _foreign_digits(text: str) -> bool:
    """Whether ``text`` holds a digit that is not one of 0 to 9."""
    return any(character.isdigit() and not character.isascii() for character in text)
