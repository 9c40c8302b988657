"""The page of rules says what the live rules are, no more and no less."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

from flask import Flask

from intake import eligibility
from intake.eligibility import Effect
from intake.eligibility.conditions import AllOf, Chosen
from intake.site.rules_page import groups, sources
from tests.articles.reading import grade, sentences, words
from tests.conftest import Clock
from tests.support.client import Visitor
from tests.support.rules import put_live, sign

DEFINITION = eligibility.load(eligibility.packaged()[0][1])


def test_every_rule_stands_once() -> None:
    """Each rule and both rules on changes are in exactly one group."""
    shown = [line.rule.id for group in groups(DEFINITION) for line in group.lines]
    changes = [DEFINITION.safety_changed.id, DEFINITION.answer_changed.id]
    assert sorted(shown) == sorted([rule.id for rule in DEFINITION.rules] + changes)


def test_a_group_holds_one_kind_of_effect() -> None:
    """What stops, what a clinician looks at and what is only noted are kept apart."""
    for group in groups(DEFINITION)[:-1]:
        effects = {line.rule.effect.value for line in group.lines}
        assert effects in (
            {"crisis"},
            {"outside_area", "under_age"},
            {"not_now"},
            {"talk_first"},
            {"note"},
        )


def test_parts_without_a_rule_are_left_out() -> None:
    """A definition without notes has no heading for them."""
    rules = tuple(rule for rule in DEFINITION.rules if rule.effect.value != "note")
    assert "noted" not in [group.id for group in groups(replace(DEFINITION, rules=rules))]


def test_every_source_stands_once() -> None:
    """A source that many rules share has one number."""
    found = sources(DEFINITION)
    assert len(found) == len(set(found))
    assert {text for text, _ in found} >= {rule.source for rule in DEFINITION.rules}


def test_the_page_shows_reason_change_and_source(client: Visitor) -> None:
    """Each rule's own words stand on the page, with a link to a source that is there."""
    page = client.open("/how-we-decide")
    for rule in DEFINITION.rules:
        assert " ".join(rule.reason.split()) in page.words
        assert rule.change is None or " ".join(rule.change.split()) in page.words
        assert rule.source in page.words


def test_rules_are_called_proposed_until_signed(app: Flask, client: Visitor) -> None:
    """Nothing is claimed in a physician's name that no physician has signed; then the name stands.

    Days are those of the practice: what is signed at 1 am UTC was signed the evening before.
    """
    words = client.open("/how-we-decide").words
    assert "Proposed rules. No physician has signed them yet." in words
    assert "Version 1, in use since" in words

    sign(app, 1, "Ana Ruiz, DO", dt.datetime(2026, 12, 2, 1, tzinfo=dt.UTC))
    words = client.open("/how-we-decide").words
    assert "Signed rules. Ana Ruiz, DO of this practice signed them on December 1, 2026." in words
    assert "Proposed" not in words


def test_the_day_of_going_live_is_the_practices(app: Flask, client: Visitor, clock: Clock) -> None:
    """Live since the practice's own day, and only once that time has come."""
    clock.moment = dt.datetime(2027, 2, 2, 3, tzinfo=dt.UTC)
    put_live(app, replace(DEFINITION, version=2, sha256="2" * 64))
    page = client.open("/how-we-decide")
    assert "Version 2, in use since February 1, 2027." in page.words
    assert page.main.xpath(".//time/@datetime") == ["2027-02-01"]


def test_the_page_follows_the_live_rules(app: Flask, client: Visitor) -> None:
    """A version with one effect, one reason and one source changed: the page says those."""
    old = DEFINITION.rule("sitter_no")
    words = {"reason": "Not this week.", "change": "Ask a friend.", "source": "A new study, 2027."}
    new = replace(old, effect=Effect.TALK_FIRST, **words)
    rules = tuple(new if rule is old else rule for rule in DEFINITION.rules)
    put_live(app, replace(DEFINITION, version=2, sha256="2" * 64, rules=rules))
    page = client.open("/how-we-decide")
    listed = page.main.xpath(".//h2[@id='talk-first']/following-sibling::ul[1]/li")
    mine = [" ".join(each.text_content().split()) for each in listed if "Sitter" in each[0].text]
    assert mine[0].startswith("Sitter: “Not yet (one or both)” Not this week. Ask a friend.")
    assert "A new study, 2027." in page.words
    assert " ".join(old.reason.split()) + " Once" not in page.words


def test_a_rule_over_several_questions_names_them(app: Flask) -> None:
    """No single answer is put beside a rule that takes two; both questions stand."""
    both = AllOf((Chosen("heart", ("history",)), Chosen("blood_pressure", ("high_140",))))
    old = DEFINITION.rule("blood_pressure_high_140")
    rules = tuple(replace(old, when=both) if rule is old else rule for rule in DEFINITION.rules)
    changed = replace(DEFINITION, rules=rules)
    found = [line for group in groups(changed) for line in group.lines if line.rule.id == old.id]
    assert [(line.question, line.answer) for line in found] == [("Heart, Blood pressure", None)]


def test_every_reason_reads_easily(client: Visitor) -> None:
    """Reasons and what would change them: grade 6, sentences of 20 words, paragraphs of three.

    Quoted answers and the list of sources are left out: their terms are others' words.
    """
    page = client.open("/how-we-decide")
    for quoted in page.main.xpath(".//ol | .//h3 | .//p[@class='small']"):
        quoted.drop_tree()
    found = [" ".join(each.text_content().split()) for each in page.main.xpath(".//p | .//h2")]
    assert grade("\n".join(found)) <= 6
    assert [each for text in found for each in sentences(text) if len(words(each)) > 20] == []
    assert [text for text in found if len(sentences(text)) > 3] == []


def test_what_a_person_needs_stands_on_paper(client: Visitor) -> None:
    """Nothing is folded away or left to colour: headings in order, and each link has its target."""
    page = client.open("/how-we-decide")
    assert "You can print this page." in page.words
    assert not page.main.xpath(".//details | .//*[@hidden]")
    levels = [int(each.tag[1]) for each in page.main.xpath(".//h1 | .//h2 | .//h3")]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    targets = {link[1:] for link in page.main.xpath(".//a/@href") if link.startswith("#")}
    assert {f"source-{n}" for n in range(1, len(sources(DEFINITION)) + 1)} <= targets
