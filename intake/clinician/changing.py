"""From a filled-in form to the changes of a definition file."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import Form

from intake.clinician.forms import CHECK_TEXTS, NEW, NONE, QUESTION_TEXTS, RuleForm, rule_data
from intake.clinician.reading import Source
from intake.eligibility import Definition, Effect, Question, Rule, TrailRule
from intake.rulebook.changes import (
    OPTIONAL,
    AddRule,
    Change,
    NewSource,
    Place,
    Said,
    SetEffect,
    SetPriority,
    SetSource,
    SetUrgent,
    Text,
)


def of_rule(form: RuleForm, rule: Rule | TrailRule, found: tuple[Source, ...]) -> list[Change]:
    """What the form changes in a rule."""
    before = rule_data(rule, found, "")
    made: list[Change] = []
    if form.effect.data != before["effect"]:
        made.append(SetEffect(rule.id, Effect(form.effect.data)))
    if form.priority.data != before["priority"]:
        made.append(SetPriority(rule.id, form.priority.data))
    if form.urgent.data != before["urgent"]:
        made.append(SetUrgent(rule.id, form.urgent.data or None))
    if form.source.data == NEW or form.source.data != before["source"]:
        made.append(SetSource(rule.id, _source(form)))
    for name in ("reason", "change", "staff"):
        made += _text(Place.RULE, rule.id, name, before[name], form[name].data)
    return made


def new_rule(form: RuleForm, question: Question, code: str, locale: str) -> AddRule:
    """The rule that the form adds for an answer."""
    return AddRule(
        id=f"{question.id}_{code}",
        question=question.id,
        code=code,
        effect=Effect(form.effect.data),
        staff=form.staff.data,
        source=_source(form),
        said={locale: Said(form.reason.data, form.change.data or None)},
        priority=form.priority.data,
        urgent=form.urgent.data if form.urgent.data != NONE else None,
    )


def of_question(form: Form, question: Question) -> list[Change]:
    """What the form changes in a question and its answers."""
    made: list[Change] = []
    for name in QUESTION_TEXTS:
        before = getattr(question, name) or ""
        made += _text(Place.QUESTION, question.id, name, before, form[name].data)
    for choice in question.choices:
        for name, before in (("label", choice.label), ("meaning", choice.meaning)):
            said = form[f"{name}-{choice.code}"].data
            made += _text(Place.CHOICE, question.id, name, before, said, choice.code)
    return made


def of_words(form: Form, definition: Definition) -> list[Change]:
    """What the form changes in the words that belong to no question."""
    made: list[Change] = []
    for urgent in definition.urgent:
        for name, before in (("heading", urgent.heading), ("text", urgent.text)):
            made += _text(Place.URGENT, urgent.id, name, before, form[f"{name}-{urgent.id}"].data)
    for ending in definition.endings:
        code = ending.code.value
        made += _text(Place.OUTCOME, code, "title", ending.title, form[f"outcome-{code}"].data)
    for name in CHECK_TEXTS:
        before = getattr(definition.check, name)
        made += _text(Place.CHECK, "", name, before, form[f"check-{name}"].data)
    for name in ("text", "version"):
        before = getattr(definition.consent, name)
        made += _text(Place.CONSENT, "", name, before, form[f"consent-{name}"].data)
    return made


def _text(
    place: Place, owner: str, field: str, before: str, after: str | None, code: str = ""
) -> Iterable[Change]:
    """The change of one text, if it is one; line breaks become spaces, as pages show them."""
    said = " ".join((after or "").split())
    if said == before:
        return []
    gone = not said and field in OPTIONAL
    return [Text(place, owner, field, None if gone else said, code)]


def _source(form: RuleForm) -> str | NewSource:
    """The source that the form names."""
    if form.source.data != NEW:
        return str(form.source.data)
    text = " ".join((form.source_text.data or "").split())
    return NewSource(form.source_key.data or "", text, form.source_url.data or None)
