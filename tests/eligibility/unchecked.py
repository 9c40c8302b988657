"""Definitions as they stand in a file, sound or not: for what must hold of any two of them."""

from __future__ import annotations

from intake.eligibility import Definition
from intake.eligibility.builder import Builder
from intake.eligibility.faults import Problem
from intake.eligibility.reader import Table
from tests.eligibility.made import Document


def read(document: Document) -> Definition:
    """The definition of a document, unchecked."""
    problems: list[Problem] = []
    locales = tuple(document["locales"])
    return Builder(Table(document, "file", problems), "en", locales).build("")
