"""The proof: it holds for sound rules, and each of the eight properties can fail in it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import Any

import pytest

from intake.eligibility import Answers, Decision, Definition, Flag, Outcome, decide, outcome
from intake.eligibility.proof import Proof
from intake.eligibility.report import Report, Verdict
from intake.eligibility.trail import Trail
from tests.eligibility import made, small
from tests.eligibility.weakenings import built


def proven(definition: Definition) -> Report:
    """The whole proof, in this process."""
    proof = Proof(definition)
    found = proof.first_look()
    for number in range(len(proof.parts)):
        found.add(proof.run(number))
    return proof.report(found, whole=True, seconds=0, processes=1)


def broken(definition: Definition) -> dict[int, Verdict]:
    """The properties that do not hold, by number."""
    return {each.number: each for each in proven(definition).verdicts if not each.holds}


def telling(verdict: Verdict) -> dict[str, tuple[str, ...]]:
    """The answers of a counterexample that matter."""
    counter = verdict.counterexample
    assert counter is not None
    return {key: counter.answers[key] for key in counter.telling}


@pytest.mark.parametrize("document", [small.small(), small.joined()])
def test_sound_rules_are_proven(document: made.Document) -> None:
    """All eight hold, each combination is run once, and the report is plain data."""
    report = proven(made.load_edited(document))
    assert report.proven and report.run == report.to_run > 100
    assert [verdict.number for verdict in report.verdicts] == list(range(1, 9))
    packed = json.loads(json.dumps(report.pack()))
    assert packed["proven"] is True and packed["stands_for"] > 1_000_000
    assert all(each["holds"] for each in packed["properties"])
    sizes = {
        each["id"]: [group["size"] for group in each["groups"]] for each in packed["questions"]
    }
    assert sizes["state"] == [2, 1]


def test_a_proof_that_left_parts_out_proves_nothing() -> None:
    """Only when every combination was run does the report say proven."""
    proof = Proof(made.load_edited(small.small()))
    report = proof.report(proof.first_look(), whole=False, seconds=0, processes=1)
    assert all(each.holds for each in report.verdicts) and not report.proven


def edited(rule_id: str, **changes: Any) -> Definition:
    """The small definition with one rule changed; None takes a key away."""
    document = small.small()
    rule = made.rule(document, rule_id)
    rule.update({key: value for key, value in changes.items() if value is not None})
    for key in [key for key, value in changes.items() if value is None]:
        del rule[key]
    return built(document)


def test_a_crisis_answer_that_is_no_crisis() -> None:
    """Property 1: the answer that shows it is named, though another stands for its group."""
    found = broken(edited("safety_not_sure", effect="talk_first", ends_path=None))
    assert telling(found[1]) == {"safety": ("not_sure",)}
    counter = found[1].counterexample
    assert counter is not None and counter.outcome == "talk_first"
    assert "safety_not_sure" in counter.rules and counter.flags == ("safety:not_sure",)


def test_a_crisis_answer_after_which_the_path_goes_on() -> None:
    """Property 1: its page comes right after."""
    found = broken(edited("safety_now", ends_path=None))
    counter = found[1].counterexample
    assert counter is not None and "not the crisis page" in counter.what


def test_a_definition_that_asks_nothing_about_safety() -> None:
    """Property 1: without the question, or without its codes, nothing is proven."""
    document = small.small()
    document["questions"].remove(made.question(document, "safety"))
    assert len(broken(built(document))[1].missing) == 2


def test_a_hard_stop_that_does_not_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Property 2: a hard stop that is decided milder is found with that stop alone."""

    def milder(definition: Definition, answers: Answers, trail: Trail = ()) -> Decision:
        found = decide(definition, answers, trail)
        if found.outcome is Outcome.NOT_NOW and "medicines" in str(found.flags):
            return dataclasses.replace(found, outcome=Outcome.TALK_FIRST)
        return found

    monkeypatch.setattr("intake.eligibility.properties.decide", milder)
    found = broken(made.load_edited(small.small()))
    assert set(telling(found[2])) == {"heart", "medicines"} or set(telling(found[2])) == {
        "medicines",
        "sitter",
    }
    assert 3 in found


def test_an_unknown_that_is_safe() -> None:
    """Property 3: an unknown answer without an effect is found, and nothing else is told."""
    found = broken(edited("sitter_not_sure", effect="note"))
    assert telling(found[3]) == {"sitter": ("not_sure",)}
    counter = found[3].counterexample
    assert counter is not None and counter.outcome == "may_fit"
    assert set(counter.rules) == {"sitter_no", "sitter_not_sure"}


def test_an_unknown_that_is_safe_only_beside_another_answer() -> None:
    """Property 3: where two answers together lift the effect, both are told."""
    document = small.small()
    rule = made.rule(document, "sitter_not_sure")
    rule["when"] = {
        "all": [small.chosen("sitter", "not_sure"), {"not": small.chosen("state", "nj")}]
    }
    found = broken(built(document))
    assert telling(found[3]) == {"state": ("nj",), "sitter": ("not_sure",)}


