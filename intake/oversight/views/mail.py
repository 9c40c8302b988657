"""Letters that could not be sent, and how the mail server is set."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import cast

from flask import Flask, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from intake import db
from intake.accounts import banners, gate
from intake.accounts.banners import Banner
from intake.accounts.sessions import Person
from intake.errors import OutOfDate
from intake.mail import desk, store
from intake.oversight.views.common import blueprint
from intake.web import keys, now, settings

STUCK_AFTER = dt.timedelta(hours=1)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
PLACE = re.compile(r"([0-9]{1,17})\.([0-9a-f]{32})")
REFERENCE = re.compile(r"[A-Z0-9]{3}-[A-Z0-9]{4}")
KINDS = {"alert": "Nobody took an alert", "emergency": "Emergency access was used"}
CODED = re.compile(r"(connection|sign-in|sender|recipient|letter) (-?\d+)")
REFUSED = {
    "connection": "The mail server refused to talk",
    "sign-in": "The mail server refused our sign-in",
    "sender": "The mail server refused our sender address",
    "recipient": "The recipient’s address was refused",
    "letter": "The letter was refused",
}
BROKEN = {
    "TimeoutError": "The mail server did not answer in time",
    "ConnectionRefusedError": "Nothing answers at the mail server’s address",
    "SMTPServerDisconnected": "The mail server ended the connection",
    "SMTPNotSupportedError": "The mail server does not offer encryption or sign-in",
    "SSLCertVerificationError": "The mail server’s certificate is not good",
    "gaierror": "The mail server’s name is unknown",
    "unreadable": "The letter itself cannot be read",
}
GONE = "A colleague has dealt with that letter already. Nothing was changed."


@blueprint.get("/mail")
@gate.allow("intake", "clinician", "admin")
def mail() -> Response:
    """How the mail server is set, what waits, and what could not be sent."""
    return _page()


@blueprint.post("/mail/<letter_id>/again")
@gate.allow("intake", "clinician", "admin")
def try_again(letter_id: str) -> Response:
    """Let a dead letter wait again."""
    return _act(store.try_again, letter_id)


@blueprint.post("/mail/<letter_id>/drop")
@gate.allow("intake", "clinician", "admin")
def drop(letter_id: str) -> Response:
    """Decide that a dead letter is never sent."""
    return _act(store.drop, letter_id)


def _act(act: store.Settle, letter_id: str) -> Response:
    """Change one dead letter; somebody else's change first is the page again, with 409."""
    session = db.session()
    try:
        act(session, keys(), letter_id, gate.actor(), now())
    except OutOfDate:
        session.rollback()
        return _page(409, GONE)
    session.commit()
    return redirect(url_for("oversight.mail"), 303)


def _page(status: int = 200, said: str | None = None) -> Response:
    """The page, with its event committed before it is shown."""
    session, at = db.session(), now()
    counts = desk.counts(session)
    after, before = _read(request.args.get("after")), _read(request.args.get("before"))
    page = desk.dead_page(session, keys(), gate.actor(), at, after=after, before=before)
    session.commit()
    text = render_template(
        "oversight/mail.html",
        at=at,
        said=said,
        is_set=settings().mail_server is not None,
        counts=counts,
        number=number_words,
        page=page,
        before=_write(page.before),
        after=_write(page.after),
        kind=lambda code: KINDS.get(code, code.replace("_", " ").capitalize()),
        why=why_words,
        opens=lambda about: (
            gate.current().may("intake", "clinician") and bool(REFERENCE.fullmatch(about or ""))
        ),
    )
    return make_response(text, status)


def number_words(number: int) -> str:
    """A number that was counted up to a limit."""
    return f"{number:,}" if number <= desk.MOST_COUNTED else f"more than {desk.MOST_COUNTED:,}"


def why_words(error: str) -> str:
    """Why a letter was not taken, in words, with the code for whoever runs the server."""
    coded = CODED.fullmatch(error)
    if coded is not None:
        return f"{REFUSED[coded[1]]} (code {coded[2]})"
    return BROKEN.get(error, f"The connection failed ({error})")


def _write(place: desk.Place | None) -> str | None:
    """A place in the list as ``microseconds.id``."""
    if place is None:
        return None
    return f"{(place[0] - EPOCH) // dt.timedelta(microseconds=1)}.{place[1]}"


def _read(text: str | None) -> desk.Place | None:
    """The place that ``_write`` wrote; None for anything else."""
    match = PLACE.fullmatch(text or "")
    if match is None:
        return None
    try:
        return EPOCH + dt.timedelta(microseconds=int(match[1])), match[2]
    except OverflowError:
        return None


def give(session: Session, _person: Person, at: dt.datetime) -> Iterator[Banner]:
    """Say on every page of the desk that letters could not be sent, or wait too long."""
    counts = desk.counts(session)
    if counts.dead:
        letters = "1 letter" if counts.dead == 1 else f"{number_words(counts.dead)} letters"
        yield Banner("care", f"{letters} could not be sent", (("See why, and act", "/staff/mail"),))
    late = counts.oldest is not None and at - counts.oldest > STUCK_AFTER
    if late and settings().mail_server is not None:
        title = "Letters have been waiting for more than an hour"
        yield Banner("care", title, (("See how mail stands", "/staff/mail"),))


@blueprint.record_once
def offer(state: BlueprintSetupState) -> None:
    """Offer the banners when the room is opened."""
    banners.offer(cast(Flask, state.app), give)
