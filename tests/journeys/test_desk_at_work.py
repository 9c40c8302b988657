"""Many staff at work on many submissions, in any order, with pages as old as they come.

The model knows the table of statuses as it is written down for people, who did what, and nothing
of how the desk does it. At the end events must equal acts, and the chain must hold.
"""

from __future__ import annotations

import json
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import audit
from intake.audit import Event
from intake.cli.prepare import House
from intake.submissions.models import Note, Submission
from tests.accounts.desk import CHEAP, Desk
from tests.conftest import FULL_SIZE
from tests.review.made import Maker, named
from tests.support.client import Visitor

STAFF, RECORDS = (20, 2_000) if FULL_SIZE else (5, 24)
RUNS, ACTS = (8, 400) if FULL_SIZE else (3, 60)
# The table of statuses as the practice knows it, typed by hand.
TABLE = {
    "new": {"in_review", "contacted", "scheduled", "closed"},
    "in_review": {"new", "contacted", "scheduled", "closed"},
    "contacted": {"in_review", "scheduled", "closed"},
    "scheduled": {"contacted", "in_review", "closed"},
    "closed": {"in_review"},
}
REASONS = ("visit_booked", "referred", "declined", "unreachable", "not_suitable", "no_contact", "")
ACTED = ("submission.moved", "submission.assigned", "submission.noted", "submission.opened")


@dataclass
class Seen:
    """A page of a record that somebody has open: what its forms hold, and how old it is."""

    fields: dict[str, str]
    changes: int


@dataclass
class Record:
    """What the model remembers of one submission."""

    status: str = "new"
    owner: str | None = None
    reason: str | None = None
    changes: int = 0
    last: tuple[Any, ...] = ()
    notes: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass
class Person:
    """One staff member with a browser and the pages that are open in it."""

    id: str
    role: str
    browser: Visitor
    open: dict[str, Seen] = field(default_factory=dict)


class Practice:
    """A furnished practice: staff who are signed in, and submissions that wait."""

    def __init__(self, app: Flask, session: Session, staff: int, records: int) -> None:
        app.extensions["passwords"] = CHEAP
        self.desk = Desk(app, session)
        maker = Maker(session, self.desk.keys)
        self.references = [
            maker.send(self.desk.now, named(f"Person {chr(65 + number % 26)}")).reference
            for number in range(records)
        ]
        self.staff = [
            self._hire(number, "clinician" if number % 3 == 0 else "intake")
            for number in range(staff)
        ]
        self.began = self.newest()

    def _hire(self, number: int, role: str) -> Person:
        """One more person, signed in."""
        member = self.desk.member(role, name=f"P{number} Reyes")
        return Person(member.id, role, self.desk.sign_in(member))

    def newest(self) -> int:
        """The number of the newest event."""
        self.desk.session.rollback()
        newest = self.desk.session.execute(select(audit.EventHead.sequence)).scalar_one()
        self.desk.session.rollback()
        return newest

    def events(self) -> Iterator[Event]:
        """The events since the work began, oldest first."""
        self.desk.session.rollback()
        self.desk.session.expire_all()
        yield from self.desk.session.scalars(
            select(Event).where(Event.sequence > self.began).order_by(Event.sequence)
        )

    def look(self, person: Person, reference: str) -> dict[str, str]:
        """Open a record; gives what its note's form holds."""
        page = person.browser.open(f"/staff/submissions/{reference}")
        form = next(form for form in page.forms() if form.action.endswith("/note"))
        return {
            name: form.values[name][0]
            for name in ("csrf_token", "revision", "number", "kind", "body")
        }

    def stored(self) -> dict[str, Submission]:
        """Every submission by its reference, as it stands in the database."""
        self.desk.session.rollback()
        self.desk.session.expire_all()
        found = self.desk.session.scalars(select(Submission)).all()
        return {each.reference: each for each in found}

    def notes(self) -> list[tuple[str, str, str, str]]:
        """Every note: reference, author, type, text."""
        session, keys = self.desk.session, self.desk.keys
        found = session.execute(
            select(Note, Submission.reference).join(Submission, Submission.id == Note.submission_id)
        )
        return [
            (
                reference,
                note.author_id,
                note.type,
                keys.open_field(Note.body_sealed, note.id, note.body_sealed),
            )
            for note, reference in found
        ]


