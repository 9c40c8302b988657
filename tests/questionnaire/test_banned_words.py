"""Words that decide, sell or diagnose are said of the reader on no page at all."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask

from tests.eligibility.decision_table import OUTCOMES
from tests.questionnaire.memory import CHECK, QUESTIONS, RESULT, START, STOP
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.walker import SAFE, answers, check_and_send, walk

BANNED = re.compile(
    r"\b(?:(?:pre-?)?approv\w*|(?:pre-?)?qualif\w*|guarant\w*|diagnos\w*|cur(?:e|es|ed|ing|able)|"
    r"safe for you|you (?:may |might |probably )?have depression|you are depressed|congratulat\w*|"
    r"miracle\w*|breakthrough\w*|get started today|limited time)\b",
    re.IGNORECASE,
)
# What may stand, each with its reason; a line that no page uses any more fails.
ALLOWED = {
    "the FDA has not approved": "what must be said of ketamine, on every page about it",
    "FDA-approved for depression that other medicines did not help": "a fact about esketamine",
    "and FDA-approved for this kind of depression": "a fact about esketamine",
}
PUBLIC_FEEDS = ("/blog/feed.xml",)
BOOKING = {
    "name": "Ana Álvarez",
    "phone": "(561) 555-0123",
    "voicemail": "none",
    "window": "asap",
    "zone": "America/New_York",
    "birth_date-day": "1",
    "birth_date-month": "2",
}


def banned_in(page: Page) -> list[str]:
    """The banned words that stand on ``page``, with what is around them, titles included."""
    said = page.root.xpath(
        "//text()[not(ancestor::style)] | //meta/@content | //@alt | //@aria-label | //@title"
    )
    return words_in(" ".join(" ".join(said).split()))


def words_in(text: str) -> list[str]:
    """The banned words in ``text``, where no allowed sentence holds them."""
    for allowed in ALLOWED:
        text = re.sub(re.escape(allowed), " ", text, flags=re.IGNORECASE)
    return [text[max(0, m.start() - 60) : m.end() + 60] for m in BANNED.finditer(text)]


def crawl(visitor: Visitor) -> dict[str, Page]:
    """Every page that links lead to from the home page, and from the foot of it."""
    waiting, found = ["/"], {}
    while waiting:
        address = waiting.pop()
        page = visitor.open(address) if address not in PUBLIC_FEEDS else None
        if page is not None and address not in found:
            found[address] = page
            links = {link.split("#")[0] for link in page.links() if link.startswith("/")}
            waiting += sorted(links - set(found) - set(waiting))
    return found


def patient_pages(app: Flask) -> dict[str, Page]:
    """Each kind of page of the check and the callback, mistakes and endings included."""
    found: dict[str, Page] = {}
    visitor = Visitor(app)

    def keep(name: str, page: Page | None) -> None:
        assert page is not None
        found[name] = page

    keep("start", visitor.open(START))
    page = visitor.open(f"{START}/{QUESTIONS[0]}")
    for question in QUESTIONS:
        keep(question, page)
        visitor.post(page.form().action, page.form().fill(answer=None))
        keep(f"{question}, mistaken", visitor.page)
        visitor.submit(answer=list(SAFE[question]))
        page = visitor.follow()
    keep("check", page)
    keep("start, again", visitor.open(START))
    visitor.open(CHECK)
    visitor.submit()
    keep("may_fit", visitor.follow())
    keep("start, sent", visitor.open(START))
    keep("booking", visitor.open("/callback"))
    visitor.submit()
    keep("booking, mistaken", visitor.page)
    visitor.submit(**BOOKING, **{"birth_date-year": "1988"})
    keep("confirmed", visitor.follow())
    visitor.post("/leave")
    keep("left", visitor.follow())
    walk(visitor, answers(mind="mania_now"))
    keep("stop", visitor.open(STOP))
    visitor.submit(visitor.page.form(1) if visitor.page else None)
    keep("options", visitor.follow())
    for name, change in (
        ("crisis", {"safety": "not_sure"}),
        ("outside_area", {"state": "other"}),
        ("under_age", {"age_band": "under_18"}),
        ("talk_first", {"safety": "skip", "medicines": "maoi"}),
        ("not_now", {"heart": "unstable"}),
    ):
        visitor.post("/leave")
        keep(name, check_and_send(visitor, answers(**change)))
    visitor.open("/callback")
    visitor.submit(**BOOKING, **{"birth_date-year": "2012"})
    keep("under_age, by birth date", visitor.follow())
    visitor.get(f"{START}/nothing")
    keep("not there", visitor.page)
    visitor.post(RESULT, {"csrf_token": "forged"})
    keep("refused", visitor.page)
    return found


def test_no_page_says_what_only_a_doctor_may(app: Flask) -> None:
    """No banned word on any page, and no exception that nothing needs."""
    pages = {**crawl(Visitor(app)), **patient_pages(app)}
    assert {page.outcome for page in pages.values()} - {None} == set(OUTCOMES)
    said = {name: banned_in(page) for name, page in pages.items()}
    assert {name: found for name, found in said.items() if found} == {}
    everything = " ".join(page.root.text_content() for page in pages.values()).lower()
    unused = [each for each in ALLOWED if each.lower() not in " ".join(everything.split())]
    assert not unused


@pytest.mark.parametrize(
    "said",
    [
        "You are pre-approved.",
        "You qualify for care",
        "Results are guaranteed",
        "This is not a diagnosis",
        "a cure for depression",
        "It is safe for you",
        "You have depression",
    ],
)
def test_a_banned_word_is_found(client: Visitor, said: str) -> None:
    """The search sees such words wherever they stand on a page."""
    page = client.open("/about")
    assert banned_in(page) == []
    for place in page.main.xpath("(.//p)[last()] | (.//h2)[1]"):
        place.text = f"{said} {place.text}"
        assert len(banned_in(page)) == 1
        place.text = ""


@pytest.mark.parametrize("address", PUBLIC_FEEDS)
def test_the_feed_says_no_such_word(client: Visitor, address: str) -> None:
    """What feed readers show is held to the same words."""
    text = " ".join(re.sub(r"<[^>]*>", "", html.unescape(client.get(address).text)).split())
    assert words_in(text) == []
