"""Rules and outcome, against a table typed by hand and over answers drawn by lot."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.eligibility import (
    Effect,
    Flag,
    Outcome,
    TrailEntry,
    decide,
    on_path,
    outcome,
    path,
    rules,
)
from intake.eligibility.parts import SEVERITY
from tests.eligibility import made
from tests.eligibility.decision_table import MANY, OUTCOMES, SAFE, TABLE, expected, is_complete

EACH_ANSWER = [(key, code) for key, codes in TABLE.items() for code in codes]
UNKNOWNS = [(key, code) for key, code in EACH_ANSWER if code in ("not_sure", "skip")]
EFFECTS = [
    Effect(effect.rstrip("!")) for codes in TABLE.values() for effect in codes.values() if effect
]
MANY_LOTS = 1_000_000 if made.FULL_SIZE else 30_000


def decided(
    answers: dict[str, tuple[str, ...]], trail: tuple[TrailEntry, ...] = ()
) -> tuple[str, bool, list[str]]:
    """What the product decides, in the form of the table."""
    found = decide(made.definition(), answers, trail)
    return found.outcome.value, found.priority, [str(flag) for flag in found.flags]


def test_the_questions_and_codes_are_those_of_the_rules() -> None:
    """Ids and codes are fixed: addresses, columns and stored answers carry them."""
    found = {
        question.id: (question.kind.value, {choice.code for choice in question.choices})
        for question in made.definition().questions
    }
    assert list(found) == list(TABLE)
    for key, codes in TABLE.items():
        assert found[key] == ("many" if key in MANY else "one", set(codes))


@pytest.mark.parametrize(("key", "code"), EACH_ANSWER)
def test_each_answer_alone(key: str, code: str) -> None:
    """Each answer, among harmless ones, leads to what the table says."""
    answers = {**SAFE, key: (code,)}
    assert decided(answers) == expected(answers)


@pytest.mark.parametrize("key", MANY)
def test_every_answer_to_a_question_that_takes_several(key: str) -> None:
    """Every set of choices fires the flags of its members, in the order of the choices."""
    question = made.definition().question(key)
    together = [choice.code for choice in question.choices if not choice.exclusive]
    for pattern in range(1, 2 ** len(together)):
        codes = tuple(code for place, code in enumerate(together) if pattern >> place & 1)
        answers = {**SAFE, key: codes}
        assert decided(answers) == expected(answers)


def test_answers_by_lot_agree_with_the_table() -> None:
    """Complete or not, with leftovers or not: the table and the product agree."""
    seen: dict[bool, set[str]] = {True: set(), False: set()}
    for answers in made.lots(seed=1, count=MANY_LOTS):
        found = decided(answers)
        assert found == expected(answers), answers
        seen[is_complete(answers)].add(found[0])
    assert seen[True] == set(OUTCOMES)
    assert seen[False] == {"not_now", "talk_first"}


def test_no_flags_and_a_whole_path_may_fit() -> None:
    """Harmless answers to all questions may fit."""
    assert decided(made.safe()) == ("may_fit", False, [])


@pytest.mark.parametrize("missing", TABLE)
def test_a_missing_answer_never_fits(missing: str) -> None:
    """Unknown is not safe: while an answer is missing the outcome is never ``may_fit``."""
    answers = {key: codes for key, codes in made.safe().items() if key != missing}
    assert decide(made.definition(), answers).outcome is Outcome.TALK_FIRST


@given(
    flags=st.lists(st.sampled_from(EFFECTS), max_size=6),
    more=st.sampled_from(EFFECTS),
)
def test_a_further_flag_never_makes_it_milder(flags: list[Effect], more: Effect) -> None:
    """Property 3: adding a flag leaves the outcome or makes it more severe."""
    given_flags = [Flag("heart", "unstable", "heart_unstable", effect, False) for effect in flags]
    added = Flag("mind", "memory", "mind_memory", more, False)
    order = list(Outcome)
    before = order.index(outcome.outcome_of(given_flags))
    after = order.index(outcome.outcome_of([*given_flags, added]))
    assert after <= before
    if more is not Effect.NOTE:
        assert after <= order.index(Outcome(more.value))


@pytest.mark.parametrize(("key", "code"), UNKNOWNS)
def test_unknown_has_an_effect(key: str, code: str) -> None:
    """Every ``not_sure`` and ``skip`` has an effect of at least ``talk_first``."""
    fired = rules.flags(made.definition(), {**SAFE, key: (code,)})
    assert [str(flag) for flag in fired] == [f"{key}:{code}"]
    assert SEVERITY[fired[0].effect] <= SEVERITY[Effect.TALK_FIRST]


@settings(max_examples=200)
@given(answers=made.complete(), unknown=st.sampled_from(UNKNOWNS))
def test_an_unknown_in_place_of_an_answer_never_fits(
    answers: dict[str, tuple[str, ...]], unknown: tuple[str, str]
) -> None:
    """Property 3: replacing an answer by an unknown one never yields ``may_fit``."""
    key, code = unknown
    assert decide(made.definition(), {**answers, key: (code,)}).outcome is not Outcome.MAY_FIT


@settings(max_examples=200)
@given(answers=made.complete(), crisis=st.sampled_from(["now", "not_sure"]))
def test_a_crisis_answer_on_the_path_is_a_crisis(
    answers: dict[str, tuple[str, ...]], crisis: str
) -> None:
    """Property 1: the crisis ends the path right after its answer."""
    answers = {**answers, "safety": (crisis,)}
    found = path(made.definition(), answers)
    if "safety" in found.questions:
        assert found.questions[-1] == "safety"
        assert found.ended_by is not None
        assert decide(made.definition(), answers).outcome is Outcome.CRISIS


@settings(max_examples=200)
@given(answers=made.complete(), leftovers=made.partial())
def test_leftovers_change_nothing(
    answers: dict[str, tuple[str, ...]], leftovers: dict[str, tuple[str, ...]]
) -> None:
    """Property 5: what is left for questions off the path changes neither path nor decision."""
    kept = dict(on_path(made.definition(), answers))
    mixed = {**{key: codes for key, codes in leftovers.items() if key not in kept}, **kept}
    assert decide(made.definition(), mixed) == decide(made.definition(), kept)
    assert on_path(made.definition(), mixed) == kept
    assert path(made.definition(), mixed) == path(made.definition(), kept)


def test_the_path_ends_within_fifteen_questions() -> None:
    """Property 6: every combination reaches an end, after 15 questions at most."""
    definition = made.definition()
    for answers in made.lots(seed=2, count=MANY_LOTS // 10):
        given_so_far: dict[str, tuple[str, ...]] = {}
        pages = 0
        while (gap := path(definition, given_so_far).gap) is not None:
            given_so_far[gap] = answers.get(gap, SAFE[gap])
            pages += 1
        assert pages <= 15


def test_each_flag_names_a_question_on_the_path() -> None:
    """Property 7: every flag names a question on the path, in path order."""
    definition = made.definition()
    for answers in made.lots(seed=3, count=MANY_LOTS // 10):
        on = list(on_path(definition, answers))
        named = [flag.question for flag in rules.flags(definition, answers)]
        assert named == sorted(named, key=on.index)


def test_codes_in_another_order_decide_the_same() -> None:
    """The order in which codes were sent decides nothing and is not kept."""
    forwards = made.safe(heart="unstable history", medicines="maoi sleep")
    backwards = made.safe(heart="history unstable", medicines="sleep maoi")
    assert decided(backwards) == decided(forwards)
    assert on_path(made.definition(), backwards) == forwards


@pytest.mark.parametrize(
    ("key", "codes"),
    [
        ("state", ("FL",)),
        ("state", ("fl", "nj")),
        ("state", ("fl", "fl")),
        ("state", ()),
        ("heart", ("none", "unstable")),
        ("heart", ("unstable", "unstable")),
        ("heart", ("unstable", "gone")),
    ],
)
def test_an_answer_that_the_question_cannot_take_is_a_gap(key: str, codes: tuple[str, ...]) -> None:
    """An answer of another version, or a forged one, counts as not given."""
    answers = {**SAFE, key: codes}
    assert path(made.definition(), answers).gap == key
    assert key not in on_path(made.definition(), answers)


def test_a_question_with_many_choices_is_read_like_any_other() -> None:
    """Past the answers that are kept ready, the same rules apply."""
    edited = made.document()
    for number in range(4):
        extra = {"code": f"more_{number}", "meaning": "More.", "en": "More"}
        made.question(edited, "medicines")["choices"].insert(0, extra)
    definition = made.load_edited(edited)
    answers = made.safe(medicines="sleep more_1 maoi more_0")
    assert [str(flag) for flag in decide(definition, answers).flags] == [
        "medicines:maoi",
        "medicines:sleep",
    ]
    assert on_path(definition, answers)["medicines"] == ("more_1", "more_0", "maoi", "sleep")
