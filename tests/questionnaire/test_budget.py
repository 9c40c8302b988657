"""Five minutes: words and taps, counted from the pages as they are rendered."""

from __future__ import annotations

import copy

import pytest

from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.walker import QUESTIONS, SAFE, answer, answers, begin

MOST_WORDS, MOST_PAGES = 650, 15
# The keystroke model of a page: a pointed tap, a keystroke, a thought, a load; seconds.
TAP, THINK, DECIDE, LOAD = 1.10 + 0.20, 1.35, 2.5, 0.4
READING = {"typical": 238, "careful": 175, "slow": 120}
LIMITS = {"typical": 4.7, "careful": 5.7, "slow": 7.4}
LARGEST = {"one": 50, "many": 75}
# The answers that give the longest path with the most to read back.
LONGEST = answers(
    reason=["depression", "anxiety", "ptsd", "ocd", "pain", "other"],
    safety="thoughts",
    medicines=["stimulant", "lamotrigine", "sleep"],
)


def words_of(page: Page) -> int:
    """Words inside main, without Back, Continue, caption, hidden text and echoed answers."""
    main = copy.deepcopy(page.main)
    left_out = (
        ".//*[@class='back']",
        ".//*[@class='caption']",
        ".//*[contains(@class, 'hidden')]",
        ".//button[normalize-space()='Continue']",
        ".//dd[not(@class='change')]",
    )
    for path in left_out:
        for each in main.xpath(path):
            each.drop_tree()
    # Words that stand apart on the page do not run together.
    return len(" ".join(main.itertext()).split())


@pytest.fixture
def pages(client: Visitor) -> list[Page]:
    """Start page, fifteen question pages and check answers, on the longest path."""
    client.clear_cookies()
    seen = [client.open("/eligibility")]
    page = begin(client)
    while page.address != "/eligibility/check":
        seen.append(page)
        if page.address == "/eligibility/stop":
            client.submit()
            page = client.follow()
        else:
            page = answer(client, LONGEST[page.address.rsplit("/", 1)[1]])
    return [*seen, page]


def total(pages: list[Page]) -> int:
    """All words of the journey."""
    return sum(words_of(page) for page in pages)


def minutes(pages: list[Page], speed: float, words: int) -> float:
    """The time model of the whole journey at ``speed`` words a minute."""
    taps = sum(len(codes) for codes in LONGEST.values()) + len(pages)
    thought = (THINK + DECIDE + LOAD) * len(pages)
    return words / speed + (taps * TAP + thought) / 60


def test_the_longest_path_is_short(pages: list[Page]) -> None:
    """At most 15 question pages and 650 words; one word more would fail."""
    assert len(pages) - 2 <= MOST_PAGES == len(QUESTIONS)
    assert total(pages) <= MOST_WORDS


@pytest.mark.parametrize("reader", READING)
def test_five_minutes_are_kept(pages: list[Page], reader: str) -> None:
    """The time model stays under its limit for a typical, a careful and a slow reader."""
    assert minutes(pages, READING[reader], total(pages)) <= LIMITS[reader]


def test_each_page_has_its_own_budget(pages: list[Page]) -> None:
    """Yes-or-no at most 30 words, one choice 50, several 75; start 60 above the link, check 70."""
    for page in pages[1:-1]:
        kind = "many" if page.main.xpath(".//input[@type='checkbox']") else "one"
        choices = len(page.main.xpath(".//div[@class='choice']"))
        most = 30 if kind == "one" and choices == 2 else LARGEST[kind]
        assert words_of(page) <= most, f"{page.address}: {words_of(page)} words"
    start = pages[0].text
    above = start[start.index("<main") : start.index('class="button"')]
    assert words_of(Page(f"<main>{above.split('>', 1)[1]}'></main>", "/")) <= 62
    assert words_of(pages[-1]) <= 70


def test_one_word_more_is_counted(pages: list[Page]) -> None:
    """The count sees a word that is added anywhere in main, and none in hidden text."""
    page = pages[3]
    longer = Page(page.text.replace("</main>", "<p>extra</p></main>"), page.address)
    assert words_of(longer) == words_of(page) + 1
    silent = Page(
        page.text.replace("</main>", '<p class="hidden">extra words</p></main>'), page.address
    )
    assert words_of(silent) == words_of(page)


def test_what_the_count_is(pages: list[Page], record_property: pytest.FixtureRequest) -> None:
    """The figure itself, for the report: words in all, and minutes for each reader."""
    count = total(pages)
    record_property("words", count)  # type: ignore[operator]  # pytest's own fixture
    for reader, speed in READING.items():
        record_property(reader, round(minutes(pages, speed, count), 2))  # type: ignore[operator]
    assert SAFE.keys() == LONGEST.keys() and count > 300
