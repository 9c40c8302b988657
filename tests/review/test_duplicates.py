"""Possible duplicates, and merging one record into another."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.orm import Session

from intake.alerts import store as alerts
from intake.audit import Actor
from intake.errors import OutOfDate, Refused
from intake.submissions import duplicates, store
from intake.submissions.models import Submission
from intake.submissions.store import Promise
from tests.accounts.desk import Desk, Member
from tests.review.made import MARY, Maker, named
from tests.review.test_acts import move, post, stored
from tests.review.test_record import address, form_to
from tests.support.client import Visitor
from tests.support.walker import answers

STRANGER = named("Ann Other", phone="+13055550199", email="ann@example.com")
FLAGGED = answers(safety="thoughts")


def merge(browser: Visitor, one: Submission, into: Submission) -> int:
    """Merge through the page between; gives the status."""
    browser.open(f"{address(one)}/duplicate?into={into.reference}")
    return browser.submit(form_to_merge(browser)).status_code


def form_to_merge(browser: Visitor) -> object:
    """The form that merges."""
    assert browser.page is not None
    return form_to(browser.page, "/duplicate")


def writer(desk: Desk) -> Session:
    """A session that writes, beside the test's own, which ends its reading."""
    desk.session.rollback()
    return Session(desk.session.get_bind().execution_options(readonly=False))


def answer_alerts(desk: Desk, sent: Submission, by: Member) -> None:
    """Close what is open about ``sent``, with words."""
    with writer(desk) as session:
        for alert in alerts.open_of(session, sent.id, lock=True):
            words = ("reached_safe", "Spoke with her.")
            actor = Actor("staff", by.id)
            alerts.close(
                session, desk.keys, alert, *words, actor, desk.now, revision=alert.revision
            )
        session.commit()


