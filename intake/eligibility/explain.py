"""One explanation for all: what decided a check, for patient, staff, export and print.

Plain data: pages, files and prints choose what they show of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from intake.eligibility.conditions import Answers, questions_named
from intake.eligibility.definition import Definition
from intake.eligibility.parts import Effect, Flag, Rule, Urgent

__all__ = ["Reason", "Told", "reasons", "told", "urgent_texts"]


@dataclass(frozen=True, slots=True)
class Told:
    """What a person answered to one question, in the words that they read."""

    question: str
    title: str
    short: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One flag with its answer, its rule's words and its source.

    ``answer_labels``: the answers that fired it; for a rule that no single code fires, and for a
    changed answer, all that stand. ``others``: what was answered to the further questions of a
    rule over several. ``text`` and ``change`` are for the patient, ``staff`` for staff.
    """

    question: str
    question_short: str
    code: str
    rule_id: str
    answer_labels: tuple[str, ...]
    others: tuple[Told, ...]
    text: str
    change: str | None
    urgent: Urgent | None
    effect: Effect
    priority: bool
    source: str
    source_url: str | None
    staff: str


def reasons(definition: Definition, answers: Answers, flags: Iterable[Flag]) -> list[Reason]:
    """The reasons behind ``flags``, in their order.

    ``answers`` and ``flags`` belong to this version: an id that it does not know raises
    ``UnknownQuestion`` or ``UnknownRule``.
    """
    return [_reason(definition, answers, flag) for flag in flags]


def told(definition: Definition, answers: Answers) -> list[Told]:
    """All ``answers`` in the person's words, in the order given."""
    return [_told(definition, answers, question_id) for question_id in answers]


def urgent_texts(definition: Definition, flags: Iterable[Flag]) -> list[Urgent]:
    """The urgent words behind ``flags``, each once, in the order of the definition."""
    needed = {definition.rule(flag.rule_id).urgent for flag in flags}
    return [urgent for urgent in definition.urgent if urgent in needed]


def _told(definition: Definition, answers: Answers, question_id: str) -> Told:
    question = definition.question(question_id)
    labels = tuple(question.label(code) for code in answers.get(question_id, ()))
    return Told(question_id, question.title, question.short, labels)


def _reason(definition: Definition, answers: Answers, flag: Flag) -> Reason:
    rule = definition.rule(flag.rule_id)
    heard = _told(definition, answers, flag.question)
    question = definition.question(flag.question)
    single = flag.code in definition.tables.codes[flag.question]
    others: tuple[Told, ...] = ()
    if isinstance(rule, Rule):
        places = definition.tables.places
        named = sorted(questions_named(rule.when) - {flag.question}, key=places.__getitem__)
        others = tuple(_told(definition, answers, each) for each in named if each in answers)
    return Reason(
        question=flag.question,
        question_short=heard.short,
        code=flag.code,
        rule_id=flag.rule_id,
        answer_labels=(question.label(flag.code),) if single else heard.labels,
        others=others,
        text=rule.reason,
        change=rule.change,
        urgent=rule.urgent,
        effect=flag.effect,
        priority=flag.priority,
        source=rule.source,
        source_url=rule.source_url,
        staff=rule.staff,
    )
