"""How a person goes through the check in a browser: they choose, and press the button.

Buttons are found by where they stand, since their words are for people and may change.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.support.walker import answers


def path_of(page: Page) -> str:
    """The path that the browser stands on."""
    return urlsplit(page.url).path


def press(page: Page, selector: str) -> None:
    """Press the first button or link that ``selector`` finds, and wait for where it leads."""
    # Two questions may offer the same answer, so the old page must be gone before the next act.
    with page.expect_navigation():
        page.locator(selector).first.click()


def go_on(page: Page) -> None:
    """Press the page's main button, or the link that looks like it."""
    press(page, "main .button")


def answer(page: Page, codes: Sequence[str]) -> None:
    """Choose ``codes`` on a question page, and continue."""
    for code in codes:
        page.locator(f"main [name=answer][value='{code}']").check()
    go_on(page)


def walk(page: Page, until: str | None = None, **changes: str | Sequence[str]) -> str:
    """Answer, by default as fits, until the question ``until`` or a page that is no question.

    Gives the last part of that page's path.
    """
    given = answers(**changes)
    while (place := path_of(page).rpartition("/")[2]) in given and place != until:
        answer(page, given[place])
    return place


def begin(page: Page) -> None:
    """Open the start page, and start."""
    page.goto("/eligibility")
    go_on(page)


def chosen(page: Page) -> list[str]:
    """The codes that stand chosen on a question page."""
    found = page.locator("main [name=answer]:checked")
    return [str(each.get_attribute("value")) for each in found.all()]
