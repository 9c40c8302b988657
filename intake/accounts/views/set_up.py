"""From a one-time link to the desk: password, phone, recovery codes."""

from __future__ import annotations

import os
from typing import Any

import segno
from flask import request
from markupsafe import Markup

from intake import db, visit, web
from intake.accounts import credentials, enrolment, gate, sessions, store, totp
from intake.accounts.forms import CodeForm, FirstForm, NewPasswordForm, PasskeyForm
from intake.accounts.models import Invitation, Staff
from intake.accounts.paths import landing
from intake.accounts.views.account import ACCOUNT, leave_notice
from intake.accounts.views.pages import blueprint, page, record, refuse, see_other
from intake.accounts.views.sign_in import CODE_NOT_RIGHT, begin
from intake.errors import NotFound, Refused
from intake.web import keys

HELD = "secret"


@blueprint.route("/staff/setup/<token>", methods=["GET", "POST"])
@gate.anonymous
def setup(token: str) -> Any:
    """Choose a password, by a one-time link; the first administrator also says who they are."""
    session = db.session()
    try:
        link = enrolment.open_link(session, token, web.now())
        staff = store.get(session, link.staff_id) if link.staff_id else None
        session.commit()
        form = _setup_form(staff)
        if request.method != "POST" or not form.validate():
            hold_cookie()
            return page("setup", form, staff=staff)
        staff = _use(link, form, gate.hasher().hash(form.password.data))
    except NotFound:
        session.rollback()
        return page("link_gone", status=404)
    except Refused as error:
        session.rollback()
        refuse(form.email, str(error))
        return page("setup", form, staff=staff)
    begin(staff, "password")
    has_second_step = credentials.has_second_step(session, staff)
    session.commit()
    return see_other(gate.SECOND_STEP if has_second_step else gate.ENROL)


@blueprint.route("/staff/enrol", methods=["GET", "POST"])
@gate.password_step
def enrol() -> Any:
    """Set up the phone: show its secret, take one code, open the desk."""
    person = gate.current()
    if person.has_second_step:
        return see_other(gate.SECOND_STEP)
    secret = _new_secret()
    form = CodeForm(request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.validate():
        return _enrol_page(form, secret)
    session, now = db.session(), web.now()
    codes = enrolment.set_up_phone(session, keys(), person.id, secret, form.code.data, now)
    if codes is None:
        session.rollback()
        refuse(form.code, CODE_NOT_RIGHT)
        return _enrol_page(form, secret)
    begin(store.get(session, person.id), "full")
    record("staff.signed_in", person.id)
    session.commit()
    visit.current()["codes"] = codes
    return see_other("/staff/recovery-codes")


@blueprint.route("/staff/account/phone", methods=["GET", "POST"])
@gate.fresh
def add_phone() -> Any:
    """Set up a phone beside the passkeys of a person who has none."""
    me, session = gate.current().id, db.session()
    secret = _new_secret()
    form = CodeForm(request.form if request.method == "POST" else None)
    if store.get(session, me).totp_sealed is not None:
        session.rollback()
        return see_other(ACCOUNT)
    if request.method != "POST" or not form.validate():
        session.rollback()
        return _enrol_page(form, secret)
    if not enrolment.add_phone(session, keys(), me, secret, form.code.data, web.now()):
        session.rollback()
        refuse(form.code, CODE_NOT_RIGHT)
        return _enrol_page(form, secret)
    session.commit()
    visit.current().pop(HELD)
    leave_notice("Your phone is set up.")
    return see_other(ACCOUNT)


@blueprint.get("/staff/recovery-codes")
@gate.fresh
def recovery_codes() -> Any:
    """New codes, until the person has saved them; else how many are left."""
    left = credentials.recovery_codes_left(db.session(), gate.current().id)
    record("account.read", gate.current().id)
    db.session().commit()
    return page("recovery_codes", codes=visit.current().get("codes"), left=left)


@blueprint.post("/staff/recovery-codes")
@gate.fresh
def make_recovery_codes() -> Any:
    """Make ten new codes; the old ones end."""
    codes = enrolment.make_recovery_codes(db.session(), keys(), gate.current().id, web.now())
    db.session().commit()
    visit.current()["codes"] = codes
    return see_other("/staff/recovery-codes")


@blueprint.post("/staff/recovery-codes/saved")
@gate.signed_in
def recovery_codes_saved() -> Any:
    """The person has saved the codes: they are not shown again."""
    visit.current().pop("codes", None)
    visit.current().modified = True
    return see_other(landing(gate.current().roles))


def hold_cookie() -> None:
    """Keep a cookie for the form token of a page that opens before sign-in."""
    cookie = visit.current()
    if "until" not in cookie:
        cookie.hold(until=web.now() + sessions.LASTS)


def _new_secret() -> str:
    """The secret of the phone that is being set up, the same until that is done."""
    cookie = visit.current()
    if HELD not in cookie:
        cookie[HELD] = totp.new_secret(os.urandom(20))
    secret: str = cookie[HELD]
    return secret


def _setup_form(staff: Staff | None) -> FirstForm | NewPasswordForm:
    """The form of the link: with name, address and work for the first administrator."""
    sent = request.form if request.method == "POST" else None
    practice = web.practice()
    about = (practice.name, practice.short_name, practice.physician)
    if staff is None:
        form = FirstForm(sent)
        form.about = (*about, form.email.data or "", form.name.data or "")
        return form
    chosen = NewPasswordForm(sent)
    chosen.about = (*about, staff.email, staff.name)
    return chosen


def _use(link: Invitation, form: FirstForm | NewPasswordForm, password_hash: str) -> Staff:
    """Use up the link with what the form says; the caller commits."""
    session, now = db.session(), web.now()
    if isinstance(form, FirstForm):
        return enrolment.found_practice(
            session,
            keys(),
            link,
            form.email.data,
            form.name.data,
            form.roles.data,
            password_hash,
            now,
        )
    return enrolment.choose_password(session, keys(), link, password_hash, now)


def _enrol_page(form: CodeForm, secret: str) -> Any:
    """The page with the secret as a square code and as text."""
    address = totp.address(secret, gate.current().email, web.practice().short_name)
    square = segno.make(address, error="m", micro=False).svg_inline(
        border=2, omitsize=True, svgclass="qr", lineclass=None, dark="#000"
    )
    beside = gate.current().level == "full"
    facts: dict[str, Any] = {"secret": secret, "beside": beside, "passkey": PasskeyForm()}
    return page("enrol", form, square=Markup(square), **facts)  # noqa: S704
