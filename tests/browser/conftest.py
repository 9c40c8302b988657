"""One practice and one signed-in desk for all browser tests of this process; its visitors."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.door import Door, new_page, open_door
from tests.browser.places import Guide
from tests.browser.witness import Witness


@pytest.fixture(scope="session")
def door() -> Iterator[Door]:
    """A practice with made-up people, served by a process of its own."""
    with open_door() as opened:
        yield opened


@pytest.fixture(scope="session")
def guide(browser: Browser, door: Door) -> Iterator[Guide]:
    """Brings the browser to each place."""
    with contextlib.ExitStack() as stack:
        yield Guide(browser, door, stack)


@pytest.fixture
def phone(browser: Browser, door: Door) -> Iterator[Page]:
    """A small phone without JavaScript, on which nothing may go wrong unseen."""
    with browser.new_context(
        base_url=door.origin,
        viewport={"width": 360, "height": 740},
        has_touch=True,
        java_script_enabled=False,
    ) as context:
        witness = Witness(context, door.origin)
        yield new_page(context.new_page())
        witness.saw_nothing_wrong()


@pytest.fixture
def keyboard(browser: Browser, door: Door) -> Iterator[Page]:
    """A desktop without JavaScript, for somebody who uses no pointer."""
    with browser.new_context(base_url=door.origin, java_script_enabled=False) as context:
        yield new_page(context.new_page())
