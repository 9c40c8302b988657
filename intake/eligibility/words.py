"""Words of a definition: counted, kept short, kept honest. The limits are those of the product."""

from __future__ import annotations

import re
import unicodedata

from intake.eligibility.parts import Kind, Question

MOST_ON_YES_OR_NO = 30
MOST_ON_ONE = 50
MOST_ON_MANY = 75
MOST_IN_HINT = 15
MOST_IN_SENTENCE = 20
# 650 for start, questions and check page, less 90 for the start and 70 for the check page.
MOST_ON_ALL_QUESTIONS = 490
# "Select all that apply." stands on every page of the kind, "or" before what stands alone.
SELECT_ALL = 4

# Said of the reader, these promise or judge; in errors, they blame.
BANNED = {
    "en": re.compile(
        r"\b(?:(?<!FDA-)approved?|(?:pre-?)?qualif\w*|eligible|guarante\w*|diagnos\w*|cured?"
        r"|safe for you|you have depression|congratulations|miracle|breakthrough"
        r"|get started today|limited time|abuse|addict\w*|suffer\w*)\b",
        re.IGNORECASE,
    )
}
BANNED_IN_ERRORS = {
    "en": re.compile(r"\b(?:please|sorry|invalid|forgot|must|wrong)\b", re.IGNORECASE)
}
ERROR_BEGINS = {"en": "Select "}

ODD = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


def odd_characters(text: str) -> str:
    """The control, invisible and direction-changing characters in ``text``, as code points."""
    odd = {
        character
        for character in text
        if unicodedata.category(character) in ODD or (character.isspace() and character != " ")
    }
    return ", ".join(f"U+{ord(character):04X}" for character in sorted(odd))


def count(text: str | None) -> int:
    """How many words ``text`` holds: what stands between spaces and has a letter or a digit."""
    return sum(any(map(str.isalnum, word)) for word in (text or "").split())


def page_words(question: Question) -> int:
    """The words of a question's page, without Back, Continue, caption and hidden text."""
    words = count(question.title) + count(question.lead) + count(question.hint)
    words += sum(count(choice.label) for choice in question.choices)
    if question.kind is Kind.MANY:
        words += SELECT_ALL + any(choice.exclusive for choice in question.choices)
    return words


def most_words(question: Question) -> int:
    """The limit for a question's page."""
    if question.kind is Kind.MANY:
        return MOST_ON_MANY
    codes = {choice.code for choice in question.choices}
    return MOST_ON_YES_OR_NO if codes <= {"yes", "no", "not_sure", "skip"} else MOST_ON_ONE


def longest_sentence(text: str) -> int:
    """The number of words of the longest sentence."""
    return max(count(sentence) for sentence in SENTENCE_END.split(text))
