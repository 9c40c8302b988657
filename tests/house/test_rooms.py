"""The house itself: no room without light, no corridor too long."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "intake"
LONGEST = 300


def test_no_file_is_past_three_hundred_lines() -> None:
    """A file that grows past 300 lines wants a wall."""
    long = {
        str(path.relative_to(PACKAGE)): count
        for path in PACKAGE.rglob("*.py")
        if (count := len(path.read_text().splitlines())) > LONGEST
    }
    assert long == {}


def test_every_room_says_what_it_is() -> None:
    """Each file begins with a docstring."""
    silent = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if not path.read_text().lstrip().startswith('"""')
    ]
    assert silent == []