class AtWork(RuleBasedStateMachine):
    """Staff open, move, give and note in any order; the model says what each press gives."""

    def __init__(self, practice: Practice, records: dict[str, Record]) -> None:
        super().__init__()
        self.practice = practice
        self.records = records
        self.expected: Counter[tuple[str, str, str]] = Counter()
        practice.began = practice.newest()
        self.count = 0

    def _person(self, data: st.DataObject) -> Person:
        return data.draw(st.sampled_from(self.practice.staff), "who")

    def _pick(self, data: st.DataObject, person: Person) -> tuple[str, Record, Seen]:
        """A record that the person has open, perhaps for long; a new one where they have none."""
        known = sorted(person.open)
        if not known or data.draw(st.integers(0, 3), "another") == 0:
            reference = data.draw(st.sampled_from(self.practice.references), "which")
            self._look(person, reference)
        else:
            reference = data.draw(st.sampled_from(known), "which of the open ones")
        return reference, self.records[reference], person.open[reference]

    def _look(self, person: Person, reference: str) -> None:
        fields = self.practice.look(person, reference)
        person.open[reference] = Seen(fields, self.records[reference].changes)
        self._happened("submission.opened", person, reference)

    def _happened(self, name: str, person: Person, reference: str) -> None:
        self.expected[name, person.id, reference] += 1

    def _send(self, person: Person, reference: str, act: str, seen: Seen, **fields: str) -> int:
        """Press a button of an open page; gives the status."""
        address = f"/staff/submissions/{reference}/{act}"
        return person.browser.post(address, {**seen.fields, "body": "", **fields}).status_code

    def _refused(self, status: int, person: Person, reference: str) -> None:
        """The page came again, with what was typed; that reading is recorded too."""
        assert person.browser.response is not None
        assert person.browser.response.status_code == status
        self._happened("submission.opened", person, reference)

    @rule(data=st.data())
    def look_again(self, data: st.DataObject) -> None:
        """Open a record, or open it anew."""
        reference = data.draw(st.sampled_from(self.practice.references), "which")
        self._look(self._person(data), reference)

    @rule(data=st.data(), kind=st.sampled_from(("call", "admin", "safety_check", "clinical")))
    def write(self, data: st.DataObject, kind: str) -> None:
        """Write a note; notes never collide, and the same form is written once."""
        person = self._person(data)
        reference, record, seen = self._pick(data, person)
        self.count += 1
        text = f"Note {self.count} by {person.id}"
        status = self._send(person, reference, "note", seen, kind=kind, body=text)
        if kind == "clinical" and person.role != "clinician":
            assert status == 403
            return
        assert status == 303
        self._happened("submission.noted", person, reference)
        record.notes.append((person.id, kind, text))
        assert self._send(person, reference, "note", seen, kind=kind, body=text) == 303
        self._look(person, reference)

    @rule(data=st.data(), to=st.sampled_from(sorted(TABLE)), reason=st.sampled_from(REASONS))
    def move(self, data: st.DataObject, to: str, reason: str) -> None:
        """Move a record from a page that may be old."""
        person = self._person(data)
        reference, record, seen = self._pick(data, person)
        reopening = record.status == "closed"
        words = "Called back" if reopening else reason
        status = self._send(person, reference, "move", seen, to=to, reason=words)
        act = ("moved", person.id, to, words if to == "closed" else None)
        if seen.changes != record.changes:
            if record.last == act:
                assert status == 303
                return
            self._refused(409, person, reference)
        elif to not in TABLE[record.status] or to == "closed" and reason in ("", "no_contact"):
            self._refused(422, person, reference)
        elif to == "closed" and reason == "not_suitable" and person.role != "clinician":
            assert status == 403
        else:
            assert status == 303
            self._moved(person, reference, record, act)
            if reopening:
                record.notes.append((person.id, "admin", "Reopened: Called back"))
                self._happened("submission.noted", person, reference)

    def _moved(self, person: Person, reference: str, record: Record, act: tuple[Any, ...]) -> None:
        _, _, to, reason = act
        record.status, record.reason, record.last = to, reason, act
        record.changes += 1
        if to == "new":
            record.owner = None
        elif record.owner is None:
            record.owner = person.id
        self._happened("submission.moved", person, reference)

    @rule(data=st.data())
    def give(self, data: st.DataObject) -> None:
        """Give a record to somebody, or to nobody, from a page that may be old."""
        person = self._person(data)
        reference, record, seen = self._pick(data, person)
        owners = [None, *(each.id for each in self.practice.staff)]
        owner = data.draw(st.sampled_from(owners), "to whom")
        status = self._send(person, reference, "assign", seen, owner=owner or "")
        act = ("assigned", person.id, owner)
        if seen.changes != record.changes:
            if record.last == act:
                assert status == 303
                return
            self._refused(409, person, reference)
        elif record.status == "closed":
            self._refused(422, person, reference)
        else:
            assert status == 303
            record.last = act
            record.changes += record.owner != owner
            record.owner = owner
            self._happened("submission.assigned", person, reference)

    def teardown(self) -> None:
        """What is stored is what the model remembers; events equal acts; the chain holds."""
        for reference, stored in self.practice.stored().items():
            record = self.records[reference]
            found = (stored.status, stored.owner_id, stored.closed_reason)
            assert found == (record.status, record.owner, record.reason)
        remembered = [
            (reference, *note)
            for reference, record in self.records.items()
            for note in record.notes
        ]
        assert sorted(self.practice.notes()) == sorted(remembered)
        happened = Counter(
            (event.name, event.actor_id, event.subject)
            for event in self.practice.events()
            if event.name in ACTED
        )
        assert happened == self.expected
        session = self.practice.desk.session
        assert audit.verify(session, self.practice.desk.keys) is None
        session.rollback()


