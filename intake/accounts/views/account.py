"""One's own account: sessions, password."""

from __future__ import annotations

from typing import Any

from flask import request

from intake import db, visit, web
from intake.accounts import credentials, factors, gate, sessions, store, throttle
from intake.accounts.forms import ROLE_WORDS, ChangePasswordForm
from intake.accounts.views.pages import (
    blueprint,
    count,
    forgive,
    page,
    record,
    refuse,
    see_other,
    too_many,
    wait_words,
)
from intake.accounts.views.sign_in import check_password
from intake.web import keys

ACCOUNT = "/staff/account"
NOT_RIGHT = "This is not your current password."


@blueprint.get("/staff/account")
@gate.signed_in
def account() -> Any:
    """Who one is here, and where one is signed in."""
    person = gate.current()
    session = db.session()
    opened = sessions.open_of(session, person.id, web.now())
    left = credentials.recovery_codes_left(session, person.id)
    held = factors.of_everyone(session)[person.id]
    record("account.read", person.id)
    session.commit()
    return page(
        "account",
        me=person,
        role_words=ROLE_WORDS,
        opened=opened,
        left=left,
        held=held,
        zone=web.practice().time_zone,
        said=take_notice(),
    )


@blueprint.post("/staff/account/sessions/<session_id>/end")
@gate.signed_in
def end_session(session_id: str) -> Any:
    """End one of one's own sessions."""
    me = gate.current().id
    store.end_session(db.session(), keys(), me, session_id, gate.actor(), web.now())
    db.session().commit()
    leave_notice("The session has ended.")
    return see_other(ACCOUNT)


@blueprint.route("/staff/account/password", methods=["GET", "POST"])
@gate.signed_in
def password() -> Any:
    """Choose another password; every other session of one's own ends."""
    person = gate.current()
    if request.method != "POST":
        return page("password", ChangePasswordForm(), me=person)
    form = ChangePasswordForm(request.form)
    practice = web.practice()
    form.about = (practice.name, practice.short_name, practice.physician, person.email, person.name)
    if not form.validate():
        return page("password", form, me=person)
    uses = throttle.password_uses(keys(), person.email, request.remote_addr)
    refusal = count(uses)
    if refusal is not None:
        refuse(form.current, wait_words(refusal))
        return too_many(page("password", form, me=person), refusal)
    known, right = check_password(person.email, form.current.data)
    new_hash = gate.hasher().hash(form.password.data)
    staff = credentials.still(db.session(), known) if right is not None else None
    if staff is None:
        record("staff.sign_in_failed", person.id, step="change")
        db.session().commit()
        refuse(form.current, NOT_RIGHT)
        return page("password", form, me=person)
    staff.password_hash = new_hash
    forgive(uses)
    sessions.end_all(db.session(), person.id, web.now(), keep=person.session_id)
    token = sessions.renew(db.session(), person, web.now(), confirmed=False)
    record("staff.password_changed", person.id)
    db.session().commit()
    visit.current()["token"] = token
    leave_notice("Your password is changed. Your other sessions have ended.")
    return see_other(ACCOUNT)


def leave_notice(text: str) -> None:
    """Keep a sentence for the next page, in the cookie."""
    visit.current()["said"] = text


def take_notice() -> str | None:
    """The sentence that the last act left, once."""
    cookie = visit.current()
    if "said" not in cookie:
        return None
    cookie.modified = True
    text: str = cookie.pop("said")
    return text
