"""Reads the TOML at the head of an article and notes every mistake in it.

The head stands between two lines of ``+++``; the Markdown of the body follows. Each check takes
a key, returns a value that is fit to go on with, and adds to ``FrontMatter.problems``.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FENCE = "+++\n"
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
NAME = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
DOI = re.compile(r"10\.\d{4,9}/[!-~]+")
HTTPS = re.compile(r"https://[a-z0-9.-]+\.[a-z]{2,}(?:/[!-~]*)?")
PATH = re.compile(r"/[a-z0-9/-]*")
# Marks that turn the direction of text around, and the byte order mark.
HIDDEN = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake of one file: where, which key, what stands there, what may stand there."""

    file: str
    key: str
    value: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key} is {self.value}; allowed: {self.allowed}"


def split(source: str) -> tuple[dict[str, Any], str, str]:
    """``source`` -> head, body, and what is wrong with the head as TOML (or nothing)."""
    source = source.replace("\r\n", "\n")
    head, fence, body = source.removeprefix(FENCE).partition("\n" + FENCE)
    if not source.startswith(FENCE) or not fence:
        return {}, source, "no TOML between two lines of +++"
    try:
        return tomllib.loads(head), body, ""
    except tomllib.TOMLDecodeError as error:
        return {}, body, str(error)


def hidden_characters(text: str) -> list[str]:
    """Characters of ``text`` that nobody sees and that do not belong there, as ``U+202E``."""
    return sorted(
        {
            f"U+{ord(character):04X}"
            for character in text
            if HIDDEN.match(character)
            or (unicodedata.category(character) == "Cc" and character not in "\n\t")
        }
    )


class FrontMatter:
    """The head of one article, key by key. A key is dotted: ``care.heading``."""

    def __init__(self, file: str, table: Mapping[str, Any]) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._table = table
        self._known: set[str] = set()

    def wrong(self, key: str, value: object, allowed: str) -> None:
        """Note that ``key`` holds ``value`` where only ``allowed`` may stand."""
        shown = "missing" if value is None else repr(value)
        problem = Problem(self.file, key, shown, allowed)
        if problem not in self.problems:
            self.problems.append(problem)

    def get(self, key: str) -> Any:
        """The value at ``key`` or None; the key counts as known from now on."""
        self._known.add(key)
        value: Any = self._table
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def has(self, key: str) -> bool:
        """Whether the table ``key`` is there."""
        return self.get(key) is not None

    def text(self, key: str, longest: int, shape: re.Pattern[str] | None = None) -> str:
        """A text of 1 to ``longest`` characters in one line, of the ``shape`` that is asked."""
        value = self.get(key)
        fits = isinstance(value, str) and 0 < len(value.strip()) <= longest and "\n" not in value
        if fits and (shape is None or shape.fullmatch(value)) and not hidden_characters(value):
            return str(value)
        allowed = f"one line of 1 to {longest} characters"
        self.wrong(key, value, f"{allowed} like {shape.pattern}" if shape else allowed)
        return ""

    def prose(self, key: str, longest: int) -> str:
        """Markdown of 1 to ``longest`` characters, over as many lines as it likes."""
        value = self.get(key)
        if isinstance(value, str) and 0 < len(value.strip()) <= longest:
            hidden = hidden_characters(value)
            if not hidden:
                return value
            value = ", ".join(hidden)
        self.wrong(key, value, f"text of 1 to {longest} characters that people can see")
        return ""

    def one_of(self, key: str, choices: Sequence[str]) -> str:
        """One of ``choices``."""
        value = self.get(key)
        if value in choices:
            return str(value)
        self.wrong(key, value, ", ".join(choices))
        return choices[0]

    def number(self, key: str, largest: int) -> int:
        """A whole number from 1 to ``largest``, without quotes."""
        value = self.get(key)
        if type(value) is int and 1 <= value <= largest:
            return value
        self.wrong(key, value, f"a whole number from 1 to {largest}, without quotes")
        return 1

    def date(self, key: str) -> dt.date:
        """A day, written 2026-12-31 without quotes."""
        value = self.get(key)
        if type(value) is dt.date:
            return value
        self.wrong(key, value, "a day such as 2026-12-31, without quotes")
        return dt.date.min

    def texts(
        self, key: str, shape: re.Pattern[str] | None = None, least: int = 1, most: int = 20
    ) -> tuple[str, ...]:
        """A list of ``least`` to ``most`` different texts, each of the ``shape`` that is asked."""
        value = self.get(key)
        if not isinstance(value, list) or not least <= len(value) <= most:
            self.wrong(key, value, f"a list of {least} to {most} texts")
            return ()
        good = []
        for entry in value:
            fits = isinstance(entry, str) and entry.strip() and not hidden_characters(entry)
            if not fits or entry in good or (shape and not shape.fullmatch(entry)):
                self.wrong(key, entry, f"texts like {shape.pattern}" if shape else "a text, once")
                continue
            good.append(entry)
        return tuple(good)

    def tables(self, key: str) -> list[FrontMatter]:
        """The tables of the list ``key``, each to be read by itself with its own problems."""
        value = self.get(key)
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.wrong(key, value, f"tables under [[{key}]]")
            return []
        return [FrontMatter(self.file, entry) for entry in value]

    def take_problems(self, other: FrontMatter, under: str) -> None:
        """Adopt the problems of a table that stands ``under`` a key of this one."""
        self.problems += [
            Problem(each.file, f"{under}.{each.key}", each.value, each.allowed)
            for each in other.problems
        ]

    def refuse_unknown(self) -> None:
        """Note every key that nobody asked for."""
        tables = {key.partition(".")[0] for key in self._known if "." in key}
        for key, value in self._table.items():
            if key in tables and isinstance(value, dict):
                for inner in value:
                    if f"{key}.{inner}" not in self._known:
                        self.wrong(f"{key}.{inner}", value[inner], "no such key")
            elif key not in self._known:
                self.wrong(key, value, "no such key")
