"""The life of a version: each step in its order, recorded, and nothing changed afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from intake import audit, eligibility
from intake.audit import Event
from intake.cli.prepare import House
from intake.eligibility import DefinitionError
from intake.errors import NotFound, OutOfDate, Refused, SetupError
from intake.rulebook import life, runs, store
from intake.rulebook.life import Stage
from intake.rulebook.models import DefinitionVersion
from tests.rulebook.made import ANA, NOW, body, candidate, live_number, ran, signed

pytestmark = pytest.mark.both_databases
SOON = NOW + dt.timedelta(seconds=10)
LATER = NOW + dt.timedelta(days=3)
NEVER = dt.datetime(2040, 1, 1, tzinfo=dt.UTC)


def test_each_step_in_its_order(house: House, session: Session) -> None:
    """Candidate, checked, replayed, signed, live; no step is left out."""
    row = candidate(session, house.keys)
    assert life.stage_of(session, row) is Stage.CANDIDATE
    with pytest.raises(Refused, match="Run the check"):
        sign(session, house, row)
    ran(session, house.keys, row, "check")
    assert life.stage_of(session, row) is Stage.CHECKED
    with pytest.raises(Refused, match="Run the check"):
        sign(session, house, row)
    ran(session, house.keys, row, "replay")
    assert life.stage_of(session, row) is Stage.REPLAYED
    sign(session, house, row)
    assert life.stage_of(session, row) is Stage.SIGNED
    session.commit()
    assert live_number(session, NOW) == 1
    assert live_number(session, SOON) == 2
    shelf = store.read_shelf(session)
    assert shelf.standing_at(SOON).signed_by == "Ana Ruiz, DO"
    assert shelf.standing_at(NOW).signed_at is None
    names = session.scalars(
        select(Event.name).where(Event.name.like("rules.%")).order_by("sequence")
    )
    assert list(names) == ["rules.signed", "rules.ordered"]
    assert audit.verify(session, house.keys) is None


def sign(session: Session, house: House, row: DefinitionVersion) -> None:
    """Sign ``row`` as it stands."""
    life.sign(
        session,
        house.keys,
        row.version,
        ANA,
        "Ana Ruiz, DO",
        NOW,
        seen=life.in_view(session, row, 1),
        against=1,
        difference="One word.",
    )


def test_a_failed_check_is_no_check(house: House, session: Session) -> None:
    """A check that found a broken property leaves a candidate."""
    row = candidate(session, house.keys)
    ran(session, house.keys, row, "check", passed=False)
    ran(session, house.keys, row, "replay")
    assert life.stage_of(session, row) is Stage.CANDIDATE


def test_a_change_takes_a_candidate_back_to_its_start(house: House, session: Session) -> None:
    """Check and replay count for the very bytes they were made of."""
    row = candidate(session, house.keys)
    ran(session, house.keys, row, "check")
    ran(session, house.keys, row, "replay")
    seen = row.sha256
    changed = body(2, **{"Nothing is sent yet.": "Nothing has been sent yet."})
    life.change_candidate(session, house.keys, 2, changed, ANA, NOW, seen=seen)
    assert life.stage_of(session, row) is Stage.CANDIDATE
    with pytest.raises(OutOfDate):
        life.change_candidate(session, house.keys, 2, changed, ANA, NOW, seen=seen)
    with pytest.raises(OutOfDate):
        life.discard(session, house.keys, 2, ANA, NOW, seen=seen)


def test_what_cannot_be_a_candidate_is_refused(house: House, session: Session) -> None:
    """A number that is taken, a file with faults, a file of another number."""
    add = life.add_candidate
    with pytest.raises(Refused, match="give it the number 2"):
        add(session, house.keys, body(1), ANA, NOW, origin="upload")
    with pytest.raises(DefinitionError):
        add(session, house.keys, b"version = 2", ANA, NOW, origin="upload")
    row = candidate(session, house.keys)
    with pytest.raises(Refused, match="version 3, not 2"):
        life.change_candidate(session, house.keys, 2, body(3), ANA, NOW, seen=row.sha256)
    with pytest.raises(NotFound):
        life.change_candidate(session, house.keys, 9, body(9), ANA, NOW, seen="")


def test_a_discarded_candidate_is_gone(house: House, session: Session) -> None:
    """Its number is free again, and the event stays."""
    row = candidate(session, house.keys)
    ran(session, house.keys, row, "check")
    life.discard(session, house.keys, 2, ANA, NOW, seen=row.sha256)
    session.commit()
    assert [each.version for each in life.all_versions(session)] == [1]
    assert life.next_number(session) == 2


def test_signing_what_is_live_orders_nothing(house: House, session: Session) -> None:
    """Version 1 is live as proposed rules; the signature alone is added."""
    orders = len(life.all_orders(session))
    signed(session, house.keys, 1)
    session.commit()
    assert len(life.all_orders(session)) == orders
    assert store.read_shelf(session).standing_at(NOW).signed_by == "Ana Ruiz, DO"


def test_a_later_start_can_be_cancelled(house: House, session: Session) -> None:
    """A scheduled version goes live at its time, unless somebody cancels it before."""
    signed(session, house.keys, from_at=LATER)
    session.commit()
    assert live_number(session, LATER - dt.timedelta(seconds=1)) == 1
    assert live_number(session, LATER) == 2
    order = life.all_orders(session)[0]
    life.cancel(session, house.keys, order.id, ANA, NOW)
    session.commit()
    assert live_number(session, LATER) == 1
    with pytest.raises(Refused):
        life.cancel(session, house.keys, order.id, ANA, NOW)
    again = life.order(session, house.keys, 2, ANA, NOW, from_at=LATER)
    with pytest.raises(Refused, match="is live, or will be"):
        life.cancel(session, house.keys, again.id, ANA, LATER)


def test_an_older_version_can_come_back(house: House, session: Session) -> None:
    """Going back is an order like any other; an unsigned version cannot be ordered."""
    with pytest.raises(Refused, match="not signed"):
        life.order(session, house.keys, 1, ANA, NOW)
    signed(session, house.keys, 1)
    signed(session, house.keys, 2)
    life.order(session, house.keys, 1, ANA, SOON)
    session.commit()
    assert live_number(session, SOON) == 2
    assert live_number(session, SOON + dt.timedelta(seconds=9)) == 1


@pytest.mark.parametrize("moment", [NOW, NOW - dt.timedelta(days=1), NEVER])
def test_a_start_must_lie_ahead(house: House, session: Session, moment: dt.datetime) -> None:
    """Neither in the past nor years ahead."""
    with pytest.raises(Refused, match="from now on"):
        signed(session, house.keys, from_at=moment)


FORBIDDEN = [
    "UPDATE definition_version SET body = 'x' WHERE version = {n}",
    "UPDATE definition_version SET sha256 = 'x' WHERE version = {n}",
    "UPDATE definition_version SET version = 99 WHERE version = {n}",
    "DELETE FROM definition_version WHERE version = {n}",
    "UPDATE going_live SET from_at = '2030-01-01' WHERE version = {n}",
    "UPDATE going_live SET urgent = true WHERE version = {n}",
    "DELETE FROM going_live WHERE version = {n}",
]
SIGNATURE = [
    "UPDATE definition_version SET signed_at = NULL WHERE version = {n}",
    "UPDATE definition_version SET signed_by = 'x' WHERE version = {n}",
    "UPDATE definition_version SET signed_difference = 'x' WHERE version = {n}",
]


@pytest.mark.parametrize("statement", [*FORBIDDEN, *SIGNATURE])
def test_the_database_keeps_what_was_signed(house: House, session: Session, statement: str) -> None:
    """Bytes, signature and orders of a signed version cannot be changed, by anybody."""
    signed(session, house.keys, 2)
    session.commit()
    with pytest.raises(
        DBAPIError, match="never changed|only ever cancelled|FOREIGN KEY|foreign key"
    ):
        session.execute(text(statement.format(n=2)))


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_keeps_what_was_live(house: House, session: Session, statement: str) -> None:
    """Version 1 is live unsigned; submissions cite its bytes, so they stay."""
    with pytest.raises(DBAPIError, match="never changed|only ever cancelled"):
        session.execute(text(statement.format(n=1)))


def test_a_run_is_done_once(house: House, session: Session) -> None:
    """Asked for twice it is one; two processes that want it: one gets it; a dead one is free."""
    row = candidate(session, house.keys)
    run = runs.ask(session, "check", row, ANA.id, NOW)
    assert runs.ask(session, "check", row, ANA.id, NOW).id == run.id
    assert runs.waiting(session, NOW) == [run.id]
    assert runs.claim(session, run.id, NOW) is not None
    assert runs.claim(session, run.id, NOW) is None
    assert runs.beat(session, run, 5, 10, NOW)
    dead = NOW + runs.DEAD_AFTER + dt.timedelta(seconds=1)
    assert runs.waiting(session, NOW) == [] and runs.waiting(session, dead) == [run.id]
    taken = runs.claim(session, run.id, dead)
    assert taken is not None and taken.done == 0
    assert runs.finish(session, house.keys, taken, {"found": 1}, True, dead)
    session.commit()
    done = runs.newest_run(session, "check", row)
    assert done is not None and runs.result_of(house.keys, done) == {"found": 1}
    assert runs.waiting(session, NEVER) == []


@pytest.mark.parametrize("change", ["sign", "order", "cancel"])
def test_every_change_is_noticed(house: House, session: Session, change: str) -> None:
    """The stamp that other processes look at differs after each."""
    signed(session, house.keys, 2, from_at=LATER)
    before = store.stamp(session)
    order = life.all_orders(session)[0].id
    acts: dict[str, Callable[[], object]] = {
        "sign": lambda: signed(session, house.keys, 1),
        "order": lambda: life.order(session, house.keys, 2, ANA, LATER),
        "cancel": lambda: life.cancel(session, house.keys, order, ANA, NOW),
    }
    acts[change]()
    assert store.stamp(session) != before


def test_a_release_brings_a_candidate(
    house: House, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second file of the package waits for a signature; changed on the desk, it stays so."""
    files = [*eligibility.packaged(), ("v2.toml", body(2))]
    monkeypatch.setattr(eligibility, "packaged", lambda: files)
    assert store.import_packaged(session, house.keys, NOW) == [2]
    assert live_number(session, LATER) == 1 and store.passed_over(session) == []
    row = store.row_of(session, 2)
    changed = body(2, **{"Nothing is sent yet.": "Nothing has been sent yet."})
    life.change_candidate(session, house.keys, 2, changed, ANA, NOW, seen=row.sha256)
    assert store.import_packaged(session, house.keys, NOW) == []
    assert store.row_of(session, 2).body == changed
    assert store.passed_over(session) == [2]


