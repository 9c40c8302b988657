"""One Markdown file -> one article, with everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from intake.articles.front_matter import (
    DOI,
    HTTPS,
    NAME,
    PATH,
    SLUG,
    FrontMatter,
    Problem,
    hidden_characters,
    split,
)
from intake.articles.prose import PLACES, Writer, plain
from intake.articles.records import Advice, Article, Author, Card, Question, Reference

CATEGORIES = ("Treatment options", "The experience", "Safety", "Understanding depression")
# As large as the version of a definition may be.
LATEST_VERSION = 1_000_000
URGENCIES = ("emergency", "urgent", "routine")


def read(path: Path, drawings: frozenset[str]) -> tuple[Article, list[Problem]]:
    """The article in the file at ``path``, and its problems; ``drawings`` are the heroes."""
    source = path.read_bytes().decode("utf-8", errors="replace")
    table, body, broken = split(source)
    head = FrontMatter(path.name, table)
    if broken:
        head.wrong("front matter", broken, "TOML between two lines of +++")
    for character in hidden_characters(source.replace("\r\n", "\n")) or ():
        head.wrong("text", character, "no control, direction or replacement characters")
    if "\ufffd" in source:
        head.wrong("text", "bytes that are not UTF-8", "UTF-8")
    article = _article(head, body, path.stem, drawings)
    head.refuse_unknown()
    return article, head.problems


def _article(head: FrontMatter, body: str, stem: str, drawings: frozenset[str]) -> Article:
    """Build the article in the order of its page, so that its sources are numbered so too."""
    sources = head.tables("references")
    writer = Writer(str(source.get("id")) for source in sources)
    lines = _lines(head, writer)
    answer = lines("answer", 3, 3)
    parts = writer.parts(body)
    care = Card(
        urgency=head.one_of("care.urgency", URGENCIES),
        heading=head.text("care.heading", 100),
        items=lines("care.items", 1, 8),
        after=writer.text(head.prose("care.after", 500)),
    )
    advice = Advice(lines("advice.do", 2, 8), lines("advice.do_not", 2, 8))
    questions = tuple(_question(head, entry, writer) for entry in head.tables("faq"))
    article = Article(
        slug=head.text("slug", 60, SLUG),
        title=head.text("title", 80),
        promise=head.text("promise", 140),
        description=head.text("description", 160),
        category=head.one_of("category", CATEGORIES),
        author=Author(
            name=head.text("author.name", 80),
            credential=head.text("author.credential", 20),
            url=head.text("author.url", 60, PATH),
        ),
        published=head.date("published"),
        updated=head.date("updated"),
        next_review=head.date("next_review"),
        hero=head.one_of("hero", sorted(drawings) or ("a drawing",)),
        speaks_of=head.texts("speaks_of", NAME),
        rules_version=head.number("rules_version", LATEST_VERSION),
        related=head.texts("related", SLUG, least=0),
        answer=answer,
        parts=parts,
        contents=tuple(writer.headings),
        care=care,
        advice=advice,
        questions=questions,
        references=_references(head, sources, writer.cited),
        words=0,
    )
    _check_whole(head, article, stem)
    for found, allowed in writer.problems:
        head.wrong("text", found, allowed)
    return replace(article, words=_count(article))


def _lines(head: FrontMatter, writer: Writer) -> Callable[[str, int, int], tuple[str, ...]]:
    """A reader of lists of Markdown lines."""

    def read(key: str, least: int, most: int) -> tuple[str, ...]:
        return tuple(writer.line(line) for line in head.texts(key, least=least, most=most))

    return read


def _question(head: FrontMatter, entry: FrontMatter, writer: Writer) -> Question:
    """One common question with its answer."""
    question = Question(entry.text("question", 100), writer.text(entry.prose("answer", 1500)))
    entry.refuse_unknown()
    head.take_problems(entry, "faq")
    return question


def _references(
    head: FrontMatter, sources: list[FrontMatter], cited: list[str]
) -> tuple[Reference, ...]:
    """The sources in the order of their numbers; each is cited, and has exactly one address."""
    found: dict[str, Reference] = {}
    for source in sources:
        name = source.text("id", 40, SLUG)
        if name in found:
            source.wrong("id", name, "an id that no other reference has")
        if name and name not in cited:
            source.wrong("id", name, "a reference that the text cites")
        if source.has("doi") == source.has("url"):
            source.wrong("doi", source.get("doi"), "either a doi or a url")
        elif source.has("doi"):
            link = "https://doi.org/" + source.text("doi", 100, DOI)
        else:
            link = source.text("url", 250, HTTPS)
        if not source.problems:
            number = cited.index(name) + 1
            text, limits = source.text("text", 400), source.text("limits", 300)
            found[name] = Reference(number, name, text, link, limits)
        source.refuse_unknown()
        head.take_problems(source, f"references.{name or '?'}")
    return tuple(sorted(found.values(), key=lambda reference: reference.number))


def _check_whole(head: FrontMatter, article: Article, stem: str) -> None:
    """What no single key can tell: the name of the file, the order of days, the places."""
    if article.slug != stem:
        head.wrong("slug", article.slug, f"the name of the file, {stem}")
    if article.updated < article.published:
        head.wrong("updated", article.updated.isoformat(), "the day of publishing or later")
    if article.next_review <= article.updated:
        head.wrong("next_review", article.next_review.isoformat(), "a day after the last update")
    for place in PLACES:
        count = sum(part.kind == place for part in article.parts)
        if count != 1:
            head.wrong(f"{{{place}}}", f"{count} times in the body", "once, a paragraph of its own")
    for line in article.advice.do_not:
        if not line.startswith("Do not "):
            head.wrong("advice.do_not", line, "a line that begins with Do not")


def _count(article: Article) -> int:
    """How many words a person reads, citations and the page's frame left out."""
    pieces = [
        article.title,
        *article.answer,
        *(part.html for part in article.parts),
        *(article.care.heading, *article.care.items, article.care.after),
        *(*article.advice.do, *article.advice.do_not),
        *(text for entry in article.questions for text in (entry.question, entry.answer)),
    ]
    return sum(len(plain(piece).split()) for piece in pieces)
