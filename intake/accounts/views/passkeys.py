"""Passkeys: used at sign-in, as second step and to confirm; added and removed in the account.

The forms are sent by static/passkeys.js, which reads an answer of JSON: ``next`` is the page to go
on to, ``problem`` says in words what went wrong.
"""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any
from urllib.parse import urlsplit

from flask import Response, jsonify, request

from intake import audit, db, visit, web
from intake.accounts import enrolment, gate, passkeys, sessions, store, throttle
from intake.accounts.forms import PasskeyForm
from intake.accounts.models import Staff
from intake.accounts.passkeys import CHALLENGE_LASTS, Place, Refusal
from intake.accounts.paths import landing, safe_next
from intake.accounts.views.account import ACCOUNT, leave_notice, take_notice
from intake.accounts.views.pages import (
    blueprint,
    count,
    forgive,
    page,
    record,
    see_other,
    too_many,
    wait_words,
)
from intake.accounts.views.sign_in import begin
from intake.errors import NotFound, Refused, TooMany
from intake.web import keys

PASSKEYS = f"{ACCOUNT}/passkeys"
HELD = "passkey"
WORDS = {
    Refusal.WRONG: "This passkey does not open the desk here. Try another way.",
    Refusal.LATE: "That took longer than five minutes, or was sent twice. Try again.",
    Refusal.COUNT: "This passkey may have been copied, and was not taken. Sign in another way, "
    "remove it from your account, and tell an administrator.",
    Refusal.KNOWN: "This passkey is known here already.",
    Refusal.ENOUGH: passkeys.ENOUGH,
}
NOT_MADE = "The passkey could not be kept. Try again, or use another device."


@blueprint.app_template_global()
def passkey_home() -> str | None:
    """None on the address at which passkeys work; elsewhere that address, empty if there is none.

    A browser keeps passkeys for the name of the desk, and gives none to another address.
    """
    place = passkeys.place_of(web.settings().base_url)
    if place is None:
        return ""
    return None if urlsplit(f"//{request.host}").hostname == place.host else place.origin


@blueprint.post("/staff/passkey/challenge")
@gate.anonymous
def passkey_challenge() -> Any:
    """What the browser asks for: a passkey of whoever is here, any of ours before sign-in."""
    person, place = gate.whoever(), _place()
    known = passkeys.of_person(db.reading(), person.id) if person is not None else []
    return jsonify(passkeys.options_to_use(place, _new_challenge(), known))


@blueprint.post("/staff/login/passkey")
@gate.anonymous
def passkey_login() -> Any:
    """A passkey that verified its person is both steps: it opens the desk."""
    used = _use("passkey")
    if not isinstance(used, Staff):
        return used
    begin(used, "full")
    record("staff.signed_in", used.id, _actor(used.id))
    db.session().commit()
    return _go(safe_next(request.form.get("next")) or landing(used.role_set))


@blueprint.post("/staff/login/code/passkey")
@gate.password_step
def passkey_second_step() -> Any:
    """A passkey of the person who gave the password, in the place of a code."""
    target = visit.current().get("next")
    used = _use("passkey", only=gate.current().id)
    if not isinstance(used, Staff):
        return used
    begin(used, "full")
    record("staff.signed_in", used.id)
    db.session().commit()
    return _go(target or landing(used.role_set))


@blueprint.post("/staff/confirm/passkey")
@gate.signed_in
def passkey_confirm() -> Any:
    """A passkey in the place of password and code, before what needs a fresh sign-in."""
    person = gate.current()
    used = _use("confirm", only=person.id)
    if not isinstance(used, Staff):
        return used
    token = sessions.renew(db.session(), person, web.now(), confirmed=True)
    record("staff.confirmed_again", person.id)
    db.session().commit()
    visit.current()["token"] = token
    return _go(safe_next(request.form.get("next")) or landing(person.roles))


@blueprint.get("/staff/account/passkeys")
@gate.fresh
def own_passkeys() -> Any:
    """One's own passkeys, and the form for another."""
    return _own_page()


@blueprint.post("/staff/account/passkeys/challenge")
@gate.fresh
def own_passkey_challenge() -> Any:
    """What the browser makes for the account."""
    return _ask_for_one()


@blueprint.post("/staff/account/passkeys")
@gate.fresh
def add_passkey() -> Any:
    """Keep the passkey that the browser made."""
    form = PasskeyForm(request.form)
    if not form.validate():
        return _problem(str(form.name.errors[0]))
    session, me = db.session(), gate.current().id
    staff = session.get(Staff, me, with_for_update=True, populate_existing=True)
    place, answer, challenge = _place(), request.form.get("credential", ""), _take_challenge()
    refusal: Refusal | None = Refusal.LATE
    if staff is not None and challenge is not None:
        refusal = passkeys.add(
            session, keys(), place, staff, answer, challenge, form.name.data, web.now()
        )
    session.commit()
    if refusal is not None:
        return _problem(NOT_MADE if refusal is Refusal.WRONG else WORDS[refusal])
    leave_notice("The passkey is added. You can sign in with it from now on.")
    return _go(PASSKEYS)


