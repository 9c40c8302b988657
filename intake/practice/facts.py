"""The facts of a practice, as the pages and the desk use them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

STATES = {"fl": "Florida", "nj": "New Jersey"}

CRISIS_CLIMBS = (dt.timedelta(minutes=5), dt.timedelta(minutes=15))
SAME_DAY_CLIMBS = (dt.timedelta(hours=1), dt.timedelta(hours=2))

Span = tuple[dt.time, dt.time]


@dataclass(frozen=True, slots=True)
class Licence:
    """A physician's licence in one state (``fl`` or ``nj``)."""

    state: str
    number: str


@dataclass(frozen=True, slots=True)
class Practice:
    """What the pages may say about the practice.

    ``hours`` maps a weekday (0 = Monday) to spans in ``time_zone``; ``closed`` holds the days
    off with their reason; ``unconfirmed`` names facts that nobody has confirmed.
    ``mail_sender``: the address that letters come from. ``on_call`` and ``physician_mail``: who is
    told by mail of an alert that nobody takes. ``crisis_climbs``: after which time, by the wall
    clock, an alert of the crisis page goes to the on-call list, then to the physician;
    ``same_day_climbs``: the same for other alerts, in opening hours.
    """

    name: str
    short_name: str
    phone: str
    calling_number: str
    time_zone: str
    address: tuple[str, ...]
    price: str
    states: tuple[str, ...]
    physician: str
    physician_short: str
    physician_title: str
    licences: tuple[Licence, ...]
    hours: Mapping[int, tuple[Span, ...]]
    closed: Mapping[dt.date, str]
    lead: dt.timedelta
    horizon: dt.timedelta
    window: dt.timedelta
    telehealth_controlled_until: dt.date
    line_988_press_3: bool
    help_lines_checked: dt.date
    unconfirmed: frozenset[str]
    mail_sender: str | None = None
    on_call: tuple[str, ...] = ()
    physician_mail: str | None = None
    crisis_climbs: tuple[dt.timedelta, dt.timedelta] = CRISIS_CLIMBS
    same_day_climbs: tuple[dt.timedelta, dt.timedelta] = SAME_DAY_CLIMBS
    trial: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The practice's own time zone."""
        return ZoneInfo(self.time_zone)

    def knows(self, fact: str) -> bool:
        """Whether ``fact`` may stand on a page as the practice's own word."""
        return fact not in self.unconfirmed

    @property
    def shows_hours(self) -> bool:
        """Whether hours and windows are shown: confirmed, or only being tried on loopback."""
        return self.trial or self.knows("hours")

    @property
    def state_names(self) -> str:
        """The states as people say them, such as ``Florida and New Jersey``."""
        return " and ".join(STATES[state] for state in self.states)

    def in_person_visit_needed(self, day: dt.date) -> bool:
        """Whether on ``day`` the federal telehealth rule has lapsed.

        Source: 90 FR 61301 (21 CFR 1307.41), through 31 December 2026.
        """
        return day > self.telehealth_controlled_until
