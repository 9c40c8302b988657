"""The rules in a clinician's words: one effect at a time, ids in words, the eight properties."""

from __future__ import annotations

import pytest

from intake.clinician import reading
from intake.clinician.views.common import EFFECT_WORDS
from intake.eligibility import Effect, load
from intake.eligibility.properties import SENTENCES
from tests.accounts.desk import Desk
from tests.rulebook.made import FIRST
from tests.support.client import Visitor

RULES = load(FIRST)
EVERY = (*RULES.rules, *reading.changes(RULES))
NAMED = reading.Named(RULES)


@pytest.mark.parametrize("effect", reading.counts(RULES))
def test_the_rules_of_one_effect_stand_alone(clinic: Visitor, effect: Effect) -> None:
    """Each effect has a link; behind it stand all its rules and no other."""
    page = clinic.open("/staff/rules/1")
    address = f"/staff/rules/1?effect={effect.value}"
    assert address in page.links()
    text = clinic.open(address).words
    assert f"Only the rules with the effect “{EFFECT_WORDS[effect]}”" in text
    shown = {rule.id for rule in EVERY if " ".join(rule.staff.split()) in text}
    assert shown == {rule.id for rule in EVERY if rule.effect is effect}


@pytest.mark.parametrize("effect", ["", "none", "crisis2"])
def test_an_unknown_effect_shows_every_rule(clinic: Visitor, effect: str) -> None:
    """A mistyped address hides nothing."""
    text = clinic.open(f"/staff/rules/1?effect={effect}").words
    assert all(" ".join(rule.staff.split()) in text for rule in EVERY)


def test_every_rule_is_counted_once() -> None:
    """The counts beside the effects add up to all rules, those on changed answers included."""
    assert sum(reading.counts(RULES).values()) == len(EVERY)


def test_ids_are_told_in_words_and_unknown_ones_as_they_are() -> None:
    """Nothing is lost where a definition does not know an id."""
    assert NAMED.rule("safety_now").startswith("Safety, “")
    assert NAMED.rule("answer_changed").startswith("After a stop")
    assert (NAMED.rule("gone"), NAMED.question("gone")) == ("gone", "gone")
    assert NAMED.parts(["heart", "safety_now", "heart"]) == ["Heart", NAMED.rule("safety_now")]


def test_every_property_of_the_proof_has_its_words() -> None:
    """The page names all eight."""
    assert [bool(NAMED.property(number)) for number in SENTENCES] == [True] * 8


def test_each_look_at_a_run_has_an_address_of_its_own(clinic: Visitor, desk: Desk) -> None:
    """A browser that stands at the heading of a run asks again, instead of scrolling there."""
    page = clinic.open("/staff/rules/1/steps")
    form = next(each for each in page.forms() if each.action.endswith("/run/check"))
    clinic.submit(form)
    seen = set()
    for _ in range(3):
        page = clinic.follow()
        again = [each for each in page.links() if each.endswith("#check")]
        seen.update(again)
        desk.clock.forward(seconds=1)
        clinic.get(again[0])
    assert len(seen) == 3
