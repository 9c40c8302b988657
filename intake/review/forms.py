"""The forms of the desk. Their token is checked by the gate, before any view runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, Optional

from intake.review.export import Form as ExportForm
from intake.review.notes import number_of
from intake.submissions.finding import LONGEST_TERM
from intake.submissions.flags import LEAST_REASON
from intake.web.forms import NoteField, PlainField

LONGEST_NOTE = 5000
LONGEST_REASON = 500
YEARS = range(2020, 2101)
DAY_WANTED = f"Enter a day such as 2026-11-23, from {YEARS[0]} on."

ANY = ("", "Any")

Choices = Sequence[tuple[str, str]]

FORM_WORDS = {
    ExportForm.WITHOUT_CONTACT: "Without contact details",
    ExportForm.DEIDENTIFIED: "De-identified",
    ExportForm.IDENTIFIED: "Identified, with contact details",
}


def offered(choices: Choices) -> list[SelectChoice]:
    """Codes with words as a field's choices."""
    return [SelectChoice(code, words) for code, words in choices]


class MoveForm(FlaskForm):
    """A move to another status; ``reason`` is a code or words, as the move asks."""

    to = HiddenField()
    revision = HiddenField()
    reason = NoteField(
        validators=[
            Length(max=LONGEST_REASON, message=f"Write at most {LONGEST_REASON} characters.")
        ]
    )


class SearchForm(FlaskForm):
    """Whom or what to look for; ``after`` is where the page begins that is asked for."""

    term = PlainField(
        "Name, phone, e-mail or reference",
        validators=[Length(max=LONGEST_TERM, message=f"Enter at most {LONGEST_TERM} characters.")],
    )
    after = HiddenField()


class MergeForm(FlaskForm):
    """A merge that was confirmed: the record that is kept, and both revisions that were seen."""

    into = PlainField("Reference of the record to keep")
    revision = HiddenField()
    kept_revision = HiddenField()


class OverrideForm(FlaskForm):
    """Why a same-day flag needs no call today."""

    reason = NoteField(
        "Why this does not need a call today",
        validators=[
            Length(
                min=LEAST_REASON,
                max=LONGEST_REASON,
                message=f"Write {LEAST_REASON} to {LONGEST_REASON} characters.",
            )
        ],
    )
    revision = HiddenField()


class IdentityForm(FlaskForm):
    """Whether the birth date that was said is the one on record."""

    matched = HiddenField()


class AssignForm(FlaskForm):
    """Who has it from now on; empty for nobody."""

    owner = SelectField("Owner")
    revision = HiddenField()

    def __init__(self, owners: Choices) -> None:
        """Offer ``owners``: staff ids with names."""
        super().__init__()
        self.owner.choices = offered(owners)


class NoteForm(FlaskForm):
    """A note; ``kind`` is one of those that the writer may write, ``number`` the note's id."""

    kind = SelectField("Type of note")
    body = NoteField(
        "Note",
        validators=[
            DataRequired("Write the note."),
            Length(max=LONGEST_NOTE, message=f"Write at most {LONGEST_NOTE} characters."),
        ],
    )
    number = HiddenField()

    def __init__(self, kinds: Choices) -> None:
        """Offer ``kinds``, the first of them chosen."""
        super().__init__()
        self.number.data = number_of(self.number.data)
        self.kind.choices = offered(kinds)
        self.kind.data = self.kind.data or kinds[0][0]


class DayField(DateField):
    """A day, as browsers send it; empty for none. Days outside ``YEARS`` are slips of the hand."""

    data: dt.date | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day; raises ValueError with words that say what to do."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(DAY_WANTED) from error
        if self.data is not None and self.data.year not in YEARS:
            self.data = None
            raise ValueError(DAY_WANTED)


class DownloadForm(FlaskForm):
    """What an export holds: a period in days of the practice, an outcome, a state, a form."""

    start = DayField("From", validators=[Optional()])
    end = DayField("To", validators=[Optional()])
    outcome = SelectField("Outcome")
    state = SelectField("State")
    form = RadioField(
        "What it holds about people",
        choices=offered([(form.value, words) for form, words in FORM_WORDS.items()]),
        default=ExportForm.WITHOUT_CONTACT.value,
    )

    def __init__(
        self, outcomes: Choices, states: Choices, kept: Mapping[str, str] | None = None
    ) -> None:
        """Offer any or one of ``outcomes`` and ``states``: codes with words.

        ``kept``: what was chosen before, where the form comes back.
        """
        super().__init__(**({"formdata": MultiDict(kept)} if kept else {}))
        self.outcome.choices = offered([ANY, *outcomes])
        self.state.choices = offered([ANY, *states])

    def validate_end(self, field: DayField) -> None:
        """The last day is not before the first."""
        start: dt.date | None = self.start.data
        if start is not None and field.data is not None and field.data < start:
            raise ValidationError("Enter a last day that is not before the first.")
