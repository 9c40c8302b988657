"""The forms of the queue. Their token is checked by the gate, before any view runs."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField
from wtforms.validators import DataRequired, Length

from intake.review.forms import Choices, offered
from intake.submissions.saved_views import LONGEST_NAME
from intake.web.forms import PlainField


class ChooseForm(FlaskForm):
    """What is to be done with the chosen rows."""

    act = SelectField("With the selected")

    def __init__(self, acts: Choices) -> None:
        """Offer ``acts``: codes with words; the first choice is none of them."""
        super().__init__()
        self.act.choices = offered([("", "Select what to do"), *acts])


class BulkForm(FlaskForm):
    """The act that is confirmed; ``reason`` only for a closing."""

    act = SelectField()
    reason = SelectField("Why")

    def __init__(self, acts: Choices, reasons: Sequence[tuple[str, str]]) -> None:
        """Offer ``acts`` and, for a closing, ``reasons``: codes with words."""
        super().__init__()
        self.act.choices = offered(acts)
        self.reason.choices = offered([("", "Select why"), *reasons])
        self.reason.data = self.reason.data or ""


class SaveViewForm(FlaskForm):
    """The name of a view that is to be kept."""

    name = PlainField(
        "Name of this view",
        validators=[
            DataRequired("Enter a name."),
            Length(max=LONGEST_NAME, message=f"Enter at most {LONGEST_NAME} characters."),
        ],
    )
    shared = BooleanField("Show it to everybody on the desk")
