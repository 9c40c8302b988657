"""The filters of the audit page: as a form, as an address, as a query, in words.

A form is sent by POST and leads to an address only once it was understood: a name that was typed
into it by mistake never stands in one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, ValidationError
from wtforms.validators import Optional

from intake.audit.reading import Wanted
from intake.oversight.event_words import ACTORS, ALL, GROUPS, WORDS, names_of
from intake.review.forms import ANY, DayField, offered
from intake.submissions.desk import REFERENCE
from intake.web.forms import PlainField

# A reference as people type it: with a dash, a space or neither.
TYPED = re.compile(r"(\w{3})[\s\u2010-\u2015-]*(\w{4})", re.ASCII)
FIELDS = ("who", "what", "about", "start", "end")
LABELS = {"who": "Who", "what": "What", "about": "About", "start": "From", "end": "To"}
SELECT = "Select one of these."

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters that are set, by field as the address holds them; ``left_out``: some were not.

    ``who``: a staff id or a kind of actor; ``what``: a group or an event; ``about``: a reference
    or a staff id; ``start`` and ``end``: days of the practice, both included.
    """

    values: Mapping[str, str]
    left_out: bool = False

    def wanted(self, zone: ZoneInfo) -> Wanted:
        """The query; ``zone`` is the practice's."""
        who, start, end = (self.values.get(name) for name in ("who", "start", "end"))
        return Wanted(
            names=names_of(self.values.get("what", "")),
            actor_kind=who if who in ACTORS else None,
            actor_id=None if who in ACTORS else who,
            subject=self.values.get("about"),
            since=_midnight(start, zone),
            until=_midnight(end, zone, later=1),
        )

    def words(self, names: Names) -> list[str]:
        """Each filter that is set, such as ``Who: Kim Cole``."""
        told = {**ACTORS, **names, **GROUPS, **ALL}
        return [f"{LABELS[field]}: {told.get(each, each)}" for field, each in self.values.items()]


class AuditForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What is looked for; everything may be left empty."""

    who = SelectField("Who", invalid_choice_message=SELECT)
    what = SelectField("What", invalid_choice_message=SELECT)
    reference = PlainField("About a record")
    person = SelectField("About a staff member", invalid_choice_message=SELECT)
    start = DayField("From", validators=[Optional()])
    end = DayField("To", validators=[Optional()])

    def __init__(self, names: Names, asked: Asked | None = None) -> None:
        """Offer the staff members ``names`` (by id); filled from ``asked`` where nothing came."""
        super().__init__(**({"formdata": None, "data": _as_data(asked)} if asked else {}))
        people = list(names.items())
        self.who.choices = offered([ANY, *ACTORS.items(), *people])
        self.person.choices = offered([ANY, *people])
        groups = [SelectChoice(code, words, optgroup="Groups") for code, words in GROUPS.items()]
        each = [
            SelectChoice(name, text, optgroup=GROUPS[group])
            for group, events in WORDS.items()
            for name, text in events.items()
        ]
        self.what.choices = [SelectChoice("", "Any", optgroup="All"), *groups, *each]

    def validate_reference(self, field: PlainField) -> None:
        """A reference, or nothing."""
        if field.data and reference_in(field.data) is None:
            raise ValidationError("Enter a reference such as KTR-4822, or leave it empty.")

    def validate_person(self, field: SelectField) -> None:
        """An event is about one thing."""
        if field.data and self.reference.data:
            raise ValidationError("Choose a record or a staff member, not both.")

    def validate_end(self, field: DayField) -> None:
        """The days are in their order."""
        if field.data and self.start.data and field.data < self.start.data:
            raise ValidationError("Enter a day that is not before the first one.")

    def address(self) -> dict[str, Any]:
        """The parameters of the address that asks for the same; only for a form that is valid."""
        about = reference_in(self.reference.data or "") or self.person.data
        days = (each.isoformat() if each else "" for each in (self.start.data, self.end.data))
        found = zip(FIELDS, (self.who.data, self.what.data, about, *days), strict=True)
        return {name: value for name, value in found if value}


def reference_in(text: str) -> str | None:
    """The reference that somebody typed, with any dash or none, in capitals or not."""
    match = TYPED.fullmatch(text.strip().upper())
    found = f"{match[1]}-{match[2]}" if match else ""
    return found if REFERENCE.fullmatch(found) else None


def read(asked: Mapping[str, str], names: Names) -> Asked:
    """The filters of an address; a value that means nothing here is left out, never repeated."""
    given = {field: asked[field] for field in FIELDS if asked.get(field)}
    fits = {
        "who": lambda text: text in ACTORS or text in names,
        "what": lambda text: bool(names_of(text)),
        "about": lambda text: text in names or reference_in(text) == text,
        "start": _is_day,
        "end": _is_day,
    }
    kept = {field: text for field, text in given.items() if fits[field](text)}
    return Asked(kept, left_out=kept != given)


def _as_data(asked: Asked) -> dict[str, object]:
    """The filters as the form's fields hold them."""
    values: dict[str, object] = {"who": "", "what": "", "person": "", **asked.values}
    about = asked.values.get("about", "")
    values["reference" if reference_in(about) else "person"] = about
    for name in ("start", "end"):
        if name in asked.values:
            values[name] = dt.date.fromisoformat(asked.values[name])
    return values


def _is_day(text: str) -> bool:
    """Whether ``text`` is a day as the form writes it."""
    try:
        return dt.date.fromisoformat(text).isoformat() == text and 2000 <= int(text[:4]) <= 2100
    except ValueError:
        return False


def _midnight(day: str | None, zone: ZoneInfo, later: int = 0) -> dt.datetime | None:
    """The instant (UTC) at which ``day``, or one ``later`` by so many days, begins in ``zone``."""
    if day is None:
        return None
    date = dt.date.fromisoformat(day) + dt.timedelta(days=later)
    return dt.datetime.combine(date, dt.time(), zone).astimezone(dt.UTC)
