"""The number that a note's form carries, so that it is written once however often it is sent."""

from __future__ import annotations

import re

from intake.visit.model import new_id

NUMBER = re.compile(r"[0-9a-f]{32}")


def number_of(text: str | None) -> str:
    """The note's id that a form carries; a new one for anything else."""
    return text if text and NUMBER.fullmatch(text) else new_id()
