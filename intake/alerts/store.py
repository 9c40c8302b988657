"""Alerts in the database: opened with a contact, taken by one person, closed with words.

An alert is loud (on every page of the desk) while nobody has acknowledged it, and climbs
meanwhile. Acknowledging stops that for a time: an alert that is not closed by then is loud again.
Never commits; each act records its event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import audit
from intake.alerts import timing
from intake.alerts.models import Alert
from intake.audit import Actor
from intake.crypto import KeyRing
from intake.errors import NotFound, OutOfDate, Refused, UnreadableRecord
from intake.hours.store import schedule_of
from intake.practice import Practice
from intake.submissions import store as submissions
from intake.submissions.models import Submission
from intake.submissions.status import URGENCY_CRISIS
from intake.visit.model import new_id

REASON_WORDS = {
    "reached_safe": "Reached, safe now",
    "emergency_services": "911 or 988 took over",
    "handed_on": "Handed to a clinician",
    "not_reached": "Could not be reached after tries",
    "not_real": "Not a real request",
}
LONGEST_DONE = 2000
MOST_COUNTED = 999
# Somebody who declines to say is called the same day, but nobody is woken for it.
WITHOUT_MAIL = "safety:skip"


def open_for(
    session: Session, keys: KeyRing, submission: Submission, now: dt.datetime, practice: Practice
) -> Alert | None:
    """Open the alert of a ``submission`` whose contact was just kept; the standing one if any.

    The submission is locked by this transaction. None where there is nothing to be alarmed
    about: no contact, or neither a call for help nor a same-day flag.
    """
    kind = _kind_of(submission)
    if kind is None:
        return None
    pace = pace_of(practice, kind)
    standing = next((each for each in open_of(session, submission.id) if each.kind == kind), None)
    if standing is not None:
        _ask_again(session, keys, submission, standing, pace, now)
        return standing
    mails = not submission.demo and _wakes(keys, submission, kind)
    alert = Alert(
        id=new_id(),
        submission_id=submission.id,
        reference=submission.reference,
        kind=kind,
        mails=mails,
        opened_at=now,
        level=timing.DESK,
        climbs_at=timing.climbs_at(pace, timing.DESK, now) if mails else None,
    )
    session.add(alert)
    by = submission.entered_by
    actor = Actor("staff", by) if by else audit.VISITOR
    _record(session, keys, "alert.opened", alert, actor, now)
    return alert


def _kind_of(submission: Submission) -> str | None:
    """What a submission alarms about, by its own columns; None for nothing."""
    if submission.contact_at is None:
        return None
    if submission.urgency == URGENCY_CRISIS:
        return "crisis"
    same_day = submission.priority and submission.flag_cleared_at is None
    return "same_day" if same_day else None


def _wakes(keys: KeyRing, submission: Submission, kind: str) -> bool:
    """Whether people away from the desk are told by mail; when in doubt, they are."""
    if kind == "crisis":
        return True
    try:
        flags = submissions.read_check(keys, submission).flags
    except UnreadableRecord:
        return True
    urgent = {str(flag) for flag in flags if flag.priority}
    return urgent != {WITHOUT_MAIL}


def _ask_again(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    alert: Alert,
    pace: timing.Pace,
    now: dt.datetime,
) -> None:
    """A call asked for after somebody took the alert: it is loud again, from the first level."""
    owed = submissions.promise_of(submission)
    taken_at = alert.acknowledged_at
    if owed is not None and taken_at is not None and owed.created_at > taken_at:
        alert.level = timing.DESK
        loud_again(session, keys, alert, audit.VISITOR, now)
        alert.climbs_at = timing.climbs_at(pace, timing.DESK, now) if alert.mails else None


def loud_again(
    session: Session, keys: KeyRing, alert: Alert, actor: Actor, now: dt.datetime
) -> None:
    """Take the acknowledgement back, with its event; it stands in the events who had it."""
    alert.acknowledged_at = alert.acknowledged_by = None
    _record(session, keys, "alert.lapsed", alert, actor, now)


def acknowledge(
    session: Session,
    keys: KeyRing,
    alert: Alert,
    actor: Actor,
    now: dt.datetime,
    practice: Practice,
) -> None:
    """Let ``actor`` take a locked ``alert``; one's own second press changes nothing.

    What counts is that nobody has it, not how far it has climbed since the page was shown. Raises
    ``OutOfDate`` where somebody else was first, or it is closed.
    """
    if alert.closed_at is not None or alert.acknowledged_by not in (None, actor.id):
        raise OutOfDate(alert.reference)
    if alert.acknowledged_at is None:
        _acknowledge(session, keys, alert, actor, now)
        alert.climbs_at = timing.lapses_at(pace_of(practice, alert.kind), now)


def _acknowledge(
    session: Session, keys: KeyRing, alert: Alert, actor: Actor, now: dt.datetime
) -> None:
    """Note who has it from now on."""
    alert.acknowledged_at, alert.acknowledged_by = now, actor.id
    _record(session, keys, "alert.acknowledged", alert, actor, now)


def close(
    session: Session,
    keys: KeyRing,
    alert: Alert,
    reason: str,
    done: str,
    actor: Actor,
    now: dt.datetime,
    *,
    revision: int,
) -> None:
    """Close a locked ``alert``: ``reason`` of ``REASON_WORDS``, and ``done``: what was done.

    Closing acknowledges it too. One's own second press changes nothing. Raises ``OutOfDate`` when
    it changed since ``revision``, and ``Refused`` without a reason or words.
    """
    if alert.closed_by == actor.id and (alert.closed_reason, read_done(keys, alert)) == (
        reason,
        done,
    ):
        return
    if alert.closed_at is not None or alert.revision != revision:
        raise OutOfDate(alert.reference)
    if reason not in REASON_WORDS or not 0 < len(done.strip()) <= LONGEST_DONE:
        raise Refused("Select how it ended, and write what was done.")
    if alert.acknowledged_at is None:
        _acknowledge(session, keys, alert, actor, now)
    alert.closed_at, alert.closed_by, alert.closed_reason = now, actor.id, reason
    alert.done_sealed = keys.seal_field(Alert.done_sealed, alert.id, done)
    alert.climbs_at = None
    _record(session, keys, "alert.closed", alert, actor, now, reason=reason)


def taken(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    actor: Actor,
    now: dt.datetime,
    practice: Practice,
) -> None:
    """Acknowledge what nobody has yet: ``actor`` took the ``submission`` itself."""
    for alert in open_of(session, submission.id, lock=True):
        if alert.acknowledged_at is None:
            acknowledge(session, keys, alert, actor, now, practice)


def given_back(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    actor: Actor,
    now: dt.datetime,
    practice: Practice,
) -> None:
    """Make open alerts loud again: ``actor`` gave the ``submission`` back, so nobody has it."""
    for alert in open_of(session, submission.id, lock=True):
        if alert.acknowledged_at is not None:
            loud_again(session, keys, alert, actor, now)
            pace = pace_of(practice, alert.kind)
            alert.climbs_at = timing.climbs_at(pace, alert.level, now) if alert.mails else None


def open_of(session: Session, submission_id: str, *, lock: bool = False) -> Sequence[Alert]:
    """The open alerts of a submission, a call for help first; at most one of each kind.

    ``lock`` holds them until the end of the transaction.
    """
    wanted = (
        select(Alert)
        .where(Alert.submission_id == submission_id, Alert.closed_at.is_(None))
        .order_by(Alert.kind)
    )
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return session.scalars(wanted).all()


def has_open(session: Session, submission_id: str) -> bool:
    """Whether a submission has an open alert, and so cannot be closed yet."""
    return bool(open_of(session, submission_id))


def by_id(session: Session, alert_id: str, *, lock: bool = False) -> Alert:
    """The alert ``alert_id``, held until the end of the transaction with ``lock``.

    Raises ``NotFound``.
    """
    wanted = select(Alert).where(Alert.id == alert_id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    alert = session.scalars(wanted).one_or_none()
    if alert is None:
        raise NotFound("no such alert")
    return alert


def read_done(keys: KeyRing, alert: Alert) -> str | None:
    """What was done, None for an open alert; raises ``UnreadableRecord``."""
    if alert.done_sealed is None:
        return None
    text: str = keys.open_field(Alert.done_sealed, alert.id, alert.done_sealed)
    return text


def pace_of(practice: Practice, kind: str) -> timing.Pace:
    """How fast alerts of ``kind`` climb in this practice."""
    hours = schedule_of(practice) if practice.shows_hours else None
    return timing.pace_of(kind, practice.crisis_climbs, practice.same_day_climbs, hours)


def _record(
    session: Session,
    keys: KeyRing,
    name: str,
    alert: Alert,
    actor: Actor,
    now: dt.datetime,
    **detail: str,
) -> None:
    """Record an event about the alert's submission."""
    audit.record(
        session, keys, name, actor, now, subject=alert.reference, kind=alert.kind, **detail
    )
