"""The team, for administrators: invite, roles, reset, disable, sessions."""

from __future__ import annotations

from typing import Any

from flask import request
from wtforms import Form

from intake import db, visit, web
from intake.accounts import factors, gate, sessions, store
from intake.accounts.forms import ROLE_WORDS, InviteForm, ResetForm, RolesForm
from intake.accounts.models import Staff
from intake.accounts.views.account import leave_notice, take_notice
from intake.accounts.views.pages import blueprint, page, record, refuse, see_other
from intake.errors import Refused
from intake.web import keys


@blueprint.get("/staff/team")
@gate.allow("admin")
def team() -> Any:
    """Everyone who works here."""
    people = store.all_staff(db.session())
    held = factors.of_everyone(db.session())
    record("team.listed", None)
    db.session().commit()
    return page("team", people=people, held=held, role_words=ROLE_WORDS)


@blueprint.route("/staff/team/invite", methods=["GET", "POST"])
@gate.allow("admin", fresh=True)
def invite() -> Any:
    """Add a person; the next page shows their one-time link."""
    form = InviteForm(request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.validate():
        return page("invite", form)
    session = db.session()
    try:
        staff, token = store.invite(
            session,
            keys(),
            form.email.data,
            form.name.data,
            form.roles.data,
            gate.actor(),
            web.now(),
        )
    except Refused as error:
        session.rollback()
        refuse(form.email, str(error))
        return page("invite", form)
    session.commit()
    _hand_over(staff.id, token)
    return see_other(f"/staff/team/{staff.id}")


@blueprint.get("/staff/team/<staff_id>")
@gate.allow("admin", fresh=True)
def member(staff_id: str) -> Any:
    """One person: roles, sessions, sign-in; a link that was just made is shown once."""
    return _member_page(store.get(db.session(), staff_id))


@blueprint.post("/staff/team/<staff_id>/roles")
@gate.allow("admin", fresh=True)
def set_roles(staff_id: str) -> Any:
    """Give a person other roles; they sign in again."""
    form = RolesForm(request.form)
    if not form.validate():
        return _member_page(store.get(db.session(), staff_id), roles=form)
    session = db.session()
    try:
        store.set_roles(session, keys(), staff_id, form.roles.data, gate.actor(), web.now())
    except Refused as error:
        session.rollback()
        refuse(form.roles, str(error))
        return _member_page(store.get(session, staff_id), roles=form)
    session.commit()
    leave_notice("The roles are changed.")
    return see_other(f"/staff/team/{staff_id}")


@blueprint.post("/staff/team/<staff_id>/reset")
@gate.allow("admin", fresh=True)
def reset(staff_id: str) -> Any:
    """Make a link for a person who lost password or phone."""
    form = ResetForm(request.form)
    if not form.validate():
        return _member_page(store.get(db.session(), staff_id), reset=form)
    session = db.session()
    try:
        lost_phone = form.what.data == "phone"
        token = store.reset(
            session, keys(), staff_id, gate.actor(), web.now(), second_step=lost_phone
        )
    except Refused as error:
        session.rollback()
        refuse(form.what, str(error))
        return _member_page(store.get(session, staff_id), reset=form)
    session.commit()
    if staff_id == gate.current().id:
        # One's own session has just ended, so that no next page could show the link.
        return _member_page(store.get(session, staff_id), token=token)
    _hand_over(staff_id, token)
    return see_other(f"/staff/team/{staff_id}")


@blueprint.post("/staff/team/<staff_id>/disable")
@gate.allow("admin", fresh=True)
def disable(staff_id: str) -> Any:
    """End a person's access at once."""
    session = db.session()
    try:
        store.disable(session, keys(), staff_id, gate.actor(), web.now())
    except Refused as error:
        session.rollback()
        return _member_page(store.get(session, staff_id), refused=str(error))
    session.commit()
    leave_notice("This person can no longer sign in.")
    return see_other(f"/staff/team/{staff_id}")


@blueprint.post("/staff/team/<staff_id>/sessions/<session_id>/end")
@gate.allow("admin", fresh=True)
def end_member_session(staff_id: str, session_id: str) -> Any:
    """End one session of a person."""
    store.end_session(db.session(), keys(), staff_id, session_id, gate.actor(), web.now())
    db.session().commit()
    leave_notice("The session has ended.")
    return see_other(f"/staff/team/{staff_id}")


def _hand_over(staff_id: str, token: str) -> None:
    """Keep a new link for the next page, which shows it once."""
    visit.current()["link"] = [staff_id, token]


def _take_link(staff_id: str) -> str | None:
    """The link that was just made for this person, once."""
    cookie = visit.current()
    held = cookie.get("link")
    if not held or held[0] != staff_id:
        return None
    cookie.modified = True
    token: str = cookie.pop("link")[1]
    return token


def _member_page(
    staff: Staff,
    roles: Form | None = None,
    reset: Form | None = None,
    token: str | None = None,
    refused: str | None = None,
) -> Any:
    """The page of one person, with the form that was refused, if one was."""
    opened = sessions.open_of(db.session(), staff.id, web.now())
    held = factors.of_everyone(db.session()).get(staff.id)
    record("team.listed", staff.id)
    db.session().commit()
    token = token or _take_link(staff.id)
    wrong = roles if roles is not None else reset
    return page(
        "member",
        wrong,
        status=422 if refused else None,
        staff=staff,
        roles=roles or RolesForm(data={"roles": staff.roles.split()}),
        reset=reset or ResetForm(),
        opened=opened,
        held=held,
        zone=web.practice().time_zone,
        link=f"{web.settings().base_url}/staff/setup/{token}" if token else None,
        refused=refused,
        said=take_notice(),
    )
