"""Versions of the rules at every stage of their life, for the pages that show them.

Version 1 stays live and unsigned. The times are the machine's own, since a served process reads
them by its own clock.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from intake import audit
from intake.articles import store as articles
from intake.cli.prepare import House
from intake.eligibility import Effect
from intake.eligibility.properties import SENTENCES
from intake.rulebook import editing, life, runs, store
from intake.rulebook.changes import Change, DropRule, Place, SetEffect, SetSource, Text
from intake.rulebook.models import DefinitionVersion

FEW, MANY, BROKEN, READY, AHEAD, EARLIER, UNDONE = range(2, 9)
"""The numbers of the versions, by what there is to see of them."""

NAME = "Benjamin Soffer, DO"
SHOWS = {
    "what": "A further flag gives talk_first where not_now stood.",
    "answers": {"heart": ["unstable"], "reason": ["other"]},
    "telling": ["reason", "heart"],
    "flags": ["reason:other", "heart:unstable"],
    "outcome": "talk_first",
    "rules": ["heart_unstable", "reason_neither"],
}
TWO: list[Change] = [
    SetEffect("blood_pressure_high_controlled", Effect.TALK_FIRST),
    Text(Place.RULE, "body_bladder", "reason", "You told us about trouble with your bladder."),
]
LONG = "Ketamine can harm the bladder, and the harm grows with the dose and with time."
TWENTY: list[Change] = [
    SetEffect("heart_vessel", Effect.TALK_FIRST),
    DropRule("medicines_lamotrigine"),
    *TWO,
    Text(Place.RULE, "body_bladder", "change", LONG),
    SetSource("body_bladder", "pressure_study"),
    Text(Place.QUESTION, "state", "title", "Where is your home?"),
    Text(Place.CHOICE, "state", "label", "In some other state", "other"),
    *(
        Text(Place.RULE, rule, "staff", f"Ask more about this one ({number}).")
        for number, rule in enumerate(
            ("heart_unstable", "heart_history", "body_liver_mild", "reason_neither"), 1
        )
    ),
]


class Keeper:
    """Makes versions in one house, as ``by``."""

    def __init__(self, house: House, session: Session, by: str) -> None:
        self.session, self.keys = session, house.keys
        self.actor = audit.Actor("staff", by)
        self.now = dt.datetime.now(dt.UTC)
        self.first = store.row_of(session, 1)

    def candidate(self, number: int, changes: list[Change]) -> DefinitionVersion:
        """A candidate from version 1."""
        row = life.copy(self.session, self.keys, self.first, self.actor, self.now)
        assert row.version == number
        body = editing.edit(row.body, changes, version=number)
        if body != row.body:
            seen = row.sha256
            life.change_candidate(
                self.session, self.keys, number, body, self.actor, self.now, seen=seen
            )
        return row

    def ran(
        self, row: DefinitionVersion, kind: str, result: dict[str, Any], passed: bool = True
    ) -> None:
        """A finished check or replay."""
        run = runs.ask(self.session, kind, row, self.actor.id, self.now)
        runs.finish(self.session, self.keys, run, result, passed, self.now)

    def running(self, row: DefinitionVersion, kind: str, done: int, total: int) -> None:
        """A check or replay that stays under way: it seems to have given a sign of life ahead."""
        run = runs.ask(self.session, kind, row, self.actor.id, self.now)
        run.state, run.done, run.total = "running", done, total
        run.beat_at = self.now + dt.timedelta(days=1)

    def signed(self, row: DefinitionVersion, from_at: dt.datetime) -> None:
        """The whole way to a signature, a day before the start."""
        self.ran(row, "check", checked())
        self.ran(row, "replay", replayed("BCD-2345"))
        life.sign(
            self.session,
            self.keys,
            row.version,
            self.actor,
            NAME,
            min(self.now, from_at - dt.timedelta(days=1)),
            seen=life.in_view(self.session, row, 1),
            against=1,
            difference="Question 9, Blood pressure: the effect changes from note to talk first.",
            from_at=from_at,
        )


def checked(broken: int | None = None) -> dict[str, Any]:
    """The result of a check; ``broken``: the number of a property that does not hold."""
    return {
        "problems": [],
        "run": 1_484_352,
        "stands_for": 12_345_678_901_234,
        "seconds": 41.7,
        "properties": [
            {
                "number": number,
                "sentence": sentence,
                "holds": number != broken,
                "counterexample": SHOWS if number == broken else None,
                "missing": [],
            }
            for number, sentence in SENTENCES.items()
        ],
        "unequal": [],
        "articles": ["Ketamine at home: how to stay safe (since version 1)"],
    }


def replayed(reference: str) -> dict[str, Any]:
    """The result of a replay that moves people; ``reference``: of one of them."""
    return {
        "submissions": 1_312,
        "moved": 66,
        "same": 1_234,
        "matrix": {
            "not_now": {"not_now": 204, "talk_first": 4},
            "talk_first": {"talk_first": 411, "not_now": 2},
            "may_fit": {"may_fit": 619, "talk_first": 60},
        },
        "apart": [
            {"question": "trials", "why": "not_asked", "submissions": 9},
            {"question": "sitter", "why": "unreadable", "submissions": 3},
        ],
        "unopened": {"submissions": 1, "references": ["BCD-2345"]},
        "call_first": {
            "submissions": 62,
            "first": [
                {
                    "reference": each,
                    "definition_version": 1,
                    "sent_at": "2026-11-23T15:00:00Z",
                    "outcome_before": before,
                    "outcome_after": after,
                    "rules_before": [],
                    "rules_after": ["blood_pressure_high_controlled", "body_bladder"],
                    "open": still,
                    "has_contact": still,
                }
                for each, before, after, still in (
                    (reference, "talk_first", "not_now", True),
                    ("CDF-3456", "may_fit", "talk_first", True),
                    ("DFG-4567", "may_fit", "talk_first", False),
                )
            ],
        },
    }


def furnish_rules(house: House, session: Session, by: str, reference: str) -> None:
    """Bring versions to every stage; ``by``: a staff id, ``reference``: of a submission."""
    keeper = Keeper(house, session, by)
    day = dt.timedelta(days=1)
    keeper.ran(keeper.first, "check", checked())
    keeper.ran(keeper.first, "replay", replayed(reference))
    keeper.candidate(FEW, TWO)
    keeper.running(keeper.candidate(MANY, TWENTY), "check", 548_210, 1_484_352)
    broken = keeper.candidate(BROKEN, TWO[:1])
    keeper.ran(broken, "check", checked(broken=3), passed=False)
    keeper.running(broken, "replay", 0, 0)
    ready = keeper.candidate(READY, TWO[1:])
    keeper.ran(ready, "check", checked())
    keeper.ran(ready, "replay", replayed(reference))
    keeper.signed(keeper.candidate(AHEAD, [*TWO, TWENTY[0]]), keeper.now + 90 * day)
    keeper.signed(keeper.candidate(EARLIER, [*TWO, TWENTY[1]]), keeper.now - 90 * day)
    undone = keeper.candidate(UNDONE, [])
    for kind in runs.KINDS:
        run = runs.ask(session, kind, undone, by, keeper.now)
        runs.fail(session, run.id, keeper.now)
    slug = "ketamine-safety-at-home"
    articles.confirm(session, keeper.keys, slug, EARLIER, keeper.actor, NAME, keeper.now)
    session.commit()
