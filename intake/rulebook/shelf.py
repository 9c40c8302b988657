"""The versions that a process holds in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from intake.eligibility import Definition


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the live version stands: since when, and who has signed it (UTC instants)."""

    live_at: dt.datetime
    signed_at: dt.datetime | None
    signed_by: str | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every version by number, the live one, and where it stands."""

    versions: Mapping[int, Definition]
    live: Definition
    standing: Standing
