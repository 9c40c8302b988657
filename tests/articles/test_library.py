"""The loader: what it makes of a file, and that it names every mistake at once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from intake.articles.library import ArticleError, load
from intake.articles.prose import Writer, plain

GOOD = """+++
slug = "a-question"
title = "Is this a question?"
promise = "What we know."
description = "What we know, and what we do not."
category = "Safety"
published = 2026-11-01
updated = 2026-11-02
next_review = 2027-05-01
hero = "two-dishes"
speaks_of = ["sitter"]
rules_version = 2
related = ["another-question", "nowhere"]
answer = ["One.[^first]", "Two.", "Three."]

[author]
name = "Ada Example"
credential = "DO"
url = "/physician"

[advice]
do = ["Ask.", "Listen."]
do_not = ["Do not drive.", "Do not wait."]

[care]
urgency = "emergency"
heading = "Call 911 if:"
items = ["it hurts"]
after = "Or call [988](tel:988)."

[[faq]]
question = "Really?"
answer = "Yes.[^second]"

[[references]]
id = "second"
text = "Second et al."
doi = "10.1000/second"
limits = "Limits: small."

[[references]]
id = "first"
text = "First agency."
url = "https://agency.example/page"
limits = "Limits: old."
+++

Before.[^first]

## A heading

{advice}

{care}

## A heading

{invitation}

