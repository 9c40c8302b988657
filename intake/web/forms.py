"""Text fields that keep what a person typed, and refuse characters that hide or reverse it."""

from __future__ import annotations

import unicodedata
from typing import Any

from wtforms import StringField, TextAreaField
from wtforms.validators import ValidationError

BIDI_AND_BOM = frozenset(
    "\ufeff\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
# Zero-width joiner and non-joiner stay: Hindi, Persian and emoji need them.
JOINERS = frozenset("\u200c\u200d")
# Hangul fillers and the blank Braille cell count as letters or signs, and show nothing.
BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# Controls, format marks, surrogates, line and paragraph separators (Unicode, general category).
HIDDEN_KINDS = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
LONGEST_TEXT = 5_000
LINE_CONTROLS = frozenset("\t\r\n")
AGAIN = "Type this again without hidden characters."


def hidden_character(text: str, *, lines: bool = False) -> bool:
    """Whether ``text`` holds a character that cannot be seen or that turns its direction.

    With ``lines`` it may have several lines, and what only hides (a soft hyphen, a separator) is
    let pass, since long text is often pasted; controls, direction marks and surrogates are not.
    """
    return any(_hides_in_lines(each) if lines else _hides(each) for each in text)


def _hides(character: str) -> bool:
    """Whether a character may not stand in one line of text."""
    if character in JOINERS:
        return False
    return character in BLANKS or unicodedata.category(character) in HIDDEN_KINDS


def _hides_in_lines(character: str) -> bool:
    """Whether a character may not stand in text of several lines."""
    if character in LINE_CONTROLS:
        return False
    return character in BIDI_AND_BOM or unicodedata.category(character) in ("Cc", "Cs")


def shown(text: str, *, lines: bool = False) -> str:
    """``text`` without its hidden characters, which no page can carry."""
    return "".join(each for each in text if not hidden_character(each, lines=lines))


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

    def _value(self) -> str:
        """What the page shows again; what was refused does not come back."""
        return shown(str(super()._value()))

    def pre_validate(self, form: Any) -> None:
        """Refuse hidden characters with words that say what to do."""
        if hidden_character(self.data or ""):
            raise ValidationError(AGAIN)


class NoteField(TextAreaField):
    """Several lines of text in NFC, without hidden characters but line breaks and tabs."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, filters=[tidy], **options)

    def _value(self) -> str:
        """What the page shows again; what was refused does not come back."""
        return shown(str(super()._value()), lines=True)

    def pre_validate(self, form: Any) -> None:
        """Refuse hidden characters with words that say what to do."""
        if hidden_character(self.data or "", lines=True):
            raise ValidationError(AGAIN)
