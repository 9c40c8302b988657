"""One explanation for all: every flag with its answer, its reason and its source."""

from __future__ import annotations

import pytest

from intake.eligibility import Effect, Flag, TrailEntry, UnknownRule, decide, explain
from tests.eligibility import made
from tests.eligibility.decision_table import TABLE

CHEST = "Chest pain now, or heart attack in past 6 weeks, or stroke or mini-stroke in past 6 months"


def explained(
    answers: dict[str, tuple[str, ...]], trail: tuple[TrailEntry, ...] = ()
) -> list[explain.Reason]:
    """The reasons of a decision."""
    found = decide(made.definition(), answers, trail)
    return explain.reasons(made.definition(), answers, found.flags)


def test_a_reason_names_the_answer_that_fired_it() -> None:
    """Of several choices, each flag names its own, in the patient's words."""
    reasons = explained(made.safe(heart="unstable glaucoma"))
    assert [(each.code, each.answer_labels) for each in reasons] == [
        ("unstable", (CHEST,)),
        ("glaucoma", ("Glaucoma or high eye pressure",)),
    ]
    first = reasons[0]
    assert first.question == "heart" and first.question_short == "Heart"
    assert first.effect is Effect.NOT_NOW and not first.priority
    assert first.urgent is not None and first.urgent.kind == "911"
    assert first.text and first.change and first.staff and first.source and first.source_url is None


def test_a_rule_that_no_single_code_fires_names_all_that_was_chosen() -> None:
    """For "neither" the person reads what they did choose."""
    (reason,) = explained(made.safe(reason="ptsd pain"))
    assert (reason.code, reason.rule_id) == ("neither", "reason_neither")
    assert reason.answer_labels == ("PTSD", "Pain")
    assert reason.others == ()


def test_a_changed_answer_names_what_stands_now() -> None:
    """The reason is kind, and names the answer that stands."""
    entry = TrailEntry("safety", "crisis", ("now",), ("no",), 1, ("safety_now",))
    (reason,) = explained(made.safe(), (entry,))
    assert (reason.code, reason.rule_id) == ("changed", "safety_changed")
    assert reason.answer_labels == ("No",)
    assert reason.priority and reason.urgent is not None


def test_every_flag_of_any_answers_is_explained() -> None:
    """Property 7: each flag has its question, an answer, a reason and a source."""
    for answers in made.lots(seed=4, count=20_000 if made.FULL_SIZE else 2_000):
        found = decide(made.definition(), answers)
        reasons = explain.reasons(made.definition(), answers, found.flags)
        assert [f"{each.question}:{each.code}" for each in reasons] == list(map(str, found.flags))
        for each in reasons:
            assert each.answer_labels and each.text and each.source and each.staff
            assert each.question in TABLE


def test_urgent_words_come_once_and_988_first() -> None:
    """Shared words are shown once, in the order of the definition."""
    answers = made.safe(safety="skip", recent_crisis="yes", heart="unstable", pregnancy="pregnant")
    flags = decide(made.definition(), answers).flags
    kinds = [each.kind for each in explain.urgent_texts(made.definition(), flags)]
    assert kinds == ["988", "911", "maternal"]
    assert explain.urgent_texts(made.definition(), ()) == []


def test_answers_in_the_words_of_the_person() -> None:
    """The check page, the desk and the print say the same."""
    told = explain.told(made.definition(), {"state": ("nj",), "reason": ("depression", "ocd")})
    assert [(each.short, each.labels) for each in told] == [
        ("State", ("New Jersey",)),
        ("Reason", ("Depression", "OCD")),
    ]


def test_a_flag_of_another_version_is_refused() -> None:
    """A rule that the definition does not have cannot be explained by it."""
    flag = Flag("heart", "old", "heart_old", Effect.NOT_NOW, False)
    with pytest.raises(UnknownRule):
        explain.reasons(made.definition(), made.safe(), [flag])
