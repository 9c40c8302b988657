"""Articles beside the rules: touched by a change, until a clinician confirms them."""

from __future__ import annotations

import pytest
from flask import Flask

from intake.articles import library
from intake.eligibility import load
from tests.accounts.desk import Desk
from tests.conftest import Clock
from tests.rulebook.made import body
from tests.support.client import Visitor
from tests.support.rules import put_live

SLUG = "should-you-microdose-ketamine"
STRICTER = load(body(2, **{'effect = "note"': 'effect = "talk_first"'}))
OTHER_WORDS = load(body(2, **{"Nothing is sent yet.": "Nothing has been sent yet."}))


def test_every_article_is_true_to_the_rules_it_was_written_for(clinic: Visitor) -> None:
    """Nothing to read again under version 1."""
    page = clinic.open("/staff/articles")
    assert "To be read again" not in page.words
    for article in library.all_articles():
        assert article.title in page.words
    assert page.forms() == []


def test_a_change_touches_the_articles_that_speak_of_it(
    clinic: Visitor, app: Flask, desk: Desk, clock: Clock
) -> None:
    """It says what changed; the clinician's word settles it for this version, and is recorded."""
    put_live(app, STRICTER)
    page = clinic.open("/staff/articles")
    assert "To be read again" in page.words and "Before note only Now talk first" in page.words
    form = next(each for each in page.forms() if SLUG in each.action)
    others = len(page.forms()) - 1
    clinic.submit(form)
    page = clinic.follow()
    assert "Confirmed for version 2 by Ana Ruiz" in page.words
    assert len(page.forms()) == others
    assert [event.name for event in desk.events("article.confirmed")] == ["article.confirmed"]
    clock.forward(seconds=1)
    put_live(app, load(body(3)))
    assert "What changed since version 2" in clinic.open("/staff/articles").words


def test_a_change_elsewhere_touches_no_article(clinic: Visitor, app: Flask) -> None:
    """The words of the check page are spoken of by none."""
    put_live(app, OTHER_WORDS)
    assert "To be read again" not in clinic.open("/staff/articles").words


@pytest.mark.parametrize("role", ["intake", "admin"])
def test_only_clinicians_confirm(desk: Desk, role: str) -> None:
    """The page is closed to the others."""
    assert desk.signed_in(role).get("/staff/articles").status_code == 403


def test_the_word_is_for_the_version_that_was_read(clinic: Visitor, app: Flask, desk: Desk) -> None:
    """Rules that changed while the page was open: 409, and nothing is confirmed."""
    put_live(app, STRICTER)
    page = clinic.open("/staff/articles")
    put_live(app, load(body(3)))
    assert clinic.submit(page.forms()[0]).status_code == 409
    assert desk.events("article.confirmed") == []
