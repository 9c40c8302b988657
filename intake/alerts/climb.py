"""Alerts that nobody took, or that nobody closed in time, go one level up.

A round takes the alerts that are due with row locks, and leaves those that another process has;
letters and the new level stand in one transaction, so that each address gets one letter for each
level, however many processes climb at once.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import audit
from intake.alerts import store, timing
from intake.alerts.models import Alert
from intake.crypto import KeyRing
from intake.hours.words import moment_words
from intake.mail import store as mail
from intake.practice import Practice


def climb(
    session: Session,
    keys: KeyRing,
    practice: Practice,
    now: dt.datetime,
    base_url: str,
    most: int = 50,
) -> int:
    """Move each alert that is due at ``now`` (UTC) by one level; gives how many; never commits.

    An acknowledgement whose time is over lapses first: the alert is loud on the desk again, and
    climbs from where it stood. At the last level the physician is told once more. One that does
    not go by mail is only loud again. Where no address is set, the level moves all the same, and
    the desk says that nobody was told.
    """
    due = session.scalars(
        select(Alert)
        .where(Alert.climbs_at <= now, Alert.closed_at.is_(None))
        .order_by(Alert.climbs_at, Alert.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for alert in due:
        _step(session, keys, practice, alert, now, base_url)
    return len(due)


def _step(
    session: Session,
    keys: KeyRing,
    practice: Practice,
    alert: Alert,
    now: dt.datetime,
    base_url: str,
) -> None:
    """Take one alert up, and write the letters of its new level."""
    was_due = alert.climbs_at or now
    if alert.acknowledged_at is not None:
        store.loud_again(session, keys, alert, audit.CLOCK, now)
    if not alert.mails:
        alert.climbs_at = None
        return
    alert.level = min(alert.level + 1, timing.PHYSICIAN)
    pace = store.pace_of(practice, alert.kind)
    alert.climbs_at = timing.climbs_at(pace, alert.level, was_due)
    audit.record(
        session,
        keys,
        "alert.climbed",
        audit.CLOCK,
        now,
        subject=alert.reference,
        kind=alert.kind,
        level=alert.level,
    )
    for address in addresses(practice, alert.level):
        mail.put(
            session,
            keys,
            kind="alert",
            to=address,
            subject=f"A call is waiting: {alert.reference}",
            body=_body(practice, alert, now, base_url),
            about=alert.reference,
            now=now,
        )


def addresses(practice: Practice, level: int) -> tuple[str, ...]:
    """Who gets a letter at ``level``, each address once; nobody at the desk's own level."""
    if level == timing.ON_CALL:
        return tuple(dict.fromkeys(practice.on_call))
    if level == timing.PHYSICIAN and practice.physician_mail is not None:
        return (practice.physician_mail,)
    return ()


def _body(practice: Practice, alert: Alert, now: dt.datetime, base_url: str) -> str:
    """The letter: reference, since when, and where to look. Nothing about a person's health."""
    since = moment_words(alert.opened_at, practice.zone, now)
    return (
        f"The call {alert.reference} has been waiting since {since}. It is still open.\n"
        "\n"
        "Sign in to take it:\n"
        f"{base_url}/staff/alerts\n"
    )
