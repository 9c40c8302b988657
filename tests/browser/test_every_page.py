"""Every page: its accessibility, its narrowest shape, its print, the ring of its focus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page, ViewportSize

from tests.browser.focus import unseen_stops
from tests.browser.places import ALL, Guide, Place

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
NARROWEST: ViewportSize = {"width": 320, "height": 640}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {
    "runOnly": {"type": "tag", "values": TAGS},
    # Off by default, and the only one of WCAG 2.2.
    "rules": {"target-size": {"enabled": True}},
}
# The dark changes colours alone.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# What the four properties of WCAG 1.4.12 must not break.
SPACING = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
p { margin-bottom: 2em !important; }
"""
# What stands past the right edge, or is cut off, outside the tables that scroll by themselves.
TOO_WIDE = """
() => {
  const edge = document.documentElement.clientWidth;
  const wrong = [];
  if (document.scrollingElement.scrollWidth > edge) {
    wrong.push('the page scrolls sideways to ' + document.scrollingElement.scrollWidth);
  }
  for (const each of document.querySelectorAll('body *:not(svg *, .hidden, .hidden *, .table *)')) {
    if (!each.checkVisibility()) continue;
    const what = each.outerHTML.slice(0, 100);
    const hides = getComputedStyle(each).overflowX === 'hidden' && each.tagName !== 'svg';
    if (each.getBoundingClientRect().right > edge + 1) wrong.push('past the edge: ' + what);
    if (hides && each.scrollWidth > each.clientWidth + 1) wrong.push('cut off: ' + what);
  }
  return wrong;
}
"""
# Controls under 44 px in height, and fields whose letters a phone would zoom in on.
TOO_SMALL = """
() => [...document.querySelectorAll(
  'button, a.button, .choice label, .pick label, select, textarea, '
  + 'input:not([type=hidden], .choice input, .pick input)'
)].filter((each) => each.checkVisibility() && !each.closest('.hidden') && (
  each.getBoundingClientRect().height < 44 || parseFloat(getComputedStyle(each).fontSize) < 16
)).map((each) => each.outerHTML.slice(0, 100))
"""
NOT_FOR_PAPER = (
    ".strip, .skip, .back, header nav, header form, footer nav, main button, main a.button"
)


@pytest.fixture(scope="module", params=ALL, ids=lambda place: place.name)
def place(request: pytest.FixtureRequest) -> Place:
    """Each page in turn."""
    found: Place = request.param
    return found


@pytest.fixture(scope="module")
def opened(guide: Guide, place: Place) -> Iterator[Page]:
    """A browser on that page; scripts of the tests' own may run there."""
    with guide.at(place, bypass_csp=True) as page:
        page.evaluate(AXE_SCRIPT)
        yield page


@pytest.fixture
def page(opened: Page) -> Page:
    """The page as a desktop in the light shows it."""
    opened.emulate_media(media="screen", color_scheme="light")
    opened.set_viewport_size(DESKTOP)
    return opened


def findings(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe finds or cannot decide, one line each."""
    found = page.evaluate("(options) => axe.run(options)", options)
    return [
        f"{kind}: {rule['id']}: {node['html'][:150]}"
        for kind in ("violations", "incomplete")
        for rule in found[kind]
        for node in rule["nodes"]
    ]


def test_axe_finds_nothing(page: Page) -> None:
    """No violation of WCAG 2.2 AA or of good practice, and nothing left undecided."""
    assert findings(page, EVERYTHING) == []


def test_the_dark_is_as_readable(page: Page) -> None:
    """In the dark every text and link stands out as it must."""
    page.emulate_media(color_scheme="dark")
    assert findings(page, COLOURS) == []


def test_it_fits_the_narrowest_screen(page: Page) -> None:
    """At 320 px, with wide text spacing, nothing scrolls sideways, is cut off or too small."""
    page.set_viewport_size(NARROWEST)
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate(TOO_SMALL) == []
    style = page.add_style_tag(content=SPACING)
    assert page.evaluate(TOO_WIDE) == []
    style.evaluate("each => each.remove()")


def test_every_stop_is_seen(page: Page) -> None:
    """Wherever Tab leads, a ring marks the place and nothing lies over it."""
    assert unseen_stops(page) == []


def test_it_prints_what_was_said(page: Page) -> None:
    """On paper the heading and the words stay; the menu, the buttons and the strip go."""
    words = page.locator("h1").inner_text()
    page.emulate_media(media="print")
    assert page.locator("h1").inner_text() == words
    left = [each for each in page.locator(NOT_FOR_PAPER).all() if each.is_visible()]
    assert [each.inner_text() for each in left] == []
