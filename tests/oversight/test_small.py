"""Small counts stay hidden, and nobody can work them out from what is shown."""

from __future__ import annotations

import itertools
from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from intake.oversight import small

COUNTS = st.one_of(st.integers(0, 15), st.integers(0, 2000))
TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.tuples(*[COUNTS] * width), min_size=1, max_size=7)
)


def view(rows: list[small.Row]) -> tuple[object, ...]:
    """What a reader sees of a table: the rows that are shown, and the sums where they are."""
    gone = small.hidden(rows)
    shown = tuple(None if place in gone else row for place, row in enumerate(rows))
    sums = tuple(map(sum, zip(*rows, strict=True))) if small.total_shown(rows) else None
    return shown, sums


@given(TABLES)
def test_no_small_count_is_shown(rows: list[small.Row]) -> None:
    """Neither in a row nor as a sum."""
    shown, sums = view(rows)
    assert isinstance(shown, tuple)
    cells = [number for row in shown if row for number in row]
    assert not any(small.small(number) for number in [*cells, *(sums or ())])


@given(TABLES)
def test_each_hidden_number_could_be_another(rows: list[small.Row]) -> None:
    """Another table that looks just the same has another number in its place, where sums are seen.

    Whoever knows how rows are hidden learns no more.
    """
    gone = sorted(small.hidden(rows))
    seen = view(rows)
    if not gone or seen[1] is None:
        return
    for place, column in itertools.product(gone, range(len(rows[0]))):
        others = []
        for other in gone:
            turned = list(rows)
            turned[place], turned[other] = rows[other], rows[place]
            if view(turned) == seen:
                others.append(turned[place][column])
        assert len(set(others)) > 1


def test_every_table_of_three_small_counts() -> None:
    """Each table of three counts up to 13, by brute force: no view of it gives a hidden count."""
    tables = defaultdict(list)
    for numbers in itertools.product(range(14), repeat=3):
        rows = [(number,) for number in numbers]
        tables[view(rows)].append(numbers)
    for (shown, _), possible in tables.items():
        assert isinstance(shown, tuple)
        for place, row in enumerate(shown):
            if row is None:
                assert len({numbers[place] for numbers in possible}) > 1


@given(st.lists(st.tuples(st.integers(11, 3000)), min_size=1, max_size=7))
def test_large_counts_are_all_shown(rows: list[small.Row]) -> None:
    """Nothing is hidden without need."""
    assert small.hidden(rows) == frozenset() and small.total_shown(rows)


def test_the_next_smallest_goes_with_the_only_small_one() -> None:
    """A single gap in a sum would tell what stands in it."""
    assert small.hidden([(100,), (4,), (30,), (60,)]) == {1, 2}
    assert small.hidden([(100,), (0,), (0,), (60,)]) == {1, 2, 3}
    assert small.hidden([(5,), (95,)]) == {0, 1}
    assert small.hidden([(100, 50), (30, 4), (70, 60)]) == {0, 1}
