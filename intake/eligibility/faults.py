"""What is wrong with a definition file: every problem, with the place, the value, the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. ``where``: file and place; ``allowed``: what may stand there instead."""

    where: str
    key: str
    value: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.where}, {self.key} = {self.value}: {self.allowed}"


class DefinitionError(ValueError):
    """The file is not a sound definition; ``problems`` names every fault that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def shown(value: object) -> str:
    """``value`` as a fault shows it: printable ASCII, cut to 60 characters."""
    text = "(absent)" if value is None else ascii(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}..."


def place(table: str, number: int, name: object) -> str:
    """Where the item ``number`` of a list stands, counted from 1, with its id where it has one."""
    here = f"{table}[{number}]"
    return f"{here} {ascii(name)[1:-1][:LONGEST_SHOWN]}" if isinstance(name, str) and name else here
