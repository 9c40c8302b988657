"""A definition that is quickly proven: seven questions of version 1, two of them joined."""

from __future__ import annotations

from typing import Any

from tests.eligibility import made

KEPT = ("state", "age_band", "reason", "safety", "heart", "medicines", "sitter")


def small() -> made.Document:
    """Seven questions of version 1 with their rules."""
    document = made.document()
    document["questions"] = [each for each in document["questions"] if each["id"] in KEPT]
    document["rules"] = [each for each in document["rules"] if each["question"] in KEPT]
    sections = {each["section"] for each in document["questions"]}
    document["sections"] = [each for each in document["sections"] if each["id"] in sections]
    return document


def chosen(question: str, *codes: str) -> dict[str, Any]:
    """A condition of the file."""
    return {"question": question, "chosen": list(codes)}


def joined() -> made.Document:
    """The small one with conditions over several questions, by ``all``, ``any`` and ``not``.

    ``medicines`` is asked after a heart answer other than none, or after pain; an MAOI with a
    heart history is a stop; a person of 65 who did not choose pain is looked at for it.
    """
    document = small()
    made.question(document, "medicines")["when"] = {
        "any": [{"not": chosen("heart", "none")}, chosen("reason", "pain")]
    }
    document["rules"].append(
        rule(
            "maoi_and_heart",
            "medicines",
            "not_now",
            {"all": [chosen("heart", "history"), chosen("medicines", "maoi")]},
        )
    )
    document["rules"].append(
        rule(
            "older_without_pain",
            "reason",
            "talk_first",
            {"all": [chosen("age_band", "65_plus"), {"not": chosen("reason", "pain")}]},
        )
    )
    return document


def rule(rule_id: str, question: str, effect: str, when: dict[str, Any]) -> dict[str, Any]:
    """A rule over several questions, with its words."""
    return {
        "id": rule_id,
        "question": question,
        "code": rule_id,
        "when": when,
        "effect": effect,
        "source": "practice",
        "staff": "Both together.",
        "en": {"reason": "Both together matter.", "change": "New readings would help."},
    }
