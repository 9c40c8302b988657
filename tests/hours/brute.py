"""A second reading of the hours' rules: quarter of an hour by quarter, by the clock on the wall."""

from __future__ import annotations

import datetime as dt
import random
from zoneinfo import ZoneInfo

from intake.hours.slots import Schedule, Window

STEP = dt.timedelta(minutes=15)
ZONES = tuple(ZoneInfo(f"America/{city}") for city in ("New_York", "Chicago"))
# The clocks of both zones jump on these days, at 2 am local time. Source: 15 U.S.C. 260a.
TRANSITION_DAYS = tuple(
    dt.date.fromisoformat(day)
    for day in (
        *("2026-03-08", "2026-11-01", "2027-03-14", "2027-11-07", "2028-03-12"),
        *("2028-11-05", "2029-03-11", "2029-11-04", "2030-03-10", "2030-11-03"),
    )
)
TURNING_DAYS = (
    *TRANSITION_DAYS,
    *(dt.date(year, 12, 31) for year in range(2026, 2031)),
    *(dt.date.fromisoformat(day) for day in ("2026-02-28", "2028-02-29", "2027-04-30")),
)


def seeded(seed: int) -> random.Random:
    """A source of chance that can be replayed by its seed."""
    return random.Random(seed)


def quarter(number: int) -> dt.time:
    """The time of day ``number`` quarters of an hour after midnight."""
    return dt.time(number // 4, number % 4 * 15)


def random_schedule(chance: random.Random) -> Schedule:
    """A week of up to two spans a day, around the clock, with days off near the turning days."""
    week = []
    for _ in range(7):
        edges = sorted(chance.sample(range(96), 2 * chance.randint(0, 2)))
        week.append(
            tuple(
                (quarter(opens), quarter(closes))
                for opens, closes in zip(edges[::2], edges[1::2], strict=True)
            )
        )
    return Schedule(
        zone=chance.choice(ZONES),
        hours=tuple(week),
        closed=frozenset(chance.sample(TURNING_DAYS, chance.randint(0, 4))),
        lead=STEP * chance.randint(0, 24),
        horizon=dt.timedelta(days=chance.randint(1, 3)),
        window=dt.timedelta(hours=chance.randint(1, 4)),
    )


def random_now(chance: random.Random) -> dt.datetime:
    """An instant (UTC) within two days of a day on which something turns."""
    midnight = dt.datetime.combine(chance.choice(TURNING_DAYS), dt.time(), dt.UTC)
    return midnight + dt.timedelta(minutes=chance.randint(-2880, 2880))


def open_span(schedule: Schedule, instant: dt.datetime) -> tuple[dt.date, int] | None:
    """Which span (practice day, number) the clock on the practice's wall shows at ``instant``."""
    local = instant.astimezone(schedule.zone)
    if local.date() in schedule.closed:
        return None
    for number, (opens, closes) in enumerate(schedule.hours[local.weekday()]):
        if opens <= local.time() < closes:
            return local.date(), number
    return None


def brute_windows(schedule: Schedule, person: ZoneInfo, now: dt.datetime) -> tuple[Window, ...]:
    """The bookable windows, found by looking at every quarter of an hour."""
    instant = now.replace(hour=0, minute=0, second=0, microsecond=0) - dt.timedelta(days=1)
    length = int(schedule.window / STEP)
    found: list[Window] = []
    run: list[dt.datetime] = []
    belongs: tuple[dt.date, int] | None = None
    while instant <= now + schedule.horizon + schedule.window:
        here = open_span(schedule, instant)
        if here is None or here != belongs or len(run) == length:
            run = []
        belongs = here
        if here is not None:
            run.append(instant)
        if len(run) == length and bookable(schedule, person, now, run):
            found.append(Window(run[0], instant + STEP))
        instant += STEP
    return tuple(found)


def bookable(
    schedule: Schedule, person: ZoneInfo, now: dt.datetime, run: list[dt.datetime]
) -> bool:
    """Whether a tile may be offered: in time, and all of it from 8 am to 8 pm for the person."""
    if not now + schedule.lead <= run[0] <= now + schedule.horizon:
        return False
    return all(8 <= quarter_start.astimezone(person).hour < 20 for quarter_start in run)
