"""Every list of the desk, with every filter, against a plain reading of all submissions."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from intake.review import lists
from intake.review.filters import FIELDS_OF, NOBODY, PARTS, QUEUE_PARTS, Filters
from intake.review.lists import Reader
from intake.submissions import lanes, queue
from intake.submissions.lanes import Place
from intake.submissions.models import Submission
from tests.accounts.desk import Desk, Member
from tests.review.made import MARY, Maker
from tests.support.walker import answers

PEOPLE = 90
MOST_COMBINATIONS = 48
OUTCOMES = ("crisis", "not_now", "talk_first", "may_fit")
STATUSES = ("new", "in_review", "contacted", "scheduled")


@pytest.fixture
def reader(desk: Desk, nurse: Member, doctor: Member) -> Reader:
    """The nurse, who reads lists while the doctor works here no more."""
    zone = desk.app.extensions["practice"].zone
    return Reader(nurse.id, desk.now, zone, gone=(doctor.id,))


@pytest.fixture
def everybody(desk: Desk, maker: Maker, nurse: Member, doctor: Member) -> list[Submission]:
    """Submissions in every state that the columns allow, many of them equal in their order."""
    dice = random.Random(20261123)
    for _ in range(PEOPLE):
        maker.send(desk.now, dice.choice((MARY, MARY, MARY, None)), given=answers())
    made = list(desk.session.scalars(select(Submission)))
    for each in made:
        each.state, each.outcome = dice.choice(("fl", "nj")), dice.choice(OUTCOMES)
        each.priority, each.urgency = dice.random() < 0.3, dice.randrange(4)
        each.flag_cleared_at = dice.choice((None, None, desk.now))
        each.owner_id = dice.choice((None, None, nurse.id, doctor.id))
        each.submitted_at = desk.now - dt.timedelta(hours=dice.randrange(6))
        each.due_at = desk.now + dt.timedelta(hours=dice.randrange(-30, 30))
        each.status = dice.choice((*STATUSES, "closed"))
        if each.status == "closed":
            each.closed_reason, each.closed_at = "declined", desk.now
    desk.session.commit()
    return made


def in_part(part: str, reader: Reader, each: Submission) -> bool:
    """Whether a submission stands in a list, in the words of the pages."""
    if part == "no_contact":
        return each.contact_at is None
    if part == "closed":
        return each.contact_at is not None and each.status == "closed"
    assert each.due_at is not None
    safety = each.outcome == "crisis" or (each.priority and each.flag_cleared_at is None)
    owed = each.urgency < 3
    today = reader.now.astimezone(reader.zone).date()
    belongs = {
        "all": True,
        "unassigned": each.owner_id is None or each.owner_id in reader.gone,
        "mine": each.owner_id == reader.me,
        "due_today": owed and each.due_at.astimezone(reader.zone).date() == today,
        "overdue": owed and each.due_at < reader.now,
        "safety": safety,
    }
    return each.contact_at is not None and each.status != "closed" and belongs[part]


def fits(filters: Filters, each: Submission) -> bool:
    """Whether a submission is what the filters keep."""
    chosen = filters.chosen()
    owner = chosen.pop("owner", None)
    if owner is not None and each.owner_id != (None if owner == NOBODY else owner):
        return False
    return all(getattr(each, field) == value for field, value in chosen.items())


def place(part: str, each: Submission) -> Place:
    """Where a submission stands in the order of a list."""
    if part in QUEUE_PARTS:
        assert each.due_at is not None
        return each.urgency, each.due_at, each.id
    return 3, each.submitted_at, each.id


def expected(part: str, reader: Reader, filters: Filters, everybody: list[Submission]) -> list[str]:
    """The ids of a list in their order, by reading everything."""
    found = [each for each in everybody if in_part(part, reader, each) and fits(filters, each)]
    found.sort(key=lambda each: place(part, each), reverse=part not in QUEUE_PARTS)
    return [each.id for each in found]


def every_filter(part: str, owners: tuple[str, ...]) -> Iterator[Filters]:
    """Every combination of filters that a list offers."""
    values = {"state": ("fl", "nj"), "outcome": OUTCOMES, "status": STATUSES, "owner": owners}
    fields = FIELDS_OF[part]
    for chosen in itertools.product(*((None, *values[field]) for field in fields)):
        yield Filters(**dict(zip(fields, chosen, strict=True)))


def walked(show: Callable[..., list[Place]], size: int) -> list[str]:
    """The ids of a list, ``size`` at a time from its beginning to its end."""
    found: list[str] = []
    last: Place | None = None
    while some := show(last, backwards=False, most=size):
        found += [number for _, _, number in some]
        last = some[-1]
    return found


@pytest.mark.both_databases
@pytest.mark.parametrize("part", PARTS)
def test_every_list_with_every_filter_is_what_reading_everything_finds(
    desk: Desk, everybody: list[Submission], reader: Reader, doctor: Member, part: str
) -> None:
    """Each combination of list and filters shows just its rows, in order, and counts them."""
    every = [*every_filter(part, (NOBODY, reader.me, doctor.id))]
    for filters in random.Random(part).sample(every, min(len(every), MOST_COMBINATIONS)):
        asked = lists.wanted(part, reader, filters)
        ids = expected(part, reader, filters, everybody)
        found = lanes.places(desk.session, asked, None, backwards=False, most=PEOPLE)
        assert [number for _, _, number in found] == ids, (part, filters)
        assert queue.counts(desk.session, [asked]) == [len(ids)]


@pytest.mark.both_databases
@pytest.mark.parametrize("part", PARTS)
def test_pages_of_any_list_leave_no_gap_and_lead_back(
    desk: Desk, everybody: list[Submission], reader: Reader, part: str
) -> None:
    """From any row the next ones follow, and the same ones precede it from behind."""
    dice = random.Random(part)
    some = dice.sample([*every_filter(part, (NOBODY, reader.me))], 4) if part != "mine" else []
    for filters in (Filters(), *some):
        asked = lists.wanted(part, reader, filters)
        ids = expected(part, reader, filters, everybody)

        def show(
            start: Place | None, *, backwards: bool, most: int, asked: lanes.Wanted = asked
        ) -> list[Place]:
            return lanes.places(desk.session, asked, start, backwards=backwards, most=most)

        assert walked(show, 7) == ids
        whole = show(None, backwards=False, most=PEOPLE)
        for number in range(0, len(whole), 9):
            assert show(whole[number], backwards=True, most=PEOPLE) == whole[:number][::-1]


@pytest.mark.both_databases
def test_no_row_is_shown_twice_or_missed_while_others_move(
    desk: Desk, everybody: list[Submission], reader: Reader
) -> None:
    """Who stays where they are is shown once, whatever comes, goes or moves between two pages."""
    dice = random.Random(5)
    asked = lists.wanted("all", reader)
    before = expected("all", reader, Filters(), everybody)
    shown: list[str] = []
    moved: set[str] = set()
    last: Place | None = None
    while some := lanes.places(desk.session, asked, last, backwards=False, most=10):
        shown += [number for _, _, number in some]
        last = some[-1]
        for each in dice.sample(everybody, 3):
            each.urgency = dice.randrange(4)
            each.status = dice.choice(STATUSES) if each.status != "closed" else each.status
            moved.add(each.id)
        desk.session.commit()
    stayed = [number for number in before if number not in moved]
    assert [number for number in shown if number not in moved] == stayed


@pytest.mark.both_databases
def test_many_lanes_are_read_in_several_statements(
    desk: Desk, everybody: list[Submission], reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many people left work behind, the list is whole and in order, and counted."""
    monkeypatch.setattr(lanes, "MOST_LANES", 5)
    filters = Filters(state="fl")
    asked = lists.wanted("unassigned", reader, filters)
    ids = expected("unassigned", reader, filters, everybody)
    found = lanes.places(desk.session, asked, None, backwards=False, most=PEOPLE)
    assert [number for _, _, number in found] == ids
    assert queue.counts(desk.session, [asked]) == [len(ids)]
