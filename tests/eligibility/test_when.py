"""Conditions: questions that are asked only if, and rules over several questions."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from intake.eligibility import DefinitionError, Outcome, decide, explain, journey, path
from intake.eligibility.conditions import AllOf, AnyOf, Chosen, Not, holds, questions_named
from tests.eligibility import made

A, B = Chosen("a", ("x", "y")), Chosen("b", ("x",))


@pytest.mark.parametrize(
    ("condition", "answers", "expected"),
    [
        (A, {"a": ("x",)}, True),
        (A, {"a": ("z", "y")}, True),
        (A, {"a": ("z",)}, False),
        (A, {}, False),
        (Not(A), {}, True),
        (Not(A), {"a": ("x",)}, False),
        (AllOf((A, B)), {"a": ("x",), "b": ("x",)}, True),
        (AllOf((A, B)), {"a": ("x",), "b": ("y",)}, False),
        (AnyOf((A, B)), {"a": ("z",), "b": ("x",)}, True),
        (AnyOf((A, B)), {"a": ("z",), "b": ("y",)}, False),
        (AllOf((Not(A), AnyOf((B, Not(B))))), {"b": ("x",)}, True),
    ],
)
def test_conditions(condition: Any, answers: dict[str, tuple[str, ...]], expected: bool) -> None:
    """All, any and not mean what they say; a question that was not asked has nothing chosen."""
    assert holds(condition, answers) is expected


def test_a_condition_names_its_questions() -> None:
    """However deep, every question is named."""
    assert questions_named(AllOf((Not(A), AnyOf((B, Chosen("c", ("x",))))))) == {"a", "b", "c"}


def chosen(question: str, *codes: str) -> dict[str, Any]:
    """A condition of the file."""
    return {"question": question, "chosen": list(codes)}


def branching() -> dict[str, Any]:
    """Version 1 with substances asked after anxiety only, and medicines after recovery only."""
    edited = made.document()
    made.question(edited, "substances")["when"] = chosen("reason", "anxiety")
    made.question(edited, "medicines")["when"] = {
        "any": [chosen("substances", "recovery"), {"not": chosen("state", "nj")}]
    }
    return edited


def test_a_question_is_asked_only_if() -> None:
    """A question whose condition fails is skipped; its answer is off the path."""
    definition = made.load_edited(branching())
    without = made.safe(state="nj", reason="depression", substances="active", medicines="maoi")
    found = path(definition, without)
    assert "substances" not in found.questions and "medicines" not in found.questions
    assert decide(definition, without).outcome is Outcome.MAY_FIT
    with_both = made.safe(state="nj", reason="anxiety", substances="recovery", medicines="maoi")
    flags = [str(flag) for flag in decide(definition, with_both).flags]
    assert flags == ["substances:recovery", "medicines:maoi"]


def test_the_rest_is_the_longest_branch_and_never_rises() -> None:
    """What remains counts the longest branch that is left; each answer takes it down."""
    definition = made.load_edited(branching())
    for state, reason, substances in itertools.product(
        ("fl", "nj"), ("depression", "anxiety"), ("no", "recovery")
    ):
        wanted = made.safe(state=state, reason=reason, substances=substances)
        answers: dict[str, tuple[str, ...]] = {}
        before = 16
        while (found := path(definition, answers)).gap is not None:
            assert found.remaining < before
            before = found.remaining
            answers[found.gap] = wanted[found.gap]
        assert before == 1


def test_branches_that_exclude_each_other_are_not_added_up() -> None:
    """Of two questions of which only one can be asked, one remains."""
    edited = made.document()
    made.question(edited, "medicines")["when"] = chosen("substances", "no")
    made.question(edited, "ketamine_before")["when"] = {"not": chosen("substances", "no")}
    definition = made.load_edited(edited)
    assert path(definition, {}).remaining == 14
    assert path(definition, made.safe()).complete


def test_the_longest_branch_counts_answers_that_stand_already() -> None:
    """A change that opens a branch asks for that branch alone."""
    definition = made.load_edited(branching())
    answers = made.safe(reason="anxiety", state="nj")
    del answers["substances"]
    found = path(definition, answers)
    # Substances, then nothing more or, after recovery, medicines: those were answered before.
    assert (found.gap, found.remaining) == ("substances", 1)
    del answers["medicines"]
    assert path(definition, answers).remaining == 2


def across() -> dict[str, Any]:
    """Version 1 with a stop for an MAOI taken at high blood pressure."""
    edited = made.document()
    edited["rules"].append(
        {
            "id": "maoi_and_pressure",
            "question": "medicines",
            "code": "maoi_and_pressure",
            "when": {
                "all": [chosen("blood_pressure", "high_140"), chosen("medicines", "maoi")],
            },
            "effect": "not_now",
            "source": "practice",
            "staff": "MAOI with high blood pressure.",
            "en": {"reason": "Both raise blood pressure.", "change": "New readings would help."},
        }
    )
    return edited


def test_a_rule_over_several_questions_stands_under_the_last() -> None:
    """It fires when all of it holds, with the rule's id as its code."""
    definition = made.load_edited(across())
    answers = made.safe(blood_pressure="high_140", medicines="maoi")
    found = decide(definition, answers)
    assert found.outcome is Outcome.NOT_NOW
    assert [str(flag) for flag in found.flags] == [
        "blood_pressure:high_140",
        "medicines:maoi",
        "medicines:maoi_and_pressure",
    ]
    alone = decide(definition, made.safe(medicines="maoi"))
    assert [str(flag) for flag in alone.flags] == ["medicines:maoi"]
    waiting = {key: codes for key, codes in answers.items() if key != "medicines"}
    assert decide(definition, waiting).outcome is Outcome.TALK_FIRST


