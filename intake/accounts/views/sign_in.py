"""Sign-in in two steps, confirmation, sign-out."""

from __future__ import annotations

from typing import Any

from flask import request
from wtforms import StringField

from intake import audit, db, visit, web
from intake.accounts import credentials, gate, sessions, store, throttle
from intake.accounts.credentials import CodeResult, Known
from intake.accounts.forms import CodeForm, ConfirmForm, SignInForm
from intake.accounts.models import Staff
from intake.accounts.paths import landing, safe_next
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
from intake.errors import Refused, TooMany
from intake.web import keys

NOT_RIGHT = "The e-mail address or the password is not right."
CODE_NOT_RIGHT = "This code is not right, or was used before. Wait for the next one."
BOTH_NOT_RIGHT = "The password or the code is not right."
CLOCK_IS_OFF = (
    "This code belongs to another minute. Let the phone set its clock by itself, then try again."
)


@blueprint.get("/staff/login")
@gate.anonymous
def login() -> Any:
    """The sign-in page; whoever is signed in goes on to their first page."""
    person = gate.whoever()
    if person is not None and person.level == "full":
        return see_other(safe_next(request.args.get("next")) or landing(person.roles))
    return gate.sign_in_page(200, target=request.args.get("next"))


@blueprint.post("/staff/login")
@gate.anonymous
def check_login() -> Any:
    """The first step: right address and password lead to the second."""
    form = SignInForm(request.form)
    target = safe_next(request.form.get("next"))
    if not form.validate():
        return gate.sign_in_page(422, form, target=target)
    username = _username(form.username.data)
    uses = throttle.password_uses(keys(), username, request.remote_addr)
    refusal = count(uses)
    if refusal is not None:
        answer = gate.sign_in_page(429, form, said=wait_words(refusal), target=target)
        return too_many(answer, refusal)
    account, new_hash = check_password(username, form.password.data)
    staff = credentials.still(db.session(), account) if new_hash is not None else None
    if staff is None:
        record("staff.sign_in_failed", account.staff_id, audit.VISITOR, step="password")
        db.session().commit()
        refuse(form.username, NOT_RIGHT)
        return gate.sign_in_page(422, form, target=target)
    staff.password_hash = new_hash
    forgive(uses)
    begin(staff, "password")
    has_second_step = credentials.has_second_step(db.session(), staff)
    db.session().commit()
    visit.current()["next"] = target
    return see_other(gate.SECOND_STEP if has_second_step else gate.ENROL)


@blueprint.get("/staff/login/code")
@gate.password_step
def second_step() -> Any:
    """Ask for the code; a person without a second step sets one up first."""
    if not gate.current().has_second_step:
        return see_other(gate.ENROL)
    return page("code", CodeForm())


@blueprint.post("/staff/login/code")
@gate.password_step
def check_second_step() -> Any:
    """The second step: a right code opens the desk."""
    person = gate.current()
    if not person.has_second_step:
        return see_other(gate.ENROL)
    form = CodeForm(request.form)
    if not form.validate():
        return page("code", form)
    refusal = take_code(form.code, "code")
    if refusal is not None:
        db.session().commit()
        return refused_code("code", form, refusal, CODE_NOT_RIGHT)
    session = db.session()
    target = visit.current().get("next")
    begin(store.get(session, person.id), "full")
    record("staff.signed_in", person.id)
    session.commit()
    return see_other(target or landing(person.roles))


@blueprint.route("/staff/confirm", methods=["GET", "POST"])
@gate.signed_in
def confirm() -> Any:
    """Ask for password and code again, then go on to where the person was going."""
    person = gate.current()
    target = safe_next(request.values.get("next"))
    if request.method != "POST":
        return page("confirm", ConfirmForm(), target=target)
    form = ConfirmForm(request.form)
    if not form.validate():
        return page("confirm", form, target=target)
    refusal = _take_both(form)
    db.session().commit()
    if refusal is not None:
        return refused_code("confirm", form, refusal, BOTH_NOT_RIGHT, target=target)
    return see_other(target or landing(person.roles))


@blueprint.post("/staff/logout")
@gate.signed_in
def logout() -> Any:
    """End the session here and on the server; the browser drops what it kept."""
    person = gate.current()
    sessions.end(db.session(), person.id, person.session_id, web.now())
    record("staff.signed_out", person.id)
    db.session().commit()
    visit.current().wipe()
    response = see_other(gate.LOGIN)
    # Not "cookies": that would clear those of sister addresses too.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def check_password(username: str, password: str) -> tuple[Known, str | None]:
    """Check a password outside any transaction, at the same cost for known and unknown.

    Gives the account, and the hash to keep when the password is right.
    """
    session = db.session()
    account = credentials.known(session, username)
    session.commit()
    hasher = gate.hasher()
    if not hasher.fits(account.password_hash, password) or account.password_hash is None:
        return account, None
    outdated = hasher.is_outdated(account.password_hash)
    return account, hasher.hash(password) if outdated else account.password_hash


def begin(staff: Staff, level: str) -> None:
    """Open a session at ``level`` in a new cookie; the one that this browser held ends."""
    before = gate.whoever()
    if before is not None:
        sessions.end(db.session(), before.id, before.session_id, web.now())
    gate.enter(sessions.start(db.session(), staff, level, web.now()))


def take_code(field: StringField, step: str) -> CodeResult | TooMany | None:
    """Take the code of the person of this request; None when it is right.

    Otherwise says why, with the failure recorded; the caller commits.
    """
    person = gate.current()
    uses = throttle.code_uses(person.id)
    refusal = count(uses)
    if refusal is not None:
        return refusal
    session = db.session()
    staff = store.get(session, person.id)
    result = credentials.accept_code(session, keys(), staff, field.data, web.now())
    if result is CodeResult.RIGHT:
        forgive(uses)
        return None
    record("staff.sign_in_failed", person.id, step=step)
    return result


def refused_code(
    name: str,
    form: CodeForm,
    refusal: CodeResult | TooMany,
    not_right: str,
    **facts: Any,
) -> Any:
    """The page ``name`` again, with the reason why the code was not taken."""
    if isinstance(refusal, TooMany):
        refuse(form.code, wait_words(refusal))
        return too_many(page(name, form, **facts), refusal)
    refuse(form.code, CLOCK_IS_OFF if refusal is CodeResult.CLOCK else not_right)
    return page(name, form, **facts)


def _take_both(form: ConfirmForm) -> CodeResult | TooMany | None:
    """Take password and code of a signed-in person again; None when both are right.

    The session is then confirmed and has a new token. The caller commits.
    """
    person = gate.current()
    uses = throttle.password_uses(keys(), person.email, request.remote_addr)
    refusal = count(uses)
    if refusal is not None:
        return refusal
    _, right = check_password(person.email, form.password.data)
    if right is None:
        record("staff.sign_in_failed", person.id, step="confirm")
        return CodeResult.WRONG
    result = take_code(form.code, "confirm")
    if result is not None:
        return result
    forgive(uses)
    token = sessions.renew(db.session(), person, web.now(), confirmed=True)
    record("staff.confirmed_again", person.id)
    visit.current()["token"] = token
    return None


def _username(text: str) -> str:
    """What was typed as e-mail address, in the form in which addresses are kept."""
    try:
        return store.normal_email(text)
    except Refused:
        return text.lower()