@pytest.mark.soak
@pytest.mark.both_databases
def test_whatever_staff_do_nothing_is_lost(app: Flask, session: Session, house: House) -> None:
    """No illegal status, no lost note or update, events equal acts, one unbroken chain."""
    practice = Practice(app, session, STAFF, RECORDS)
    records = {reference: Record() for reference in practice.references}
    run_state_machine_as_test(
        lambda: AtWork(practice, records),
        settings=settings(max_examples=RUNS, stateful_step_count=ACTS, deadline=None),
    )


class Shift:
    """What one person does in a shift, beside all the others."""

    def __init__(self, practice: Practice, person: Person, seed: int) -> None:
        self.practice = practice
        self.person = person
        self.dice = random.Random(seed)
        self.answers: Counter[tuple[str, int]] = Counter()
        self.written: list[tuple[str, str, str, str]] = []

    def __call__(self, acts: int) -> None:
        """Open records and act on them, one press after the other."""
        for number in range(acts):
            reference = self.dice.choice(self.practice.references)
            fields = self.practice.look(self.person, reference)
            act = self.dice.choice(("move", "assign", "note"))
            text = f"Shift note {number} by {self.person.id}"
            more = {
                "move": {
                    "to": self.dice.choice(sorted(TABLE)),
                    "reason": "declined",
                    "body": "",
                },
                "assign": {"owner": self.dice.choice(self.practice.staff).id, "body": ""},
                "note": {"kind": "call", "body": text},
            }[act]
            address = f"/staff/submissions/{reference}/{act}"
            status = self.person.browser.post(address, {**fields, **more}).status_code
            self.answers[act, status] += 1
            if (act, status) == ("note", 303):
                self.written.append((reference, self.person.id, "call", text))


@pytest.mark.soak
@pytest.mark.both_databases
def test_a_shift_of_everybody_at_once(app: Flask, session: Session, house: House) -> None:
    """All at the same time: each record's moves follow one another, and every note is there."""
    practice = Practice(app, session, STAFF, max(6, RECORDS // 40))
    shifts = [Shift(practice, person, seed) for seed, person in enumerate(practice.staff)]
    ready = threading.Barrier(len(shifts))

    def work(shift: Shift) -> None:
        ready.wait()
        shift(ACTS // 4)

    with ThreadPoolExecutor(len(shifts)) as pool:
        list(pool.map(work, shifts))
    answered = sum((shift.answers for shift in shifts), Counter())
    assert {status for _, status in answered} <= {303, 409, 422}
    moves: dict[str, list[dict[str, str]]] = defaultdict(list)
    for event in practice.events():
        if event.name == "submission.moved":
            moves[event.subject or ""].append(json.loads(event.detail))
    stored = practice.stored()
    for reference, steps in moves.items():
        assert [step["from"] for step in steps] == ["new", *(step["to"] for step in steps[:-1])]
        assert all(step["to"] in TABLE[step["from"]] for step in steps)
        assert stored[reference].status == steps[-1]["to"]
    assert sum(map(len, moves.values())) == answered["move", 303]
    written = [note for shift in shifts for note in shift.written]
    kept = [note for note in practice.notes() if note[3].startswith("Shift note")]
    assert sorted(kept) == sorted(written)
    assert audit.verify(session, practice.desk.keys) is None
