"""The forms of /staff/rules: a rule, a question, other words, a file, a signature, a start."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (
    BooleanField,
    DateField,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    TimeField,
)
from wtforms.validators import InputRequired, Optional, ValidationError

from intake.clinician.reading import Source
from intake.eligibility import Definition, Effect, Question, Rule, TrailRule
from intake.eligibility.telling import EFFECT_WORDS
from intake.web.forms import NoteField, PlainField

NONE = ""
NEW = "new"
NOW, LATER = "now", "later"
LAST_YEAR = 2999


class RuleForm(Form):
    """What a rule does and says."""

    seen = HiddenField()
    effect = SelectField("Effect")
    priority = BooleanField("Call the same day")
    urgent = SelectField("Urgent words above everything")
    reason = NoteField("Reason, as people read it", [InputRequired("Enter the reason.")])
    change = NoteField("What would change it, as people read it (may stay empty)")
    staff = NoteField("Line for staff", [InputRequired("Enter the line for staff.")])
    source = SelectField("Source")
    source_key = PlainField("Short name of a new source")
    source_text = NoteField("New source, with its year")
    source_url = PlainField("Address of the new source (https://)")

    def __init__(
        self, posted: Any, definition: Definition, found: tuple[Source, ...], **data: Any
    ) -> None:
        super().__init__(posted, data=data)
        self.effect.choices = {
            effect.value: words.capitalize() for effect, words in EFFECT_WORDS.items()
        }
        self.urgent.choices = {NONE: "None"} | {each.id: each.heading for each in definition.urgent}
        listed = {each.key: f"{each.key}: {each.text}"[:110] for each in found}
        self.source.choices = listed | {NEW: "A new source, named below"}


def rule_data(rule: Rule | TrailRule, found: tuple[Source, ...], seen: str) -> dict[str, Any]:
    """What the form shows of a rule as it stands."""
    same = (each.key for each in found if (each.text, each.url) == (rule.source, rule.source_url))
    return {
        "seen": seen,
        "effect": rule.effect.value,
        "priority": rule.priority,
        "urgent": rule.urgent.id if rule.urgent else NONE,
        "reason": rule.reason,
        "change": rule.change or "",
        "staff": rule.staff,
        "source": next(same, NEW),
    }


def new_rule_data(seen: str) -> dict[str, Any]:
    """What the form shows for an answer that sets off no rule yet."""
    return {"seen": seen, "effect": Effect.TALK_FIRST.value}


QUESTION_TEXTS = {
    "title": "Question, as people read it",
    "lead": "Text above the answers (may stay empty)",
    "hint": "Hint, at most 15 words (may stay empty)",
    "short": "Short name in lists",
    "error": "Error when nothing is chosen, from the word “Select” on",
}
CHECK_TEXTS = {
    "title": "Heading of the check page",
    "intro": "Opening words of the check page",
    "button": "Button of the check page",
    "changed": "Words where an answer was changed after a warning",
}


def question_form(posted: Any, question: Question, seen: str) -> Form:
    """Every text of a question, its answers' labels and meanings included."""
    fields: dict[str, Any] = {"seen": HiddenField()}
    data: dict[str, Any] = {"seen": seen}
    for name, words in QUESTION_TEXTS.items():
        fields[name] = NoteField(words)
        data[name] = getattr(question, name) or ""
    for choice in question.choices:
        fields[f"label-{choice.code}"] = NoteField(f"Answer “{choice.code}”, as people read it")
        fields[f"meaning-{choice.code}"] = NoteField(f"Answer “{choice.code}”, for a clinician")
        data |= {f"label-{choice.code}": choice.label, f"meaning-{choice.code}": choice.meaning}
    return _made(fields, posted, data)


def words_form(posted: Any, definition: Definition, seen: str) -> Form:
    """The words that belong to no question: urgent texts, outcomes, check page, consent."""
    fields: dict[str, Any] = {"seen": HiddenField()}
    data: dict[str, Any] = {"seen": seen}
    for urgent in definition.urgent:
        fields[f"heading-{urgent.id}"] = NoteField(f"Urgent, {urgent.id}: heading")
        fields[f"text-{urgent.id}"] = NoteField(f"Urgent, {urgent.id}: text")
        data |= {f"heading-{urgent.id}": urgent.heading, f"text-{urgent.id}": urgent.text}
    for ending in definition.endings:
        fields[f"outcome-{ending.code.value}"] = NoteField(f"Outcome: {ending.staff}")
        data[f"outcome-{ending.code.value}"] = ending.title
    for name, words in CHECK_TEXTS.items():
        fields[f"check-{name}"] = NoteField(words)
        data[f"check-{name}"] = getattr(definition.check, name)
    fields["consent-text"] = NoteField("Consent, as people read it")
    fields["consent-version"] = PlainField("Version of the consent")
    data |= {
        "consent-text": definition.consent.text,
        "consent-version": definition.consent.version,
    }
    return _made(fields, posted, data)


def _made(fields: dict[str, Any], posted: Any, data: dict[str, Any]) -> Form:
    """A form with ``fields`` in their order."""
    form: Form = type("WordsForm", (Form,), fields)(posted, data=data)
    return form


class SeenForm(Form):
    """An act on a candidate as it was seen."""

    seen = HiddenField()


class StartForm(Form):
    """When a version goes live; days and times are those of ``zone``, the practice's own."""

    start = RadioField(
        "From when", choices={NOW: "At once", LATER: "From a day and time on"}, default=NOW
    )
    day = DateField("Day", [Optional()])
    time = TimeField("Time", [Optional()])
    urgent = BooleanField("Urgent: checks that are under way go over to it as well")

    def __init__(self, zone: ZoneInfo, posted: Any, **data: Any) -> None:
        super().__init__(posted, data=data)
        self.zone = zone

    def validate_start(self, field: RadioField) -> None:
        """A later start needs a day and a time that come once on that day."""
        if field.data != LATER:
            return
        if not (self.day.data and self.time.data):
            raise ValidationError("Enter the day and the time, or select “At once”.")
        if self.day.data.year > LAST_YEAR:
            raise ValidationError("Enter a day at most half a year ahead.")
        wall = dt.datetime.combine(self.day.data, self.time.data)
        first, second = (wall.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        # Clocks that change skip an hour, or show one twice.
        if first.utcoffset() != second.utcoffset():
            raise ValidationError("Clocks change at this time: enter another one.")

    def from_at(self) -> dt.datetime | None:
        """The instant in UTC; None for at once."""
        if self.start.data == NOW:
            return None
        local = dt.datetime.combine(self.day.data, self.time.data, self.zone)
        return local.astimezone(dt.UTC)


class SignForm(StartForm):
    """A signature under a version, with what was in view."""

    seen = HiddenField()
    agree = BooleanField(
        "I have read the rules, what changes, the check and the replay. These rules are mine.",
        [InputRequired("Tick the box to sign, or leave the page.")],
    )

    def __init__(self, zone: ZoneInfo, posted: Any, seen: str = "") -> None:
        super().__init__(zone, posted, seen=seen)
