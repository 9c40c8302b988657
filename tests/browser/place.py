"""A page worth looking at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.support.client import Visitor


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its address, the steps that lead there, and the button to press on arrival."""

    name: str
    address: str
    steps: Callable[[Visitor], object] | None = None
    press: str | None = None
    # What to do there by hand instead of pressing one button.
    then: Callable[[Page], object] | None = None
    # What the page must hold, so that no test looks at another page by mistake.
    holds: str = "h1"
    # The one role of the staff member who stands there; empty for one who has every role.
    role: str = ""
    # Whether it is seen in a practice where nothing has happened yet.
    empty: bool = False

    @property
    def is_desk(self) -> bool:
        """Whether staff see it, signed in."""
        return self.address.startswith("/staff/") and self.address != "/staff/login"
