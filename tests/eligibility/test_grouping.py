"""Answers are grouped by what rules can tell apart, and by nothing less."""

from __future__ import annotations

import dataclasses
import functools
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.eligibility import AnswerError, Definition, decide, journey, path
from intake.eligibility.grouping import disagreements, group_answers, possible_answers
from intake.eligibility.space import MOST_COMBINATIONS, Space, TooManyCombinations
from tests.eligibility import made, small
from tests.eligibility.decision_table import TABLE

# How many answers each group holds, the mildest first; counted by hand from the clinical rules.
SIZES = {
    "state": [2, 1],
    "age_band": [3, 1, 1],
    "reason": [48, 15],
    "safety": [1, 2, 2],
    "recent_crisis": [1, 1, 1],
    "trials": [1, 3],
    "mind": [1, 16, 3, 45],
    "heart": [1, 4, 7, 21],
    "blood_pressure": [1, 1, 2, 1],
    "body": [1, 32, 3, 93],
    "pregnancy": [1, 2, 2],
    "substances": [1, 2, 1],
    "medicines": [1, 64],
    "ketamine_before": [2, 2, 2],
    "sitter": [1, 1, 1],
}


@functools.cache
def joined() -> Definition:
    """Seven questions with conditions over several of them."""
    return made.load_edited(small.joined())


@pytest.mark.parametrize("key", TABLE)
def test_every_possible_answer_is_enumerated(key: str) -> None:
    """The answers that are grouped are exactly those that the journey takes."""
    question = made.definition().question(key)
    codes = [choice.code for choice in question.choices]
    taken = set()
    for count in range(1, len(codes) + 1):
        for chosen in itertools.combinations(codes, count):
            try:
                taken.add(journey.valid(question, chosen))
            except AnswerError:
                continue
    every = list(possible_answers(question))
    assert set(every) == taken and len(every) == len(taken)
    assert [len(each) for each in every] == sorted(len(each) for each in every)


def test_the_groups_of_version_1() -> None:
    """The sizes are those counted by hand; each group is led by its smallest answer."""
    groups = group_answers(made.definition())
    assert {key: [len(each.answers) for each in found] for key, found in groups.items()} == SIZES
    assert groups["heart"][3].representative == ("unstable", "history")
    assert groups["mind"][1].representative == ("psychosis_past",)


@pytest.mark.parametrize("document", [made.document, small.joined])
def test_the_grouping_is_exact(document: functools.partial[made.Document]) -> None:
    """Every possible answer is decided like the one that stands for it."""
    definition = made.load_edited(document())
    assert list(disagreements(definition, group_answers(definition))) == []


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 2), (2, 3)])
def test_groups_that_hold_too_much_are_found(first: int, second: int) -> None:
    """Answers that are decided differently and yet stand together are named."""
    definition = made.definition()
    groups = dict(group_answers(definition))
    heart = list(groups["heart"])
    lumped = dataclasses.replace(heart[first], answers=heart[first].answers + heart[second].answers)
    heart[first : second + 1] = [lumped]
    groups["heart"] = tuple(heart)
    told = list(disagreements(definition, groups))
    assert told and all(each.startswith("heart: ") for each in told)


def test_an_answer_that_is_left_out_is_found() -> None:
    """Groups that do not hold every possible answer are named."""
    definition = made.definition()
    groups = dict(group_answers(definition))
    groups["trials"] = groups["trials"][:1]
    assert any("each possible answer once" in each for each in disagreements(definition, groups))


def test_conditions_over_several_questions_split_groups() -> None:
    """An answer that a later condition reads otherwise stands apart, though it fires the same."""
    groups = group_answers(joined())
    apart = {group.representative: len(group.answers) for group in groups["heart"]}
    # A history alone is read by a rule, glaucoma alone is not; both ask about medicines.
    assert apart[("history",)] == 2 and apart[("glaucoma",)] == 2 and apart[("none",)] == 1
    split = [group.representative for group in groups["reason"]]
    assert ("pain",) in split and ("ptsd",) in split


