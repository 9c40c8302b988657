"""Which small counts are not shown. Pure.

Counts under ``LEAST`` stay hidden, and so does whatever they could be worked out from: of rows
that add up to a known total as many are hidden as it takes to leave two different possibilities
for every hidden number. What is hidden depends on the numbers alone, equal rows share their fate,
and the page does not say which was hidden for itself: so the hidden rows could as well stand in
another order, and each hidden number has at least two values.
"""

from __future__ import annotations

from collections.abc import Sequence

# Pages, part (b) 21; the size that Medicare's statistics use (CMS cell suppression policy).
LEAST = 11

Row = tuple[int, ...]


def small(number: int) -> bool:
    """Whether a count that stands alone is hidden."""
    return number < LEAST


def rough(number: int) -> int:
    """A count to the nearest ten."""
    return (number + 5) // 10 * 10


def hidden(rows: Sequence[Row]) -> frozenset[int]:
    """The places of the ``rows`` that are hidden, where the sum of each column is known.

    A row is one or more counts that are shown or hidden together. The next smallest go with the
    small ones until in each column two different numbers are hidden, or nothing is left.
    """
    gone = {row for row in rows if any(small(number) for number in row)}
    for row in sorted(set(rows) - gone, key=lambda each: (min(each), each)):
        if _told_apart(gone):
            break
        gone.add(row)
    return frozenset(place for place, row in enumerate(rows) if row in gone)


def total_shown(rows: Sequence[Row]) -> bool:
    """Whether the sums of the columns may stand beside ``rows``."""
    gone = {rows[place] for place in hidden(rows)}
    sums = [sum(column) for column in zip(*rows, strict=True)]
    return _told_apart(gone) and not any(small(each) for each in sums)


def _told_apart(gone: set[Row]) -> bool:
    """Whether nothing is hidden, or two different numbers in each column."""
    return all(len(set(column)) > 1 for column in zip(*gone, strict=True))
