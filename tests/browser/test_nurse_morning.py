"""A nurse's morning: sign in with a passkey, call whom the queue says, write it down, go on.

What is pressed with the pointer is counted: from the queue to the next record in six.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.door import Door, new_page
from tests.browser.focus import is_at
from tests.browser.test_keyboard import MOST_STOPS, Hands
from tests.browser.test_passkeys import BUTTON, Device, add_by_keyboard, hired, sign_in, sign_out
from tests.browser.walk import path_of, press
from tests.browser.witness import Witness

MOST_CLICKS = 6
TOP = "tbody tr:first-child a.reference"
SHOW = "form[action$='/contact'] button"
MATCHES = "button[formaction$='matched=yes']"
LEFT_MESSAGE = "button[formaction$='outcome=left_message']"
REACHED = "button[formaction$='outcome=reached']"
ONWARD = "main a.onward"
SAID = "Told her what comes next. She asked about the medicines she takes."


class Pointer:
    """A hand with a pointer that counts what it presses, a field to type in too."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def press(self, selector: str) -> None:
        """Press what leads to another page."""
        self.clicks += 1
        press(self.page, selector)

    def write(self, words: str) -> None:
        """Choose the note's field, and type."""
        self.clicks += 1
        self.page.locator("#body").click()
        self.page.keyboard.type(words)


class Keys(Hands):
    """Somebody who presses keys, and goes back as well."""

    def press(self, selector: str) -> None:
        """Go to ``selector``, and leave the page by it."""
        self.enter(selector)

    def write(self, words: str) -> None:
        """Go to the note's field, and type."""
        self.type_in("body", words)

    def press_before(self, selector: str) -> None:
        """Go back to ``selector`` with Shift and Tab, and leave the page by it."""
        for _ in range(MOST_STOPS):
            if is_at(self.page, selector):
                break
            self.page.keyboard.press("Shift+Tab")
        self.enter(selector)


@pytest.fixture
def plain(browser: Browser, door: Door) -> Iterator[BrowserContext]:
    """A browser without JavaScript, in which nothing may go wrong unseen."""
    with browser.new_context(base_url=door.origin, java_script_enabled=False) as context:
        witness = Witness(context, door.origin)
        yield context
        witness.saw_nothing_wrong()


def queue_of(name: str, browser: Browser, door: Door, plain: BrowserContext) -> Page:
    """The queue without JavaScript, of a new person who came in by a passkey alone."""
    member = hired(door, name)
    with browser.new_context(base_url=door.origin) as context:
        page = new_page(context.new_page())
        Device(context, page)
        sign_in(page, member)
        add_by_keyboard(page)
        sign_out(page)
        Hands(page).enter(BUTTON)
        assert path_of(page) == "/staff/"
        cookies = context.cookies()
    plain.add_cookies(
        [{"name": each["name"], "value": each["value"], "url": door.origin} for each in cookies]
    )
    opened = new_page(plain.new_page())
    opened.goto("/staff/")
    return opened


def compare_and_write(hand: Pointer | Keys) -> str:
    """From the queue into the top record: its contact, the birth date, and what was said.

    Gives the reference of the record.
    """
    page = hand.page
    first = page.locator(TOP).inner_text()
    hand.press(TOP)
    assert path_of(page) == f"/staff/submissions/{first}"
    hand.press(SHOW)
    expect(page.locator("main dl [href^='tel:']")).to_be_visible()
    hand.press(MATCHES)
    expect(page.locator("main")).to_contain_text("it matched")
    hand.write(SAID)
    return first


def is_written(page: Page, reference: str, said: str) -> None:
    """Back on the record, which says what was done; the note stands in its timeline."""
    assert path_of(page) == f"/staff/submissions/{reference}"
    expect(page.locator(".banner.done")).to_contain_text(f"{said} Your note was added.")
    expect(page.locator(".timeline .text").first).to_have_text(SAID)


def is_another(page: Page, reference: str) -> None:
    """The next record, with a call that is owed."""
    assert path_of(page).startswith("/staff/submissions/")
    expect(page.locator("h1")).not_to_have_text(reference)
    expect(page.locator(REACHED)).to_be_visible()


def test_to_the_next_in_six_clicks(browser: Browser, door: Door, plain: BrowserContext) -> None:
    """The top record: contact, birth date, a note with the outcome of the call; then the next."""
    page = queue_of("Mira Lund", browser, door, plain)
    pointer = Pointer(page)
    first = compare_and_write(pointer)
    pointer.press(REACHED)
    is_written(page, first, "The person was reached. The status is “Contacted”.")
    pointer.press(ONWARD)
    is_another(page, first)
    assert pointer.clicks <= MOST_CLICKS


def test_by_keyboard_alone(browser: Browser, door: Door, plain: BrowserContext) -> None:
    """The same with Tab, Enter and letters; a message is left, and the call stays owed."""
    page = queue_of("Tove Lund", browser, door, plain)
    keys = Keys(page)
    first = compare_and_write(keys)
    keys.press_before(LEFT_MESSAGE)
    is_written(page, first, "A message was left. The call is still owed.")
    keys.press(ONWARD)
    is_another(page, first)
