"""Which version is live when, and which drafts go over to it."""

from __future__ import annotations

import dataclasses
import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from intake.eligibility import load
from intake.rulebook.shelf import Order, Shelf, Signature
from tests.rulebook.made import FIRST, NOW

ONE = load(FIRST)
VERSIONS = {number: dataclasses.replace(ONE, version=number) for number in (1, 2, 3)}
HOUR = dt.timedelta(hours=1)


def shelf(*orders: tuple[int, int, bool]) -> Shelf:
    """Versions ordered at hours after ``NOW``."""
    made = tuple(Order(version, NOW + hours * HOUR, urgent) for version, hours, urgent in orders)
    return Shelf(VERSIONS, made, {2: Signature(NOW, "Ana Ruiz, DO")})


def test_the_last_order_whose_time_has_come_is_live() -> None:
    """By the second; before any, the first."""
    found = shelf((1, 0, False), (2, 2, False))
    assert found.live_at(NOW - HOUR).version == 1
    assert found.live_at(NOW + 2 * HOUR - dt.timedelta(microseconds=1)).version == 1
    assert found.live_at(NOW + 2 * HOUR).version == 2
    assert found.standing_at(NOW).signed_by is None
    assert found.standing_at(NOW + 2 * HOUR).signed_by == "Ana Ruiz, DO"


def test_a_draft_goes_over_only_to_an_urgent_version() -> None:
    """And only once its time has come."""
    calm, urgent = shelf((1, 0, False), (2, 1, False)), shelf((1, 0, False), (2, 1, True))
    assert not calm.overtaken(1, NOW + 2 * HOUR)
    assert not urgent.overtaken(1, NOW)
    assert urgent.overtaken(1, NOW + HOUR)
    assert not urgent.overtaken(2, NOW + HOUR)


def test_an_urgent_version_reaches_drafts_behind_a_calm_one() -> None:
    """1, then 2 urgent, then 3: a draft of 1 goes over, one of 2 stays."""
    found = shelf((1, 0, False), (2, 1, True), (3, 2, False))
    assert found.overtaken(1, NOW + 3 * HOUR)
    assert not found.overtaken(2, NOW + 3 * HOUR)


def test_going_back_urgently_reaches_drafts_of_the_newer_one() -> None:
    """1, then 2, then 1 again and urgent: drafts of 2 go over, those of 1 are where they belong."""
    found = shelf((1, 0, False), (2, 1, False), (1, 2, True))
    assert found.overtaken(2, NOW + 3 * HOUR)
    assert not found.overtaken(1, NOW + 3 * HOUR)


@given(
    st.lists(
        st.tuples(st.sampled_from([1, 2, 3]), st.integers(0, 5), st.booleans()),
        min_size=1,
        max_size=6,
    ),
    st.integers(-1, 6),
)
def test_the_live_version_overtakes_no_draft_of_its_own(
    orders: list[tuple[int, int, bool]], hours: int
) -> None:
    """A draft that begins now never has to go over at once."""
    found, now = shelf(*sorted(orders, key=lambda order: order[1])), NOW + hours * HOUR
    begun = [order for order in found.orders if order.from_at <= now]
    if begun:
        assert not found.overtaken(found.live_at(now).version, now)
