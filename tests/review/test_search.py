"""The search on the desk: by POST, recorded, never in an address."""

from __future__ import annotations

import json

import pytest

from tests.accounts.desk import Desk
from tests.review.made import Maker, named
from tests.review.test_record import address
from tests.support.client import Visitor

SEARCH = "/staff/search"


def look(browser: Visitor, term: str) -> int:
    """Search for ``term`` as rendered; gives the status."""
    browser.open(SEARCH)
    return browser.submit(term=term).status_code


@pytest.mark.both_databases
def test_a_person_is_found_by_what_they_say(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Words, phone and e-mail find the record; the event names the kind and what was shown."""
    sent = maker.send(desk.now)
    other = maker.send(desk.now, named("Ann Other", phone="+13055550199", email=None))
    for term, field in (
        ("OBRIEN", "name"),
        ("mary brien", "name"),
        ("(305) 555-0142", "phone"),
        ("MARY@example.com", "email"),
    ):
        assert look(at_desk, term) == 200
        assert at_desk.page is not None
        assert address(sent) in at_desk.page.links()
        assert address(other) not in at_desk.page.links()
        assert "M. O." in at_desk.page.words
        assert term not in at_desk.page.title
        event = desk.events("submission.searched")[-1]
        assert json.loads(event.detail) == {"field": field, "references": [sent.reference]}


def test_a_reference_leads_to_its_record(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Typed with or without a dash, in capitals or not; one that is nobody's is said."""
    sent = maker.send(desk.now)
    for said in (sent.reference, sent.reference.lower().replace("-", " ")):
        assert look(at_desk, said) == 303
        assert at_desk.response is not None
        assert at_desk.response.headers["Location"] == address(sent)
    assert look(at_desk, "B22-2222") == 200
    assert at_desk.page is not None
    assert "No submission has this reference." in at_desk.page.words


def test_nothing_found_names_the_kind(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """What was looked for is said by its kind; too little says what to enter."""
    maker.send(desk.now)
    for term, told in (
        ("212-555-0100", "No phone number like this"),
        ("who@example.org", "No e-mail address like this"),
        ("Nobody", "No name like this"),
    ):
        assert look(at_desk, term) == 200
        assert at_desk.page is not None and told in at_desk.page.words
    for term in ("", "a", "555-0142", "x" * 201):
        assert look(at_desk, term) == 422
        assert at_desk.page is not None and at_desk.page.title.startswith("Error: ")
    assert len(desk.events("submission.searched")) == 3


def test_older_results_follow_by_post(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Twenty-five on a page; the rest come by a form whose address holds nothing."""
    sent = {maker.send(desk.now).reference for _ in range(27)}
    assert look(at_desk, "Mary O'Brien") == 200
    assert at_desk.page is not None
    first = {link for link in at_desk.page.links() if "/submissions/" in link}
    older = at_desk.page.form(1)
    assert older.action == SEARCH and len(first) == 25
    assert at_desk.submit(older).status_code == 200
    assert at_desk.page is not None
    second = {link for link in at_desk.page.links() if "/submissions/" in link}
    assert {link.rsplit("/", 1)[1] for link in first | second} == sent
    assert len(at_desk.page.forms()) == 1
