"""A page worth looking at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.client import Visitor


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its address, the steps that lead there, and the button to press on arrival."""

    name: str
    address: str
    steps: Callable[[Visitor], object] | None = None
    press: str | None = None
    # What the page must hold, so that no test looks at another page by mistake.
    holds: str = "h1"
    # The one role of the staff member who stands there; empty for one who has every role.
    role: str = ""

    @property
    def is_desk(self) -> bool:
        """Whether staff see it, signed in."""
        return self.address.startswith("/staff/") and self.name != "login"
