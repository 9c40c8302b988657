"""The form that closes an alert. Its token is checked by the gate, before any view runs."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, ValidationError
from wtforms.validators import DataRequired, Length

from intake.alerts.store import LONGEST_DONE, REASON_WORDS
from intake.review.forms import offered
from intake.web.forms import NoteField


class CloseAlertForm(FlaskForm):
    """How an alert ended, and what was done; ``revision`` is what the page was made from."""

    reason = RadioField(
        choices=offered(list(REASON_WORDS.items())),
        validate_choice=False,
    )
    done = NoteField(
        "What was done",
        validators=[
            DataRequired("Write what was done."),
            Length(max=LONGEST_DONE, message=f"Write at most {LONGEST_DONE} characters."),
        ],
    )
    revision = HiddenField()

    def validate_reason(self, field: RadioField) -> None:
        """One of the list is selected."""
        if field.data not in REASON_WORDS:
            raise ValidationError("Select how it ended.")

    @property
    def seen(self) -> int:
        """The revision that the page was made from; 0, which is never current, for a wrong one."""
        text = self.revision.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def problems(self) -> list[tuple[str, str]]:
        """Field ids with what to do."""
        wrong = [("reason-0", text) for text in self.reason.errors[:1]]
        return wrong + [("done", text) for text in self.done.errors[:1]]
