"""Two versions compared: nothing in the file can differ without a word."""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from intake.eligibility import reader, words
from intake.eligibility.compare import differences, sentence
from tests.eligibility import made
from tests.eligibility.made import Document
from tests.eligibility.unchecked import read

Way = tuple[str | int, ...]
# Leaves that name one of a few things: what else may stand there.
NAMES: dict[str, Callable[[Document, str], str]] = {
    "effect": lambda _, held: "note" if held == "talk_first" else "talk_first",
    "kind": lambda _, held: {"one": "many", "many": "one", "988": "911"}.get(held, "988"),
    "page": lambda _, held: "help" if held == "result" else "result",
    "section": lambda _, held: "about" if held == "safety" else "safety",
    "urgent": lambda _, held: "mania" if held == "crisis" else "crisis",
    "source": lambda _, held: "sitter" if held == "practice" else "practice",
}


@pytest.fixture(autouse=True)
def known_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same texts are read a thousand times here: their letters are looked at once."""
    monkeypatch.setattr(reader, "odd_characters", functools.cache(words.odd_characters))


# What else a file holds, but for its number.
FRAME = (
    *("locales", "reserved", "sections", "outcomes", "consent", "check", "errors"),
    *("urgent", "sources", "trail"),
)


def ways(value: object, way: Way = ()) -> Iterator[Way]:
    """The way to each leaf of a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ways(inner, (*way, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from ways(inner, (*way, number))
    else:
        yield way


def at(document: Document, way: Way) -> Any:
    """What stands at the end of ``way``."""
    value: Any = document
    for step in way:
        value = value[step]
    return value


def changed(document: Document, way: Way) -> tuple[Document, str]:
    """A copy with another value at the end of ``way``, and that value."""
    edited = copy.deepcopy(document)
    table, key, held = at(edited, way[:-1]), way[-1], at(document, way)
    if isinstance(held, bool):
        table[key] = not held
    elif way[0] == "outcomes" and key == "code":
        # There are no other codes of outcomes: this one takes the place of its neighbour.
        table[key] = "may_fit" if held != "may_fit" else "crisis"
    elif key in NAMES:
        table[key] = NAMES[key](document, held)
    else:
        table[key] = f"{held}x" if held.isascii() and held.isalnum() else f"{held} x"
        if key in ("id", "code", "question"):
            table[key] = f"{held}x"
    return edited, str(table[key])


def two_rules_more() -> Document:
    """Version 1 with every form of condition, hint and flag that a file can hold."""
    document = made.document()
    made.question(document, "sitter")["when"] = {
        "any": [
            {"question": "state", "chosen": ["fl", "nj"]},
            {"not": {"all": [
                {"question": "mind", "chosen": ["none"]},
                {"question": "age_band", "chosen": ["65_plus"]},
            ]}},
        ]
    }  # fmt: skip
    made.question(document, "heart")["en"]["hint"] = "Why we ask."
    return document


def concerned(document: Document, way: Way) -> tuple[str | None, str | None]:
    """Question and rule to which a leaf belongs."""
    top = way[0]
    if top == "rules":
        return None, document["rules"][way[1]]["id"]
    if top == "trail":
        return None, str(way[1])
    return (document["questions"][way[1]]["id"], None) if top == "questions" else (None, None)


@pytest.mark.parametrize(
    ("tops", "fewest"),
    [({"questions"}, 300), ({"rules"}, 400), (set(FRAME), 100)],
    ids=["questions", "rules", "frame"],
)
def test_every_leaf_of_the_file_is_told_when_it_changes(tops: set[str], fewest: int) -> None:
    """Whatever single value differs, a difference names it; but for the version's own number."""
    document = two_rules_more()
    old = read(document)
    leaves = [way for way in ways(document) if way[0] in tops]
    assert len(leaves) > fewest and tops < document.keys()
    for way in leaves:
        edited, value = changed(document, way)
        found = differences(old, read(edited))
        assert found, way
        told = [sentence(each) for each in found]
        question, rule = concerned(edited, way)
        if rule:
            assert any(each.rule_id == rule for each in found), way
        if question:
            assert any(each.question_id == question for each in found), way
        if way[-1] in ("en", "staff", "meaning", "text", "url") or "en" in way:
            assert any(f"“{value}”" in line for line in told), (way, told)


def test_every_part_is_told_when_it_goes_or_changes_places() -> None:
    """No item of a list can be left out, nor two neighbours change places, without a word."""
    document = two_rules_more()
    assert {"version", "questions", "rules", *FRAME} == document.keys()
    old = read(document)
    lists = [("questions",), ("rules",), ("sections",), ("urgent",), ("outcomes",)]
    lists += [("questions", number, "choices") for number in range(15)]
    for way in lists:
        for number, item in enumerate(at(document, way)):
            edited = copy.deepcopy(document)
            del at(edited, way)[number]
            fewer = read(edited)
            gone = differences(old, fewer)
            assert any(each.after is None for each in gone), (way, number)
            assert any(each.before is None for each in differences(fewer, old)), (way, number)
            if number and way != ("urgent",):
                edited = copy.deepcopy(document)
                at(edited, way).insert(number - 1, at(edited, way).pop(number))
                places = [each for each in differences(old, read(edited)) if "place" in each.what]
                assert len(places) == 1, (way, item)
                assert places[0].before != places[0].after


def test_optional_texts_are_told_when_they_come_and_go() -> None:
    """A hint, a lead, a text on change or an address that is new or gone is a difference."""
    document = two_rules_more()
    full = read(document)
    made.question(document, "heart")["en"].pop("hint")
    made.question(document, "safety")["en"].pop("lead")
    made.rule(document, "trials_not_sure")["en"].pop("change")
    document["sources"]["lifeline"].pop("url")
    bare = read(document)
    told = {(each.what, each.before is None) for each in differences(bare, full)}
    names = {"hint", "text above the answers", "text on what would change it"}
    assert told == {(name, True) for name in names | {"address of the source"}}
    assert all(each.after is None for each in differences(full, bare))


def test_the_same_rules_have_no_difference() -> None:
    """Another number or digest of the file alone is no difference."""
    old = made.definition()
    new = dataclasses.replace(old, version=2, sha256="0" * 64)
    assert differences(old, old) == [] and differences(old, new) == []
