"""Schedules and instants for the tests of hours, and the size at which they run."""

from __future__ import annotations

import datetime as dt
import os

from hypothesis import settings
from hypothesis import strategies as st

from intake.hours.slots import Schedule
from tests.hours.brute import ZONES

FULL = os.environ.get("INTAKE_TEST_SIZE") == "full"
EXAMPLES = settings(max_examples=5_000 if FULL else 150, deadline=None)
SEEDS = st.integers(min_value=0, max_value=10**9)
EASTERN, CENTRAL = ZONES
NINE_TO_FIVE = ((dt.time(9), dt.time(17)),)


def schedule_with(**changes: object) -> Schedule:
    """Monday to Thursday 9 to 5, Friday 9 to 3, Eastern; two hours' lead, 14 days, two hours."""
    values: dict[str, object] = {
        "zone": EASTERN,
        "hours": (NINE_TO_FIVE,) * 4 + (((dt.time(9), dt.time(15)),), (), ()),
        "closed": frozenset({dt.date(2026, 11, 26)}),
        "lead": dt.timedelta(hours=2),
        "horizon": dt.timedelta(days=14),
        "window": dt.timedelta(hours=2),
    }
    return Schedule(**(values | changes))  # type: ignore[arg-type]  # values are those of the fields


def utc(text: str) -> dt.datetime:
    """An instant written ``2026-11-24 14:00``, UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
