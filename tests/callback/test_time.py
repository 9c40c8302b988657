"""Booking takes at most 2.3 minutes at a careful reading speed, counted from rendered pages."""

from __future__ import annotations

import copy

import pytest

from tests.callback.people import MARY, book, to_callback
from tests.conftest import Clock
from tests.support.client import Visitor
from tests.support.page import Page

# Words a minute of a careful reader: the low end of Brysbaert 2019.
CAREFUL = 175
# Seconds. A tap is pointing and pressing (keystroke-level model); typing is Palin 2019, 36.2
# words of five characters a minute; each page costs a decision, a thought and its loading.
TAP = 1.10 + 0.20
CHARACTER = 60 / (36.2 * 5)
PAGE = 1.35 + 2.5 + 0.4
MOST_MINUTES = 2.3
# What nobody reads to book: words for screen readers, closed parts, options of a closed list.
UNREAD = (
    ".//*[contains(@class, 'hidden')]",
    ".//details[not(@open)]/*[not(self::summary)]",
    ".//option",
    ".//button",
)


def read_words(page: Page) -> int:
    """How many words of ``main`` a person reads."""
    main = copy.deepcopy(page.main)
    for path in UNREAD:
        for element in main.xpath(path):
            element.drop_tree()
    return len(" ".join(main.itertext()).split())


@pytest.mark.parametrize("state", ["fl", "nj"])
def test_booking_takes_at_most_two_point_three_minutes(
    client: Visitor, clock: Clock, state: str
) -> None:
    """Both pages read in full, every field filled in, the e-mail too."""
    clock.forward(days=-1)  # a Sunday: three whole days of windows stand open
    form_words = read_words(to_callback(client, state=state))
    confirmed_words = read_words(book(client))
    fields = [name for name in MARY if name not in ("language", "zone")]
    taps = len(fields) + (state == "fl") + 1
    typed = [value for name, value in MARY.items() if name in fields[1:] and name != "voicemail"]
    characters = sum(len(value) for value in typed)
    seconds = (
        (form_words + confirmed_words) / CAREFUL * 60
        + taps * TAP
        + characters * CHARACTER
        + 2 * PAGE
    )
    assert seconds / 60 <= MOST_MINUTES, (form_words, confirmed_words, seconds / 60)
