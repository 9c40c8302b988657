"""The page of rules says what the live rules are, no more and no less."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flask import Flask

from intake import eligibility
from intake.site.rules_page import groups, sources
from tests.support.client import Visitor

DEFINITION = eligibility.load(eligibility.packaged()[0][1])


def test_every_rule_stands_once() -> None:
    """Each rule and both rules on changes are in exactly one group."""
    shown = [line.rule.id for group in groups(DEFINITION) for line in group.lines]
    changes = [DEFINITION.safety_changed.id, DEFINITION.answer_changed.id]
    assert sorted(shown) == sorted([rule.id for rule in DEFINITION.rules] + changes)


def test_a_group_holds_one_kind_of_effect() -> None:
    """What stops, what a clinician looks at and what is only noted are kept apart."""
    for group in groups(DEFINITION)[:-1]:
        effects = {line.rule.effect.value for line in group.lines}
        assert effects in (
            {"crisis"},
            {"outside_area", "under_age"},
            {"not_now"},
            {"talk_first"},
            {"note"},
        )


def test_parts_without_a_rule_are_left_out() -> None:
    """A definition without notes has no heading for them."""
    rules = tuple(rule for rule in DEFINITION.rules if rule.effect.value != "note")
    assert "noted" not in [group.id for group in groups(replace(DEFINITION, rules=rules))]


def test_every_source_stands_once() -> None:
    """A source that many rules share has one number."""
    found = sources(DEFINITION)
    assert len(found) == len(set(found))
    assert {text for text, _ in found} >= {rule.source for rule in DEFINITION.rules}


def test_the_page_shows_reason_change_and_source(client: Visitor) -> None:
    """Each rule's own words stand on the page, with a link to a source that is there."""
    page = client.open("/how-we-decide")
    for rule in DEFINITION.rules:
        assert " ".join(rule.reason.split()) in page.words
        assert rule.change is None or " ".join(rule.change.split()) in page.words
        assert rule.source in page.words


def test_rules_are_called_proposed_until_signed(app: Flask, client: Visitor) -> None:
    """Nothing is claimed in a physician's name that no physician has signed."""
    words = client.open("/how-we-decide").words
    assert "Proposed rules. No physician has signed them yet." in words
    assert "Version 1, in use since" in words

    shelf = app.extensions["rulebook"]
    signed = replace(
        shelf.standing, signed_at=dt.datetime(2026, 12, 1, 17, tzinfo=dt.UTC), signed_by="abc"
    )
    app.extensions["rulebook"] = replace(shelf, standing=signed)
    words = client.open("/how-we-decide").words
    assert "Signed rules." in words
    assert "December 1" in words
    assert "Proposed" not in words
