"""Checks across a definition: what each part says of the others must be true."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator

from intake.eligibility import paths, read_by_name, wording
from intake.eligibility.conditions import Chosen, questions_named
from intake.eligibility.definition import Definition
from intake.eligibility.faults import Problem, place, shown
from intake.eligibility.parts import (
    CHANGED,
    ENDING,
    SEVERITY,
    Effect,
    Kind,
    Outcome,
    Question,
    Rule,
    TrailRule,
)

RESERVED = frozenset({"stop", "help", "check", "result"})
# A question is a column of the export under its id, so it cannot take one that is there already.
COLUMNS = frozenset(
    [
        "reference",
        "row_id",
        "submitted_at_utc",
        "submitted_at_local",
        "submitted_year",
        "time_zone",
        "definition_version",
        "outcome",
        "flags",
        "priority",
        "status",
        "closed_reason",
        "owner",
        "source_article",
        "name",
        "phone",
        "email",
        "birth_date",
        "callback_start_utc",
        "callback_local",
        "voicemail",
        "sms_consent",
    ]
)
STAND_ALONE = frozenset({"none", "not_sure"})
UNKNOWN = frozenset({"not_sure", "skip"})
CHANGES = ("safety_changed", "answer_changed")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
ADDRESS = re.compile(r"https://[!-~]+")
TALK_FIRST = SEVERITY[Effect.TALK_FIRST]


def find(definition: Definition, file: str, unread: Collection[int]) -> Iterator[Problem]:
    """Every problem of a definition whose form is read; rules at ``unread`` are passed over."""
    yield from _frame(definition, file)
    for where, question in named(definition, file):
        yield from _question(definition, question, where)
    rules = [
        (f"{file}.{place('rules', number + 1, rule.id)}", rule)
        for number, rule in enumerate(definition.rules)
        if number not in unread
    ]
    yield from _doubled(file, "rules", "id", [rule.id for _, rule in rules])
    flags = [f"{rule.question}:{rule.code}" for _, rule in rules]
    yield from _doubled(file, "rules", "code", flags)
    for where, rule in rules:
        yield from _rule(definition, rule, where)
        yield from _said(rule, where)
    for rule_id, changed in zip(
        CHANGES, (definition.safety_changed, definition.answer_changed), strict=True
    ):
        where = f"{file}.trail.{rule_id}"
        yield from _said(changed, where)
        if changed.effect is not Effect.TALK_FIRST:
            yield Problem(where, "effect", changed.effect, "talk_first")
    if not definition.safety_changed.priority:
        yield Problem(f"{file}.trail.safety_changed", "priority", "False", "true")
    # An effect that could not be read may have been the one that is looked for.
    if not unread:
        yield from _unknowns(definition, file)
        yield from read_by_name.find(definition, file)
        yield from _outcomes(definition, file)
    yield from paths.find(definition, file)
    yield from wording.find(definition, file)


def named(definition: Definition, file: str) -> list[tuple[str, Question]]:
    """Each question with its place in the file."""
    return [
        (f"{file}.{place('questions', number, question.id)}", question)
        for number, question in enumerate(definition.questions, start=1)
    ]


def _doubled(where: str, table: str, key: str, values: list[str]) -> Iterator[Problem]:
    for number, value in enumerate(values, start=1):
        if value and value in values[: number - 1]:
            yield Problem(where, f"{table}.{key}", shown(value), "one that nothing else here has")


def _frame(definition: Definition, file: str) -> Iterator[Problem]:
    """Reserved ids, sections and outcomes."""
    if not set(definition.reserved) >= RESERVED:
        allowed = "at least " + ", ".join(sorted(RESERVED))
        yield Problem(file, "reserved", shown(list(definition.reserved)), allowed)
    yield from _doubled(file, "questions", "id", [each.id for each in definition.questions])
    sections = [section.id for section in definition.sections]
    in_order = [key for key, _ in itertools.groupby(definition.questions, lambda q: q.section)]
    if sections != in_order:
        allowed = f"the sections of the questions, in their order: {', '.join(in_order)}"
        yield Problem(file, "sections", shown(sections), allowed)
    endings = [ending.code for ending in definition.endings]
    if endings != list(Outcome):
        allowed = "each outcome with its page, most severe first: " + ", ".join(Outcome)
        yield Problem(file, "outcomes", shown([code.value for code in endings]), allowed)


def _question(definition: Definition, question: Question, where: str) -> Iterator[Problem]:
    if question.id in RESERVED.union(definition.reserved) | COLUMNS:
        yield Problem(where, "id", shown(question.id), "no reserved id, no column of the export")
    codes = [choice.code for choice in question.choices]
    yield from _doubled(where, "choices", "code", codes)
    for choice in question.choices:
        if choice.code == CHANGED:
            yield Problem(where, "choices.code", CHANGED, "another code: this one is a flag's")
        alone = question.kind is Kind.MANY and choice.code in STAND_ALONE
        if choice.exclusive != alone:
            allowed = "true for none and not_sure of a question of kind many, else absent"
            found = f"{choice.code}: {choice.exclusive}"
            yield Problem(where, "choices.exclusive", found, allowed)


def _rule(definition: Definition, rule: Rule, where: str) -> Iterator[Problem]:
    """The question, the code and the condition of a rule, and whether it ends the path."""
    if rule.id in CHANGES:
        yield Problem(where, "id", rule.id, "another id: this one is a rule on changes")
    if rule.ends_path != (rule.effect in ENDING):
        allowed = "true with " + ", ".join(sorted(ENDING)) + ", absent with any other effect"
        yield Problem(where, "ends_path", shown(rule.ends_path), allowed)
    if rule.question not in definition.tables.questions:
        yield Problem(where, "question", shown(rule.question), "the id of a question")
        return
    if rule.when == Chosen(rule.question, (rule.code,)):
        codes = definition.tables.codes[rule.question]
        if rule.code not in codes:
            yield Problem(where, "code", shown(rule.code), "one of " + ", ".join(codes))
        return
    yield from paths.unknown_names(definition, rule.when, where)
    yield from _own_code(definition, rule, where)


def _own_code(definition: Definition, rule: Rule, where: str) -> Iterator[Problem]:
    """A rule that no single code fires stands under its last question, with a code of its own."""
    places = definition.tables.places
    questions = [each for each in questions_named(rule.when) if each in places]
    last = max(questions, key=places.__getitem__, default=rule.question)
    if rule.question != last:
        yield Problem(where, "question", rule.question, f"{last}, the last that `when` names")
    if len(questions) > 1 and rule.code != rule.id:
        yield Problem(where, "code", rule.code, f"{rule.id}, the rule's id: it names several")
    if rule.code in definition.tables.codes[rule.question] or rule.code == CHANGED:
        yield Problem(where, "code", rule.code, "a code of its own: no single answer fires it")


def _said(rule: Rule | TrailRule, where: str) -> Iterator[Problem]:
    """Source, priority and urgent words of a rule."""
    if rule.source and not YEAR.search(rule.source):
        yield Problem(where, "source", shown(rule.source), "a source that names its year")
    if rule.source_url is not None and not ADDRESS.fullmatch(rule.source_url):
        yield Problem(where, "source", shown(rule.source_url), "an address with https://")
    if rule.priority and SEVERITY[rule.effect] > TALK_FIRST:
        yield Problem(where, "priority", "True", "absent: nobody is called for a note")
    if rule.priority or rule.effect is Effect.CRISIS:
        kind = rule.urgent.kind if rule.urgent else None
        if kind != "988":
            yield Problem(where, "urgent", shown(kind), "urgent words of kind 988")


def _unknowns(definition: Definition, file: str) -> Iterator[Problem]:
    """Unknown is never safe: each such answer has an effect."""
    for where, question in named(definition, file):
        for code in UNKNOWN.intersection(definition.tables.codes[question.id]):
            fired = definition.tables.single[question.id].get(code)
            if fired is None or SEVERITY[fired.rule.effect] > TALK_FIRST:
                effect = fired.rule.effect if fired else None
                allowed = "a rule with an effect of at least talk_first: unknown is never safe"
                yield Problem(where, f"choices.{code}", shown(effect), allowed)


def _outcomes(definition: Definition, file: str) -> Iterator[Problem]:
    """Every outcome but ``may_fit`` follows from some rule."""
    effects = {rule.effect.value for rule in definition.rules}
    for ending in definition.endings:
        if ending.code is not Outcome.MAY_FIT and ending.code.value not in effects:
            allowed = f"a rule with the effect {ending.code}: no answer leads to this outcome"
            yield Problem(file, "rules", ending.code, allowed)