def test_a_file_that_was_live_is_never_edited(
    house: House, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release whose version 1 differs from the one in use is refused."""
    other = body(1, **{"Nothing is sent yet.": "Nothing has been sent yet."})
    monkeypatch.setattr(eligibility, "packaged", lambda: [("v1.toml", other)])
    with pytest.raises(SetupError, match="never edited"):
        store.import_packaged(session, house.keys, NOW)


@pytest.mark.parametrize("what", ["check", "replay", "live"])
def test_only_what_was_in_view_is_signed(house: House, session: Session, what: str) -> None:
    """Another check, another replay or another live version since the page was read: refused."""
    row = candidate(session, house.keys)
    ran(session, house.keys, row, "check")
    ran(session, house.keys, row, "replay")
    seen = life.in_view(session, row, 1)
    if what != "live":
        ran(session, house.keys, row, what, now=SOON)
    with pytest.raises(OutOfDate):
        life.sign(
            session,
            house.keys,
            2,
            ANA,
            "Ana Ruiz, DO",
            NOW,
            seen=seen,
            against=3 if what == "live" else 1,
            difference="",
        )


def test_while_a_new_run_is_under_way_nothing_is_settled(house: House, session: Session) -> None:
    """A replay that was asked for again takes the version back until it is done."""
    row = candidate(session, house.keys)
    ran(session, house.keys, row, "check")
    ran(session, house.keys, row, "replay")
    runs.ask(session, "replay", row, ANA.id, NOW + dt.timedelta(seconds=1))
    assert life.stage_of(session, row) is Stage.CHECKED


def test_one_start_ahead_at_a_time(house: House, session: Session) -> None:
    """A doubled press makes one order, so that cancelling it cancels the start."""
    signed(session, house.keys, from_at=LATER)
    with pytest.raises(Refused, match="cancel that one first"):
        life.order(session, house.keys, 2, ANA, NOW)


def test_a_start_in_its_last_seconds_stands(house: House, session: Session) -> None:
    """Too late to reach every process: it cannot be cancelled, and none is ordered so near."""
    signed(session, house.keys, from_at=NOW + dt.timedelta(seconds=1))
    order = life.all_orders(session)[0]
    assert order.from_at == NOW + life.NOTICE
    with pytest.raises(Refused, match="in seconds"):
        life.cancel(session, house.keys, order.id, ANA, NOW)


BACKWARD = [
    """INSERT INTO going_live (id, version, from_at, urgent, ordered_at)
    VALUES (99, {n}, '2026-01-01 00:00:00+00', false, '2026-02-01 00:00:00+00')""",
    "UPDATE going_live SET cancelled_at = '2039-01-01 00:00:00+00' WHERE version = {n}",
]


@pytest.mark.parametrize("statement", BACKWARD)
def test_the_database_refuses_to_rewrite_when_it_was_live(
    house: House, session: Session, statement: str
) -> None:
    """No order in the past, no cancelling of one whose time has come."""
    signed(session, house.keys, 2)
    session.commit()
    with pytest.raises(DBAPIError, match="a time to come|only ever cancelled"):
        session.execute(text(statement.format(n=2)))


def test_the_database_refuses_an_order_for_an_unsigned_version(
    house: House, session: Session
) -> None:
    """Only the very first version of all is live unsigned."""
    candidate(session, house.keys)
    session.commit()
    statement = BACKWARD[0].replace("2026-01-01", "2039-01-01").format(n=2)
    with pytest.raises(DBAPIError, match="signed version"):
        session.execute(text(statement))