@blueprint.post("/staff/account/passkeys/<passkey_id>/remove")
@gate.fresh
def remove_passkey(passkey_id: str) -> Any:
    """Forget one of one's own passkeys; what was opened with it elsewhere ends."""
    person, session = gate.current(), db.session()
    try:
        passkeys.remove(session, keys(), person.id, passkey_id, gate.actor(), web.now())
    except Refused as error:
        session.rollback()
        return _own_page(str(error))
    sessions.end_all(session, person.id, web.now(), keep=person.session_id)
    session.commit()
    leave_notice("The passkey is removed. Your other sessions have ended.")
    return see_other(PASSKEYS)


@blueprint.post("/staff/enrol/passkey/challenge")
@gate.password_step
def enrol_passkey_challenge() -> Any:
    """What the browser makes for a person who sets up their sign-in."""
    return _go(gate.SECOND_STEP) if gate.current().has_second_step else _ask_for_one()


@blueprint.post("/staff/enrol/passkey")
@gate.password_step
def enrol_passkey() -> Any:
    """Set up a passkey in the place of the phone, and open the desk."""
    form = PasskeyForm(request.form)
    if not form.validate():
        return _problem(str(form.name.errors[0]))
    session, me, challenge = db.session(), gate.current().id, _take_challenge()
    if challenge is None:
        return _problem(WORDS[Refusal.LATE])
    answer, name = request.form.get("credential", ""), form.name.data
    codes = enrolment.set_up_passkey(
        session, keys(), _place(), me, answer, challenge, name, web.now()
    )
    if isinstance(codes, Refusal):
        session.commit()
        return _problem(NOT_MADE if codes is Refusal.WRONG else WORDS[codes])
    begin(store.get(session, me), "full")
    record("staff.signed_in", me)
    session.commit()
    visit.current()["codes"] = codes
    return _go("/staff/recovery-codes")


def _place() -> Place:
    """Where passkeys are good; raises ``NotFound`` where the base URL has no name."""
    place = passkeys.place_of(web.settings().base_url)
    if place is None:
        raise NotFound("passkeys need a base URL with a name")
    return place


def _ask_for_one() -> Response:
    """What the browser makes for the person of this request."""
    staff = store.get(db.reading(), gate.current().id)
    known = passkeys.of_person(db.reading(), staff.id)
    name = web.practice().short_name
    return jsonify(passkeys.options_to_add(_place(), name, staff, _new_challenge(), known))


def _new_challenge() -> bytes:
    """A challenge, kept in the cookie until it is answered."""
    challenge = passkeys.new_challenge()
    text = base64.urlsafe_b64encode(challenge).decode()
    visit.current()[HELD] = [text, int(web.now().timestamp())]
    return challenge


def _take_challenge() -> bytes | None:
    """The challenge that the cookie holds, taken out of it; None when it is gone or too old."""
    cookie = visit.current()
    held = cookie.pop(HELD, None)
    cookie.modified = True
    if held is None:
        return None
    given = dt.datetime.fromtimestamp(held[1], dt.UTC)
    if web.now() - given >= CHALLENGE_LASTS:
        return None
    return base64.urlsafe_b64decode(held[0])


def _use(step: str, only: str | None = None) -> Staff | Response:
    """Check the passkey that was sent: whose it is, locked, or the refusal, which is committed.

    ``only``: the person whose passkey it must be. A failure is recorded as ``step``.
    """
    uses = throttle.passkey_uses(keys(), request.remote_addr)
    refused = count(uses)
    if refused is not None:
        return _problem(wait_words(refused), refused)
    challenge, session = _take_challenge(), db.session()
    if challenge is None:
        return _problem(WORDS[Refusal.LATE])
    answer = request.form.get("credential", "")
    used = passkeys.use(session, _place(), answer, challenge, web.now(), only)
    if isinstance(used, Staff):
        forgive(uses)
        return used
    told = f"{step}_count" if used.refusal is Refusal.COUNT else step
    record("staff.sign_in_failed", only or used.staff_id, _actor(only), step=told)
    session.commit()
    return _problem(WORDS[used.refusal])


def _actor(staff_id: str | None) -> audit.Actor:
    """Who acts: the person, or a visitor where nobody is known yet."""
    if staff_id is None:
        return audit.VISITOR
    return audit.Actor("staff", staff_id, request.remote_addr)


def _go(address: str) -> Response:
    """Tell the script where to go on."""
    return jsonify(next=address)


def _problem(words: str, refusal: TooMany | None = None) -> Response:
    """Tell the script what went wrong: 422, or 429 with the wait."""
    answer = jsonify(problem=words)
    answer.status_code = 422
    return too_many(answer, refusal) if refusal is not None else answer


def _own_page(refused: str | None = None) -> Response:
    """The page of one's own passkeys; ``refused`` says why one stays."""
    person = gate.current()
    theirs = passkeys.of_person(db.session(), person.id)
    record("account.read", person.id)
    db.session().commit()
    return page(
        "passkeys",
        PasskeyForm(),
        status=422 if refused else None,
        theirs=theirs,
        enough=passkeys.ENOUGH if len(theirs) >= passkeys.MOST else None,
        zone=web.practice().time_zone,
        refused=refused,
        said=take_notice(),
    )
