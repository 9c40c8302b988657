"""Which articles a version of the rules touches, until a clinician confirms them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from intake.articles import library, spoken
from intake.articles.records import Article
from intake.articles.store import Confirmation
from intake.eligibility import Definition
from intake.eligibility.compare import Difference


@dataclass(frozen=True, slots=True)
class Read:
    """An article beside a version: what changed in what it speaks of since version ``since``,
    the one it was last confirmed for, or else written for."""

    article: Article
    confirmation: Confirmation | None
    since: int
    touched: tuple[Difference, ...]


def to_read_again(found: Iterable[Read]) -> list[str]:
    """The touched articles, a line each."""
    return [
        f"{read.article.title} ({read.article.slug}; true to version {read.since})"
        for read in found
        if read.touched
    ]


def beside(
    definition: Definition,
    confirmed: Mapping[str, Confirmation],
    version: Callable[[int], Definition | None],
) -> list[Read]:
    """Every article beside ``definition``, touched ones first.

    ``confirmed``: the newest confirmation by slug. ``version`` gives another version by its
    number; an article whose version is not known any more is not compared.
    """
    found = []
    for article in library.all_articles():
        confirmation = confirmed.get(article.slug)
        since = confirmation.version if confirmation else article.rules_version
        before = version(since)
        touched = tuple(spoken.touched(article.speaks_of, before, definition)) if before else ()
        found.append(Read(article, confirmation, since, touched))
    return sorted(found, key=lambda read: not read.touched)
