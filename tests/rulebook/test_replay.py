"""A version tried on stored checks: each decided afresh, nothing guessed, memory bounded."""

from __future__ import annotations

import dataclasses
import tracemalloc
from typing import Any

import pytest
from sqlalchemy.orm import Session

from intake.cli.prepare import House
from intake.eligibility import Outcome, TrailEntry, decide
from intake.review.export_rows import snapshot
from intake.rulebook.replay import MOST_CALLERS, Mover, Replay, Stored
from intake.submissions import rows, stored
from intake.submissions.rows import Criteria
from tests.eligibility import made
from tests.rulebook import bulk
from tests.rulebook.bulk import people


def one(number: int = 0, **changed: Any) -> Stored:
    """A check that fits, sent and still open, with changes."""
    return dataclasses.replace(
        next(people(1)).stored(), **{"reference": f"K00-{number:04}"} | changed
    )


def safe(number: int = 0, given: dict[str, str] | None = None, **changed: Any) -> Stored:
    """A check with harmless answers but for ``given``, decided by version 1."""
    answers = made.safe(**(given or {}))
    outcome = decide(made.definition(), answers).outcome
    return one(number, answers=answers, outcome=outcome, rules=(), trail=(), **changed)


def test_the_same_rules_move_nobody() -> None:
    """Version 1 over checks of version 1: each stays where it was, none stands apart."""
    replayed = Replay(made.definition())
    assert [replayed.take(person.stored()) for person in people(400)] == [None] * 400
    assert replayed.moved == replayed.apart.total() == replayed.callers == 0
    assert replayed.matrix.total() == replayed.taken == 400


def test_what_was_not_asked_or_cannot_be_read_stands_apart() -> None:
    """A new question, a code that is gone: counted by question, and never guessed."""
    replayed = Replay(bulk.load_second())
    assert replayed.take(safe(given={"sitter": "no"})) is None
    assert replayed.take(safe(given={"medicines": "lamotrigine", "heart": "history"})) is None
    assert not replayed.matrix
    assert {(key, why.value): count for (key, why), count in replayed.apart.items()} == {
        ("sitter", "unreadable"): 1,
        ("rash", "not_asked"): 1,
    }


def test_a_question_that_is_gone_is_not_looked_at() -> None:
    """An allergy of before decides nothing where the version does not ask for it."""
    replayed = Replay(bulk.load_second())
    mover = replayed.take(safe(given={"ketamine_before": "allergy"}))
    assert mover is not None and (mover.before, mover.after) == ("not_now", "may_fit")
    assert mover.rules_after == () and not mover.comes_first


def test_movers_carry_the_rules_of_both_sides() -> None:
    """Each side's deciding rules, of the ending's effect alone."""
    replayed = Replay(bulk.load_second())
    given = {"trials": "1", "heart": "history", "pregnancy": "trying"}
    mover = replayed.take(
        dataclasses.replace(safe(given=given), rules=("trials_1", "heart_history"))
    )
    assert mover is not None and mover.rules_before == ("trials_1", "heart_history")
    assert (mover.after, mover.rules_after) == (Outcome.NOT_NOW, ("heart_history",))


def test_the_trail_is_kept_across_versions() -> None:
    """A change after a stop still counts under other rules, by the rules on changes."""
    entry = TrailEntry("heart", "stop", ("unstable",), ("none",), 1, ("heart_unstable",))
    mover = Replay(bulk.load_second()).take(dataclasses.replace(safe(), trail=(entry,)))
    assert mover is not None and mover.after is Outcome.TALK_FIRST
    assert mover.rules_after == ("answer_changed",)
    unknown = dataclasses.replace(entry, question="ketamine_before", rules=("gone",))
    assert Replay(bulk.load_second()).take(dataclasses.replace(safe(), trail=(unknown,))) is None


@pytest.mark.parametrize(
    ("before", "after", "open_", "first"),
    [
        ("may_fit", "not_now", False, True),
        ("talk_first", "not_now", False, True),
        ("not_now", "crisis", True, True),
        ("not_now", "crisis", False, False),
        ("not_now", "talk_first", True, False),
        ("crisis", "may_fit", True, False),
    ],
)
def test_who_comes_first(before: str, after: str, open_: bool, first: bool) -> None:
    """Whoever heard something milder than now, if the matter is open or a visit was in prospect."""
    sent = bulk.FIRST_DAY
    mover = Mover("K00-0000", 1, Outcome(before), Outcome(after), (), (), sent, open_, True)
    assert mover.comes_first is first


def test_first_callers_by_severity_then_newest_and_bounded() -> None:
    """The worst new outcome first, then the newest; two hundred are kept, all are counted."""
    replayed = Replay(bulk.load_second())
    everybody = [person.stored() for person in people(3000)]
    movers = [mover for each in everybody if (mover := replayed.take(each)) and mover.comes_first]
    wanted = {"heart": "history", "safety": "now"}
    for number in range(3):
        late = safe(number, wanted, open=True, sent_at=bulk.FIRST_DAY)
        mover = replayed.take(dataclasses.replace(late, outcome=Outcome.TALK_FIRST))
        assert mover is not None
        movers.append(mover)
    order = list(Outcome)
    movers.sort(key=lambda mover: (order.index(mover.after), -mover.sent_at.timestamp()))
    assert len(movers) == replayed.callers > MOST_CALLERS
    assert replayed.first_callers() == movers[:MOST_CALLERS]
    assert movers[0].after is Outcome.CRISIS


def test_memory_does_not_grow(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thousand checks need no more than a tenth of them and the people to call."""
    monkeypatch.setattr(rows, "CHUNK", 50)
    with Session(house.engine) as session:
        everybody = list(bulk.fill(session, house.keys, 2000))
    peaks = []
    for count in (200, 200, 2000):
        criteria = Criteria(before=everybody[count - 1].sent_at)
        tracemalloc.start()
        with snapshot(house.engine) as session:
            replayed = Replay(bulk.load_second())
            for chunk in stored.each(session, house.keys, criteria):
                for check in chunk:
                    replayed.take(check)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert replayed.taken == count - 1
    assert peaks[2] < peaks[1] + 400_000, peaks
