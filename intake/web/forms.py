"""Text fields that keep what a person typed, and refuse characters that hide or reverse it."""

from __future__ import annotations

import unicodedata
from typing import Any

from wtforms import StringField, TextAreaField
from wtforms.validators import ValidationError

# Zero-width joiner and non-joiner stay: Hindi, Persian and emoji need them.
BIDI_AND_BOM = frozenset(
    "\ufeff\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
LONGEST_TEXT = 5_000
LINE_CONTROLS = frozenset("\t\r\n")


def hidden_character(text: str, *, lines: bool = False) -> bool:
    """Whether ``text`` holds a control, bidi or surrogate character; ``lines`` allows breaks."""
    return any(
        character in BIDI_AND_BOM
        or unicodedata.category(character) == "Cs"
        or (unicodedata.category(character) == "Cc" and not (lines and character in LINE_CONTROLS))
        for character in text
    )


def tidy(text: str | None) -> str | None:
    """NFC form without the spaces around it.

    A text past ``LONGEST_TEXT`` stays as it is, since its fields refuse it by length, and
    normalising a long run of marks takes seconds.
    """
    if not text or len(text) > LONGEST_TEXT:
        return text
    return unicodedata.normalize("NFC", text).strip()


class PlainField(StringField):
    """One line of text in NFC, without hidden characters."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, filters=[tidy], **options)

    def pre_validate(self, form: Any) -> None:
        """Refuse hidden characters with words that say what to do."""
        if hidden_character(self.data or ""):
            raise ValidationError("Type this again without hidden characters.")


class NoteField(TextAreaField):
    """Several lines of text in NFC, without hidden characters but line breaks and tabs."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, filters=[tidy], **options)

    def pre_validate(self, form: Any) -> None:
        """Refuse hidden characters with words that say what to do."""
        if hidden_character(self.data or "", lines=True):
            raise ValidationError("Type this again without hidden characters.")
