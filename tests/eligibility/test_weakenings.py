"""The proof and the table can fail: every single weakening of the rules is caught."""

from __future__ import annotations

import copy

import pytest

from tests.eligibility import made, small
from tests.eligibility.decision_table import TABLE
from tests.eligibility.weakenings import (
    Weakening,
    built,
    caught_by_the_loader,
    caught_by_the_proof,
    caught_by_the_table,
    equivalent,
    weakenings,
)

FEWEST = 120
ALL = weakenings(made.document())


def caught(each: Weakening) -> dict[str, str]:
    """What catches a weakening of version 1, with the first that each says of it."""
    definition = built(each.document)
    said = {
        "table": caught_by_the_table(definition),
        "proof": caught_by_the_proof(definition),
        "loader": caught_by_the_loader(each.document),
    }
    return {name: what for name, what in said.items() if what}


def test_every_weakening_of_version_1_is_caught(record_property: pytest.RecordProperty) -> None:
    """The table or the proof catches each; what neither sees, no complete path tells apart."""
    told, missed, alike = [], [], []
    for each in ALL:
        found = caught(each)
        if "table" in found or "proof" in found:
            first = next(iter(found.values()))
            told.append(f"{each} | {' + '.join(found)} | {first}")
        elif equivalent(made.definition(), built(each.document)):
            alike.append(f"{each} | no complete path tells it apart")
        else:
            missed.append(str(each))
    listed = [*told, f"equivalent, shown by enumeration: {len(alike)}", *alike]
    heading = f"weakenings of version 1: {len(told)} caught, {len(missed)} missed"
    for line in (heading, *listed):
        record_property("weakening", line)
    assert missed == []
    assert len(told) >= FEWEST
    assert all(each.startswith("reordered") for each in alike), alike


def test_nothing_is_said_against_version_1() -> None:
    """What catches the weakenings has nothing against the rules as they are."""
    document = made.document()
    whole = Weakening("none", "version 1", document)
    assert caught(whole) == {}
    assert equivalent(made.definition(), built(document))


def test_every_kind_of_weakening_is_generated() -> None:
    """Each rule is made milder and dropped, each unknown made harmless, each pair reordered."""
    names = {str(each) for each in ALL}
    assert len(names) == len(ALL)
    for rule in made.document()["rules"]:
        about = [each for each in ALL if each.name.split(" ")[0] == rule["id"]]
        assert any(each.kind in ("dropped", "unknown made harmless") for each in about), rule["id"]
        if rule["effect"] != "note":
            assert any("->" in each.name for each in about), rule["id"]
    unknown = {each.name.split(" ")[0] for each in ALL if each.kind == "unknown made harmless"}
    assert len(unknown) == sum(
        code in ("not_sure", "skip") for codes in TABLE.values() for code in codes
    )
    assert sum(each.kind == "reordered" for each in ALL) == len(TABLE) - 1
    assert {each.kind for each in ALL} == {
        "milder effect",
        "dropped",
        "unknown made harmless",
        "mark dropped",
        "code made safe",
        "condition swapped",
        "reordered",
    }


def test_swapped_conditions_over_several_questions_are_told_apart() -> None:
    """Every `all`, `any` and `not` of joined questions that is swapped changes some path."""
    document = small.joined()
    definition = made.load_edited(document)
    swaps = [each for each in weakenings(document) if each.kind == "condition swapped"]
    over_several = [each for each in swaps if each.name.split(" ")[0] != "reason_neither"]
    assert len(over_several) >= 12
    for each in over_several:
        assert not equivalent(definition, built(each.document)), each


def test_a_change_that_no_path_can_show_is_equivalent() -> None:
    """The same condition in other words, and a rule that can never fire, alter nothing."""
    document = small.joined()
    definition = made.load_edited(document)
    edited = copy.deepcopy(document)
    rule = made.rule(edited, "maoi_and_heart")
    rule["when"] = {"not": {"any": [{"not": part} for part in rule["when"]["all"]]}}
    assert equivalent(definition, built(edited))
    edited = copy.deepcopy(document)
    edited["rules"].append(
        small.rule(
            "both_states",
            "age_band",
            "not_now",
            {
                "all": [
                    small.chosen("state", "fl"),
                    small.chosen("state", "nj"),
                    small.chosen("age_band", "65_plus"),
                ]
            },
        )
    )
    assert equivalent(definition, built(edited))
