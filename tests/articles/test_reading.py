"""The measure itself, before anything is measured with it."""

from __future__ import annotations

import pytest

from tests.articles.reading import grade, sentences, syllables


@pytest.mark.parametrize(
    ("word", "count"),
    [("ketamine", 3), ("medicine", 3), ("esketamine", 4), ("dose", 1), ("follow-up", 3)],
)
def test_syllables_are_counted_as_people_say_them(word: str, count: int) -> None:
    """Words that counts by spelling get wrong are counted right."""
    assert syllables(word) == count


def test_sentences_end_where_readers_pause() -> None:
    """Full stops, question marks and new lines end one; a decimal point and a title do not."""
    assert sentences("It is 0.5 mg. Is it? Ask Dr. Soffer\nOne more") == [
        "It is 0.5 mg.",
        "Is it?",
        "Ask Dr. Soffer",
        "One more",
    ]


def test_a_harder_text_gets_a_higher_grade() -> None:
    """Long words and long sentences raise the grade."""
    easy = "You lie down. A friend stays with you. You do not drive."
    hard = "Administration necessitates continuous observation by an accompanying individual."
    assert grade(easy) < 3 < 12 < grade(hard)
