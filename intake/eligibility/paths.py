"""Checks of the ways through: conditions that can be told, questions that can be reached."""

from __future__ import annotations

from collections.abc import Iterator

from intake.eligibility.conditions import Condition, leaves, questions_named
from intake.eligibility.definition import Definition
from intake.eligibility.faults import Problem, place, shown
from intake.eligibility.reach import MOST_ROUTES, TooManyRoutes, routes
from intake.eligibility.words import MOST_ON_ALL_QUESTIONS, page_words

MOST_PAGES = 15


def find(definition: Definition, file: str) -> Iterator[Problem]:
    """Conditions that name what is not there yet, pages out of reach, paths that are too long."""
    faults = list(_conditions(definition, file))
    yield from faults
    # Nothing leads on from a question whose choices could not be read.
    if not faults and all(question.choices for question in definition.questions):
        yield from _reach(definition, file)


def unknown_names(definition: Definition, condition: Condition, where: str) -> Iterator[Problem]:
    """Questions and codes in ``condition`` that the definition does not have."""
    for leaf in leaves(condition):
        codes = definition.tables.codes.get(leaf.question)
        if codes is None:
            yield Problem(where, "when", shown(leaf.question), "the id of a question")
            continue
        for code in leaf.codes:
            if code not in codes:
                found = shown(f"{leaf.question}: {code}")
                yield Problem(where, "when", found, "one of " + ", ".join(codes))


def _conditions(definition: Definition, file: str) -> Iterator[Problem]:
    """Each ``when`` names earlier questions only, so that no two can wait for each other."""
    waits = {
        question.id: questions_named(question.when)
        for question in definition.questions
        if question.when
    }
    places = definition.tables.places
    for number, question in enumerate(definition.questions, start=1):
        if question.when is None:
            continue
        where = f"{file}.{place('questions', number, question.id)}"
        yield from unknown_names(definition, question.when, where)
        circle = _circle(waits, question.id)
        if circle:
            found = " waits for ".join(circle)
            yield Problem(where, "when", shown(found), "no question that waits for this one")
        for other in sorted(waits[question.id]):
            if not circle and places.get(other, -1) > places[question.id]:
                yield Problem(where, "when", other, "a question that stands earlier")


def _circle(waits: dict[str, frozenset[str]], start: str) -> list[str]:
    """The shortest way by which ``start`` waits for itself; empty where it does not."""
    ways = [[start]]
    seen: set[str] = set()
    for way in ways:
        for other in sorted(waits.get(way[-1], ())):
            if other == start:
                return [*way, other]
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return []


def _reach(definition: Definition, file: str) -> Iterator[Problem]:
    reached: set[str] = set()
    pages = wordiest = 0
    try:
        for route in routes(definition):
            reached.update(question.id for question in route)
            pages = max(pages, len(route))
            wordiest = max(wordiest, sum(page_words(each) for each in route))
    except TooManyRoutes:
        allowed = f"conditions that branch into at most {MOST_ROUTES} ways"
        yield Problem(file, "questions.when", f"more than {MOST_ROUTES} ways", allowed)
        return
    for number, question in enumerate(definition.questions, start=1):
        if question.id not in reached:
            where = f"{file}.{place('questions', number, question.id)}"
            yield Problem(where, "when", "never true", "a question that some answers lead to")
    if pages > MOST_PAGES:
        yield Problem(file, "questions", f"{pages} pages", f"at most {MOST_PAGES} on any path")
    if wordiest > MOST_ON_ALL_QUESTIONS:
        allowed = f"at most {MOST_ON_ALL_QUESTIONS} words on the question pages of any path"
        yield Problem(file, "questions", f"{wordiest} words", allowed)
