"""Back, Change, old tabs and forged forms in any order, against a model that is naive on purpose.

After every move the page must be the one that the model names, with the answers that the model
remembers; whoever goes on from there to the end gets the ending of the table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import eligibility
from intake.cli.prepare import House
from intake.submissions import store
from intake.submissions.models import Submission
from tests.conftest import FULL_SIZE
from tests.eligibility.decision_table import OUTCOMES, SAFE, expected
from tests.questionnaire.memory import (
    CHECK,
    EXTRA_FIELDS,
    FORGED,
    HELP,
    HELP_NOW,
    PLACES,
    QUESTION,
    QUESTIONS,
    RESULT,
    SOUND,
    START,
    STOP,
    Memory,
    in_order,
    is_sound,
)
from tests.support.client import Visitor
from tests.support.page import Form, Page

PEOPLE, MOVES = (500, 80) if FULL_SIZE else (70, 40)
REFERENCE = re.compile(r"\b[A-Z][0-9A-Z]{2}-[0-9A-Z]{4}\b")
BOTH_ANSWERS = "A clinician will see both answers."
DEFINITION = eligibility.load(eligibility.packaged()[0][1])


def words_of(question: str, codes: Sequence[str]) -> str:
    """``codes`` in the words of the page."""
    choices = DEFINITION.question(question).choices
    return "; ".join(choice.label for choice in choices if choice.code in codes)


def buttons(page: Page) -> list[Form]:
    """The forms of ``page`` that hold nothing but a button of the check."""
    return [each for each in page.forms() if each.action in (START, STOP, CHECK, RESULT)]


class Check(RuleBasedStateMachine):
    """One device with one visitor, several tabs, and a model of what it must find."""

    def __init__(self, app: Flask, house: House, seen: Counter[str]) -> None:
        super().__init__()
        self.house = house
        self.seen = seen
        self.visitor = Visitor(app)
        self.memory = Memory()
        # Each start of a draft makes the forms of earlier tabs worthless.
        self.life = 0
        self.token = "none"
        self.tabs: list[tuple[int, Page]] = []
        self.page = self.look(START)

    @precondition(lambda self: self.memory.phase != "sent")
    @rule(data=st.data(), most=st.integers(1, 15))
    def go_on(self, data: st.DataObject, most: int) -> None:
        """Continue where the check stands, for some pages."""
        page = self.look(self.memory.onward if self.memory.phase == "draft" else f"{START}/state")
        for _ in range(most):
            page = self.press(page.form()) if page.address == STOP else page
            if page.address in (CHECK, HELP, RESULT):
                return
            question = page.address.rsplit("/", 1)[1]
            page = self.give(page.form(), question, data.draw(SOUND[question], question))

    @rule(question=QUESTION, data=st.data())
    def answer_again(self, question: str, data: st.DataObject) -> None:
        """Open a question by its address, and answer it if it is there."""
        page = self.look(f"{START}/{question}")
        if page.address.endswith(question):
            self.give(page.form(), question, data.draw(SOUND[question], question))

    @precondition(lambda self: self.memory.phase == "draft" and self.memory.ended_by)
    @rule()
    def take_it_back(self) -> None:
        """Go Back from an ending, and give the answer that lets the check go on."""
        question = self.memory.open_pages[-1]
        self.give(self.look(f"{START}/{question}").form(), question, SAFE[question])

    @precondition(lambda self: self.memory.phase == "draft" and self.memory.met)
    @rule(pick=st.integers(0, 30))
    def change_it_back(self, pick: int) -> None:
        """Give an answer once more that an adverse page had met."""
        met = sorted(self.memory.met.items())
        question, codes = met[pick % len(met)]
        if self.look(f"{START}/{question}").address.endswith(question):
            self.give(self.page.form(), question, codes)

    @rule(pick=st.integers(0, 30))
    def follow_link(self, pick: int) -> None:
        """Go Back, or follow a link of the page into the check, such as Change."""
        found = self.page.root.xpath("//a[@class='back']/@href | //main//a/@href")
        links = [link for link in found if link in PLACES]
        if links:
            self.look(links[pick % len(links)])

    @rule(address=st.sampled_from((*PLACES, RESULT, RESULT, STOP, CHECK)))
    def jump(self, address: str) -> None:
        """Type an address."""
        self.look(address)

    @rule()
    def keep_tab(self) -> None:
        """Leave this page open, and go on in another tab."""
        self.tabs.append((self.life, self.page))

    @precondition(lambda self: self.tabs)
    @rule(pick=st.integers(0, 30), data=st.data())
    def use_old_tab(self, pick: int, data: st.DataObject) -> None:
        """Send the form of a page that was opened earlier."""
        life, page = self.tabs[pick % len(self.tabs)]
        question = page.address.rsplit("/", 1)[-1]
        alive = life == self.life
        if question in QUESTIONS:
            self.give(page.form(), question, data.draw(SOUND[question], question), alive=alive)
        elif forms := buttons(page):
            self.press(forms[pick % len(forms)], alive=alive)

    @rule(pick=st.integers(0, 30))
    def press_button(self, pick: int) -> None:
        """Press a button of the page: Finish, other options, Send, or start again."""
        if forms := buttons(self.page):
            self.press(forms[pick % len(forms)])

    @rule(question=QUESTION, codes=FORGED, extra=EXTRA_FIELDS, good_token=st.booleans())
    def forge(
        self, question: str, codes: list[str], extra: dict[str, str], good_token: bool
    ) -> None:
        """Post any codes and fields to any question."""
        token = self.token if good_token else "forged"
        form = Form(f"{START}/{question}", "post", {"csrf_token": [token]})
        form.values |= {name: [value] for name, value in extra.items()}
        form.options["answer"] = codes
        self.give(form, question, codes, alive=good_token)

    @rule(address=st.sampled_from((START, STOP, CHECK, RESULT)))
    def forge_button(self, address: str) -> None:
        """Post a form that this page does not show."""
        self.press(Form(address, "post", {"csrf_token": [self.token]}))

    @precondition(lambda self: self.memory.phase == "sent" or self.memory.warned)
    @rule()
    def leave(self) -> None:
        """Leave and erase: everything is as if nothing had been."""
        self.visitor.post("/leave")
        self.memory, self.page = Memory(), self.visitor.follow()
        assert self.page.address == "/left"

    def look(self, address: str) -> Page:
        """Open ``address``, and compare."""
        was = self.memory.phase
        wanted = self.memory.place(address)
        if was == "none" and self.memory.phase == "draft":
            self.life += 1
        return self.compare(self.visitor.open(address), wanted)

    def give(self, form: Form, question: str, codes: Sequence[str], *, alive: bool = True) -> Page:
        """Send an answer, and compare what comes of it."""
        memory = self.memory
        self.visitor.submit(form, answer=list(codes))
        assert self.visitor.response is not None
        status = self.visitor.response.status_code
        if memory.phase == "draft" and alive and question in memory.open_pages:
            if not is_sound(question, codes):
                assert status == 422 and self.visitor.page is not None
                self.seen["mistake"] += 1
                self.compare(self.visitor.page, form.action, chosen=in_order(question, codes))
                return self.look(form.action)
            memory.answer(question, in_order(question, codes))
            return self.compare(self.visitor.follow(), memory.onward)
        if question == "safety" and {"now", "not_sure"} & set(codes):
            return self.compare(self.visitor.follow(), HELP_NOW)
        return self.turned_away(alive)

    def turned_away(self, alive: bool) -> Page:
        """A form that changes nothing leads to where the person stands, or is refused."""
        assert self.visitor.response is not None
        if self.memory.phase == "none":
            return self.compare(self.visitor.follow(), START)
        if not alive:
            assert self.visitor.response.status_code == 400
            self.seen["refused"] += 1
            return self.look(START)
        wanted = self.memory.onward if self.memory.phase == "draft" else RESULT
        return self.compare(self.visitor.follow(), wanted)

    def press(self, form: Form, *, alive: bool = True) -> Page:
        """Send a form without an answer, and compare what comes of it."""
        memory = self.memory
        self.visitor.submit(form)
        if memory.phase == "none" or not alive:
            return self.turned_away(alive)
        if form.action == START:
            memory.start_again()
            self.life += 1
            return self.compare(self.visitor.follow(), f"{START}/state")
        if memory.phase == "draft" and form.action == RESULT and memory.stops:
            memory.options = True
            return self.compare(self.visitor.follow(), RESULT)
        if memory.phase == "draft" and form.action == STOP:
            memory.options = False
        if memory.phase == "draft" and form.action == CHECK and memory.onward == CHECK:
            memory.phase = "sent"
            self.seen["sent"] += 1
            page = self.compare(self.visitor.follow(), RESULT)
            self.compare_record(page)
            return page
        return self.turned_away(alive)

    def compare(self, page: Page, wanted: str, chosen: tuple[str, ...] | None = None) -> Page:
        """The page is the one wanted, with the ending and the answers that the model knows."""
        memory = self.memory
        assert page.address == wanted
        assert page.outcome == memory.ending(wanted)
        self.seen.update([wanted, page.outcome or ""])
        question = wanted.rsplit("/", 1)[-1]
        if question in QUESTIONS:
            shown = tuple(page.form().values.get("answer", ()))
            assert shown == (memory.answers.get(question, ()) if chosen is None else chosen)
        if wanted == STOP:
            memory.shown |= memory.stops
        if wanted == CHECK:
            rows = [
                (row.findtext("dt"), row.findtext("dd"), row.xpath(".//a/@href")[0])
                for row in page.main.xpath(".//dl[@class='rows']/div")
            ]
            assert rows == [
                (DEFINITION.question(each).short, words_of(each, codes), f"{START}/{each}")
                for each, codes in memory.path.items()
            ]
            assert (BOTH_ANSWERS in page.words) == memory.warned
            self.seen.update(["changed"] if memory.warned else [])
        for token in page.root.xpath("//input[@name='csrf_token']/@value"):
            self.token = str(token)
        self.page = page
        return page

    def compare_record(self, page: Page) -> None:
        """What was stored is what stood on the path, and decided as the table says."""
        reference = REFERENCE.findall(page.words)[0]
        with Session(self.house.engine) as session:
            row = session.scalars(select(Submission).filter_by(reference=reference)).one()
            check = store.read_check(self.house.keys, row)
        outcome, priority, flags = expected(self.memory.answers, self.memory.changed())
        assert check.answers == self.memory.path
        assert [str(flag) for flag in check.flags] == flags
        assert (row.outcome, row.priority) == (outcome, priority)

    def teardown(self) -> None:
        """Whatever was done before: who goes on calmly reaches the ending that the table gives."""
        if self.memory.phase != "draft":
            return
        page = self.look(self.memory.onward)
        while page.address not in (CHECK, HELP, RESULT):
            gap = page.address.rsplit("/", 1)[1]
            stopped = page.address == STOP
            page = self.press(page.form()) if stopped else self.give(page.form(), gap, SAFE[gap])
        if page.address == CHECK:
            self.press(page.form())


def test_no_order_of_moves_misleads_or_loses_an_answer(app: Flask, house: House) -> None:
    """Never another ending than answers and trail give; no answer on the path is ever lost."""
    seen: Counter[str] = Counter()
    size = settings(
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
        max_examples=PEOPLE,
        stateful_step_count=MOVES,
    )
    run_state_machine_as_test(lambda: Check(app, house, seen), settings=size)
    # One code alone is under 18: so few walks need not meet it.
    rare = set() if FULL_SIZE else {"under_age"}
    needed = {*PLACES, *OUTCOMES, "refused", "mistake", "sent", "changed"} - rare
    assert needed <= set(seen), "the walks are too short to mean anything"
