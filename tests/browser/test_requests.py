"""What a browser asks for and keeps on the public pages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.door import Door, new_page
from tests.browser.places import PUBLIC
from tests.browser.witness import Witness

# The page, its style, its heading face, its icon.
MOST_REQUESTS = 4


@pytest.fixture(params=[place.address for place in PUBLIC])
def address(request: pytest.FixtureRequest) -> str:
    """Each public page in turn."""
    found: str = request.param
    return found


def test_a_public_page_keeps_to_itself(browser: Browser, door: Door, address: str) -> None:
    """It sets no cookie, asks no other origin, and needs four requests at most."""
    with browser.new_context() as context:
        witness = Witness(context, door.origin)
        new_page(context.new_page()).goto(door.origin + address)
        witness.saw_nothing_wrong()
        assert context.cookies() == []
        assert len(witness.asked) <= MOST_REQUESTS
