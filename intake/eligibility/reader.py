"""Reads tables of a definition file key by key and notes every fault instead of stopping."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from intake.eligibility.faults import Problem, place, shown
from intake.eligibility.words import odd_characters

ID = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
LOCALE = re.compile(r"[a-z]{2}")
ID_ALLOWED = "lower-case letters, digits and single underscores inside, at most 40 characters"
LONGEST_ID = 40
LONGEST_TEXT = 400

E = TypeVar("E", bound=StrEnum)


class Table:
    """One table of the file. Each getter notes its key; ``close`` names the keys nobody asked for.

    A getter that finds a fault notes it and returns an empty value of its type.
    """

    def __init__(self, data: Mapping[str, Any], where: str, problems: list[Problem]) -> None:
        self.where = where
        self.problems = problems
        self._asked: set[str] = set()
        self._data = data

    def wrong(self, key: str, allowed: str) -> None:
        """Note that the value under ``key`` is not what is ``allowed``."""
        self.problems.append(Problem(self.where, key, shown(self._data.get(key)), allowed))

    def fault(self, allowed: str) -> None:
        """Note that the table itself is not what is ``allowed``."""
        self.problems.append(Problem(self.where, "keys", shown(sorted(self._data)), allowed))

    def has(self, key: str) -> bool:
        """Say whether the key is there, and count it as known."""
        self._asked.add(key)
        return key in self._data

    def close(self, also: Iterable[str] = ()) -> None:
        """Note every key that no getter asked for and that is not in ``also``."""
        known = self._asked.union(also)
        for key in self._data:
            if key not in known:
                allowed = "no such key; known here: " + ", ".join(sorted(known))
                self.problems.append(
                    Problem(self.where, shown(key)[1:-1], shown(self._data[key]), allowed)
                )

    def text(self, key: str, longest: int = LONGEST_TEXT) -> str:
        """A required text of one line, without odd characters or spare spaces."""
        value = self._get(key)
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, "a text")
        elif len(value) > longest:
            self.wrong(key, f"at most {longest} characters, not {len(value)}")
        elif odd := odd_characters(value):
            self.wrong(key, f"one line without control or invisible characters, not {odd}")
        elif value != value.strip() or "  " in value:
            self.wrong(key, "no space at either end and no two in a row")
        else:
            return value
        return ""

    def optional_text(self, key: str) -> str | None:
        """A text, or None where the key is absent."""
        return self.text(key) or None if self.has(key) else None

    def identifier(self, key: str) -> str:
        """An id or a code."""
        value = self._get(key)
        if isinstance(value, str) and len(value) <= LONGEST_ID and ID.fullmatch(value):
            return value
        self.wrong(key, ID_ALLOWED)
        return ""

    def number(self, key: str, largest: int) -> int:
        """A whole number from 1 to ``largest``."""
        value = self._get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= largest:
            return value
        self.wrong(key, f"a whole number from 1 to {largest}")
        return 0

    def flag(self, key: str) -> bool:
        """True or false; false where the key is absent."""
        if not self.has(key):
            return False
        value = self._data[key]
        if isinstance(value, bool):
            return value
        self.wrong(key, "true or false")
        return False

    def one_of(self, key: str, allowed: Sequence[str]) -> str:
        """One of the texts that are ``allowed``."""
        value = self._get(key)
        if isinstance(value, str) and value in allowed:
            return str(value)
        self.wrong(key, "one of " + ", ".join(allowed))
        return ""

    def member(self, key: str, members: type[E]) -> E | None:
        """One of the names of ``members``."""
        value = self.one_of(key, list(members))
        return members(value) if value else None

    def names(self, key: str, fewest: int = 1) -> tuple[str, ...]:
        """A list of at least ``fewest`` texts, none twice."""
        value = self._get(key)
        texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        if texts and fewest <= len(value) == len(set(value)):
            return tuple(value)
        self.wrong(key, f"a list of at least {fewest} texts, none twice")
        return ()

    def locales(self, key: str, most: int) -> tuple[str, ...]:
        """A list of language codes."""
        found = self.names(key)
        if len(found) <= most and all(LOCALE.fullmatch(each) for each in found):
            return found
        self.wrong(key, f"at most {most} codes of two letters, such as 'en'")
        return ()

    def table(self, key: str, allowed: str = "a table") -> Table:
        """A table of its own; where there is none, an empty one whose faults nobody hears."""
        value = self._get(key)
        if isinstance(value, dict):
            return Table(value, f"{self.where}.{key}", self.problems)
        self.wrong(key, allowed)
        return Table({}, self.where, [])

    def tables(self, key: str, named: str, fewest: int, most: int) -> list[Table]:
        """A list of ``fewest`` to ``most`` tables; ``named`` is the key that holds their id."""
        value = self._get(key)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.wrong(key, "a list of tables")
            return []
        if not fewest <= len(value) <= most:
            count = Problem(self.where, key, str(len(value)), f"from {fewest} to {most} of them")
            self.problems.append(count)
        return [
            Table(each, f"{self.where}.{place(key, number, each.get(named))}", self.problems)
            for number, each in enumerate(value[:most], start=1)
        ]

    def ids(self) -> list[str]:
        """The keys of a table whose keys are ids; counts them as known."""
        self._asked.update(self._data)
        return list(self._data)

    def raw(self, key: str) -> object:
        """The value as it stands, None where it is absent."""
        return self._get(key)

    def _get(self, key: str) -> Any:
        self._asked.add(key)
        return self._data.get(key)
