"""Checks of the words: short enough, plain, and nothing that promises or blames."""

from __future__ import annotations

from collections.abc import Iterator

from intake.eligibility import words
from intake.eligibility.definition import Definition
from intake.eligibility.faults import Problem, place, shown
from intake.eligibility.parts import Question, Rule, TrailRule


def find(definition: Definition, file: str) -> Iterator[Problem]:
    """Words past their limits, sentences that are too long, phrases that are never said."""
    for number, question in enumerate(definition.questions, start=1):
        where = f"{file}.{place('questions', number, question.id)}"
        yield from _lengths(question, where)
    for where, key, text in _texts(definition, file):
        yield from _text(definition.locale, where, key, text)
    for where, key, text in _errors(definition, file):
        yield from _error(definition.locale, where, key, text)
    yield from _braces(definition, file)


def _lengths(question: Question, where: str) -> Iterator[Problem]:
    found, most = words.page_words(question), words.most_words(question)
    if found > most:
        yield Problem(where, "words", str(found), f"at most {most} on a page of this kind")
    in_hint = words.count(question.hint)
    if in_hint > words.MOST_IN_HINT:
        yield Problem(where, "hint", f"{in_hint} words", f"at most {words.MOST_IN_HINT}")


def _texts(definition: Definition, file: str) -> Iterator[tuple[str, str, str]]:
    """Place, key and text of everything that patients read, but for errors and labels' limits."""
    for section in definition.sections:
        yield f"{file}.sections {section.id}", "title", section.title
    for ending in definition.endings:
        yield f"{file}.outcomes {ending.code}", "title", ending.title
    for urgent in definition.urgent:
        yield f"{file}.urgent {urgent.id}", "heading", urgent.heading
        yield f"{file}.urgent {urgent.id}", "text", urgent.text
    yield f"{file}.consent", "text", definition.consent.text
    for key in ("title", "intro", "button", "changed"):
        yield f"{file}.check", key, getattr(definition.check, key)
    for number, question in enumerate(definition.questions, start=1):
        where = f"{file}.{place('questions', number, question.id)}"
        for key in ("title", "lead", "hint", "short"):
            yield where, key, getattr(question, key) or ""
        for choice in question.choices:
            yield where, f"choices.{choice.code}", choice.label
    changes: list[Rule | TrailRule] = [definition.safety_changed, definition.answer_changed]
    for rule in [*definition.rules, *changes]:
        yield f"{file}.rules {rule.id}", "reason", rule.reason
        yield f"{file}.rules {rule.id}", "change", rule.change or ""


def _text(locale: str, where: str, key: str, text: str) -> Iterator[Problem]:
    longest = words.longest_sentence(text)
    if longest > words.MOST_IN_SENTENCE:
        allowed = f"at most {words.MOST_IN_SENTENCE} words in a sentence"
        yield Problem(where, key, f"{longest} words", allowed)
    banned = words.BANNED.get(locale)
    said = banned.search(text) if banned else None
    if said:
        yield Problem(where, key, shown(said.group()), "words that promise and judge nothing")


def _errors(definition: Definition, file: str) -> Iterator[tuple[str, str, str]]:
    for number, question in enumerate(definition.questions, start=1):
        yield f"{file}.{place('questions', number, question.id)}", "error", question.error
    mistakes = definition.questions[0].mistakes if definition.questions else None
    for key in ("unknown", "doubled", "several", "exclusive") if mistakes else ():
        yield f"{file}.errors", key, getattr(mistakes, key)


def _error(locale: str, where: str, key: str, text: str) -> Iterator[Problem]:
    """An error says what to do, and blames nobody."""
    yield from _text(locale, where, key, text)
    begins, banned = words.ERROR_BEGINS.get(locale, ""), words.BANNED_IN_ERRORS.get(locale)
    if text and (not text.startswith(begins) or (banned and banned.search(text))):
        allowed = f"what to do, from the word {begins.strip()!r} on, without blame or regret"
        yield Problem(where, key, shown(text), allowed)


def _braces(definition: Definition, file: str) -> Iterator[Problem]:
    """The one error with a place to fill has exactly that place."""
    for question in definition.questions[:1]:
        text = question.mistakes.exclusive
        bare = text.replace("{label}", "", 1)
        if text and (bare == text or "{" in bare or "}" in bare):
            yield Problem(
                f"{file}.errors", "exclusive", shown(text), "{label} once, no other brace"
            )