It's "quoted".
"""
DRAWINGS = frozenset({"two-dishes"})


def put(folder: Path, source: str = GOOD, name: str = "a-question.md") -> Path:
    """Write an article into ``folder``."""
    (folder / name).write_text(source, encoding="utf-8")
    return folder


def problems(folder: Path, source: str) -> list[str]:
    """What the loader says about ``source``, a line each."""
    with pytest.raises(ArticleError) as raised:
        load(put(folder, source), DRAWINGS)
    return [str(problem) for problem in raised.value.problems]


def test_a_good_file_becomes_an_article(tmp_path: Path) -> None:
    """Dates, places, headings and sources come out as the file says."""
    (article,) = load(put(tmp_path), DRAWINGS)
    assert article.slug == "a-question"
    assert article.published == dt.date(2026, 11, 1)
    assert (article.speaks_of, article.rules_version) == (("sitter",), 2)
    assert [part.kind for part in article.parts] == [
        *("text", "advice", "care", "text", "invitation", "text")
    ]
    assert [heading.id for heading in article.contents] == ["a-heading", "a-heading-2"]
    assert "It’s “quoted”." in plain(article.html)
    assert article.minutes == 1


def test_sources_are_numbered_by_first_citation(tmp_path: Path) -> None:
    """The first source that the page cites is number 1, wherever the file lists it."""
    (article,) = load(put(tmp_path), DRAWINGS)
    assert [(source.number, source.id) for source in article.references] == [
        (1, "first"),
        (2, "second"),
    ]
    assert article.references[1].link == "https://doi.org/10.1000/second"
    assert 'href="#source-first" id="cite-first" aria-label="Source 1"' in article.answer[0]
    assert 'id="cite-first-2"' in article.html


def test_related_articles_that_do_not_exist_are_left_out(tmp_path: Path) -> None:
    """Only articles that are there are linked to; the newest article comes first."""
    other = GOOD.replace("a-question", "another-question").replace("11-01", "10-01")
    other = other.replace('"another-question", "nowhere"', '"a-question"')
    put(tmp_path, other, "another-question.md")
    first, second = load(put(tmp_path), DRAWINGS)
    assert (first.slug, second.slug) == ("a-question", "another-question")
    assert (first.related, second.related) == (("another-question",), ("a-question",))


def test_an_empty_folder_has_no_articles(tmp_path: Path) -> None:
    """No file, no article, no complaint."""
    assert load(tmp_path, DRAWINGS) == ()


@pytest.mark.parametrize(
    ("old", "new", "key", "allowed"),
    [
        ('slug = "a-question"', 'slug = "../etc/passwd"', "slug", "one line"),
        ('slug = "a-question"', 'slug = "another"', "slug", "the name of the file, a-question"),
        ('title = "Is this a question?"\n', "", "title is missing", "1 to 80 characters"),
        ('title = "Is this', 'title = "\\u202eIs this', "title", "one line"),
        ('title = "Is this', 'title = "\\u0007Is this', "title", "one line"),
        ('category = "Safety"', 'category = "Deals"', "category", "Treatment options"),
        ("published = 2026-11-01", 'published = "2026-11-01"', "published", "without quotes"),
        ("updated = 2026-11-02", "updated = 2026-10-02", "updated", "or later"),
        ("next_review = 2027-05-01", "next_review = 2026-05-01", "next_review", "a day after"),
        ('hero = "two-dishes"', 'hero = "../secret"', "hero", "two-dishes"),
        ('speaks_of = ["sitter"]', 'speaks_of = ["Sit ter"]', "speaks_of", "texts like"),
        ("rules_version = 2\n", "", "rules_version is missing", "a whole number from 1"),
        ("rules_version = 2", "rules_version = 0", "rules_version is 0", "a whole number from 1"),
        ("rules_version = 2", "rules_version = true", "rules_version", "a whole number from 1"),
        ("rules_version = 2", "rules_version = 1.5", "rules_version", "a whole number from 1"),
        ("rules_version = 2", 'rules_version = "2"', "rules_version", "without quotes"),
        ("rules_version = 2", "rules_version = 1000001", "rules_version", "to 1000000"),
        ('"Two.", "Three."]', '"Two."]', "answer", "3 to 3 texts"),
        ('url = "/physician"', 'url = "//evil.example"', "author.url", "one line"),
        ('urgency = "emergency"', 'urgency = "red"', "care.urgency", "emergency, urgent, routine"),
        ('"Do not wait."', '"Never wait."', "advice.do_not", "Do not"),
        ("[advice]", '[advice]\nmaybe = ["x"]', "advice.maybe", "no such key"),
        ('hero = "two', 'tags = ["x"]\nhero = "two', "tags", "no such key"),
        ('doi = "10.1000/second"', 'doi = "doi:10"', "references.second.doi", "one line"),
        ('doi = "10.1000/second"\n', "", "references.second.doi", "either a doi or a url"),
        ("https://agency", "http://agency", "references.first.url", "one line"),
        ("https://agency.example", "javascript:alert", "references.first.url", "one line"),
        ('limits = "Limits: old."', "", "references.first.limits", "1 to 300"),
        ('id = "second"', 'id = "first"', "references.first.id", "no other reference"),
        ("Yes.[^second]", "Yes.", "references.second.id", "that the text cites"),
        ('question = "Really?"', 'query = "Really?"', "faq.query", "no such key"),
        ("Before.[^first]", "Before.[^ghost]", "'[^ghost]'", "an id among the references"),
        ("{invitation}\n", "", "{invitation} is '0 times in the body'", "once"),
        ("{care}", "{care}\n\n{care}", "{care} is '2 times in the body'", "once"),
        ("{care}", "{care}\n\n{shop}", "{shop}", "{advice}"),
        ("Before.", "# Before", "a heading h1", "## and ###"),
        ("Before.", "[Before](javascript:alert(1))", "javascript:alert(1)", "https://"),
        ("Before.", "[Before](//evil.example)", "a link to //evil.example", "https://"),
        ("Before.", "[Before](http://plain.example)", "a link to http:", "https://"),
        ("Before.", "<script>alert(1)</script>", "<script>", "without HTML"),
        ("Before.", "<img src=x onerror=alert(1)>", "<img", "without HTML"),
        ("Before.", "![alt](https://a.example/x.png)", "alt", "paragraphs"),
        ("Before.", "`code`", "code", "paragraphs"),
        ("Before.", "Be\u202efore.", "U+202E", "no control"),
        ("Before.", "Be\x07fore.", "U+0007", "no control"),
        ("+++\nslug", "slug", "front matter", "+++"),
        ('title = "Is', 'title = Is', "front matter", "TOML"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_key_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, key: str, allowed: str
) -> None:
    """Whatever is wrong, one line names the file, the key, what stands there, what may."""
    assert old in GOOD
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    assert all(line.startswith("a-question.md: ") for line in found)
    assert any(key in line and allowed in line.partition("; allowed: ")[2] for line in found), found


def test_all_faults_of_all_files_are_named_at_once(tmp_path: Path) -> None:
    """An editor mends everything in one go."""
    put(tmp_path, GOOD.replace('category = "Safety"', 'category = "Deals"'), "b.md")
    found = problems(
        tmp_path, GOOD.replace("Before.", "# Before").replace("2027-05-01", "2020-05-01")
    )
    assert {line.partition(":")[0] for line in found} == {"a-question.md", "b.md"}
    assert len(found) >= 4


def test_bytes_that_are_not_text_are_named(tmp_path: Path) -> None:
    """A file in another encoding is refused, not guessed at."""
    (tmp_path / "a-question.md").write_bytes(GOOD.encode().replace(b"Before.", b"Bef\xff."))
    with pytest.raises(ArticleError, match="UTF-8"):
        load(tmp_path, DRAWINGS)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<svg onload=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](&#106;avascript:alert(1))",
        "<javascript:alert(1)>",
        '[x](https://a.example/"onclick="alert(1))',
        "![x](javascript:alert(1))",
        '<a href="https://a.example" style="position:fixed">x</a>',
        "[x]: javascript:alert(1)\n\n[x]",
    ],
)
def test_hostile_markdown_is_harmless_and_named(hostile: str) -> None:
    """Raw HTML stays text, a bad address makes no link; nothing that runs comes out."""
    writer = Writer(())
    html = writer.text(hostile)
    for living in (
        "<script",
        "<svg",
        "<img",
        "<a style",
        'href="javascript',
        'href="data',
        'onclick="',
    ):
        assert living not in html.lower()
    assert writer.problems or "https://a.example" in html


def test_a_citation_is_left_out_when_its_source_is_unknown() -> None:
    """No link leads nowhere."""
    writer = Writer(("known",))
    assert writer.line("A.[^unknown]") == "A."
    assert writer.problems == [("[^unknown]", "an id among the references")]
