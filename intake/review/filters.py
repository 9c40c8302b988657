"""The filters of the queue as they stand in its address, and in words. Pure; nothing personal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

Choices = Mapping[str, str]

FIELDS = ("state", "outcome", "status", "owner")
LABELS = {"state": "State", "outcome": "Outcome", "status": "Status", "owner": "Owner"}
NOBODY = "nobody"

# The parts of the queue, then the lists that are only read; what each can be filtered by.
QUEUE_PARTS = ("all", "unassigned", "mine", "due_today", "overdue", "safety")
READ_ONLY = ("closed", "no_contact")
PARTS = (*QUEUE_PARTS, *READ_ONLY)
FIELDS_OF = {
    "all": FIELDS,
    "unassigned": ("state", "outcome", "status"),
    "mine": ("state", "outcome", "status"),
    "due_today": FIELDS,
    "overdue": FIELDS,
    "safety": FIELDS,
    "closed": ("state", "outcome", "owner"),
    "no_contact": ("state", "outcome"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list keeps one of; None for any. ``owner`` is a staff id or ``NOBODY``."""

    state: str | None = None
    outcome: str | None = None
    status: str | None = None
    owner: str | None = None

    def chosen(self) -> dict[str, str]:
        """The filters that are set."""
        found = {field: getattr(self, field) for field in FIELDS}
        return {field: value for field, value in found.items() if value}


def part_of(text: str | None) -> str:
    """The list that ``text`` names; the whole queue for anything else."""
    return text if text in PARTS else "all"


def offered(part: str, choices: Mapping[str, Choices]) -> dict[str, Choices]:
    """Those of ``choices`` (by field: codes with words) that the list ``part`` is filtered by."""
    return {field: choices[field] for field in FIELDS_OF[part]}


def read(
    asked: Mapping[str, str], part: str, choices: Mapping[str, Choices]
) -> tuple[Filters, list[str]]:
    """The filters that an address asks of ``part``, and in words what was left out of them.

    ``choices``: what each field offers. Values that nobody offers are never repeated.
    """
    chosen: dict[str, str] = {}
    left_out = []
    for field in FIELDS:
        value = asked.get(field)
        if not value:
            continue
        if field not in FIELDS_OF[part]:
            left_out.append(f"This list is not filtered by {field}.")
        elif value in choices[field]:
            chosen[field] = value
        else:
            left_out.append(f"The address asks for {_unknown(field)} that is not known here.")
    return Filters(**chosen), left_out


def address(part: str, filters: Filters) -> dict[str, str]:
    """The parameters of the list's address, by name; none for the whole queue."""
    shown = {} if part == "all" else {"show": part}
    return {**shown, **filters.chosen()}


def query(part: str, filters: Filters) -> str:
    """The same as a text, to be kept; ``""`` for the whole queue."""
    return urlencode(address(part, filters))


def words(filters: Filters, choices: Mapping[str, Choices]) -> Sequence[str]:
    """The filters that are set, such as ``State: Florida``."""
    return [
        f"{LABELS[field]}: {choices[field][value]}" for field, value in filters.chosen().items()
    ]


def _unknown(field: str) -> str:
    """The name of a field with its article."""
    return f"{'an' if field[0] in 'aeiou' else 'a'} {field}"
