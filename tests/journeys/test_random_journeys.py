"""Random people over HTTP: their endings are the table's, their records what they answered."""

from __future__ import annotations

import csv
import io
import random
import re
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from intake.cli.prepare import House
from intake.review.export import Form
from intake.review.export_rows import export_csv, snapshot
from intake.submissions import store
from intake.submissions.models import Submission
from intake.submissions.rows import Criteria
from tests.conftest import FULL_SIZE
from tests.eligibility.decision_table import TABLE, Story, expected
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.walker import SAFE

JOURNEYS = 1000 if FULL_SIZE else 100
MANY = {"reason", "mind", "heart", "body", "medicines"}
ALONE = {"none", "not_sure"}
REFERENCE = re.compile(r"\b[A-Z][0-9A-Z]{2}-[0-9A-Z]{4}\b")
EVERY_CODE = [(question, code) for question in TABLE for code in TABLE[question]]

pytestmark = [pytest.mark.both_databases, pytest.mark.soak]


@dataclass
class Wanderer:
    """A visitor who answers by chance, goes Back, changes answers, and remembers what it did."""

    visitor: Visitor
    dice: random.Random
    must: tuple[str, str]
    story: Story = field(default_factory=Story)
    chosen: set[tuple[str, str]] = field(default_factory=set)

    def choose(self, question: str) -> list[str]:
        """Codes for ``question``; the one that this journey must choose comes first."""
        if question == self.must[0] and self.must not in self.chosen:
            return [self.must[1]]
        if self.dice.random() < 0.8:
            return list(SAFE[question])
        codes = list(TABLE[question])
        if question not in MANY:
            return [self.dice.choice(codes)]
        together = [code for code in codes if code not in ALONE]
        if self.dice.random() < 0.3:
            return [self.dice.choice([code for code in codes if code in ALONE] or codes[:1])]
        return self.dice.sample(together, self.dice.randint(1, len(together)))

    def answer(self, page: Page) -> Page:
        """Answer the question on ``page`` by its form as rendered."""
        question = page.address.rsplit("/", 1)[1]
        codes = self.choose(question)
        offered = page.form().options["answer"]
        assert set(offered) == set(TABLE[question]), "the page offers exactly the table's codes"
        self.visitor.submit(answer=codes)
        self.chosen.update((question, code) for code in codes)
        self.story.answer(question, [code for code in offered if code in codes])
        return self.visitor.follow()

    def wander(self, page: Page) -> Page:
        """Walk from ``page`` to an ending or a Send, with detours on the way."""
        detours = self.dice.choice((0, 0, 1, 2, 4))
        for _ in range(200):
            if detours and self.dice.random() < 0.15:
                detours -= 1
                page = self.detour(page)
            elif page.address == "/eligibility/stop":
                self.visitor.submit(page.form(0))
                page = self.visitor.follow()
            elif page.address == "/eligibility/check" or page.outcome is not None:
                if not detours or self.dice.random() < 0.4:
                    return page
                detours -= 1
                page = self.detour(page)
            else:
                page = self.answer(page)
        raise AssertionError("a journey without an end")

    def detour(self, page: Page) -> Page:
        """Go Back, or change an answer by a link of the page, or start again."""
        links = [
            link for link in page.links() if link.startswith("/eligibility/") and "?" not in link
        ]
        if self.dice.random() < 0.1:
            page = self.visitor.open("/eligibility")
            again = [form for form in page.forms() if form.action == "/eligibility"]
            if not again:
                return self.visitor.open(next(x for x in page.links() if "/eligibility/" in x))
            self.visitor.submit(again[0])
            self.story.start_again()
            return self.visitor.follow()
        if not links:
            return page
        page = self.visitor.open(self.dice.choice(links))
        if page.address.rsplit("/", 1)[1] in TABLE:
            return self.answer(page)
        return page


def test_random_journeys_end_as_the_table_says(app: Flask, house: House) -> None:
    """Every code is chosen; endings, records and CSV agree with an independent table."""
    dice = random.Random(20261123)
    chosen: set[tuple[str, str]] = set()
    sent: dict[str, tuple[Story, str]] = {}
    for number in range(max(JOURNEYS, len(EVERY_CODE))):
        wanderer = Wanderer(Visitor(app), dice, EVERY_CODE[number % len(EVERY_CODE)])
        page = wanderer.wander(start(wanderer.visitor))
        outcome, _, flags = expected(wanderer.story.answers, wanderer.story.changed())
        if page.address == "/eligibility/check":
            wanderer.visitor.submit()
            page = wanderer.visitor.follow()
            sent[REFERENCE.findall(page.words)[0]] = (wanderer.story, " ".join(flags))
        assert page.outcome == outcome, (wanderer.story.answers, flags)
        chosen |= wanderer.chosen
    assert chosen >= set(EVERY_CODE)
    assert len(sent) > JOURNEYS // 4
    compare_records(app, house, sent)


def start(visitor: Visitor) -> Page:
    """From the start page to the first question, by its link."""
    page = visitor.open("/eligibility")
    return visitor.open(next(link for link in page.links() if link == "/eligibility/state"))


def compare_records(app: Flask, house: House, sent: dict[str, tuple[Story, str]]) -> None:
    """Stored records equal the answers on the path; the CSV equals the records, row for row."""
    with snapshot(house.engine) as session:
        rows = {row.reference: row for row in session.scalars(select(Submission))}
        versions = app.extensions["rulebook"].versions
        zone = ZoneInfo(house.practice.time_zone)
        file = export_csv(session, house.keys, versions, zone, Criteria(), Form.WITHOUT_CONTACT)
        text = b"".join(file).decode("utf-8-sig")
        table = {row["reference"]: row for row in csv.DictReader(io.StringIO(text))}
        assert set(rows) == set(table) == set(sent)
        for reference, (story, flags) in sent.items():
            check = store.read_check(house.keys, rows[reference])
            outcome, priority, _ = expected(story.answers, story.changed())
            assert check.answers == dict(story.answers)
            assert " ".join(str(flag) for flag in check.flags) == flags
            assert (rows[reference].outcome, rows[reference].priority) == (outcome, priority)
            line = table[reference]
            assert (line["outcome"], line["flags"], line["priority"]) == (
                outcome, flags, str(int(priority)),
            )  # fmt: skip
            for question, codes in story.answers.items():
                if question in MANY:
                    marked = [
                        code for code in TABLE[question] if line[f"{question}___{code}"] == "1"
                    ]
                    assert set(marked) == set(codes)
                else:
                    assert (line[question],) == codes
