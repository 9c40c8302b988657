"""The articles: each Markdown file is read once, checked whole, and kept as a frozen record.

``all_articles``, ``find`` and ``slugs`` serve other rooms; ``load`` reads any folder. A broken
file stops the start: ``ArticleError`` names every mistake of every file at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from intake.articles.front_matter import Problem
from intake.articles.reader import CATEGORIES, read
from intake.articles.records import Article
from intake.errors import SetupError
from intake.resources import templates_folder

__all__ = ["CATEGORIES", "Article", "ArticleError", "all_articles", "find", "load", "slugs"]

CONTENT = Path(__file__).resolve().parent / "content"


class ArticleError(SetupError):
    """One or more articles are broken; ``problems`` names every mistake."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        super().__init__(f"The articles have mistakes; mend each:{lines}")


@cache
def all_articles() -> tuple[Article, ...]:
    """The articles that this build carries, the newest first; raises ``ArticleError``."""
    drawings = (templates_folder() / "articles" / "art").glob("*.svg")
    return load(CONTENT, frozenset(path.stem for path in drawings))


def find(slug: str) -> Article | None:
    """The article called ``slug``, or None."""
    return next((article for article in all_articles() if article.slug == slug), None)


def slugs() -> frozenset[str]:
    """The names of all articles."""
    return frozenset(article.slug for article in all_articles())


def load(folder: Path, drawings: frozenset[str]) -> tuple[Article, ...]:
    """Read every ``.md`` file of ``folder``; ``drawings`` are the heroes there are.

    The newest comes first. Raises ``ArticleError`` with the mistakes of all files.
    """
    articles, problems = [], []
    for path in sorted(folder.glob("*.md")):
        article, wrong = read(path, drawings)
        articles.append(article)
        problems += wrong
    if problems:
        raise ArticleError(problems)
    there = {article.slug for article in articles}
    newest_first = sorted(articles, key=lambda article: article.published, reverse=True)
    return tuple(
        replace(article, related=tuple(slug for slug in article.related if slug in there))
        for article in newest_first
    )
