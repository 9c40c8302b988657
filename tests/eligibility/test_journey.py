"""Taking an answer, and where the path stands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.eligibility import (
    AnswerError,
    AnswerErrorKind,
    UnknownQuestion,
    answer,
    on_path,
    path,
    valid,
)
from tests.eligibility import made
from tests.eligibility.decision_table import SAFE, TABLE


@pytest.mark.parametrize(
    ("key", "codes", "kind"),
    [
        ("state", [], "missing"),
        ("heart", [], "missing"),
        ("state", [""], "unknown"),
        ("state", ["Fl"], "unknown"),
        ("state", [" fl"], "unknown"),
        ("state", ["unstable"], "unknown"),
        ("heart", ["none", "gone"], "unknown"),
        ("state", ["fl", "fl"], "doubled"),
        ("heart", ["history", "history"], "doubled"),
        ("state", ["fl", "nj"], "several"),
        ("heart", ["none", "history"], "exclusive"),
        ("heart", ["not_sure", "none"], "exclusive"),
        ("medicines", ["maoi", "not_sure", "sleep"], "exclusive"),
    ],
)
def test_an_answer_that_cannot_be_taken(key: str, codes: list[str], kind: str) -> None:
    """It is refused for what it is, and the message says what to do."""
    with pytest.raises(AnswerError) as refused:
        valid(made.definition().question(key), codes)
    assert refused.value.kind is AnswerErrorKind(kind)
    assert refused.value.message.startswith("Select ")
    assert "{" not in refused.value.message


def test_the_message_names_the_choice_that_stands_alone() -> None:
    """Who picks "None of these" with another reads which of them stands alone."""
    with pytest.raises(AnswerError, match="“None of these”"):
        valid(made.definition().question("heart"), ["history", "none"])


@given(data=st.data(), key=st.sampled_from(list(TABLE)))
def test_an_answer_is_kept_in_the_order_of_the_choices(data: st.DataObject, key: str) -> None:
    """Whatever order the codes arrive in, they are kept in one."""
    codes = data.draw(made.answer_to(key))
    mixed = data.draw(st.permutations(codes))
    assert valid(made.definition().question(key), mixed) == codes


def test_an_unknown_question_is_refused() -> None:
    """A question that the definition does not have is neither found nor answered."""
    with pytest.raises(UnknownQuestion):
        made.definition().question("weight")
    with pytest.raises(UnknownQuestion):
        answer(made.definition(), {}, (), "weight", ["1"], 0)


def test_a_refused_answer_changes_nothing() -> None:
    """An error leaves answers and trail as they are."""
    answers = {"state": ("fl",)}
    with pytest.raises(AnswerError):
        answer(made.definition(), answers, (), "state", ["xx"], 0)
    assert answers == {"state": ("fl",)}


def test_questions_come_in_order_and_the_rest_counts_down() -> None:
    """The gap is the next question; what remains goes down by one with each answer."""
    definition = made.definition()
    answers: dict[str, tuple[str, ...]] = {}
    for number, key in enumerate(TABLE):
        found = path(definition, answers)
        assert (found.gap, found.remaining) == (key, 15 - number)
        assert found.questions == tuple(TABLE)[: number + 1]
        assert found.ended_by is None and not found.complete
        answers[key] = SAFE[key]
    done = path(definition, answers)
    assert (done.gap, done.remaining, done.complete) == (None, 0, True)


@pytest.mark.parametrize(
    ("key", "code", "rule"),
    [
        ("state", "other", "state_other"),
        ("age_band", "under_18", "age_band_under_18"),
        ("safety", "now", "safety_now"),
        ("safety", "not_sure", "safety_not_sure"),
    ],
)
def test_an_answer_that_ends_the_path(key: str, code: str, rule: str) -> None:
    """The path ends right there; later answers stay in the draft, off the path."""
    answers = made.safe(**{key: code})
    found = path(made.definition(), answers)
    assert found.questions[-1] == key
    assert found.ended_by is not None and found.ended_by.id == rule
    assert (found.gap, found.remaining, found.complete) == (None, 0, True)
    assert list(on_path(made.definition(), answers)) == list(found.questions)


def test_a_gap_in_the_middle_counts_what_is_missing() -> None:
    """Answers given beyond the gap are kept and not asked again."""
    answers = {key: codes for key, codes in SAFE.items() if key not in ("heart", "sitter")}
    found = path(made.definition(), answers)
    assert (found.gap, found.remaining) == ("heart", 2)
    assert "blood_pressure" not in on_path(made.definition(), answers)


@settings(max_examples=100)
@given(moves=st.lists(st.sampled_from(list(TABLE)), max_size=25), data=st.data())
def test_no_answer_still_on_the_path_is_lost(moves: list[str], data: st.DataObject) -> None:
    """Whatever is answered or changed, in any order, the last answer to each question stands."""
    answers, trail = {}, ()
    last: dict[str, tuple[str, ...]] = {}
    for now, key in enumerate(moves):
        codes = data.draw(made.answer_to(key))
        answers, trail = answer(made.definition(), answers, trail, key, codes, now)
        last[key] = codes
        assert answers == last
        standing = on_path(made.definition(), answers)
        assert all(standing[each] == last[each] for each in standing)
