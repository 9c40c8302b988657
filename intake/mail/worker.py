"""Sends what is due: takes a letter, hands it over outside any transaction, marks it.

Any number of workers may run at once. One that dies between handing over and marking leaves a
letter that is sent once more, under the same Message-ID.
"""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from intake.config import MailServer
from intake.crypto import KeyRing
from intake.errors import UnreadableRecord
from intake.mail import store, transport
from intake.mail.transport import SECONDS, NotSent, Sender

log = structlog.get_logger()

MOST = 20


@dataclass(frozen=True, slots=True)
class Office:
    """What a worker needs; without ``server`` and ``sender`` letters wait."""

    engine: Engine
    keys: KeyRing
    server: MailServer | None
    sender: Sender | None
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True)
class Round:
    """What came of one round: how many were sent, put off, and given up."""

    sent: int = 0
    put_off: int = 0
    given_up: int = 0


def send_due(app: Flask, now: dt.datetime, most: int = MOST) -> int:
    """Send up to ``most`` letters that are due at ``now`` (UTC); gives how many were taken."""
    settings = app.extensions["settings"]
    sender = transport.sender_of(settings, app.extensions["practice"])
    office = Office(app.extensions["engine"], app.extensions["keys"], settings.mail_server, sender)
    return work(office, now, most).sent


def work(office: Office, now: dt.datetime, most: int = MOST) -> Round:
    """One round at ``now`` (UTC) of up to ``most`` letters, each in transactions of its own.

    It ends early where the server cannot be reached, or takes nothing from this sender: the other
    letters are then left as they are.
    """
    if office.server is None or office.sender is None:
        return Round()
    began = time.monotonic()
    sent = put_off = given_up = 0
    for _ in range(most):
        # A slow server must not make the later leases of a round shorter.
        letter, problem, state = _one(
            office, office.server, office.sender, lambda: now + _since(began)
        )
        if letter is None:
            break
        sent += state == "sent"
        put_off += state == "waiting"
        given_up += state == "dead"
        if problem is not None:
            log.warning("letter_not_sent", part="mail", error=problem.why)
            if problem.anybody:
                break
    return Round(sent, put_off, given_up)


def _since(began: float) -> dt.timedelta:
    """How much time went by."""
    return dt.timedelta(seconds=time.monotonic() - began)


def _one(
    office: Office, server: MailServer, sender: Sender, clock: Callable[[], dt.datetime]
) -> tuple[store.Claimed | None, NotSent | None, str | None]:
    """Send the next letter: which, what was wrong, and its state; None where none is due.

    The state is None where the lease ended meanwhile and another worker has the letter.
    """
    with Session(office.engine) as session:
        letter = store.claim(session, clock(), secrets.token_hex(16), sender.domain)
        session.commit()
    if letter is None:
        return None, None, None
    problem = _sent(office, server, sender, letter, clock())
    with Session(office.engine) as session:
        if problem is None:
            kept = store.done(session, office.keys, letter, clock())
            state = "sent" if kept else None
        else:
            state = store.failed(
                session,
                office.keys,
                letter,
                clock(),
                error=problem.why,
                for_good=problem.for_good,
            )
        session.commit()
    return letter, problem, state


def _sent(
    office: Office, server: MailServer, sender: Sender, letter: store.Claimed, now: dt.datetime
) -> NotSent | None:
    """Hand one letter over; what was wrong, if anything."""
    try:
        words = store.words_of(office.keys, letter.id, letter.sealed)
    except UnreadableRecord:
        return NotSent("unreadable", for_good=True)
    try:
        message = transport.compose(sender, letter.message_id, words, now)
        transport.send(server, sender, message, office.seconds)
    except NotSent as problem:
        return problem
    return None
