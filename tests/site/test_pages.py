"""The standing pages: sound, readable, cookie-free, and true to what the practice confirmed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from lxml import html

from intake.site.views import PAGES
from tests.articles.reading import grade, sentences, words
from tests.support.client import Visitor

# What is not our prose: other languages, the quoted law, the definition's own words.
NOT_PROSE = './/*[@lang] | .//blockquote | .//ul[@class="rules"] | .//ol | .//*[@class="languages"]'
BLOCKS = ".//p | .//li[not(.//p)] | .//dd | .//dt | .//h1 | .//h2 | .//h3"
NEVER = (
    "you qualify",
    "qualified",
    "pre-approved",
    "congratulations",
    "safe for you",
    "you have depression",
    "miracle",
    "guarantee",
    "get started today",
    "limited time",
    "cure",
)


def blocks(page: str) -> list[str]:
    """The texts of main, a block each."""
    main = html.document_fromstring(page).xpath("//main")[0]
    for element in main.xpath(NOT_PROSE):
        element.drop_tree()
    return [text for each in main.xpath(BLOCKS) if (text := " ".join(each.text_content().split()))]


def with_facts(app: Flask, **facts: object) -> None:
    """Change what the practice has confirmed, as its file would."""
    practice = replace(app.extensions["practice"], **facts)
    app.extensions["practice"] = practice
    app.jinja_env.globals["practice"] = practice


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_sound_public_and_cacheable(client: Visitor, address: str) -> None:
    """Each page is valid, carries its address and the crisis line, and sets no cookie."""
    response = client.get(address)
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert "Cookie" not in response.headers.get("Vary", "")
    assert response.headers["Cache-Control"].startswith("public")
    assert client.page is not None
    root = client.page.root
    assert root.xpath("//link[@rel='canonical']/@href") == [f"http://localhost:8000{address}"]
    assert root.xpath("//meta[@name='description']/@content")[0]
    assert root.xpath("//aside[@aria-label='Crisis help']//a/@href") == [
        "tel:988",
        "sms:988",
        "tel:911",
        "tel:988",
    ]
    assert client.page.title.endswith("Tovani Health") or address == "/"


@pytest.mark.parametrize("address", PAGES)
def test_every_page_reads_easily(client: Visitor, address: str) -> None:
    """Grade 6 or lower, no sentence over 20 words, no paragraph over three sentences."""
    found = blocks(client.get(address).text)
    text = "\n".join(found)
    assert grade(text) <= 6
    assert [each for each in sentences(text) if len(words(each)) > 20] == []
    assert [each for each in found if len(sentences(each)) > 3] == []


@pytest.mark.parametrize("address", PAGES)
def test_no_page_promises_what_nobody_can(client: Visitor, address: str) -> None:
    """None of the words that sell, diagnose or decide for a person stands on a page."""
    text = client.get(address).text.lower()
    assert [word for word in NEVER if word in text] == []


@pytest.mark.parametrize("address", PAGES)
def test_unconfirmed_facts_are_left_off(app: Flask, client: Visitor, address: str) -> None:
    """Price, address, licence numbers and hours stand nowhere until the practice confirms them."""
    with_facts(app, trial=False)
    text = client.get(address).text
    for fact in ("$349", "Example Street", "OS00000", "25MB", "9 am–5 pm"):
        assert fact not in text


def test_confirmed_facts_stand(app: Flask, client: Visitor) -> None:
    """What the practice confirmed stands where people look for it."""
    with_facts(app, trial=False, unconfirmed=frozenset())
    assert "It costs $349 a month." in client.open("/").words
    assert "100 Example Street" in client.open("/about").words
    assert "Florida: OS00000" in client.open("/physician").words
    assert "Mon–Thu 9 am–5 pm, Fri 9 am–3 pm Eastern" in client.get("/rights").text


def test_example_hours_are_shown_while_trying(client: Visitor) -> None:
    """On this machine's own address the example hours stand at the foot of each page."""
    assert "Mon–Thu 9 am–5 pm, Fri 9 am–3 pm Eastern" in client.get("/about").text


def test_home_leads_to_check_phone_and_articles(client: Visitor) -> None:
    """The home page offers the check, the phone and what to read first."""
    links = client.open("/").links()
    assert {"/eligibility", "tel:+15614686981", "/how-we-decide", "/privacy"} <= set(links)
    assert "/blog/should-you-microdose-ketamine" in links


def test_help_lines_are_those_that_were_checked(client: Visitor) -> None:
    """Each line with its number and its limits, 988 before all others, and the day of the check."""
    page = client.open("/help-now")
    links = [each for each in page.main.xpath(".//a/@href") if each.startswith(("tel:", "sms:"))]
    assert links[0] == "tel:988"
    numbers = (
        "sms:838255",
        "tel:+18664887386",
        "sms:678678",
        "sms:741741",
        "tel:+18338526262",
        "tel:+18662024357",
        "tel:+18008527899",
        "tel:+18666587714",
        "tel:+18447322465",
        "tel:+18882222228",
        "tel:+18776527624",
        "tel:+18006624357",
        "tel:+18004874889",
        "tel:211",
        "tel:711",
    )
    assert set(numbers) <= set(links)
    for limit in (
        "It is not a crisis line.",
        "LGBTQ+ people under 25",
        "text START to",
        "Text HOME to",
        "weekdays 8 am to 8 pm",
        "a parent or guardian makes the call",
    ):
        assert limit in page.words
    assert "press 3" not in page.words


def test_press_3_is_a_switch(app: Flask, client: Visitor) -> None:
    """The 988 choice for LGBTQ+ young people shows only when the practice file says so."""
    with_facts(app, line_988_press_3=True)
    assert "press 3" in client.open("/help-now").words


def test_privacy_names_every_cookie(client: Visitor) -> None:
    """The table holds the one cookie of patients and the one of staff."""
    page = client.open("/privacy")
    assert page.main.xpath(".//thead//th/text()") == ["Name", "visit", "staff"]
    assert len(page.main.xpath(".//dl[@class='answers']/div")) == 6


def test_foreign_words_are_marked(client: Visitor) -> None:
    """Each language's own name carries its code, right-to-left ones their direction."""
    page = client.open("/language-help")
    assert page.main.xpath(".//section/@lang") == ["es"]
    named = page.main.xpath(".//ul[@class='languages']//span")
    assert all(each.get("lang") for each in named)
    assert {each.get("lang") for each in named if each.get("dir") == "rtl"} == {"ar", "ur"}
