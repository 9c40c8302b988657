"""Whole journeys on a small phone without JavaScript: nothing asked elsewhere, no complaint."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.places import ARTICLE
from tests.browser.walk import answer, begin, chosen, go_on, path_of, press, walk

# The short code that people say on the phone.
REFERENCE = re.compile(r"\b[B-Z][2-9B-Z]{2}-[2-9B-Z]{4}\b")


def outcome(page: Page) -> str | None:
    """The outcome of the ending page."""
    return page.locator("[data-outcome]").get_attribute("data-outcome")


def first_number(page: Page) -> str | None:
    """Where the first link of the page's main part leads."""
    return page.locator("main a").first.get_attribute("href")


def reference_on(page: Page) -> str:
    """The reference that the page gives."""
    found = REFERENCE.search(page.inner_text("main"))
    assert found, "the page gives no reference"
    return found.group()


def cookies(page: Page) -> list[str]:
    """The names of the browser's cookies."""
    return [each["name"] for each in page.context.cookies()]


def give_contact(page: Page) -> None:
    """Fill in who is called, and how."""
    page.locator("[name=name]").fill("Mary O'Brien")
    page.locator("[name=phone]").fill("(305) 555-0142")
    page.locator("[name=voicemail][value=number]").check()


def test_from_an_article_to_a_call(phone: Page) -> None:
    """A reader takes the check, goes back and forth, may fit, and asks for a call."""
    phone.goto(ARTICLE)
    go_on(phone)
    assert phone.url.endswith("/eligibility?from=should-you-microdose-ketamine")
    assert cookies(phone) == []
    go_on(phone)
    walk(phone, until="heart")
    assert cookies(phone) == ["visit"]
    phone.go_back()
    assert (path_of(phone), chosen(phone)) == ("/eligibility/mind", ["none"])
    answer(phone, ["none"])
    assert walk(phone) == "check"
    press(phone, "main a[href='/eligibility/age_band']")
    assert chosen(phone) == ["30_44"]
    answer(phone, ["45_64"])
    assert path_of(phone) == "/eligibility/check"
    go_on(phone)
    assert outcome(phone) == "may_fit"
    reference = reference_on(phone)
    go_on(phone)
    phone.locator("[name=window][value=asap]").check()
    phone.locator("[name=zone][value='America/New_York']").check()
    give_contact(phone)
    for part, value in (("month", "March"), ("day", "7"), ("year", "1970")):
        phone.locator(f"[name=birth_date-{part}]").fill(value)
    go_on(phone)
    assert path_of(phone) == "/callback/confirmed"
    assert reference_on(phone) == reference
    phone.go_back()
    expect(phone.locator("h1")).to_be_visible()
    phone.goto("/callback/confirmed")
    assert reference_on(phone) == reference
    assert cookies(phone) == ["visit"]


def test_from_a_crisis_to_a_call(phone: Page) -> None:
    """A person in crisis sees 988 before anything else, and may ask to be called."""
    begin(phone)
    assert walk(phone, safety="now") == "help"
    assert (outcome(phone), first_number(phone)) == ("crisis", "tel:988")
    press(phone, ".back")
    assert chosen(phone) == ["now"]
    go_on(phone)
    give_contact(phone)
    go_on(phone)
    assert path_of(phone) == "/callback/confirmed"
    assert first_number(phone) == "tel:988"
    assert reference_on(phone)


def test_from_a_hard_stop_to_the_end(phone: Page) -> None:
    """A hard stop shows 911 first, then other options; the check can still be finished and sent."""
    begin(phone)
    assert walk(phone, heart="unstable") == "stop"
    assert first_number(phone) == "tel:911"
    press(phone, "form[action='/eligibility/result'] button")
    assert (path_of(phone), outcome(phone)) == ("/eligibility/result", "not_now")
    assert first_number(phone) == "tel:911"
    phone.go_back()
    expect(phone.locator("h1")).to_be_visible()
    phone.go_forward()
    press(phone, "form[action='/eligibility/stop'] button")
    assert walk(phone) == "check"
    go_on(phone)
    assert outcome(phone) == "not_now"
    go_on(phone)
    assert path_of(phone) == "/callback"


def test_leave_and_erase(phone: Page) -> None:
    """After "Leave and erase" no cookie is left, and the browser's Back shows no answer."""
    begin(phone)
    walk(phone, until="heart")
    press(phone, "form[action='/leave'] button")
    assert path_of(phone) == "/left"
    assert cookies(phone) == []
    phone.go_back()
    assert (path_of(phone), chosen(phone)) == ("/eligibility", [])
    expect(phone.locator("main .button")).to_be_visible()


def test_outside_the_service(phone: Page) -> None:
    """Another state, then an age under 18, end the check at once; each can be changed."""
    begin(phone)
    assert walk(phone, state="other") == "result"
    assert outcome(phone) == "outside_area"
    press(phone, "main a[href='/eligibility/state']")
    assert walk(phone, until="reason", age_band="under_18") == "result"
    assert outcome(phone) == "under_age"