def test_a_further_flag_that_makes_it_milder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Property 3: an outcome by the number of flags is found."""

    def by_number(flags: Iterable[Flag]) -> Outcome:
        every = list(flags)
        return Outcome.MAY_FIT if len(every) > 2 else outcome.outcome_of(every)

    monkeypatch.setattr("intake.eligibility.properties.outcome_of", by_number)
    assert 3 in broken(made.load_edited(small.small()))


def test_what_no_path_reaches_is_named() -> None:
    """Property 4: an outcome, a rule, a question that no answers lead to."""
    document = small.small()
    document["rules"].remove(made.rule(document, "state_other"))
    document["rules"].append(
        small.rule(
            "two_states",
            "age_band",
            "note",
            {
                "all": [
                    small.chosen("state", "fl"),
                    small.chosen("state", "nj"),
                    small.chosen("age_band", "65_plus"),
                ]
            },
        )
    )
    made.question(document, "sitter")["when"] = small.chosen("safety", "now")
    told = "\n".join(broken(built(document))[4].missing)
    assert "the outcome `outside_area`" in told
    assert "the rule `two_states`" in told and "the rule `sitter_no`" in told
    assert "no path asks `sitter`" in told


def test_an_outcome_without_its_page() -> None:
    """Property 4: an outcome has one page."""
    document = small.small()
    document["outcomes"] = [each for each in document["outcomes"] if each["code"] != "not_now"]
    counter = broken(built(document))[4].counterexample
    assert counter is not None and counter.what == "0 pages for not_now"


@pytest.mark.parametrize("looks", ["reads", "decides"])
def test_a_leftover_that_is_looked_at(monkeypatch: pytest.MonkeyPatch, looks: str) -> None:
    """Property 5: an answer off the path that is as much as read is found."""

    def nosy(definition: Definition, answers: Answers, trail: Trail = ()) -> Decision:
        found = decide(definition, answers, trail)
        left = answers.get("sitter")
        if looks == "decides" and left == ("no such code",):
            return dataclasses.replace(found, priority=not found.priority)
        return found

    monkeypatch.setattr("intake.eligibility.leftovers.decide", nosy)
    counter = broken(made.load_edited(small.small()))[5].counterexample
    assert counter is not None and "sitter" in counter.what
    assert telling(broken(made.load_edited(small.small()))[5]) == {"state": ("other",)}


def test_a_path_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Property 6: more questions than a path may have are found with harmless answers."""
    monkeypatch.setattr("intake.eligibility.properties.MOST_PAGES", 6)
    assert telling(broken(made.load_edited(small.small()))[6]) == {}


def test_a_flag_that_no_answer_fired(monkeypatch: pytest.MonkeyPatch) -> None:
    """Property 7: a flag of a question off the path, or of an answer not given, is found."""

    def forged(definition: Definition, answers: Answers, trail: Trail = ()) -> Decision:
        found = decide(definition, answers, trail)
        rule = definition.tables.rules["sitter_no"]
        flag = Flag(rule.question, rule.code, rule.id, rule.effect, rule.priority)
        return dataclasses.replace(found, flags=(*found.flags, flag))

    monkeypatch.setattr("intake.eligibility.properties.decide", forged)
    found = broken(made.load_edited(small.small()))[7]
    assert found.counterexample is not None and "sitter_no" in found.counterexample.rules
    assert found.counterexample.what.startswith("sitter:no: ")


def test_a_flag_without_words() -> None:
    """Property 7: a reason that says nothing is found with the answer that fires it."""
    document = small.small()
    made.rule(document, "heart_vessel")["en"]["reason"] = ""
    found = broken(built(document))
    assert list(found) == [7] and telling(found[7]) == {"heart": ("vessel",)}


@pytest.mark.parametrize("name", ["safety_changed", "answer_changed"])
def test_a_change_that_does_not_show(name: str) -> None:
    """Property 8: a rule on changes without effect is found, with the change that it forgets."""
    document = small.small()
    document["trail"][name]["effect"] = "note"
    found = broken(built(document))
    assert list(found) == [8] and telling(found[8]) == {}
    counter = found[8].counterexample
    assert counter is not None and name in counter.rules and counter.outcome == "may_fit"
    assert "and then changed" in counter.what


def test_a_trail_that_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Property 8: an outcome without regard to the trail is found."""

    def forgetful(definition: Definition, answers: Answers, trail: Trail = ()) -> Decision:
        return decide(definition, answers)

    monkeypatch.setattr("intake.eligibility.stories.decide", forgetful)
    found = broken(made.load_edited(small.joined()))
    assert 8 in found


def test_a_trail_that_takes_flags_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Property 8: elsewhere a change adds to the flags, and never takes one away."""
    monkeypatch.setattr("intake.eligibility.stories.flags_of", lambda *_: ())
    assert 8 in broken(made.load_edited(small.small()))


def test_a_counterexample_is_as_small_as_it_gets() -> None:
    """Two stops that need each other are told alone, all other answers harmless."""
    document = small.small()
    document["rules"].append(
        small.rule(
            "maoi_and_heart",
            "medicines",
            "not_now",
            {"all": [small.chosen("heart", "history"), small.chosen("medicines", "maoi")]},
        )
    )
    made.rule(document, "maoi_and_heart")["en"]["reason"] = ""
    found = broken(built(document))
    assert list(found) == [7]
    assert telling(found[7]) == {"heart": ("history",), "medicines": ("maoi",)}
    counter = found[7].counterexample
    assert counter is not None and counter.rules == ("maoi_and_heart",)
