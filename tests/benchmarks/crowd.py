"""A practice with very many submissions, written in bulk; its shares are the same at any size."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, update
from sqlalchemy.orm import Session

from intake import audit
from intake.accounts import sessions, store
from intake.accounts.passwords import Passwords
from intake.audit import Event, EventHead
from intake.cli.made_up import FIRST, LAST
from intake.cli.prepare import prepare
from intake.config import Settings
from intake.crypto import KeyRing
from intake.eligibility import Definition, outcome
from intake.submissions import finding
from intake.submissions.contact import Contact
from intake.submissions.models import Callback, Finder, Submission
from intake.submissions.record import Check
from intake.visit.session import seal_cookie
from tests.benchmarks import people

BATCH = 5_000
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
PASSWORD = "wandering cloud teapot nine"
HOUR = dt.timedelta(hours=1)
TOKEN = "t" * 43


@dataclass(frozen=True, slots=True)
class Crowd:
    """A filled practice: the cookie of a staff member, and somebody to look for.

    ``phone`` and ``reference`` belong to one submission; ``email`` to the staff member.
    """

    cookie: str
    email: str
    phone: str
    reference: str


def fill(instance: Path, count: int) -> Crowd:
    """Make a practice of ``count`` submissions in the folder ``instance``."""
    settings = Settings.from_environment({"INTAKE_INSTANCE": str(instance), "INTAKE_LIMITS": "off"})
    now = dt.datetime.now(dt.UTC)
    with prepare(settings) as house:
        with Session(house.engine, expire_on_commit=False) as session:
            staff, _ = store.invite(
                session, house.keys, "robin@example.org", "Robin", ["intake"], audit.OPERATOR, now
            )
            others = [
                store.invite(
                    session,
                    house.keys,
                    f"{n}@example.org",
                    f"Kim {n}",
                    ["intake"],
                    audit.OPERATOR,
                    now,
                )[0].id
                for n in range(3)
            ]
            store.enrol(session, house.keys, staff, PASSWORD, now, Passwords())
            token = sessions.start(session, staff, "full", now)
            session.commit()
        rows = _Rows(house.keys, people.definition(), now, staff.id, others, count)
        _write(house.engine, rows)
        cookie = seal_cookie(
            house.keys,
            "staff",
            {
                "token": token,
                "csrf_token": TOKEN,
                "until": int((now + 12 * HOUR).timestamp()),
            },
        )
    return Crowd(cookie, "robin@example.org", rows.phone(count // 2), rows.reference(count // 2))


class _Rows:
    """The rows of one practice, the same each time but for ids and seals."""

    def __init__(
        self,
        keys: KeyRing,
        definition: Definition,
        now: dt.datetime,
        me: str,
        others: list[str],
        count: int,
    ) -> None:
        self.keys = keys
        self.definition = definition
        self.now = now
        self.me = me
        self.others = others
        self.count = count
        self._named: dict[str, list[tuple[int, bytes]]] = {}
        self.index_key, _ = finding.digest(keys, "phone", "")
        answers = people.walk(definition).answers
        decided = outcome.decide(definition, answers, ())
        self.check = Check(answers, decided.flags, ()).pack()

    def reference(self, number: int) -> str:
        """The reference of a submission; numbers give no two the same."""
        letters, rest = [], number
        for _ in range(6):
            rest, place = divmod(rest, len(ALPHABET))
            letters.append(ALPHABET[place])
        tail = "".join(reversed(letters))
        return f"K{tail[:2]}-{tail[2:]}"

    def phone(self, number: int) -> str:
        """The phone number of a submission."""
        return f"+1305{2_000_000 + number:07d}"

    def batch(self, numbers: range) -> dict[Any, list[dict[str, Any]]]:
        """The rows of some submissions, by table."""
        found: dict[Any, list[dict[str, Any]]] = {
            Submission: [],
            Callback: [],
            Finder: [],
            Event: [],
        }
        for number in numbers:
            dice = random.Random(number)
            row = self._submission(number, dice)
            found[Submission].append(row)
            found[Callback].append(self._callback(row))
            found[Finder] += self._finder(row, number)
            found[Event].append(self._event(row, number))
        return found

    def _submission(self, number: int, dice: random.Random) -> dict[str, Any]:
        """One submission: six of ten are open, half of them without an owner."""
        row_id = secrets.token_hex(16)
        sent = self.now - dt.timedelta(days=300) * (1 - number / self.count)
        is_open, same_day = dice.random() < 0.6, dice.random() < 0.1
        owner = dice.choice([None, None, None, *self.others, self.me])
        return {
            "id": row_id,
            "reference": self.reference(number),
            "started_at": sent - HOUR / 10,
            "submitted_at": sent,
            "definition_version": self.definition.version,
            "definition_sha256": self.definition.sha256,
            "locale": "en",
            "consent_version": self.definition.consent.version,
            "consented_at": sent,
            "state": dice.choice(["fl", "fl", "nj"]),
            "outcome": dice.choice(["may_fit", "talk_first", "talk_first", "not_now"]),
            "priority": same_day,
            "status": dice.choice(["new", "in_review", "contacted"]) if is_open else "closed",
            "closed_reason": None if is_open else "visit_booked",
            "closed_at": None if is_open else sent + HOUR,
            "owner_id": owner,
            "urgency": 1 if same_day else 2,
            "due_at": self.now + HOUR * dice.uniform(-48, 240),
            "contact_at": sent,
            "age_differs": False,
            "possible_abuse": False,
            "demo": True,
            "revision": 1,
            "found_by": self.index_key,
            "check_sealed": self.keys.seal_field(Submission.check_sealed, row_id, self.check),
            "contact_sealed": self.keys.seal_field(
                Submission.contact_sealed, row_id, self._contact(number).pack()
            ),
        }

    def _contact(self, number: int) -> Contact:
        """How somebody may be reached; names come again as often as they do in life."""
        return Contact(
            name=f"{FIRST[number % len(FIRST)]} {LAST[number // 7 % len(LAST)]}",
            phone=self.phone(number),
            zone="America/New_York",
            voicemail="number",
            email=f"person{number}@example.com",
            birth_date=dt.date(1960 + number % 40, 3, 7),
        )

    def _callback(self, row: dict[str, Any]) -> dict[str, Any]:
        """The call that was promised."""
        return {
            "id": secrets.token_hex(16),
            "submission_id": row["id"],
            "kind": "asap",
            "status": "reached" if row["status"] in ("closed", "contacted") else "asap",
            "created_at": row["submitted_at"],
            "due_at": row["due_at"],
        }

    def _finder(self, row: dict[str, Any], number: int) -> list[dict[str, Any]]:
        """The entries by which a submission is found."""
        contact = self._contact(number)
        if contact.name not in self._named:
            forms = finding.forms_of(contact)
            self._named[contact.name] = [
                finding.digest(self.keys, field, form) for field, form in forms if field == "name"
            ]
        entries = [("name", each) for each in self._named[contact.name]]
        entries.append(("phone", finding.digest(self.keys, "phone", contact.phone)))
        email = finding.email_form(contact.email or "")
        entries.append(("email", finding.digest(self.keys, "email", email)))
        return [
            {
                "submission_id": row["id"],
                "field": field,
                "digest": digest,
                "key_id": key_id,
                "contact_at": row["contact_at"],
            }
            for field, (key_id, digest) in entries
        ]

    def _event(self, row: dict[str, Any], number: int) -> dict[str, Any]:
        """The event of a Send; its hash is made up, since nothing here walks the chain."""
        return {
            "sequence": 1_000 + number,
            "at": row["submitted_at"],
            "name": "submission.sent",
            "actor_kind": "visitor",
            "subject": row["reference"],
            "detail": '{"definition_version":1,"outcome":"may_fit"}',
            "key_id": 1,
            "hash": bytes(32),
        }


def _write(engine: Engine, rows: _Rows) -> None:
    """Write everything, a batch a transaction."""
    for numbers in _batches(rows.count):
        with engine.begin() as connection:
            for table, values in rows.batch(numbers).items():
                connection.execute(insert(table.__table__), values)
    with engine.begin() as connection:
        connection.execute(update(EventHead).values(sequence=1_000 + rows.count))
        connection.exec_driver_sql("ANALYZE")


def _batches(count: int) -> Iterator[range]:
    """The numbers up to ``count`` in batches."""
    starts = itertools.takewhile(lambda at: at < count, itertools.count(0, BATCH))
    return (range(at, min(at + BATCH, count)) for at in starts)
