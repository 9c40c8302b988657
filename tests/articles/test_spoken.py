"""Articles know their rules: a change of what an article names is found, and no other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from intake.articles import library, spoken
from intake.eligibility import load, packaged
from tests.eligibility import made
from tests.eligibility.made import Document
from tests.eligibility.unchecked import read


def change(edit: Callable[[Document], object]) -> Document:
    """Version 1 with an edit."""
    document = made.document()
    edit(document)
    return document


EDITS: dict[str, Callable[[Document], object]] = {
    "title": lambda file: made.question(file, "heart")["en"].update(title="Heart?"),
    "choice": lambda file: made.choice(file, "heart", "history").update(en="Heart trouble"),
    "rule": lambda file: made.rule(file, "heart_history").update(staff="Ask."),
    "no rule": lambda file: file["rules"].remove(made.rule(file, "heart_history")),
    "source": lambda file: file["sources"]["chronic_pain"].update(text="Cohen 2019."),
    "several": lambda file: made.rule(file, "reason_neither").update(
        question="heart",
        code="reason_neither",
        when={
            "all": [
                {"question": "reason", "chosen": ["pain"]},
                {"question": "heart", "chosen": ["history"]},
            ]
        },
    ),
    "trail": lambda file: file["trail"]["safety_changed"].update(staff="Call."),
    "consent": lambda file: file["consent"].update(version="2027-01"),
}


@pytest.mark.parametrize(
    ("named", "edit", "found"),
    [
        ("heart", "title", True),
        ("heart", "choice", True),
        ("heart", "rule", True),
        ("heart", "no rule", True),
        ("heart", "source", True),
        ("heart", "several", True),
        ("reason", "several", True),
        ("reason_neither", "several", True),
        ("heart_history", "rule", True),
        ("heart_history", "no rule", True),
        ("heart_history", "source", True),
        ("heart_history", "title", False),
        ("heart_vessel", "rule", False),
        ("sitter", "rule", False),
        ("sitter", "title", False),
        ("safety_changed", "trail", True),
        ("heart", "trail", False),
        ("heart", "consent", False),
    ],
)
def test_a_change_concerns_the_articles_that_name_it(named: str, edit: str, found: bool) -> None:
    """A question covers its answers and the rules that look at it; a rule covers itself."""
    old, new = read(made.document()), read(change(EDITS[edit]))
    assert bool(spoken.touched([named], old, new)) is found
    assert bool(spoken.touched([named], new, old)) is found


def test_a_rule_over_several_questions_concerns_each_of_them() -> None:
    """It stands under the last question, but an article on an earlier one speaks of it too."""
    old = change(EDITS["several"])
    new = change(EDITS["several"])
    made.rule(new, "reason_neither")["staff"] = "Ask about both."
    for named, found in {"reason": 1, "heart": 1, "sitter": 0}.items():
        assert len(spoken.touched([named], read(old), read(new))) == found


def test_only_what_an_article_names_is_told() -> None:
    """Of many changes an article shows those that it speaks of, the milder ones first."""

    def edit(document: Document) -> None:
        for name in ("title", "choice", "rule", "trail", "consent"):
            EDITS[name](document)
        made.rule(document, "heart_vessel")["effect"] = "talk_first"

    found = spoken.touched(["heart", "sitter"], read(made.document()), read(change(edit)))
    assert [each.rule_id for each in found] == ["heart_vessel", None, None, "heart_history"]
    assert spoken.touched(["sitter"], read(made.document()), read(change(edit))) == []


def test_names_that_the_rules_do_not_have_are_told() -> None:
    """A question, a rule, a rule on changed answers are known; anything else is named."""
    names = ["heart", "heart_history", "answer_changed", "heart_attack", "state_fl"]
    assert spoken.unknown(names, made.definition()) == ["heart_attack", "state_fl"]


def test_every_article_names_what_the_rules_have() -> None:
    """Each article speaks of questions and rules of the version against which it was written."""
    versions = {each.version: each for each in (load(body) for _, body in packaged())}
    for article in library.all_articles():
        rules = versions[article.rules_version]
        assert spoken.unknown(article.speaks_of, rules) == [], article.slug
