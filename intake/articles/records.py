"""What an article is made of: frozen records, ready to show. Their HTML is clean."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from math import ceil

from intake.articles.prose import Heading, Part

WORDS_A_MINUTE = 220


@dataclass(frozen=True, slots=True)
class Author:
    """For whom an article is written: the person who is asked to check and sign it."""

    name: str
    credential: str
    url: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A source: ``number`` as cited, ``link`` to it, and its ``limits`` in plain words."""

    number: int
    id: str
    text: str
    link: str
    limits: str


@dataclass(frozen=True, slots=True)
class Card:
    """The care card: who should get which help now. Items and ``after`` are HTML."""

    urgency: str
    heading: str
    items: tuple[str, ...]
    after: str


@dataclass(frozen=True, slots=True)
class Advice:
    """Two lists of HTML lines: what to do, and what not to do."""

    do: tuple[str, ...]
    do_not: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One entry of the common questions; ``answer`` is HTML."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Article:
    """One article, ready to show. Dates are local days; HTML is clean and may stand as it is.

    ``category`` is a topic of the index; ``hero`` names a drawing; ``speaks_of`` holds ids of
    questions and rules, ``rules_version`` the version of the rules against which it was written;
    ``related`` holds only slugs of articles that exist; ``words`` counts what a person reads,
    ``minutes`` is at 220 words a minute, rounded up.
    """

    slug: str
    title: str
    promise: str
    description: str
    category: str
    author: Author
    published: dt.date
    updated: dt.date
    next_review: dt.date
    hero: str
    speaks_of: tuple[str, ...]
    rules_version: int
    related: tuple[str, ...]
    answer: tuple[str, ...]
    parts: tuple[Part, ...]
    contents: tuple[Heading, ...]
    care: Card
    advice: Advice
    questions: tuple[Question, ...]
    references: tuple[Reference, ...]
    words: int

    @property
    def minutes(self) -> int:
        """Whole minutes that a person takes to read it."""
        return ceil(self.words / WORDS_A_MINUTE)

    @property
    def html(self) -> str:
        """The body's HTML without what stands at its places."""
        return "".join(part.html for part in self.parts)
