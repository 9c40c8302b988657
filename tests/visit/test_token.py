"""The token of a form is the secret of its own visit, and of no other."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.client import Visitor
from tests.support.walker import begin


def token(visitor: Visitor) -> str:
    """The token on the first question of a fresh visit."""
    visitor.clear_cookies()
    return begin(visitor).form().values["csrf_token"][0]


def post(visitor: Visitor, **fields: str) -> int:
    """Answer the first question with ``fields``; the status."""
    return visitor.post("/eligibility/state", {"answer": "fl", **fields}).status_code


def test_a_token_stays_for_its_visit(client: Visitor) -> None:
    """Pages that lie open in several tabs all work: one visit, one token, new with each visit."""
    first = token(client)
    assert client.open("/eligibility/state").form().values["csrf_token"] == [first]
    assert post(client, csrf_token=first) == 303
    assert token(client) != first and len(first) >= 40


@pytest.mark.parametrize("given", ["", "made up", "\u00e9\u4e2d", "\x00", "x" * 10_000])
def test_anything_else_is_refused(client: Visitor, given: str) -> None:
    """Nothing, nonsense, other scripts and long texts get a 400, never an error of ours."""
    token(client)
    assert post(client, csrf_token=given) == 400
    assert post(client) == 400


def test_a_token_of_another_visit_is_refused(app: Flask, client: Visitor) -> None:
    """What somebody else's page shows opens no form here."""
    foreign = token(Visitor(app))
    own = token(client)
    assert post(client, csrf_token=foreign) == 400
    assert post(client, csrf_token=own) == 303
