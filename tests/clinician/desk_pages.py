"""Forms of the desk's pages, pressed as people press them."""

from __future__ import annotations

from tests.support.client import Visitor
from tests.support.page import Form, Page


def form_to(page: Page, ending: str) -> Form:
    """The form that goes to an address with this ``ending``."""
    return next(each for each in page.forms() if each.action.endswith(ending))


def press(browser: Visitor, address: str, ending: str, **changes: str) -> Page:
    """Open a page, send one of its forms, and go where that leads."""
    form = form_to(browser.open(address), ending)
    browser.submit(form, **changes)
    return browser.follow()
