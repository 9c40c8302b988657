"""Every outcome page says which answers decided and why, and never a word that misleads.

People are drawn with many rare answers, some of them taken back; what a page must name is read
from the table typed by hand, in the words of the definition.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from intake import eligibility
from intake.eligibility.conditions import AllOf, Chosen
from tests.conftest import FULL_SIZE
from tests.eligibility.decision_table import (
    ALONE,
    ENDS_PATH,
    MANY,
    OUTCOMES,
    SAFE,
    TABLE,
    Story,
    expected,
)
from tests.questionnaire.memory import CHECK, HELP, RESULT, START, STOP, in_order
from tests.questionnaire.test_banned_words import BOOKING, banned_in
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.rules import put_live
from tests.support.walker import check_and_send, go_on, send, walk

PEOPLE = 5000 if FULL_SIZE else 150
DEFINITION = eligibility.load(eligibility.packaged()[0][1])
RULES = {(rule.question, rule.code): rule for rule in DEFINITION.rules}
TOLD = ("crisis", "outside_area", "under_age", "not_now", "talk_first")
# The words that must stand above everything, in their order, and the flags that ask for them.
URGENT = {
    "You can call or text 988 now": {
        "safety:thoughts",
        "safety:skip",
        "safety:changed",
        "recent_crisis:yes",
    },
    "Chest pain now? Call 911": {"heart:unstable"},
    "Hearing or seeing things now? Get help today": {"mind:psychosis_now"},
    "Very high energy and almost no sleep? Get help today": {"mind:mania_now"},
    "Pregnant or breastfeeding? There is help for you": {
        "pregnancy:pregnant",
        "pregnancy:breastfeeding",
    },
}
SEEN_BY_A_CLINICIAN = "A clinician will see both answers."
CRISIS_SENTENCE = {
    "now": "You said that you have a plan or might act.",
    "not_sure": "You said that you are not sure.",
}
EVERY_RULE = [
    (question, code) for question in TABLE for code in TABLE[question] if TABLE[question][code]
]
STOPPING = [
    (question, code)
    for question, codes in TABLE.items()
    for code, effect in codes.items()
    if effect in OUTCOMES[:4]
]


class Person:
    """One drawn person: what they answer at last, and what they take back on the way."""

    def __init__(self, dice: random.Random, must: tuple[str, str]) -> None:
        self.dice = dice
        self.odd = dice.choice((0.0, 0.1, 0.3, 0.6))
        self.answers = {question: self.draw(question) for question in TABLE}
        self.answers[must[0]] = (must[1],)
        self.taken_back = dict(dice.sample(STOPPING, dice.choice((0, 0, 1, 2))))
        self.looks_at_options = dice.random() < 0.5
        self.story = Story()

    def draw(self, question: str) -> tuple[str, ...]:
        """An answer that lets the path go on: often a rare one, or several at once."""
        if self.dice.random() >= self.odd:
            return SAFE[question]
        codes = [code for code, effect in TABLE[question].items() if effect not in ENDS_PATH]
        if question in MANY and self.dice.random() < 0.5:
            together = [code for code in codes if code not in ALONE]
            return in_order(question, self.dice.sample(together, self.dice.randint(1, 4)))
        return (self.dice.choice(codes),)

    def give(self, visitor: Visitor, page: Page, codes: tuple[str, ...]) -> Page:
        """Answer the question on ``page``."""
        self.story.answer(page.address.rsplit("/", 1)[1], codes)
        visitor.submit(page.form(), answer=list(codes))
        return visitor.follow()

    def walk(self, visitor: Visitor) -> Iterator[Page]:
        """Walk to the end, and give every page that must name answers."""
        page = visitor.open(f"{START}/state")
        for _ in range(80):
            question = page.address.rsplit("/", 1)[1]
            if question in self.taken_back:
                page = self.give(visitor, page, (self.taken_back.pop(question),))
                if page.address in (STOP, HELP, RESULT):
                    yield page
                # Shown or not, the page that was due counts; Change or Back leads here.
                page = visitor.open(f"{START}/{question}")
                page = self.give(visitor, page, self.answers[question])
            elif page.address == STOP:
                yield page
                if self.looks_at_options:
                    self.looks_at_options = False
                    visitor.submit(page.form(1))
                    page = visitor.follow()
                    yield page
                visitor.submit(page.form(0))
                page = visitor.follow()
            elif page.address == CHECK:
                visitor.submit(page.form())
                yield visitor.follow()
                return
            elif page.outcome is not None:
                yield page
                return
            else:
                page = self.give(visitor, page, self.answers[question])
        raise AssertionError("a walk without an end")


def told_for(flag: str, effect: str, story: Story) -> tuple[str, str, str]:
    """Question, answer and reason that a page must tell for ``flag``."""
    name, code = flag.split(":")
    question = DEFINITION.question(name)
    if code == "changed":
        rule = DEFINITION.safety_changed if effect.endswith("!") else DEFINITION.answer_changed
        reason, change = rule.reason, rule.change
    else:
        reason, change = RULES[name, code].reason, RULES[name, code].change
    codes = (code,) if code in TABLE[name] else story.answers[name]
    answer = "; ".join(each.label for each in question.choices if each.code in codes)
    return question.short, answer, " ".join([reason, *([change] if change else [])])


def effect_of(flag: str, story: Story) -> str:
    """The effect of ``flag`` with its mark."""
    question, code = flag.split(":")
    if code == "changed":
        return "talk_first!" if story.changed()[question] == "crisis" else "talk_first"
    return TABLE[question].get(code, "talk_first")


def check_page_of(page: Page, person: Person) -> str:
    """Compare one page with the flags that stand; gives the outcome that it carries."""
    outcome, priority, flags = expected(person.story.answers, person.story.changed())
    effects = {flag: effect_of(flag, person.story) for flag in flags}
    if page.address == STOP:
        told = [flag for flag in flags if effects[flag] == "not_now"]
        assert page.outcome is None
    else:
        told = [flag for flag in flags if effects[flag].rstrip("!") in TOLD]
        assert page.root.xpath("//@data-outcome") == [outcome]
    assert banned_in(page) == []
    if page.address == HELP:
        check_crisis_page(page, person.story.answers["safety"][0])
        return outcome
    found = [
        (
            fact.text_content().split("You told us: ")[1].split(": ")[0],
            fact.findtext("strong"),
            " ".join(fact.getnext().text_content().split()),
        )
        for fact in page.main.xpath(".//ul[@class='told']/li/p[@class='fact']")
    ]
    assert found == [told_for(flag, effects[flag], person.story) for flag in told]
    headings = [each for each, by in URGENT.items() if by & set(flags)]
    before_h1 = page.main.xpath(".//h2[following::h1]/text()[last()]")
    assert before_h1 == headings
    if priority:
        assert page.main.xpath(".//a/@href")[:2] == ["tel:988", "sms:988"]
    return outcome


def check_crisis_page(page: Page, code: str) -> None:
    """988 before all else, one sentence for the code that was chosen, and no other answer."""
    assert page.main.xpath(".//a/@href")[:2] == ["tel:988", "sms:988"]
    assert CRISIS_SENTENCE[code] in page.words
    assert not page.main.xpath(".//ul[@class='told']")
    assert [each for each in CRISIS_SENTENCE.values() if each in page.words] == [
        CRISIS_SENTENCE[code]
    ]


@pytest.mark.soak
def test_each_outcome_page_names_its_flags(app: Flask) -> None:
    """Each set of flags that is reached: every answer with its reason, 988 first where it must."""
    dice = random.Random(20261123)
    seen: dict[tuple[str, ...], str] = {}
    flags_seen: set[str] = set()
    for number in range(PEOPLE):
        person = Person(dice, EVERY_RULE[number % len(EVERY_RULE)])
        for page in person.walk(Visitor(app)):
            outcome = check_page_of(page, person)
            _, _, flags = expected(person.story.answers, person.story.changed())
            seen[page.address, outcome, *flags] = outcome
            flags_seen.update(flags)
    assert set(seen.values()) == set(OUTCOMES)
    every = {f"{question}:{code}" for question, code in EVERY_RULE}
    assert every | {"reason:neither", "safety:changed", "mind:changed"} <= flags_seen
    assert len(seen) > PEOPLE // 2


@pytest.mark.parametrize(
    ("question", "first"),
    [("state", "other"), ("age_band", "under_18"), ("safety", "now"), ("sitter", "no")],
)
def test_the_check_page_says_that_a_change_is_seen(
    client: Visitor, question: str, first: str
) -> None:
    """Whoever took back an answer after such a page is told before Send that a clinician sees it.

    Start again clears the answers and not this; whoever changed nothing reads no such words.
    """
    page = walk(client, SAFE)
    assert SEEN_BY_A_CLINICIAN not in page.words
    go_on(client, client.open(f"{START}/{question}"), {question: (first,)})
    page = go_on(client, client.open(f"{START}/{question}"), SAFE)
    assert page.address == CHECK and SEEN_BY_A_CLINICIAN in page.words
    client.open(START)
    client.submit()
    assert SEEN_BY_A_CLINICIAN in go_on(client, client.follow(), SAFE).words


def test_a_better_answer_after_a_result_is_seen(client: Visitor) -> None:
    """A new check says so too, where an answer of the one before it is changed."""
    check_and_send(client, {**SAFE, "medicines": ("maoi",)})
    client.open(START)
    client.submit()
    assert SEEN_BY_A_CLINICIAN in go_on(client, client.follow(), SAFE).words


def test_a_change_beside_the_stop_is_seen(app: Flask, client: Visitor) -> None:
    """A rule over two questions stopped the check, and the other one was changed: told as well."""
    both = AllOf((Chosen("heart", ("history",)), Chosen("blood_pressure", ("high_140",))))
    old = DEFINITION.rule("blood_pressure_high_160")
    stop = replace(old, id="pressure_and_heart", code="both", when=both)
    put_live(app, replace(DEFINITION, version=2, sha256="2" * 64, rules=(*DEFINITION.rules, stop)))
    walk(client, {**SAFE, "heart": ("history",), "blood_pressure": ("high_140",)})
    page = go_on(client, client.open(f"{START}/heart"), SAFE)
    assert SEEN_BY_A_CLINICIAN in page.words
    assert send(client).outcome == "talk_first"


def test_urgent_words_stand_on_the_under_age_page(client: Visitor) -> None:
    """988 comes first after a birth date under 18 as well, when a ``!`` was answered."""
    check_and_send(client, {**SAFE, "safety": ("thoughts",)})
    client.open("/callback")
    client.submit(**BOOKING, **{"birth_date-year": "2012"})
    page = client.follow()
    assert page.outcome == "under_age"
    assert page.main.xpath(".//h2[following::h1]/text()[last()]") == list(URGENT)[:1]
    assert page.main.xpath(".//a/@href")[:2] == ["tel:988", "sms:988"]
