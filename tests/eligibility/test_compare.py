"""Two versions compared: differences in a clinician's words, the milder ones first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.eligibility.compare import Difference, Part, condition_words, differences, sentence
from intake.eligibility.conditions import AllOf, AnyOf, Chosen, Condition, Not
from intake.eligibility.differing import moved
from tests.eligibility import made
from tests.eligibility.made import Document
from tests.eligibility.unchecked import read


def edited(edit: Callable[[Document], object]) -> list[Difference]:
    """The differences that an edit of version 1 makes."""
    document = made.document()
    edit(document)
    return differences(made.definition(), read(document))


def put(rule: str, **values: Any) -> Callable[[Document], object]:
    """An edit of one rule; None takes the key away."""

    def edit(document: Document) -> None:
        table = made.rule(document, rule)
        table.update(values)
        for key in [key for key, value in values.items() if value is None]:
            del table[key]

    return edit


FLORIDA = Chosen("state", ("fl",))
NEITHER = {"not": {"question": "reason", "chosen": ["depression", "anxiety", "pain"]}}
ONLY = {"not": {"question": "reason", "chosen": ["depression"]}}


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (put("blood_pressure_high_160", effect="talk_first"),
         ("Blood pressure, “Top 160+, bottom 100+, or not under control”: "
         "the effect changes from not now to talk first (milder).")),
        (put("age_band_65_plus", effect="not_now"),
         "Age, “65 or older”: the effect changes from talk first to not now (stricter)."),
        (put("safety_skip", priority=None),
         ("Safety, “Rather not say”: the call changes from the same day to not the same day "
         "(milder).")),
        (put("trials_0", priority=True),
         ("Antidepressants, “None”: the call changes from not the same day to the same day "
         "(stricter).")),
        (put("heart_unstable", urgent=None),
         ("Heart, “Chest pain now, or heart attack in past 6 weeks, or stroke or mini-stroke in "
         "past 6 months”: the urgent text is removed: “Chest pain now? Call 911” (911) (milder).")),
        (put("reason_neither", when=NEITHER),
         ("Reason includes none of “Depression”, “Anxiety” or “Pain”: the condition changes from "
         "Reason includes none of “Depression” or “Anxiety” to "
         "Reason includes none of “Depression”, “Anxiety” or “Pain” (milder).")),
        (put("reason_neither", when=ONLY),
         ("Reason does not include “Depression”: the condition changes from "
         "Reason includes none of “Depression” or “Anxiety” to "
         "Reason does not include “Depression” (stricter).")),
        (put("trials_1", code="2_plus"),
         ("Antidepressants, “Two or more”: the condition changes from Antidepressants, “One” to "
         "Antidepressants, “Two or more” (milder).")),
        (lambda document: document["rules"].remove(made.rule(document, "trials_1")),
         ("Antidepressants, “One”: the rule is removed: talk first, because “Doctors call it hard "
         "to treat when two such medicines, 4 to 6 weeks each, did not help. Other steps may come "
         "first for you.” (milder).")),
        (lambda document: document["questions"].insert(8, document["questions"].pop(7)),
         ("Question 8, Blood pressure: the place changes from number 9, after “Heart” to "
         "number 8, after “Mind”.")),
        (lambda document: made.question(document, "state")["choices"].insert(
            2, {"code": "ny", "meaning": "New York.", "en": "New York"}),
         "State, “New York”: the answer is new: “New York”, which sets off no rule by itself."),
        (lambda document: made.question(document, "sitter").update(
            when={"not": {"question": "state", "chosen": ["other"]}}),
         ("Question 15, Sitter: the condition changes from always asked to asked when State is not "
         "“Somewhere else, to live or for visits” (milder).")),
        (lambda document: document["trail"]["answer_changed"].update(source="sitter"),
         ("Another changed answer: the source changes from “This practice's choice, 2026; no "
         "guideline was found.” to “Drozdz 2022, records of people treated at home: an adult "
         "present at each session; FDA, Spravato label of 13 March 2026: no driving until the "
         "next day.”")),
    ],
)  # fmt: skip
def test_a_difference_reads_as_a_sentence(edit: Callable[[Document], object], told: str) -> None:
    """A clinician reads what changes, where, from what to what, and in which direction."""
    assert told in [sentence(each) for each in edited(edit)]


def test_milder_differences_come_first() -> None:
    """What leads to less than before stands on top, wherever the file has it."""

    def edit(document: Document) -> None:
        put("state_other", reason=None, staff="Elsewhere.", en={"reason": "Not here."})(document)
        put("age_band_65_plus", effect="not_now")(document)
        put("sitter_no", effect="note")(document)
        put("safety_skip", priority=None, urgent=None)(document)

    directions = [each.direction for each in edited(edit)]
    assert directions[:3] == ["milder"] * 3
    assert "milder" not in directions[3:] and "stricter" in directions[3:]


def test_a_condition_that_is_both_wider_and_narrower_counts_as_milder() -> None:
    """Where some answers fire a rule no more, more of others does not make up for it."""
    other = {"question": "reason", "chosen": ["ptsd"]}
    (found,) = edited(put("reason_neither", when=other))
    assert (found.what, found.direction) == ("condition", "milder")


def test_a_condition_said_otherwise_has_no_direction() -> None:
    """The same answers fire the rule: told, but neither milder nor stricter."""
    twice = {"not": {"not": {"not": {"question": "reason", "chosen": ["depression", "anxiety"]}}}}
    (found,) = edited(put("reason_neither", when=twice))
    assert (found.what, found.direction) == ("condition", None)


def test_a_condition_too_large_to_compare_counts_as_milder() -> None:
    """What cannot be told is not called harmless."""
    document = made.document()
    many = []
    for key in ("reason", "mind", "heart", "body", "medicines"):
        codes = [each["code"] for each in made.question(document, key)["choices"]]
        many.append({"question": key, "chosen": codes})
    found = edited(put("reason_neither", question="medicines", when={"any": many}))
    assert [each.direction for each in found if each.what == "condition"] == ["milder"]


def test_answers_with_the_same_words_are_told_apart() -> None:
    """Where two labels read the same, the codes say which of them a condition means."""
    document = made.document()
    made.choice(document, "trials", "0")["en"] = "One"
    old = read(document)
    made.question(document, "sitter")["when"] = {"question": "trials", "chosen": ["1"]}
    asked = read(document)
    made.question(document, "sitter")["when"] = {"question": "trials", "chosen": ["0"]}
    made.rule(document, "trials_1")["code"] = "0"
    (rule,) = [
        each
        for each in differences(old, read(document))
        if (each.rule_id, each.what) == ("trials_1", "condition")
    ]
    assert (rule.before, rule.after) == (
        "Antidepressants, “One” (trials: 1)",
        "Antidepressants, “One” (trials: 0)",
    )
    question = differences(asked, read(document))[0]
    assert str(question.before).endswith("(trials: 1)")
    assert str(question.after).endswith("(trials: 0)")


def test_differences_name_question_and_rule() -> None:
    """A difference carries the ids by which articles and pages find it."""
    (found,) = edited(put("heart_history", staff="Heart: ask."))
    assert (found.kind, found.question_id, found.rule_id) == (Part.RULE, "heart", "heart_history")
    assert (found.what, found.after) == ("line for staff", "“Heart: ask.”")


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (FLORIDA, "State is “Florida”"),
        (Chosen("state", ("fl", "nj")), "State is any of “Florida” or “New Jersey”"),
        (Not(FLORIDA), "State is not “Florida”"),
        (Not(Chosen("state", ("fl", "nj"))), "State is none of “Florida” or “New Jersey”"),
        (Chosen("mind", ("memory",)), "Mind includes “Dementia or memory illness”"),
        (AllOf((FLORIDA, AnyOf((Chosen("safety", ("no",)), Chosen("gone", ("x",)))))),
         "State is “Florida” and (Safety is “No” or gone is “x”)"),
        (Not(AllOf((FLORIDA, Chosen("safety", ("no",))))),
         "not (State is “Florida” and Safety is “No”)"),
        (Not(Chosen("sitter", ("yes",))), "Sitter is not “Yes, both”, or is not asked"),
    ],
)  # fmt: skip
def test_a_condition_reads_as_words(condition: Condition, told: str) -> None:
    """Short names and labels stand for ids and codes; an id that is not known stands as it is."""
    document = made.document()
    made.question(document, "sitter")["when"] = {"question": "state", "chosen": ["fl"]}
    assert condition_words(read(document), condition) == told


@given(st.permutations(list("abcdefg")), st.sets(st.sampled_from("abcdefg")))
def test_as_few_as_can_be_are_said_to_have_moved(order: list[str], gone: set[str]) -> None:
    """Without what moved both orders are the same, and no single one of them could have stayed."""
    old = [each for each in "abcdefgh" if each not in gone]
    new = ["i", *order]
    found = moved(old, new)
    staying = [each for each in old if each in new and each not in found]
    assert [each for each in new if each in staying] == staying
    for each in found:
        more = {*staying, each}
        assert [x for x in old if x in more] != [x for x in new if x in more]
