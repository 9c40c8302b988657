"""The forms of sign-in, set-up, account and team."""

from __future__ import annotations

from wtforms import Form, PasswordField, RadioField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from intake.accounts import passkeys
from intake.accounts.models import ROLES
from intake.accounts.passwords import problem
from intake.accounts.store import LONGEST_NAME, normal_email
from intake.errors import Refused
from intake.web.forms import NoteField, PlainField

ROLE_WORDS = {
    "intake": "Intake: the queue, calls and callbacks",
    "clinician": "Clinician: also clinical notes, rules and export",
    "admin": "Administrator: the team and the settings",
}

REASON_LENGTH = (20, 500)
REASON_WANTED = "Write the reason in 20 to 500 characters."


def errors_of(form: Form) -> list[tuple[str, str]]:
    """The errors of ``form`` for the summary: (id of the field, what to do)."""
    return [
        (f"{field.id}-0" if field.type == "RadioField" else field.id, str(field.errors[0]))
        for field in form
        if field.errors
    ]


def _needed(text: str) -> InputRequired:
    """A validator that asks for the field with ``text``."""
    return InputRequired(message=text)


def _is_address(_form: Form, field: StringField) -> None:
    """Refuse what is not an e-mail address; nothing is looked up."""
    try:
        normal_email(field.data or "")
    except Refused as error:
        raise ValidationError(str(error)) from error


def _has_letter(_form: Form, field: StringField) -> None:
    """Refuse a name that colleagues could not see."""
    if not any(each.isalpha() for each in field.data or ""):
        raise ValidationError("Enter a name with at least one letter.")


class SignInForm(Form):
    """The first step: address and password, with the names that password managers know."""

    username = PlainField("E-mail address", [_needed("Enter your e-mail address.")])
    password = PasswordField("Password", [_needed("Enter your password.")])


class CodeForm(Form):
    """The second step: a code from the phone, or a recovery code."""

    code = PlainField(
        "Code",
        [_needed("Enter the code from your phone."), Length(max=60, message="Enter a code.")],
    )


class ConfirmForm(CodeForm):
    """Both steps again, before what must not happen at an unwatched desk."""

    password = PasswordField("Password", [_needed("Enter your password.")])


class PasskeyForm(Form):
    """A new passkey: how its person calls it."""

    name = PlainField(
        "Name of the passkey",
        [
            _needed("Enter a name for the passkey, such as the device that holds it."),
            Length(
                max=passkeys.LONGEST_NAME,
                message=f"Use at most {passkeys.LONGEST_NAME} characters for the name.",
            ),
        ],
    )


class _PersonForm(Form):
    """Who a person is, and what they do."""

    name = PlainField(
        "Name",
        [
            _needed("Enter a name."),
            Length(max=LONGEST_NAME, message=f"Use at most {LONGEST_NAME} characters."),
            _has_letter,
        ],
    )
    email = PlainField("E-mail address", [_is_address])


class NewPasswordForm(Form):
    """A password of one's own; ``about`` holds what an attacker would try first."""

    about: tuple[str, ...] = ()
    password = PasswordField("New password", [_needed("Enter a password.")])

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password that is short, common, or made of ``about``."""
        wrong = problem(field.data or "", self.about)
        if wrong is not None:
            raise ValidationError(wrong)


class ChangePasswordForm(NewPasswordForm):
    """Another password in the place of the current one."""

    current = PasswordField("Current password", [_needed("Enter your current password.")])


class RolesForm(Form):
    """The roles of a person."""

    roles = SelectMultipleField(
        "Roles",
        [_needed("Choose at least one role.")],
        choices={role: ROLE_WORDS[role] for role in reversed(ROLES)},
    )


class InviteForm(_PersonForm, RolesForm):
    """A new person."""


class FirstForm(_PersonForm, NewPasswordForm):
    """The first administrator, who may do the other work too."""

    roles = SelectMultipleField(
        "Your other work",
        choices={role: ROLE_WORDS[role] for role in ("intake", "clinician")},
    )


class ResetForm(Form):
    """How much of a person's sign-in is made anew."""

    what = RadioField(
        "What is lost?",
        [_needed("Choose what is lost.")],
        choices={
            "password": "The password. Phone and passkeys still work.",
            "phone": "The phone or a passkey. Password and second step are set up again.",
        },
    )


class EmergencyForm(Form):
    """Why somebody needs what their roles do not give."""

    reason = NoteField(
        "Why you need it now",
        [_needed(REASON_WANTED), Length(*REASON_LENGTH, message=REASON_WANTED)],
    )
