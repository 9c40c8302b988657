"""The pages of the library, asked for as a reader would."""

from __future__ import annotations

import dataclasses
import json
import re
from xml.etree import ElementTree

import pytest
from flask import Flask

from intake.articles import library
from intake.articles.structured import json_ld
from tests.support.client import Visitor

SLUG = "should-you-microdose-ketamine"
ADDRESS = f"/blog/{SLUG}"
ATOM = "{http://www.w3.org/2005/Atom}"


def main_of(html: str) -> str:
    """What stands inside main."""
    return html.partition("<main")[2].partition("</main>")[0]


def linked_data(html: str) -> dict[str, object]:
    """The structured data of a page, read as a machine reads it."""
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    data: dict[str, object] = json.loads(found)
    return data


def test_the_index_lists_each_article_once(client: Visitor) -> None:
    """Topic, title, promise, date and minutes of each article stand on the index."""
    page = client.get("/blog/").text
    for article in library.all_articles():
        assert page.count(f'href="/blog/{article.slug}"') == 1
        assert article.promise in page
        assert f"{article.minutes} minute read" in page
    assert "Treatment options" in page
    assert "Not yet checked by a physician" in page


def test_the_article_page_holds_what_a_reader_needs(client: Visitor) -> None:
    """Title, category, for whom it is written, day, minutes, drawing, short answer, status."""
    page = client.get(ADDRESS).text
    article = library.find(SLUG)
    assert article is not None
    assert page.count("<h1") == 1
    assert f"<h1>{article.title}</h1>" in page
    for needed in (
        "Treatment options",
        'href="/blog/">Back to articles',
        'for <a href="/physician">Benjamin Soffer, DO</a> to check',
        "November 23, 2026",
        f"{article.minutes} minute read",
        'role="img"',
        "Two cream ceramic dishes on a walnut desk",
        "The FDA has not approved ketamine for depression, or",
        "We earn money when people use this care.",
        "Next review due by",
        "Who will check this: Benjamin Soffer, DO",
    ):
        assert needed in page
    assert main_of(page).count("Not yet checked by a physician") == 2
    assert page.count('<h2 id="questions">') == 1
    assert all(page.count(f"<h3>{entry.question}</h3>") == 1 for entry in article.questions)


def test_nothing_is_said_to_be_checked_before_a_clinician_signed(client: Visitor) -> None:
    """Neither people nor machines are told that a physician wrote or reviewed the page."""
    page = client.get(ADDRESS).text
    data = json.dumps(linked_data(page))
    assert not re.search(r"(?<!yet )(?:checked|reviewed) by (?:Dr|Benjamin)|>By Benjamin", page)
    assert "reviewedBy" not in data
    assert "lastReviewed" not in data
    assert "Soffer" not in data


def test_the_way_to_the_check_is_offered_twice(client: Visitor) -> None:
    """In the middle and at the end, with the article's name, the phone, and what comes back."""
    main = main_of(client.get(ADDRESS).text)
    assert main.count(f'href="/eligibility?from={SLUG}"') == 2
    assert main.count("See if it may fit you") == 2
    assert main.count('href="tel:+15614686981"') == 2
    for needed in ("about five minutes", "Florida or New Jersey", "an honest answer", "where else"):
        assert needed in main


def test_related_reading_is_absent_while_there_is_none(client: Visitor) -> None:
    """No empty section, and no link to an article that does not exist."""
    page = client.get(ADDRESS).text
    linked = set(re.findall(r'href="/blog/([a-z-]+)"', page))
    assert linked <= library.slugs()
    article = library.find(SLUG)
    assert article is not None
    assert ("Related reading" in page) == bool(article.related)


def test_every_link_inside_the_page_leads_somewhere(client: Visitor) -> None:
    """Contents, citations and ways back point at ids that are there, each id once."""
    page = client.get(ADDRESS).text
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(ids)
    assert len([target for target in targets if target.startswith("source-")]) >= 10


