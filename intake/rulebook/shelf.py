"""The versions that a process holds in memory, and which of them is live when. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from intake.eligibility import Definition


@dataclass(frozen=True, slots=True)
class Signature:
    """A clinician's signature under a version (UTC instant, the name as it stood then)."""

    at: dt.datetime
    by: str


@dataclass(frozen=True, slots=True)
class Order:
    """A version is live from an instant (UTC) on; ``urgent``: open drafts go over to it."""

    version: int
    from_at: dt.datetime
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a version stands: since when it is live, and who has signed it (UTC instants)."""

    live_at: dt.datetime
    signed_at: dt.datetime | None
    signed_by: str | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every version that was ever live or is to be, by number, with the orders in their order.

    ``stamp`` names the state of the database that was read.
    """

    versions: Mapping[int, Definition]
    orders: tuple[Order, ...]
    signatures: Mapping[int, Signature]
    stamp: tuple[int, ...] = ()

    def live_at(self, now: dt.datetime) -> Definition:
        """The version that new checks begin with at ``now``."""
        return self.versions[self._order_at(now).version]

    def standing_at(self, now: dt.datetime) -> Standing:
        """Where the version stands that is live at ``now``."""
        order = self._order_at(now)
        signature = self.signatures.get(order.version)
        if signature is None:
            return Standing(order.from_at, None, None)
        return Standing(order.from_at, signature.at, signature.by)

    def overtaken(self, version: int, now: dt.datetime) -> bool:
        """Whether a draft under ``version`` goes over to the live one at ``now``.

        So it is when an order that came later than the version's own last one was urgent, and
        when every order of the version was cancelled. A version that is unknown here, or whose
        time has not come by this clock, is ahead of this process and stays.
        """
        own = [place for place, order in enumerate(self.orders) if order.version == version]
        if not own:
            return version in self.versions
        past = [place for place in own if self.orders[place].from_at <= now]
        if not past:
            return False
        return any(order.urgent and order.from_at <= now for order in self.orders[past[-1] + 1 :])

    def _order_at(self, now: dt.datetime) -> Order:
        """The last order whose time has come; before any, the first."""
        for order in reversed(self.orders):
            if order.from_at <= now:
                return order
        return self.orders[0]