def test_a_rule_over_several_questions_is_explained_by_all_of_them() -> None:
    """The reason names the answers to every question that the rule looks at."""
    definition = made.load_edited(across())
    answers = made.safe(blood_pressure="high_140", medicines="maoi sleep")
    flags = decide(definition, answers).flags
    reason = explain.reasons(definition, answers, flags)[-1]
    assert reason.answer_labels == ("MAOI, like Nardil", "Sleep medicine")
    (other,) = reason.others
    assert (other.question, other.labels[0][:10]) == ("blood_pressure", "Top 140 to")


@pytest.mark.parametrize("changed", ["blood_pressure", "medicines"])
def test_a_stop_over_several_questions_shows_whichever_is_changed(changed: str) -> None:
    """Taking back either answer removes the stop, and shows."""
    definition = made.load_edited(across())
    answers, trail = {}, ()
    wanted = made.safe(blood_pressure="high_140", medicines="maoi")
    for key, codes in wanted.items():
        answers, trail = journey.answer(definition, answers, trail, key, codes, 1)
    assert [entry.rules for entry in trail] == [("maoi_and_pressure",)]
    answers, trail = journey.answer(definition, answers, trail, changed, made.safe()[changed], 2)
    flags = [str(flag) for flag in decide(definition, answers, trail).flags]
    assert "medicines:changed" in flags


def test_a_stop_that_is_not_asked_for_any_more_shows_where_that_was_decided() -> None:
    """Who makes a stop's question disappear has changed what decides whether it is asked."""
    definition = made.load_edited(branching())
    answers, trail = {}, ()
    for key, codes in made.safe(reason="anxiety", substances="active", state="nj").items():
        answers, trail = journey.answer(definition, answers, trail, key, codes, 1)
    assert decide(definition, answers, trail).outcome is Outcome.NOT_NOW
    answers, trail = journey.answer(definition, answers, trail, "reason", ["depression"], 2)
    found = decide(definition, answers, trail)
    assert "substances" not in path(definition, answers).questions
    assert (found.outcome, [str(flag) for flag in found.flags]) == (
        Outcome.TALK_FIRST,
        ["reason:changed"],
    )


def test_a_change_is_not_told_before_the_path_gets_there() -> None:
    """After a new start, nothing shows until the path has come to where it was changed."""
    definition = made.load_edited(branching())
    answers, trail = {}, ()
    first = made.safe(reason="anxiety", substances="active", state="nj")
    for key, codes in first.items():
        answers, trail = journey.answer(definition, answers, trail, key, codes, 1)
    answers, trail = journey.start_again(answers, trail)
    for key, codes in first.items():
        if key != "substances":
            answers, trail = journey.answer(definition, answers, trail, key, codes, 2)
        assert decide(definition, answers, trail).flags == ()


def problems(edited: dict[str, Any]) -> str:
    """What the loader says of an edited document."""
    with pytest.raises(DefinitionError) as refused:
        made.load_edited(edited)
    return str(refused.value)


def test_questions_that_wait_for_each_other_are_named() -> None:
    """A circle of conditions is told as a circle."""
    edited = made.document()
    made.question(edited, "mind")["when"] = chosen("heart", "none")
    made.question(edited, "heart")["when"] = chosen("mind", "none")
    found = problems(edited)
    assert "mind waits for heart waits for mind" in found
    assert "heart waits for mind waits for heart" in found


def test_a_condition_on_a_later_question_is_refused() -> None:
    """Only what was asked earlier can decide."""
    edited = made.document()
    made.question(edited, "mind")["when"] = chosen("sitter", "yes")
    assert "a question that stands earlier" in problems(edited)


@pytest.mark.parametrize(
    "when",
    [
        chosen("safety", "now"),
        {"all": [chosen("state", "fl"), chosen("state", "nj")]},
        {"all": [chosen("reason", "pain"), {"not": chosen("reason", "pain")}]},
    ],
)
def test_a_question_that_no_answers_lead_to_is_refused(when: dict[str, Any]) -> None:
    """Neither beyond an ending nor behind a contradiction."""
    edited = made.document()
    made.question(edited, "sitter")["when"] = when
    assert "sitter, when = never true" in problems(edited)


def test_conditions_that_branch_too_much_are_refused() -> None:
    """What cannot be walked at once when a file is loaded is not walked on each request."""
    edited = made.document()
    names = ("mind", "heart", "body", "medicines")
    for key in names:
        codes = [choice["code"] for choice in made.question(edited, key)["choices"]]
        first = made.question(edited, "sitter").setdefault("when", {"any": []})["any"]
        first += [chosen(key, code) for code in codes[:3]]
    assert "more than 2000 ways" in problems(edited)
