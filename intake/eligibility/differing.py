"""A difference between two versions of the rules, and the sentence that tells it. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from intake.eligibility.telling import Direction, quoted

# A quoted text that brings its own end of a sentence.
ENDS = (".”", "?”", "!”")
T = TypeVar("T")
H = TypeVar("H", bound=Hashable)


class Part(StrEnum):
    """What a difference is about."""

    QUESTION = "question"
    CHOICE = "choice"
    RULE = "rule"
    SECTION = "section"
    OUTCOME = "outcome"
    URGENT = "urgent"
    CONSENT = "consent"
    CHECK = "check"
    ERRORS = "errors"
    FRAME = "frame"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    ``where``: in words, ``Question 9, Blood pressure``. ``what``: what changed there, ``effect``.
    ``before`` and ``after``: in words, texts between quotation marks; None where it was not there
    before, or is not any more. ``direction``: milder where some answers lead to less than before,
    stricter where they only lead to more, None where neither, or where it cannot be told.
    """

    kind: Part
    where: str
    question_id: str | None
    rule_id: str | None
    what: str
    before: str | None
    after: str | None
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where differences are found."""

    kind: Part
    where: str
    question_id: str | None = None
    rule_id: str | None = None

    def change(
        self, what: str, sides: Sequence[str | None], direction: Direction | None = None
    ) -> Difference:
        """One difference here; ``sides`` are before and after."""
        before, after = sides
        return Difference(
            self.kind, self.where, self.question_id, self.rule_id, what, before, after, direction
        )

    def texts(self, old: object, new: object, words: Mapping[str, str]) -> Iterator[Difference]:
        """What differs among the texts of two parts; ``words`` names each attribute."""
        for attribute, what in words.items():
            before, after = getattr(old, attribute), getattr(new, attribute)
            if before != after:
                yield self.change(what, (_text(before), _text(after)))


def sentence(difference: Difference) -> str:
    """``Heart, “Not sure”: the effect changes from not now to talk first (milder).``"""
    start = f"{difference.where}: the {difference.what}"
    if difference.before is None:
        told = f"{start} is new: {difference.after}"
    elif difference.after is None:
        told = f"{start} is removed: {difference.before}"
    else:
        told = f"{start} changes from {difference.before} to {difference.after}"
    if difference.direction:
        return f"{told} ({difference.direction})."
    return told if told.endswith(ENDS) else f"{told}."


def pairs(
    old: Sequence[T], new: Sequence[T], key: Callable[[T], H]
) -> Iterator[tuple[T | None, T | None]]:
    """Each part before and after, matched by ``key``: in the new order, then what was removed."""
    before, after = {key(each): each for each in old}, {key(each): each for each in new}
    for each in dict.fromkeys([*after, *before]):
        yield before.get(each), after.get(each)


def moved(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The fewest of the ids in both lists whose moving turns the old order into the new one.

    What stays is a longest increasing run of old places (patience sorting), with ties as found.
    """
    places = {each: number for number, each in enumerate(old)}
    both = [each for each in new if each in places]
    ends: list[int] = []
    runs: list[list[str]] = []
    for each in both:
        place = bisect_left(ends, places[each])
        run = [*(runs[place - 1] if place else []), each]
        ends[place : place + 1] = [places[each]]
        runs[place : place + 1] = [run]
    staying = set(runs[-1]) if runs else set()
    return [each for each in both if each not in staying]


def after_what(ids: Sequence[str], each: str, names: Callable[[str], str]) -> str:
    """The place of ``each`` among ``ids`` in words: ``number 3, after “Heart”``."""
    number = ids.index(each)
    before = f", after {names(ids[number - 1])}" if number else ""
    return f"number {number + 1}{before}"


def _text(value: object) -> str | None:
    return None if value is None else quoted(str(value))
