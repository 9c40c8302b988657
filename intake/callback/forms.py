"""The fields of a booking and of the urgent call request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, Form, FormField, RadioField, SelectField
from wtforms.validators import Length, StopValidation, ValidationError

from intake.callback import offers, phrases, readings
from intake.hours.words import ZoneChoice
from intake.submissions.contact import VOICEMAIL, Contact
from intake.web import now, practice, settings
from intake.web.forms import PlainField, hidden_character

# BCP 47 codes of spoken languages that interpreters offer here; ``und``: another language.
LANGUAGES = {
    "en": "English",
    "es": "Español (Spanish)",
    "ht": "Kreyòl ayisyen (Haitian Creole)",
    "pt": "Português (Portuguese)",
    "cmn": "普通话 (Mandarin)",
    "yue": "粵語 (Cantonese)",
    "vi": "Tiếng Việt (Vietnamese)",
    "ko": "한국어 (Korean)",
    "tl": "Tagalog",
    "ru": "Русский (Russian)",
    "ar": "العربية (Arabic)",
    "fr": "Français (French)",
    "it": "Italiano (Italian)",
    "pl": "Polski (Polish)",
    "gu": "ગુજરાતી (Gujarati)",
    "hi": "हिन्दी (Hindi)",
    "ase": "American Sign Language",
    "und": "Another language",
}
FALSE = (False, "false", "0", "")

Errors = list[tuple[str, str]]


class NameField(PlainField):
    """A name of 1 to 100 characters in any script."""

    def post_validate(self, form: Form, validation_stopped: bool) -> None:
        """Refuse an empty name, one without a letter, and one past 100 characters."""
        if validation_stopped:
            return
        if not self.data:
            raise ValidationError("Enter the name we should ask for.")
        if len(self.data) > 100:
            raise ValidationError("Enter a name of up to 100 characters.")
        if not readings.has_letter(self.data):
            raise ValidationError("Enter a name with at least one letter.")


class PhoneField(PlainField):
    """A US phone number, shown back as typed; ``e164`` is what is kept."""

    e164 = ""

    def post_validate(self, form: Form, validation_stopped: bool) -> None:
        """Read the number; fictional ones only while the product is being tried."""
        if validation_stopped:
            return
        trying = current_app.testing or settings().loopback
        try:
            self.e164 = readings.phone_number(self.data or "", fictional=trying)
        except readings.Misread as error:
            raise ValidationError(str(error)) from None


class BirthDateForm(Form):
    """Three text fields; ``value`` is the date once it is read."""

    month = PlainField("Month", validators=[Length(max=20, message="Enter the month.")])
    day = PlainField("Day", validators=[Length(max=20, message="Enter the day.")])
    year = PlainField("Year", validators=[Length(max=20, message="Enter the year.")])

    value: dt.date | None = None
    # Where the error summary leads: the first part that is wrong.
    wrong_part = "month"

    def validate(self, extra_validators: Any = None) -> bool:
        """Read the three parts as one date."""
        refuse_doubles(self)
        if not super().validate(extra_validators):
            self.wrong_part = next(iter(self.errors))
            hide_nothing(self)
            return False
        today = now().astimezone(practice().zone).date()
        parts = (self.day.data or "", self.month.data or "", self.year.data or "")
        try:
            self.value = readings.birth_date(*parts, today)
        except readings.Misread as error:
            self.wrong_part = error.part
            self[error.part].errors = [str(error)]
            return False
        return True

    @property
    def error(self) -> str | None:
        """The one error of the date, or None."""
        found = [error for field in self for error in field.errors]
        return found[0] if found else None


def choices_of_voicemail() -> dict[str, str]:
    """What may be left on a voicemail, least first."""
    words = ("No message", "Only a name and number", f"You may say {practice().name}")
    return dict(zip(VOICEMAIL, words, strict=True))


class PatientForm(FlaskForm):
    """A form whose every field is answered once, with the errors in the order of the page."""

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields; a field that came twice is refused."""
        refuse_doubles(self)
        sound = bool(super().validate(extra_validators))
        hide_nothing(self)
        return sound

    def problems(self) -> Errors:
        """The errors as (id of the field to go to, what to do)."""
        return [(place_of(field), _error_of(field)) for field in self if field.errors]


