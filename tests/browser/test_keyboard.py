"""The check and the call by keyboard alone, without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.focus import is_at
from tests.browser.walk import path_of
from tests.support.walker import SAFE

MOST_STOPS = 60
FITS = SAFE | {"reason": ("anxiety",), "medicines": ("sleep", "benzodiazepine")}


class Hands:
    """Somebody who presses keys, and looks where the focus is each time."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, selector: str) -> None:
        """Press Tab until ``selector`` has the focus."""
        for _ in range(MOST_STOPS):
            if is_at(self.page, selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {selector}")

    def enter(self, selector: str) -> None:
        """Go to ``selector``, and press Enter to leave the page."""
        self.reach(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def choose(self, name: str, code: str) -> None:
        """Choose one of the radios called ``name``, or tick one of the checkboxes."""
        field = self.page.locator(f"[name='{name}']")
        codes = [str(each.get_attribute("value")) for each in field.all()]
        if field.first.get_attribute("type") == "checkbox":
            self.reach(f"[name='{name}'][value='{code}']")
            self.page.keyboard.press("Space")
        else:
            self.reach(f"[name='{name}']")
            self.page.keyboard.press("Space")
            for _ in range(codes.index(code)):
                self.page.keyboard.press("ArrowDown")
        assert is_at(self.page, f"[name='{name}'][value='{code}']:checked")

    def type_in(self, name: str, words: str) -> None:
        """Go to a field and type."""
        self.reach(f"[name='{name}']")
        self.page.keyboard.type(words)


@pytest.fixture
def hands(keyboard: Page) -> Hands:
    """Hands on the keyboard."""
    return Hands(keyboard)


def test_from_the_home_page_to_a_call(hands: Hands) -> None:
    """Tab, Space, arrows and Enter lead from the home page to a call; the focus is always seen."""
    page = hands.page
    page.goto("/")
    hands.enter("main a[href='/eligibility']")
    hands.enter("main a.button")
    for question, codes in FITS.items():
        assert path_of(page) == f"/eligibility/{question}"
        for code in codes:
            hands.choose("answer", code)
        hands.enter("main form .button")
    assert path_of(page) == "/eligibility/check"
    hands.enter("main form .button")
    hands.enter("main a[href='/callback']")
    hands.choose("window", "asap")
    hands.choose("zone", "America/Chicago")
    hands.type_in("name", "Mary O'Brien")
    hands.type_in("birth_date-month", "3")
    hands.type_in("birth_date-day", "7")
    hands.type_in("birth_date-year", "1988")
    hands.type_in("phone", "305 555 0142")
    hands.choose("voicemail", "practice")
    hands.enter("main form > .button")
    assert path_of(page) == "/callback/confirmed"


def test_an_error_takes_the_focus(hands: Hands) -> None:
    """After an error the summary has the focus; its link leads to the first choice."""
    page = hands.page
    page.goto("/eligibility/state")
    hands.enter("main form .button")
    assert page.title().startswith("Error: ")
    assert is_at(page, ".summary")
    hands.reach(".summary a")
    page.keyboard.press("Enter")
    assert is_at(page, "#answer-1")
    hands.choose("answer", "nj")
    hands.enter("main form .button")
    assert path_of(page) == "/eligibility/age_band"


def test_the_skip_link(hands: Hands) -> None:
    """The first stop of every page leads past the header, straight to the question."""
    page = hands.page
    page.goto("/eligibility/state")
    page.keyboard.press("Tab")
    assert is_at(page, "a.skip")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert is_at(page, "#answer-1")
