"""Reads a condition of a definition file.

``{ question = "…", chosen = ["…"] }``, ``{ all = [ … ] }``, ``{ any = [ … ] }`` or
``{ not = { … } }``.
"""

from __future__ import annotations

from intake.eligibility.conditions import AllOf, AnyOf, Chosen, Condition, Not
from intake.eligibility.reader import Table

KINDS = ("question", "all", "any", "not")
DEEPEST = 6
MOST_PARTS = 12


def read_condition(table: Table, depth: int = 1) -> Condition | None:
    """The condition that ``table`` holds; None, with its faults noted, where it cannot be read."""
    kinds = [kind for kind in KINDS if table.has(kind)]
    if len(kinds) != 1 or depth > DEEPEST:
        table.fault(f"exactly one of {', '.join(KINDS)}, at most {DEEPEST} levels deep")
        return None
    condition = _read(table, kinds[0], depth)
    table.close()
    return condition


def _read(table: Table, kind: str, depth: int) -> Condition | None:
    if kind == "question":
        question, codes = table.identifier("question"), table.names("chosen")
        return Chosen(question, codes) if question and codes else None
    if kind == "not":
        part = read_condition(table.table("not"), depth + 1)
        return Not(part) if part else None
    tables = table.tables(kind, "question", 2, MOST_PARTS)
    parts = [read_condition(each, depth + 1) for each in tables]
    whole = tuple(part for part in parts if part)
    if not parts or len(whole) < len(parts):
        return None
    return AllOf(whole) if kind == "all" else AnyOf(whole)
