"""The trail: what is kept about changes after a page that stopped or ended the check."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from intake.eligibility import Answers, Flag, Outcome, Trail, TrailEntry, decide, journey, path
from tests.eligibility import made
from tests.eligibility.decision_table import SAFE, TABLE, Story, expected


class Person:
    """Answers, changes, starts again; the clock is the number of the move."""

    def __init__(self) -> None:
        self.answers: Answers = {}
        self.trail: Trail = ()
        self.moves = 0

    def says(self, **given: str) -> Person:
        """Answer questions, codes joined by spaces."""
        for key, codes in given.items():
            self.moves += 1
            self.answers, self.trail = journey.answer(
                made.definition(), self.answers, self.trail, key, codes.split(), self.moves
            )
        return self

    def says_all_is_fine(self) -> Person:
        """Give a harmless answer to every question."""
        return self.says(**{key: " ".join(codes) for key, codes in SAFE.items()})

    def starts_again(self) -> Person:
        """Press Start again."""
        self.answers, self.trail = journey.start_again(self.answers, self.trail)
        return self

    def starts_a_new_check(self) -> Person:
        """Send, see the result, start a new check."""
        sent = decide(made.definition(), self.answers, self.trail)
        kept = journey.on_path(made.definition(), self.answers)
        self.trail = journey.new_check(self.trail, kept, sent.flags, sent.outcome, self.moves)
        self.answers = {}
        return self

    def ends(self) -> tuple[str, bool, list[str]]:
        """Outcome, priority and flags now."""
        found = decide(made.definition(), self.answers, self.trail)
        return found.outcome.value, found.priority, [str(flag) for flag in found.flags]


SAFETY = ("talk_first", True, ["safety:changed"])


@pytest.mark.parametrize("crisis", ["now", "not_sure"])
def test_a_crisis_taken_back_is_followed_up_the_same_day(crisis: str) -> None:
    """Crisis page, Back, "no", then all harmless: talk first with priority, never may fit."""
    person = Person().says(state="fl", age_band="30_44", reason="depression", safety=crisis)
    assert person.ends()[0] == "crisis"
    assert person.says(safety="no").says_all_is_fine().ends() == SAFETY
    (entry,) = person.trail
    assert (entry.question, entry.page, entry.before) == ("safety", "crisis", (crisis,))
    assert (entry.after, entry.at, entry.rules) == (("no",), 4, (f"safety_{crisis}",))


@pytest.mark.parametrize(
    ("key", "code", "page"),
    [
        ("heart", "vessel", "stop"),
        ("sitter", "no", "stop"),
        ("blood_pressure", "high_160", "stop"),
        ("state", "other", "area"),
        ("age_band", "under_18", "age"),
    ],
)
def test_a_stop_or_an_end_taken_back_is_talked_over(key: str, code: str, page: str) -> None:
    """A hard stop, a state or an age taken back shows, without priority."""
    person = Person().says_all_is_fine().says(**{key: code})
    assert person.ends()[0] in ("not_now", "outside_area", "under_age")
    assert [(entry.question, entry.page) for entry in person.trail] == [(key, page)]
    person.says(**{key: " ".join(SAFE[key])})
    assert person.ends() == ("talk_first", False, [f"{key}:changed"])


def test_changing_back_and_forth_does_not_clear_it() -> None:
    """Once the crisis answer was changed, nothing within the check takes the follow-up away."""
    person = Person().says_all_is_fine().says(safety="now").says(safety="no")
    for codes in ("now", "no", "not_sure", "skip", "no"):
        person.says(safety=codes)
        assert "safety:changed" in person.ends()[2]
    assert person.ends() == SAFETY
    assert (person.trail[0].before, person.trail[0].after) == (("now",), ("no",))
    assert person.says(safety="now").trail[0].after == ("now",)
    assert person.trail[0].before == ("now",)
    assert person.trail[0].rules == ("safety_now", "safety_not_sure")


@pytest.mark.parametrize("press", ["starts_again", "starts_a_new_check"])
def test_the_trail_outlives_a_new_start(press: str) -> None:
    """Neither "Start again" nor "Start a new check" clears a change."""
    person = Person().says_all_is_fine().says(heart="vessel", safety="now")
    getattr(person, press)()
    assert person.answers == {}
    person.says_all_is_fine()
    assert person.ends() == ("talk_first", True, ["safety:changed", "heart:changed"])


def test_a_new_start_with_the_same_answers_fires_nothing() -> None:
    """Who answers as before has changed nothing: the stop stands, and stands alone."""
    again = Person().says_all_is_fine().says(heart="vessel").starts_again()
    for key, codes in made.safe(heart="vessel").items():
        again.says(**{key: " ".join(codes)})
    assert again.ends() == ("not_now", False, ["heart:vessel"])
    assert again.trail[0].after is None


def test_an_earlier_result_counts_unless_it_may_fit() -> None:
    """A stored result other than may fit is an adverse page for each answer that led to it."""
    person = Person().says_all_is_fine().says(trials="1", blood_pressure="high_controlled")
    person.starts_a_new_check()
    assert [(entry.question, entry.page, entry.rules) for entry in person.trail] == [
        ("trials", "result", ("trials_1",))
    ]
    assert person.says_all_is_fine().ends() == ("talk_first", False, ["trials:changed"])
    fit = Person().says_all_is_fine().says(blood_pressure="high_controlled").starts_a_new_check()
    assert fit.trail == ()
    assert fit.says_all_is_fine().ends()[0] == "may_fit"
    flags = decide(made.definition(), made.safe(trials="1")).flags
    assert journey.new_check((), made.safe(trials="1"), flags, Outcome.MAY_FIT, 1) == ()


def test_an_earlier_result_of_an_unseen_crisis_keeps_the_crisis_pair() -> None:
    """A crisis that was sent as a call request is kept as a crisis, whatever the trail held."""
    crisis = next(each for each in made.definition().rules if each.id == "safety_now")
    flag = Flag("safety", "now", crisis.id, crisis.effect, crisis.priority)
    trail = journey.new_check((), {"safety": ("now",)}, [flag], Outcome.CRISIS, 9)
    assert trail == (TrailEntry("safety", "crisis", ("now",), None, 9, ("safety_now",)),)


def test_a_question_keeps_one_crisis_pair_and_one_other() -> None:
    """The crisis pair is always kept, beside the one of an earlier result."""
    person = Person().says_all_is_fine().says(safety="thoughts").starts_a_new_check()
    person.says_all_is_fine().says(safety="now").says(safety="no")
    assert [(entry.page, entry.before, entry.after) for entry in person.trail] == [
        ("result", ("thoughts",), ("no",)),
        ("crisis", ("now",), ("no",)),
    ]
    assert person.ends() == SAFETY


def test_the_first_answer_before_is_kept_and_rules_are_added() -> None:
    """A second stop on the same question adds its rule to the pair that stands."""
    person = Person().says_all_is_fine().says(heart="unstable").says(heart="vessel")
    (entry,) = person.trail
    assert (entry.before, entry.after) == (("unstable",), ("vessel",))
    assert entry.rules == ("heart_unstable", "heart_vessel")
    assert person.ends() == ("not_now", False, ["heart:vessel", "heart:changed"])
    assert person.says(heart="unstable").ends()[2] == ["heart:unstable", "heart:changed"]


def test_adding_to_a_stop_is_no_change_that_removes_it() -> None:
    """While all that stopped the check still stands, there is nothing to talk over."""
    person = Person().says_all_is_fine().says(heart="vessel").says(heart="vessel glaucoma")
    assert person.ends() == ("not_now", False, ["heart:vessel", "heart:glaucoma"])
    assert person.trail[0].after == ("vessel", "glaucoma")


def test_a_change_off_the_path_waits_until_it_is_on_it() -> None:
    """A flag names a question on the path: beyond an ending nothing shows, later it does."""
    person = Person().says_all_is_fine().says(heart="vessel").says(heart="none")
    person.says(state="other")
    assert person.ends() == ("outside_area", False, ["state:other"])
    person.says(state="nj")
    assert person.ends() == ("talk_first", False, ["state:changed", "heart:changed"])


def test_a_rule_of_another_version_is_no_change_of_the_person() -> None:
    """A rule that this version does not know counts only where the answer differs."""
    entry = TrailEntry("heart", "stop", ("history",), None, 1, ("heart_of_old",))
    same = decide(made.definition(), made.safe(heart="history"), (entry,))
    other = decide(made.definition(), made.safe(heart="none"), (entry,))
    assert [str(flag) for flag in same.flags] == ["heart:history"]
    assert [str(flag) for flag in other.flags] == ["heart:changed"]
    there_and_back = dataclasses.replace(entry, after=("history",))
    again = decide(made.definition(), made.safe(heart="history"), (there_and_back,))
    assert again == same


def test_a_question_of_another_version_is_passed_over() -> None:
    """An entry about a question that is gone says nothing."""
    entry = TrailEntry("weight", "stop", ("much",), ("little",), 1, ("weight_much",))
    assert decide(made.definition(), made.safe(), (entry,)).outcome is Outcome.MAY_FIT


def test_a_difference_shows_even_where_no_move_was_noted() -> None:
    """Property 8 holds for any trail: an answer that differs from ``before`` has changed."""
    for page, key, code in (("crisis", "safety", "now"), ("stop", "heart", "vessel")):
        entry = TrailEntry(key, page, (code,), None, 1, (f"{key}_{code}",))
        assert decide(made.definition(), made.safe(), (entry,)).outcome is Outcome.TALK_FIRST


class Walks(RuleBasedStateMachine):
    """Random walks of answers, changes and new starts, beside the naive story."""

    def __init__(self) -> None:
        super().__init__()
        self.person = Person()
        self.story = Story()

    @rule(data=st.data())
    def answers_the_gap(self, data: st.DataObject) -> None:
        """Go on to the next question."""
        gap = path(made.definition(), self.person.answers).gap
        if gap is not None:
            self._say(gap, data.draw(st.one_of(st.just(SAFE[gap]), made.answer_to(gap))))

    @rule()
    def answers_all_that_is_left(self) -> None:
        """Give harmless answers up to the end of the path."""
        while (gap := path(made.definition(), self.person.answers).gap) is not None:
            self._say(gap, SAFE[gap])

    @rule(key=st.sampled_from(list(TABLE)), data=st.data())
    def changes_an_answer(self, key: str, data: st.DataObject) -> None:
        """Go back and answer differently, or the same."""
        if key in path(made.definition(), self.person.answers).questions:
            self._say(key, data.draw(made.answer_to(key)))

    @rule(key=st.sampled_from(["safety", "heart", "mind", "state", "age_band", "sitter"]))
    def takes_it_back(self, key: str) -> None:
        """Go back and give the harmless answer."""
        if key in path(made.definition(), self.person.answers).questions:
            self._say(key, SAFE[key])

    @rule()
    def starts_again(self) -> None:
        """Press Start again."""
        self.person.starts_again()
        self.story.start_again()

    @precondition(lambda self: path(made.definition(), self.person.answers).complete)
    @rule()
    def starts_a_new_check(self) -> None:
        """Send, then start a new check."""
        self.person.starts_a_new_check()
        self.story.new_check()

    @invariant()
    def ends_as_the_table_says(self) -> None:
        """The decision is the table's, whatever way led here; a change never may fit."""
        changed = self.story.changed()
        found = self.person.ends()
        assert found == expected(self.person.answers, changed)
        assert dict(self.person.answers) == self.story.answers
        if changed:
            assert found[0] != "may_fit"
        if changed.get("safety") == "crisis":
            assert found[1] or found[0] in ("crisis", "outside_area", "under_age")

    @invariant()
    def keeps_the_trail_small(self) -> None:
        """A question has at most one crisis pair and one other."""
        kinds = [(entry.question, entry.page == "crisis") for entry in self.person.trail]
        assert len(kinds) == len(set(kinds))

    def _say(self, key: str, codes: tuple[str, ...]) -> None:
        self.person.says(**{key: " ".join(codes)})
        self.story.answer(key, codes)


TestWalks = Walks.TestCase
TestWalks.settings = settings(max_examples=2_000 if made.FULL_SIZE else 120, stateful_step_count=40)