@pytest.mark.both_databases
def test_the_same_phone_or_e_mail_is_named(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Others with the same phone or e-mail are listed with what is the same; nobody else is."""
    sent = maker.send(desk.now)
    both = maker.send(desk.now, named("Maria B"))
    phone = maker.send(desk.now, named("M. B.", email=None))
    mail = maker.send(desk.now, named("M. B.", phone="+13055550177", email="MARY@example.com"))
    stranger = maker.send(desk.now, STRANGER)
    page = at_desk.open(address(sent))
    panel = page.main.xpath(".//section[@aria-labelledby='duplicates-title']")[0]
    told = {
        row.xpath("string(./a)"): row.xpath("string(./span[@class='second'])")
        for row in panel.xpath("./p[@class='duplicate']")
    }
    assert told[both.reference].startswith("Same phone and e-mail.")
    assert told[phone.reference].startswith("Same phone. Sent")
    assert told[mail.reference].startswith("Same e-mail. Sent")
    assert set(told) == {both.reference, phone.reference, mail.reference}
    assert stranger.reference not in panel.text_content()


@pytest.mark.both_databases
def test_a_merge_hands_the_call_over(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member
) -> None:
    """The kept record owes the very call, due and placed as promised; the other one is closed."""
    start = desk.now + dt.timedelta(days=1)
    one = maker.window(desk.now, start, given=FLAGGED)
    answer_alerts(desk, one, nurse)
    other = maker.send(desk.now)
    move(at_desk, other, "contacted")
    before = stored(desk, one)
    due_at, urgency = before.due_at, before.urgency
    assert merge(at_desk, one, other) == 303
    assert "It was merged into" in at_desk.follow().words
    closed, kept = stored(desk, one), stored(desk, other)
    assert (closed.status, closed.closed_reason) == ("closed", "duplicate")
    assert closed.duplicate_of == kept.reference
    assert [call.status for call in closed.callbacks] == ["cancelled"]
    owed = store.promise_of(kept)
    assert owed is not None and (owed.kind, owed.starts_at) == ("window", start)
    assert (kept.due_at, kept.urgency) == (due_at, urgency) and urgency == 1
    page = at_desk.open(address(other))
    assert f"Merged from {one.reference}: Call today." in page.words
    (event,) = desk.events("submission.merged")
    assert (event.subject, json.loads(event.detail)) == (one.reference, {"into": other.reference})


def test_of_two_calls_the_earlier_and_more_urgent_counts(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member
) -> None:
    """The kept record's own call stays, with the earlier time and the higher place of the two."""
    one = maker.send(
        desk.now, promise=Promise("asap", desk.now + dt.timedelta(hours=1)), given=FLAGGED
    )
    answer_alerts(desk, one, nurse)
    other = maker.send(desk.now)
    assert merge(at_desk, one, other) == 303
    closed, kept = stored(desk, one), stored(desk, other)
    assert (kept.due_at, kept.urgency) == (closed.due_at, 1)
    assert [call.status for call in kept.callbacks] == ["asap"]


def test_what_cannot_be_merged_says_why(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Into itself, into nothing, into a closed one: nothing happens, and the page says why."""
    one, other = maker.send(desk.now), maker.send(desk.now)
    move(at_desk, other, "closed")
    for into, told in (
        (one.reference, "A record cannot be merged into itself."),
        ("B22-2222", "No submission has this reference."),
        (other.reference, "Open it again first."),
    ):
        assert at_desk.get(f"{address(one)}/duplicate?into={into}").status_code == 422
        assert at_desk.page is not None and told in at_desk.page.words
        token = at_desk.open(address(one)).forms(everywhere=True)[0].values["csrf_token"]
        fields = {"csrf_token": token, "into": into, "revision": "2", "kept_revision": "3"}
        assert at_desk.post(f"{address(one)}/duplicate", fields).status_code == 422
        assert at_desk.page is not None and told in at_desk.page.words
    assert stored(desk, one).status == "new"


def test_an_open_alert_is_answered_before_a_merge(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member
) -> None:
    """A record with an open alert is neither merged away nor closed."""
    one, other = maker.send(desk.now, given=FLAGGED), maker.send(desk.now)
    place = f"{address(one)}/duplicate"
    assert at_desk.get(f"{place}?into={other.reference}").status_code == 422
    fields = {"into": other.reference, "revision": "2", "kept_revision": "2"}
    assert post(at_desk, one, "duplicate", **fields) == 422
    assert at_desk.page is not None and "Close the alert first" in at_desk.page.words
    form = form_to(at_desk.open(address(one)), "/note")
    fields = {**form.fill(body="Spoke with her."), "reason": "declined"}
    assert at_desk.post(f"{address(one)}/move?to=closed", fields).status_code == 422
    assert at_desk.page is not None and "Close the alert first" in at_desk.page.words
    answer_alerts(desk, one, nurse)
    assert merge(at_desk, one, other) == 303


@pytest.mark.both_databases
@pytest.mark.parametrize("changed", [0, 1])
def test_a_merge_of_something_that_changed_is_a_conflict(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor, changed: int
) -> None:
    """Where either record changed since the page was shown: 409, nothing is merged."""
    both = maker.send(desk.now), maker.send(desk.now)
    at_desk.open(f"{address(both[0])}/duplicate?into={both[1].reference}")
    stale = form_to_merge(at_desk)
    move(clinic, both[changed], "in_review")
    assert at_desk.submit(stale).status_code == 409
    assert at_desk.page is not None and "Nothing was merged." in at_desk.page.words
    assert at_desk.submit(form_to_merge(at_desk)).status_code == 303
    assert stored(desk, both[0]).status == "closed"


def test_opening_a_merged_record_again_frees_it(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """A merge that was a mistake is undone with a reason; the call stays where it went."""
    one, other = maker.send(desk.now), maker.send(desk.now)
    merge(at_desk, one, other)
    assert other.reference in at_desk.open(address(one)).words
    assert move(at_desk, one, "in_review") == 303
    assert stored(desk, one).duplicate_of is None
    assert "Merged from" not in at_desk.open(address(other)).words


def book(desk: Desk, session: Session, one: Submission) -> str:
    """A patient books: booked, or told that it is closed."""
    owed = Promise("asap", desk.now + dt.timedelta(hours=4))
    try:
        store.attach_contact(session, desk.keys, one.id, MARY, owed, desk.now)
    except store.Closed:
        return "told"
    session.commit()
    return "booked"


def join(
    desk: Desk,
    session: Session,
    one: Submission,
    other: Submission,
    by: Member,
    revision: int = 1,
) -> str:
    """Somebody merges: merged, or refused since it changed."""
    pair = duplicates.pair(session, one.reference, other.reference)
    actor = Actor("staff", by.id)
    try:
        duplicates.merge(
            session,
            desk.keys,
            *pair,
            actor,
            desk.now,
            revision=revision,
            kept_revision=2,
            roles={"intake"},
        )
    except (OutOfDate, Refused):
        return "refused"
    session.commit()
    return "merged"


@pytest.mark.both_databases
def test_a_merge_and_a_booking_at_once_lose_no_call(
    desk: Desk, maker: Maker, nurse: Member
) -> None:
    """Of a patient who books and staff who merge at once the second is told; no call is lost."""
    for _ in range(6):
        one, other = maker.send(desk.now, None), maker.send(desk.now, STRANGER)
        desk.session.rollback()
        ready = threading.Barrier(2)

        def at_once(act: Callable[..., str], *args: Any, ready: threading.Barrier = ready) -> str:
            with Session(desk.session.get_bind().execution_options(readonly=False)) as session:
                ready.wait()
                return act(desk, session, *args)

        with ThreadPoolExecutor(2) as threads:
            both = (
                threads.submit(at_once, book, one),
                threads.submit(at_once, join, one, other, nurse),
            )
            results = {each.result() for each in both}
        assert results in ({"booked", "refused"}, {"told", "merged"}), results
        owed = store.promise_of(stored(desk, one))
        assert (owed is not None) == ("booked" in results)
        desk.session.rollback()


@pytest.mark.both_databases
def test_two_merges_of_the_same_two_at_once_leave_one(
    desk: Desk, maker: Maker, nurse: Member
) -> None:
    """A into B and B into A at once: one of the two stays, and owes a call."""
    one, other = maker.send(desk.now), maker.send(desk.now)
    desk.session.rollback()
    ready = threading.Barrier(2)

    def at_once(first: Submission, second: Submission) -> str:
        with Session(desk.session.get_bind().execution_options(readonly=False)) as session:
            ready.wait()
            return join(desk, session, first, second, nurse, revision=2)

    with ThreadPoolExecutor(2) as threads:
        both = threads.submit(at_once, one, other), threads.submit(at_once, other, one)
        assert sorted(each.result() for each in both) == ["merged", "refused"]
    owed = [store.promise_of(stored(desk, each)) is not None for each in (one, other)]
    assert sorted(owed) == [False, True]