@given(data=st.data())
def test_members_of_a_group_are_interchangeable(data: st.DataObject) -> None:
    """Whatever else is answered, an answer and the one that stands for it end alike."""
    definition = data.draw(st.sampled_from([made.definition(), joined()]))
    groups = group_answers(definition)
    answers = {
        key: data.draw(st.sampled_from(data.draw(st.sampled_from(found)).answers))
        for key, found in groups.items()
    }
    standing = {
        key: next(each.representative for each in groups[key] if codes in each.answers)
        for key, codes in answers.items()
    }
    one, other = decide(definition, answers), decide(definition, standing)
    assert (one.outcome, one.priority) == (other.outcome, other.priority)
    assert path(definition, answers).questions == path(definition, standing).questions
    effects = [
        {(flag.question, flag.effect, flag.priority) for flag in each.flags}
        for each in (one, other)
    ]
    assert effects[0] == effects[1]


def test_the_size_of_the_space_of_version_1() -> None:
    """More than ten to the thirteenth sets of answers stand in about two million combinations."""
    definition = made.definition()
    space = Space(definition, group_answers(definition))
    # By hand: two ends at state and age, one at safety for each of 1 x 2 x 2 first answers.
    later = 3 * 2 * 4 * 4 * 4 * 4 * 3 * 3 * 2 * 3 * 3
    assert space.whole.run == 1 + 1 + 4 + 8 * later == 1_990_662
    rest = 3 * 4 * 65 * 33 * 5 * 129 * 5 * 4 * 65 * 6 * 3
    assert space.whole.stands_for == 1 + 2 * (1 + 4 * 63 * (2 + 3 * rest)) > 10**13


def test_what_is_counted_is_what_is_run() -> None:
    """Parts hold each combination once; the sets they stand for are all complete paths."""
    document = small.joined()
    for key in ("reason", "medicines"):
        document["questions"].remove(made.question(document, key))
    document["rules"] = [
        each for each in document["rules"] if each["question"] not in ("reason", "medicines")
    ]
    made.question(document, "sitter")["when"] = {"not": small.chosen("heart", "vessel")}
    definition = made.load_edited(document)
    groups = group_answers(definition)
    space = Space(definition, groups)
    run = [tuple(each.items()) for part in space.parts() for each in space.combinations(part)]
    assert len(run) == len(set(run)) == space.whole.run
    assert all(path(definition, dict(each)).complete for each in run)
    every = itertools.product(*(possible_answers(each) for each in definition.questions))
    keys = [question.id for question in definition.questions]
    paths = {
        tuple(journey.on_path(definition, dict(zip(keys, answers, strict=True))).items())
        for answers in every
    }
    assert space.whole.stands_for == len(paths)


def test_a_space_that_is_too_large_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the most that can be run the number is told instead."""
    definition = made.definition()
    monkeypatch.setattr("intake.eligibility.space.MOST_COMBINATIONS", 1_990_661)
    with pytest.raises(TooManyCombinations) as refused:
        Space(definition, group_answers(definition))
    assert refused.value.args == ("1990662",)
    assert MOST_COMBINATIONS == 20_000_000


def heavily_branched() -> Definition:
    """The packaged rules, with 32 groups for each of three questions that decide the last one."""
    effects = ["note", "talk_first", "talk_first", "not_now", "not_now"]
    document = made.document()
    for key in ("mind", "heart", "body"):
        standing = [each for each in document["rules"] if each["question"] == key]
        for place, rule in enumerate(standing[:5]):
            rule["effect"], rule["priority"] = effects[place], place in (2, 4)
            if rule["priority"]:
                rule["urgent"] = "crisis"
    asked = [
        {"question": key, "chosen": [choice["code"] for choice in question["choices"][:1]]}
        for key in ("mind", "heart", "body")
        for question in [made.question(document, key)]
    ]
    made.question(document, "sitter")["when"] = {"any": asked}
    return made.load_edited(document)


@pytest.mark.parametrize(
    ("most", "told"),
    [("MOST_BRANCHES", "More than 500 branching"), ("MOST_COMBINATIONS", "[0-9]+")],
)
def test_counting_stops_as_soon_as_it_is_too_much(
    monkeypatch: pytest.MonkeyPatch, most: str, told: str
) -> None:
    """What is refused is not counted to its end first: neither time nor memory grows with it."""
    definition = heavily_branched()
    groups = group_answers(definition)
    looked: list[object] = []
    monkeypatch.setattr(f"intake.eligibility.space.{most}", 500)

    def noted(*given: object) -> object:
        looked.append(given)
        return path(*given)  # type: ignore[arg-type]  # whatever it was called with

    monkeypatch.setattr("intake.eligibility.space.path", noted)
    with pytest.raises(TooManyCombinations, match=f"^{told}$"):
        Space(definition, groups)
    assert len(looked) < 20_000