class BookingForm(PatientForm):
    """Choose a time, then say how to be reached."""

    address: str | None = None

    window = PlainField()
    zone = RadioField()
    name = NameField("Name to ask for")
    birth_date = FormField(BirthDateForm)
    phone = PhoneField("Phone number")
    voicemail = RadioField(validate_choice=False)
    email = PlainField("Email (optional)")
    language = SelectField("Language for the call", choices=LANGUAGES, validate_choice=False)
    relay = BooleanField("I use a relay service", false_values=FALSE)
    sms_consent = BooleanField(phrases.SMS.words, false_values=FALSE)

    def __init__(self, zones: Sequence[ZoneChoice], **options: Any) -> None:
        super().__init__(**options)
        self.zone.choices = {zone.name: zone.label for zone in zones}
        self.zone.validate_choice = False
        self.voicemail.choices = choices_of_voicemail()
        if len(zones) == 1 and self.zone.data is None:
            self.zone.data = zones[0].name
        if self.language.data is None:
            self.language.data = "en"

    @property
    def calls_us(self) -> bool:
        """Whether the person chose to call, which needs nothing else."""
        return bool(self.window.raw_data == [offers.CALL])

    def validate_window(self, field: Field) -> None:
        """Ask for a choice; whether it can still be had is for the view to say."""
        if not field.data:
            raise StopValidation("Select when we should call.")

    def validate_zone(self, field: Field) -> None:
        """Take one of the zones of the person's state."""
        if field.data not in field.choices:
            raise StopValidation("Select your time zone.")

    def validate_voicemail(self, field: Field) -> None:
        """Take one of the three rules."""
        if field.data not in VOICEMAIL:
            raise StopValidation("Select if we may leave a message.")

    def validate_email(self, field: Field) -> None:
        """Check the form of an address, without asking any other machine."""
        if not field.data:
            return
        try:
            # ``test_environment`` takes addresses under .test too: only the form is checked.
            found = validate_email(field.data, check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            raise StopValidation(
                "Enter an email like name@example.com, or leave it empty."
            ) from None
        self.address = found.normalized

    def validate_language(self, field: Field) -> None:
        """Take a language of the list."""
        if field.data not in LANGUAGES:
            raise StopValidation("Select a language from the list.")

    def contact(self) -> Contact:
        """How the person may be reached, once the form is valid."""
        return Contact(
            name=self.name.data,
            phone=self.phone.e164,
            zone=self.zone.data,
            voicemail=self.voicemail.data,
            email=self.address,
            birth_date=self.birth_date.form.value,
            language=self.language.data,
            relay=self.relay.data,
            sms_consent=phrases.SMS.version if self.sms_consent.data else None,
        )


class UrgentForm(PatientForm):
    """Whom to call at once: a name, a number, and what may be said to a machine."""

    name = NameField("Name to ask for")
    phone = PhoneField("Phone number")
    voicemail = RadioField(validate_choice=False)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.voicemail.choices = choices_of_voicemail()

    def validate_voicemail(self, field: Field) -> None:
        """Take one of the three rules; who leaves it open in a crisis is not held up."""
        if field.data and field.data not in VOICEMAIL:
            raise StopValidation("Select if we may leave a message.")

    def contact(self, zone: str) -> Contact:
        """How the person may be reached; without a rule for voicemail no message is left."""
        return Contact(
            name=self.name.data,
            phone=self.phone.e164,
            zone=zone,
            voicemail=self.voicemail.data or VOICEMAIL[0],
        )


def refuse_doubles(form: Form) -> None:
    """Mark each field of ``form`` that came twice, which no page of ours sends."""
    for field in form:
        if len(getattr(field, "raw_data", None) or ()) > 1:
            field.process_errors.append("Answer this once.")


def hide_nothing(form: Form) -> None:
    """Show what was typed again without its hidden characters, which no page can carry."""
    for field in form:
        if isinstance(field, PlainField) and field.data:
            field.data = "".join(each for each in field.data if not hidden_character(each))


def place_of(field: Field) -> str:
    """The id that an error leads to: the first control of the field."""
    if isinstance(field, FormField):
        return str(field.form[field.form.wrong_part].id)
    if isinstance(field, RadioField):
        return f"{field.id}-0"
    return f"{field.id}-{offers.ASAP}" if field.short_name == "window" else str(field.id)


def _error_of(field: Field) -> str:
    """The first error of a field."""
    return str(field.form.error if isinstance(field, FormField) else field.errors[0])
