"""The day after which a visit in person may come first: a line of the practice's file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from flask import Flask

from intake.app import create_app
from intake.cli.prepare import House
from intake.errors import SetupError
from intake.practice import read_practice
from tests.conftest import Clock
from tests.questionnaire.memory import START
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.walker import answers, check_and_send, walk

IN_PERSON = "A federal rule changed. You may need to see a doctor in person first."
# Midnight in New York: 5 am UTC in winter, 4 am in summer.
NEW_YEAR = dt.datetime(2027, 1, 1, 5, 0, tzinfo=dt.UTC)
FIRST_OF_JULY = dt.datetime(2027, 7, 1, 4, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
STORED = {
    "may_fit": answers(),
    "talk_first": answers(medicines="maoi"),
    "not_now": answers(pregnancy="pregnant"),
}


def with_line(house: House, line: str) -> House:
    """The same house, with ``line`` in its practice file, read from the file anew."""
    path: Path = house.settings.instance / "practice.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count("telehealth_controlled_until = 2026-12-31") == 1
    path.write_text(text.replace("telehealth_controlled_until = 2026-12-31", line), "utf-8")
    return house


def options(visitor: Visitor) -> Page:
    """Other options after a hard stop: nothing is sent."""
    page = walk(visitor, {k: v for k, v in answers(mind="mania_now").items() if k != "heart"})
    visitor.open(f"{START}/stop")
    assert visitor.page is not None and page.address == f"{START}/heart"
    visitor.submit(visitor.page.form(1))
    return visitor.follow()


def outcome_pages(app: Flask) -> dict[str, Page]:
    """Each outcome page that a visit can follow, seen at the time of ``app``."""
    pages = {name: check_and_send(Visitor(app), given) for name, given in STORED.items()}
    pages["options"] = options(Visitor(app))
    assert [page.outcome for page in pages.values()] == [*STORED, "not_now"]
    return pages


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC), False),
        # It is 2027 in UTC for five hours before it is at the practice.
        (NEW_YEAR - 5 * 3600 * SECOND, False),
        (NEW_YEAR - SECOND, False),
        (NEW_YEAR, True),
        (NEW_YEAR + 200 * 86400 * SECOND, True),
    ],
)
def test_the_pages_change_at_the_practices_midnight(
    app: Flask, clock: Clock, moment: dt.datetime, said: bool
) -> None:
    """Through 31 December 2026 nothing; from the next day on every such page says it, once."""
    clock.moment = moment
    counts = {name: page.words.count(IN_PERSON) for name, page in outcome_pages(app).items()}
    assert counts == dict.fromkeys(counts, int(said))


def test_a_page_opened_again_says_what_holds_now(app: Flask, clock: Clock) -> None:
    """A result that was sent before midnight says it when it is looked at afterwards."""
    clock.moment = NEW_YEAR - SECOND
    visitor = Visitor(app)
    assert IN_PERSON not in check_and_send(visitor, answers()).words
    clock.forward(seconds=1)
    assert IN_PERSON in visitor.open(f"{START}/result").words


@pytest.mark.parametrize(
    ("given", "ending"),
    [
        ({"state": "other"}, "outside_area"),
        ({"age_band": "under_18"}, "under_age"),
        ({"safety": "now"}, "crisis"),
    ],
)
def test_who_is_sent_elsewhere_is_not_told(
    app: Flask, clock: Clock, given: dict[str, str], ending: str
) -> None:
    """No visit follows from these pages, and the crisis page holds one sentence alone."""
    clock.moment = NEW_YEAR
    page = check_and_send(Visitor(app), answers(**given))
    assert page.outcome == ending
    assert IN_PERSON not in page.words


def test_another_date_in_the_file_moves_the_words(house: House, clock: Clock) -> None:
    """With 30 June 2027 in the practice file the words wait until 1 July."""
    app = create_app(
        with_line(house, "telehealth_controlled_until = 2027-06-30").settings, house.engine
    )
    app.extensions["now"] = clock
    for moment, said in (
        (NEW_YEAR, False),
        (FIRST_OF_JULY - SECOND, False),
        (FIRST_OF_JULY, True),
    ):
        clock.moment = moment
        assert {IN_PERSON in page.words for page in outcome_pages(app).values()} == {said}


def test_another_zone_has_another_midnight(house: House, clock: Clock) -> None:
    """The day is that of the practice's own time zone, an hour later in Chicago."""
    path = with_line(house, "telehealth_controlled_until = 2026-12-31").settings.instance
    text = (path / "practice.toml").read_text("utf-8")
    moved = text.replace('time_zone = "America/New_York"', 'time_zone = "America/Chicago"')
    assert moved != text
    (path / "practice.toml").write_text(moved, "utf-8")
    app = create_app(house.settings, house.engine)
    app.extensions["now"] = clock
    for moment, said in ((NEW_YEAR, False), (NEW_YEAR + 3600 * SECOND, True)):
        clock.moment = moment
        assert (IN_PERSON in check_and_send(Visitor(app), answers()).words) is said


@pytest.mark.parametrize(
    "line",
    [
        'telehealth_controlled_until = "2026-12-31"',
        "telehealth_controlled_until = 2026-12-31T00:00:00Z",
        "telehealth_controlled_until = false",
        "# no date",
    ],
)
def test_a_date_that_cannot_be_read_is_named(house: House, line: str) -> None:
    """A missing or quoted date stops the start with the key; it never means "no limit"."""
    with pytest.raises(SetupError, match=r"rules\.telehealth_controlled_until"):
        read_practice(with_line(house, line).settings.instance / "practice.toml", trial=True)
