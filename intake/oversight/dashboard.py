"""What the dashboard shows, gathered from the records and from the anonymous figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from intake import counters
from intake.articles import library
from intake.counters import store as counted
from intake.eligibility import Definition
from intake.hours import due
from intake.hours.store import schedule_of
from intake.oversight import small
from intake.practice import Practice
from intake.submissions import figures
from intake.submissions.figures import Calls, Oldest, Open

PERIODS = (7, 30, 90)
USUAL = 30
CHECK = "check"
# Pages that end or stop a check, and the times that people choose; in the order of the page.
ENDS = ("stop", "crisis", "area", "age")
TIMES = ("window", "asap", "call")

Sums = Mapping[tuple[str, str, int], int]


@dataclass(frozen=True, slots=True)
class Period:
    """The practice's days from ``first`` to ``last``; as instants from ``since`` to ``until``."""

    days: int
    first: dt.date
    last: dt.date
    since: dt.datetime
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Week:
    """The calls that were due in a week, of which the period may hold a part."""

    first: dt.date
    last: dt.date
    calls: Calls


@dataclass(frozen=True, slots=True)
class Share:
    """A count and its share of a whole (0 to 1); None where it is not shown."""

    code: str
    number: int | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """A page of the check, or an article's way to Send.

    ``came``: how many came that far, ``went_on`` how many of them went on, ``left`` how many did
    not; None where that is not shown. ``read``: how often an article was opened.
    """

    code: str
    came: int | None
    went_on: int | None
    left: int | None
    read: int | None = None

    @property
    def lost(self) -> float | None:
        """The share that did not go on (0 to 1); None where it is not shown."""
        return self.left / self.came if self.left is not None and self.came else None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything on the page; ``sent`` is None where the number is not shown.

    ``in_hours`` and ``by_clock``: how long the oldest has waited, in opening hours (None where
    these may not be shown) and by the clock. ``nothing``: not one page was counted.
    """

    period: Period
    now: Open
    oldest: Oldest | None
    in_hours: dt.timedelta | None
    by_clock: dt.timedelta | None
    calls: Calls
    weeks: Sequence[Week]
    without_contact: int
    sent: int | None
    outcomes: Sequence[Share]
    steps: Sequence[Step]
    worst: Step | None
    articles: Sequence[Step]
    ends: Sequence[Share]
    times: Sequence[Share]
    nothing: bool


def period_of(asked: str | None, practice: Practice, now: dt.datetime) -> Period:
    """The days that are asked for: today and those before it, by the practice's calendar."""
    days = next((each for each in PERIODS if str(each) == asked), USUAL)
    last = now.astimezone(practice.zone).date()
    first = last - dt.timedelta(days=days - 1)
    return Period(days, first, last, _midnight(first, practice), now)


def build(
    session: Session,
    practice: Practice,
    definition: Definition,
    period: Period,
    *,
    hides_outcomes: bool,
) -> Dashboard:
    """Gather the page. ``hides_outcomes``: the reader may not open the records behind a number."""
    oldest, until = figures.oldest(session), period.until
    sums = counted.total(session, period.first, period.last)
    steps, weeks = _steps(definition, sums), _weeks(session, practice, period)
    sent = figures.outcomes(session, period.since, until)
    return Dashboard(
        period=period,
        now=figures.open_now(session),
        oldest=oldest,
        in_hours=_in_hours(practice, oldest, until),
        by_clock=until - oldest.since if oldest else None,
        calls=Calls(
            sum(each.calls.due for each in weeks), sum(each.calls.on_time for each in weeks)
        ),
        weeks=weeks,
        without_contact=figures.flagged_without_contact(session, period.since, until),
        sent=_sent(definition, sent, hides=hides_outcomes),
        outcomes=_outcomes(definition, sent, hides=hides_outcomes),
        steps=steps,
        worst=max((each for each in steps if each.lost), key=_lost, default=None),
        articles=_articles(sums),
        ends=_alone(ENDS, "ended", sums),
        times=_alone(TIMES, "booked", sums),
        nothing=not sums,
    )


def _lost(step: Step) -> float:
    """The share that a step lost."""
    return step.lost or 0.0


def _midnight(day: dt.date, practice: Practice) -> dt.datetime:
    """When ``day`` begins where the practice is (UTC)."""
    return dt.datetime.combine(day, dt.time(), practice.zone).astimezone(dt.UTC)