def test_the_page_carries_no_code_and_no_style(client: Visitor) -> None:
    """No script but the data, no style attribute, no address of another origin but sources."""
    page = client.get(ADDRESS).text
    assert page.count("<script") == 1
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", page)
    assert not re.search(r'(?:src|srcset)="', page)


@pytest.mark.parametrize("address", ["/blog/", ADDRESS, "/blog/feed.xml"])
def test_pages_can_be_kept_and_asked_about(client: Visitor, address: str) -> None:
    """Public pages may be cached, answer 304 when nothing changed, and set no cookie."""
    first = client.get(address)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in first.headers
    assert "Cookie" not in first.headers.get("Vary", "")
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "address",
    [
        "/blog/nothing-here",
        "/blog/..%2f..%2fetc%2fpasswd",
        "/blog/%2e%2e",
        "/blog/a%00b",
        "/blog/a%0d%0ab",
        "/blog/" + "a" * 3000,
        f"{ADDRESS}%20",
        f"{ADDRESS.upper()}",
        f"{ADDRESS}.md",
    ],
)
def test_any_other_name_is_not_found(client: Visitor, address: str) -> None:
    """Only the exact name of an article opens a page."""
    assert client.get(address).status_code == 404


def test_the_feed_is_whole(client: Visitor) -> None:
    """A valid Atom feed with each article in full, its addresses absolute."""
    response = client.get("/blog/feed.xml")
    assert response.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(response.data)
    assert feed.tag == f"{ATOM}feed"
    for needed in ("title", "id", "updated", "author"):
        assert feed.find(f"{ATOM}{needed}") is not None
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == len(library.all_articles())
    for entry in entries:
        content = entry.find(f"{ATOM}content")
        assert content is not None and content.text is not None
        assert content.get("type") == "html"
        assert "<h2>Sources</h2>" in content.text
        assert content.text.count("<p>") > 20
        assert "/eligibility" not in content.text
        updated = entry.findtext(f"{ATOM}updated")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", updated or "")
        link = entry.find(f"{ATOM}link")
        assert link is not None and (link.get("href") or "").startswith("http")


def test_structured_data_says_what_the_page_says(client: Visitor) -> None:
    """Page and article are described with title, days, sources and the practice."""
    article = library.find(SLUG)
    assert article is not None
    graph = linked_data(client.get(ADDRESS).text)["@graph"]
    assert isinstance(graph, list)
    page, text = graph
    assert (page["@type"], text["@type"]) == ("MedicalWebPage", "Article")
    assert text["headline"] == article.title
    assert text["datePublished"] == article.published.isoformat()
    assert page["url"].endswith(ADDRESS)
    assert [source["url"] for source in text["citation"]] == [
        source.link for source in article.references
    ]


def test_front_matter_cannot_leave_the_script_element(app: Flask) -> None:
    """Whatever a title holds, the data stays data."""
    article = library.find(SLUG)
    assert article is not None
    hostile = dataclasses.replace(article, title='</script><script>alert("1")&\u2028')
    data = json_ld(hostile, app.extensions["practice"], "https://care.example")
    assert not set("<>&\u2028") & set(data)
    assert "\\u003c/script" in data
    assert json.loads(data)["@graph"][1]["headline"] == hostile.title


def test_front_matter_cannot_add_markup_to_the_page(app: Flask, client: Visitor) -> None:
    """A title with markup is shown as it is written."""
    article = library.find(SLUG)
    assert article is not None
    hostile = dataclasses.replace(article, title="<b onclick=x>T</b>", promise="<i>&")
    template = app.jinja_env.get_template("articles/article.html")
    with app.test_request_context(ADDRESS):
        page = template.render(article=hostile, related=[], json_ld="{}")
    assert "<b onclick" not in page
    assert "&lt;b onclick=x&gt;T&lt;/b&gt;" in page
    assert "&lt;i&gt;&amp;" in page
