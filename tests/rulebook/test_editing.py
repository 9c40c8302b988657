"""A definition file edited: what was asked for changes, and not one byte besides."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.eligibility import DefinitionError, Effect, load
from intake.eligibility.compare import differences
from intake.rulebook.changes import FIELDS, OPTIONAL, Kept
from intake.rulebook.editing import (
    AddRule,
    CannotEdit,
    Change,
    DropRule,
    NewSource,
    Place,
    Said,
    SetEffect,
    SetPriority,
    SetSource,
    SetUrgent,
    Text,
    edit,
)
from tests.eligibility import made

BODY = made.raw().decode()
SAID = {"en": Said("Sleep medicine adds to it.", "Tell us how often.")}
# One text of each place: id and code.
NAMED = {
    Place.RULE: ("heart_history", ""),
    Place.QUESTION: ("safety", ""),
    Place.CHOICE: ("heart", "vessel"),
    Place.SECTION: ("health", ""),
    Place.OUTCOME: ("not_now", ""),
    Place.URGENT: ("chest", ""),
    Place.CONSENT: ("", ""),
    Place.CHECK: ("", ""),
    Place.ERRORS: ("", ""),
    Place.SOURCE: ("lifeline", ""),
}
TEXTS = [
    Text(place, NAMED[place][0], field, "", NAMED[place][1])
    for place, fields in FIELDS.items()
    for field in fields
]


def lines(body: bytes) -> list[str]:
    """The lines of a file."""
    return body.decode().splitlines()


def expected(*replacements: tuple[str, str]) -> bytes:
    """Version 2 as a person would write it: version 1 with pieces replaced, each found once."""
    body = BODY
    for old, new in (("\nversion = 1\n", "\nversion = 2\n"), *replacements):
        assert body.count(old) == 1, old
        body = body.replace(old, new)
    return body.encode()


HISTORY = """code = "history"
effect = "talk_first"
source = "chronic_pain"
staff = "Heart or stroke history: is it well controlled? Ask for the cardiologist's view."
"""
SPOKEN = next(
    line + "\n" for line in BODY.splitlines() if "an answer that matters for safety" in line
)
SLEEP = "medicines_sleep"


@pytest.mark.parametrize(
    ("changes", "replacements"),
    [
        ([], []),
        ([SetEffect("heart_history", Effect.NOT_NOW)],
         [(HISTORY, HISTORY.replace("talk_first", "not_now"))]),
        ([SetEffect("heart_history", Effect.CRISIS)],
         [(HISTORY, HISTORY.replace('"talk_first"', '"crisis"\nends_path = true'))]),
        ([SetEffect("age_band_under_18", Effect.NOT_NOW)],
         [('effect = "under_age"\nends_path = true\n', 'effect = "not_now"\n')]),
        ([SetPriority("heart_history", True), SetUrgent("heart_history", "crisis")],
         [(HISTORY, HISTORY.replace('first"', 'first"\npriority = true\nurgent = "crisis"'))]),
        ([SetPriority("safety_thoughts", False)],
         [('code = "thoughts"\neffect = "talk_first"\npriority = true\n',
           'code = "thoughts"\neffect = "talk_first"\n')]),
        ([SetUrgent("heart_unstable", None)], [('urgent = "chest"\n', "")]),
        ([SetSource("heart_history", "practice")],
         [(HISTORY, HISTORY.replace("chronic_pain", "practice"))]),
        ([SetSource("heart_history", NewSource("hearts", "A study, 2026.", "https://a.example/"))],
         [(HISTORY, HISTORY.replace("chronic_pain", "hearts")),
          ('was found."\n\n# --- changes',
           ('was found."\n\n[sources.hearts]\ntext = "A study, 2026."\nurl = "https://a.example/"'
           "\n\n# --- changes"))]),
        ([Text(Place.RULE, "heart_history", "change", None)],
         [('change = "A note from your heart doctor can help."\n', "")]),
        ([Text(Place.RULE, "heart_unstable", "reason", 'Say "no" \\ #1')],
         [("Ketamine makes the heart work harder for a while. Right now that could be too much.",
           'Say \\"no\\" \\\\ #1')]),
        ([Text(Place.RULE, "answer_changed", "change", "Call us.")],
         [(SPOKEN, SPOKEN + 'change = "Call us."\n')]),
        ([Text(Place.QUESTION, "state", "hint", "To send help.")],
         [('title = "Where do you live?"\n',
           'title = "Where do you live?"\nhint = "To send help."\n')]),
        ([Text(Place.CHOICE, "state", "label", "Sunshine State", code="fl")],
         [('en = "Florida"', 'en = "Sunshine State"')]),
        ([Text(Place.CHECK, "", "intro", "Nothing leaves yet.")],
         [("Nothing is sent yet.", "Nothing leaves yet.")]),
        ([DropRule("mind_memory")],
         [(BODY[BODY.index('[[rules]]\nid = "mind_memory"'):
                BODY.index('[[rules]]\nid = "mind_not_sure"')], "")]),
        ([DropRule(SLEEP),
          AddRule("slept", "medicines", "sleep", Effect.TALK_FIRST, "Ask.", "practice", SAID)],
         [(BODY[BODY.index(f'[[rules]]\nid = "{SLEEP}"'):
                BODY.index('[[rules]]\nid = "medicines_not_sure"')], ""),
          ('\n# === 14.',
           ('\n[[rules]]\nid = "slept"\nquestion = "medicines"\ncode = "sleep"\n'
           'effect = "talk_first"\nsource = "practice"\nstaff = "Ask."\n[rules.en]\n'
           'reason = "Sleep medicine adds to it."\nchange = "Tell us how often."\n\n# === 14.'))]),
    ],
)  # fmt: skip
def test_a_change_touches_its_own_lines_alone(
    changes: list[Change], replacements: list[tuple[str, str]]
) -> None:
    """The edited file is, byte for byte, what a careful person with an editor would have saved."""
    assert edit(BODY.encode(), changes, version=2) == expected(*replacements)


@pytest.mark.parametrize("asked", TEXTS, ids=lambda text: f"{text.place}-{text.field}")
def test_every_text_can_be_changed(asked: Text) -> None:
    """Each field reaches the place that its name says: one line of the file, one value."""
    change = Text(asked.place, asked.id, asked.field, "Select “x” 2026", asked.code)
    body = edit(BODY.encode(), [change], version=2)
    before, after = lines(BODY.encode()), lines(body)
    new = [line for line in after if "Select “x” 2026" in line]
    assert len(new) == 1 and set(after) - set(before) == {*new, "version = 2"}
    kept = FIELDS[asked.place][asked.field]
    assert new[0].startswith("en = " if kept is Kept.AS_LOCALE else f"{asked.field} = ")


@given(
    st.sampled_from(TEXTS), st.text(max_size=60) | st.text("\"\\\n\r#[]='\x7f \u2028", max_size=12)
)
def test_no_text_gets_out_of_its_value(asked: Text, text: str) -> None:
    """Whatever is typed stands in the file as typed, or the loader refuses it; nothing else."""
    change = Text(asked.place, asked.id, asked.field, text, asked.code)
    body = edit(BODY.encode(), [change], version=2)
    held, was = tomllib.loads(body.decode()), tomllib.loads(BODY)
    was["version"] = 2
    assert differing(was, held) in ([text], [])
    assert len(lines(BODY.encode())) + (asked.field in OPTIONAL) >= body.count(b"\n")
    try:
        found = differences(made.definition(), load(body))
    except DefinitionError as refused:
        assert refused.problems
    else:
        assert all(f"“{text}”" in (each.after or "") for each in found)


def differing(old: Any, new: Any) -> list[Any]:
    """The values of ``new`` that ``old`` does not hold at the same place; no key is gone."""
    if isinstance(old, dict) and isinstance(new, dict):
        assert old.keys() <= new.keys()
        return [each for key in new for each in differing(old.get(key), new[key])]
    if isinstance(old, list) and isinstance(new, list):
        assert len(old) == len(new)
        return [each for pair in zip(old, new, strict=True) for each in differing(*pair)]
    return [] if old == new else [new]


RULES = [rule.id for rule in made.definition().rules]
ANY_CHANGE = st.one_of(
    st.builds(SetEffect, st.sampled_from(RULES), st.sampled_from(Effect)),
    st.builds(SetPriority, st.sampled_from(RULES), st.booleans()),
    st.builds(SetUrgent, st.sampled_from(RULES), st.sampled_from([None, "crisis", "chest"])),
    st.builds(
        SetSource,
        st.sampled_from(RULES),
        st.sampled_from(["practice", "lifeline", NewSource("fresh", "A study, 2026.")]),
    ),
    st.builds(
        Text,
        st.just(Place.RULE),
        st.sampled_from(RULES),
        st.sampled_from(["reason", "change", "staff"]),
        st.sampled_from(["Ask.", 'A "b" \\ [[rules]] # c', "Ω"]),
    ),
)


@settings(max_examples=100 if made.FULL_SIZE else 12)
@given(st.lists(ANY_CHANGE, min_size=1, max_size=5))
def test_many_changes_keep_every_other_line(changes: list[Change]) -> None:
    """However many changes: comments, order and untouched rules stay; the touched ones differ."""
    body = edit(BODY.encode(), changes, version=7)
    assert [line for line in lines(body) if line.startswith("#")] == [
        line for line in lines(BODY.encode()) if line.startswith("#")
    ]
    old, new = tomllib.loads(BODY), tomllib.loads(body.decode())
    asked = {getattr(change, "rule", getattr(change, "id", "")) for change in changes}
    moved = [was["id"] for was, now in zip(old["rules"], new["rules"], strict=True) if was != now]
    assert set(moved) <= asked and new["version"] == 7
    for change in changes:
        if isinstance(change, SetEffect):
            last = [
                each.effect
                for each in changes
                if isinstance(each, SetEffect) and each.rule == change.rule
            ][-1]
            rule = next(each for each in new["rules"] if each["id"] == change.rule)
            assert rule["effect"] == last
            assert rule.get("ends_path", False) == (last in ("crisis", "outside_area", "under_age"))


def test_a_dropped_rule_can_be_written_again() -> None:
    """A rule taken away and added with the same words is the same rule, below the others."""
    was = made.definition().rule("trials_not_sure")
    said = {"en": Said(was.reason, was.change)}
    again = AddRule(
        was.id, "trials", "not_sure", was.effect, was.staff, "trd_consensus", said
    )  # fmt: skip
    body = edit(BODY.encode(), [DropRule(was.id), again], version=2)
    assert load(body).rule(was.id) == was
    assert body == expected()


def test_a_rule_for_a_question_without_any_stands_below_the_question() -> None:
    """The first rule of a question follows its answers, wherever the next question begins."""
    rules = [each.id for each in made.definition().rules if each.question == "sitter"]
    add = AddRule(
        "alone", "sitter", "no", Effect.NOT_NOW, "Stop.", "sitter", {"en": Said("Not alone.")}
    )
    body = edit(BODY.encode(), [*map(DropRule, rules), add], version=2).decode()
    assert body.endswith(
        'en = "Not sure"\n\n[[rules]]\nid = "alone"\nquestion = "sitter"\ncode = "no"\n'
        'effect = "not_now"\nsource = "sitter"\nstaff = "Stop."\n[rules.en]\n'
        'reason = "Not alone."\n\n'
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (SetEffect("nothing", Effect.NOTE), "no rule called “nothing”"),
        (SetPriority("nothing", True), "no rule called"),
        (SetUrgent("heart_history", "nothing"), "no urgent called “nothing”"),
        (SetSource("heart_history", "nothing"), "no source called “nothing”"),
        (SetSource("heart_history", NewSource("practice", "Other, 2026.")), "another source"),
        (SetSource("heart_history", NewSource("a]\nx", "A, 2026.")), "cannot name a source"),
        (DropRule("nothing"), "no rule called"),
        (DropRule("safety_changed"), "cannot be taken away"),
        (Text(Place.QUESTION, "nothing", "title", "x"), "no question called"),
        (Text(Place.QUESTION, "heart", "staff", "x"), "no field called “staff”"),
        (Text(Place.QUESTION, "heart", "title", None), "cannot be left out"),
        (Text(Place.QUESTION, "heart", "title", "x", locale="es"), "no words in “es”"),
        (Text(Place.QUESTION, "heart", "title", "\ud800"), "a text that no file can hold"),
        (Text(Place.CHOICE, "heart", "label", "x", code="gone"), "no answer called “gone”"),
        (Text(Place.SECTION, "nothing", "title", "x"), "no section called"),
        (Text(Place.OUTCOME, "nothing", "title", "x"), "no outcome called"),
        (Text(Place.URGENT, "nothing", "text", "x"), "no urgent called"),
        (Text(Place.SOURCE, "nothing", "text", "x"), "no source called"),
        (AddRule("x", "heart", "gone", Effect.NOTE, "s", "practice", SAID), "no answer called"),
        (AddRule("x", "gone", "no", Effect.NOTE, "s", "practice", SAID), "no question called"),
        (AddRule("x", "heart", "none", Effect.NOTE, "s", "gone", SAID), "no source called"),
        (AddRule("x", "heart", "none", Effect.NOTE, "s", "practice", {}), "words in each of: en"),
        (AddRule("X y", "heart", "none", Effect.NOTE, "s", "practice", SAID), "cannot name a rule"),
        (AddRule("sitter_no", "heart", "none", Effect.NOTE, "s", "practice", SAID), "already"),
        (AddRule("x", "heart", "vessel", Effect.NOTE, "s", "practice", SAID), "has a rule already"),
    ],
)  # fmt: skip
def test_what_the_file_does_not_know_is_refused(change: Change, why: str) -> None:
    """An id, field or language that is not there is said in words, and nothing is written."""
    with pytest.raises(CannotEdit, match=why):
        edit(BODY.encode(), [change], version=2)


def test_an_unsound_file_is_not_edited() -> None:
    """Only a definition that loads is a base for a candidate."""
    with pytest.raises(DefinitionError):
        edit(b"version = 1\n", [], version=2)