def _in_hours(practice: Practice, oldest: Oldest | None, now: dt.datetime) -> dt.timedelta | None:
    """How much opening time the oldest has waited."""
    if oldest is None or not practice.shows_hours:
        return None
    return due.business_hours_between(schedule_of(practice), oldest.since, now)


def _weeks(session: Session, practice: Practice, period: Period) -> list[Week]:
    """The calls of each week, Monday first, the newest first."""
    found: list[Week] = []
    last = period.last
    while last >= period.first:
        first = max(period.first, last - dt.timedelta(days=last.weekday()))
        end = min(period.until, _midnight(last + dt.timedelta(days=1), practice))
        found.append(Week(first, last, figures.calls(session, _midnight(first, practice), end)))
        last = first - dt.timedelta(days=1)
    return found


def _rows(definition: Definition, sent: Mapping[str, int]) -> dict[str, small.Row]:
    """Every outcome that can be stored, with its count."""
    codes = [ending.code.value for ending in definition.endings]
    kept = [code for code in codes if code not in ("outside_area", "under_age") or code in sent]
    return {code: (sent.get(code, 0),) for code in kept}


def _sent(definition: Definition, sent: Mapping[str, int], *, hides: bool) -> int | None:
    """How many checks were sent, where that may be shown."""
    rows, number = list(_rows(definition, sent).values()), sum(sent.values())
    return None if hides and number and not small.total_shown(rows) else number


def _outcomes(definition: Definition, sent: Mapping[str, int], *, hides: bool) -> list[Share]:
    """The outcomes, most severe first; none where nothing was sent."""
    whole = _sent(definition, sent, hides=hides)
    if whole == 0:
        return []
    rows = _rows(definition, sent)
    gone = small.hidden(list(rows.values())) if hides else frozenset()
    return [
        Share(code, None, None)
        if place in gone
        else Share(code, number, number / whole if whole else None)
        for place, (code, (number,)) in enumerate(rows.items())
    ]


def _steps(definition: Definition, sums: Sums) -> list[Step]:
    """The questions in their order, then check answers; of the version ``definition``."""
    version = definition.version
    steps = [
        _step(each.id, sums.get(("seen", each.id, version), 0), _answered(sums, each.id, version))
        for each in definition.questions
    ]
    sent = sum(
        number for (kind, _, under), number in sums.items() if kind == "sent" and under == version
    )
    return [*steps, _step(CHECK, sums.get(("check_seen", CHECK, version), 0), sent)]


def _answered(sums: Sums, question_id: str, version: int) -> int:
    """How many answered a question first."""
    return sums.get(("answered", question_id, version), 0)


def _step(code: str, came: int, went_on: int) -> Step:
    """One page, to the nearest ten: who answered one question is who was shown the next.

    So a hidden number could be read off its neighbours, were they exact. Whoever went on was
    there, even where that was lost with a process.
    """
    came = max(came, went_on)
    pair = [(went_on,), (came - went_on,)]
    if small.hidden(pair):
        return Step(code, small.rough(came) if small.total_shown(pair) else None, None, None)
    return Step(code, *map(small.rough, (came, went_on, came - went_on)))


def _articles(sums: Sums) -> list[Step]:
    """Each article, then the checks that no article led to."""
    names = [article.slug for article in library.all_articles()] + [counters.NO_ARTICLE]
    began, sent = _by_name(sums, "started"), _by_name(sums, "sent_from")
    read = _by_name(sums, "article_read")
    rows = []
    for name in names:
        kept = sent.get(name, 0)
        # Whoever sent a check has begun it, even where that was lost with a process.
        rows.append((kept, max(0, began.get(name, 0) - kept)))
    gone, steps = small.hidden(rows), []
    for place, (name, (kept, left)) in enumerate(zip(names, rows, strict=True)):
        seen = _shown(read.get(name, 0))
        if place in gone:
            steps.append(Step(name, None, None, None, seen))
        else:
            steps.append(Step(name, kept + left, kept, left, seen))
    return steps


def _by_name(sums: Sums, wanted: str) -> dict[str, int]:
    """The sums of one kind over all versions."""
    found: dict[str, int] = {}
    for (kind, name, _), number in sums.items():
        if kind == wanted:
            found[name] = found.get(name, 0) + number
    return found


def _alone(codes: Iterable[str], kind: str, sums: Sums) -> list[Share]:
    """Counts that add up to nothing else."""
    numbers = _by_name(sums, kind)
    return [Share(code, _shown(numbers.get(code, 0)), None) for code in codes]


def _shown(number: int) -> int | None:
    """A count that stands alone; None where it is too small to be shown."""
    return None if small.small(number) else number
