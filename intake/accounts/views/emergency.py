"""Emergency access: taking it, ending it, and looking at what others took."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import quote

from flask import Flask, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy.orm import Session

from intake import db, visit, web
from intake.accounts import banners, emergency, gate
from intake.accounts.banners import Banner
from intake.accounts.forms import EmergencyForm
from intake.accounts.models import EmergencyAccess
from intake.accounts.sessions import Person
from intake.accounts.views.account import leave_notice, take_notice
from intake.accounts.views.pages import blueprint, page, see_other
from intake.errors import Refused
from intake.web import filters, keys

HERE = emergency.ADDRESS


@blueprint.get(HERE)
@gate.signed_in
def emergency_access() -> Any:
    """What it is, who has it or had it, and the form that takes it."""
    cookie = visit.current()
    if "emergency" not in cookie:
        return _show(EmergencyForm())
    cookie.modified = True
    return _show(EmergencyForm(data={"reason": cookie.pop("emergency")}))


@blueprint.post(HERE)
@gate.signed_in
def take_emergency_access() -> Any:
    """Take it, for half an hour in this browser; everybody is told."""
    me, now = gate.current(), web.now()
    form = EmergencyForm(request.form)
    if not form.validate():
        return _show(form)
    if not me.is_fresh(now):
        # What was written is there again after password and code.
        visit.current()["emergency"] = form.reason.data
        return see_other(f"{gate.CONFIRM}?next={quote(HERE, safe='')}")
    until, link = _clock(now + emergency.LASTS), web.settings().base_url + HERE
    letter = emergency.letter(me.name, _moment(now), until, link)
    session = db.session()
    emergency.begin(session, keys(), me, form.reason.data, letter, gate.actor(), now)
    session.commit()
    leave_notice("You have emergency access. Everybody at the desk has been told.")
    return see_other(HERE)


@blueprint.post(f"{HERE}/end")
@gate.signed_in
def end_emergency_access() -> Any:
    """Give it back before its time."""
    emergency.end(db.session(), keys(), gate.current(), gate.actor(), web.now())
    db.session().commit()
    leave_notice("Your emergency access has ended.")
    return see_other(HERE)


@blueprint.post(f"{HERE}/<access_id>/review")
@gate.allow(*sorted(emergency.REVIEWERS))
def review_emergency_access(access_id: str) -> Any:
    """Say that one looked at what another person took."""
    try:
        emergency.review(db.session(), keys(), access_id, gate.current(), gate.actor(), web.now())
    except Refused as problem:
        return _show(EmergencyForm(), problem=str(problem))
    db.session().commit()
    leave_notice("Noted: you reviewed it.")
    return see_other(HERE)


def _show(form: EmergencyForm, problem: str | None = None) -> Any:
    """The page; 422 where the form or a review was refused."""
    me, now, session = gate.current(), web.now(), db.session()
    taken, more = emergency.taken(session, keys(), me, gate.actor(), now)
    session.commit()
    return page(
        "emergency",
        form,
        status=422 if problem else None,
        me=me,
        taken=taken,
        more=more,
        until=me.emergency_until if me.has_emergency(now) else None,
        period=_period,
        audits=me.may(*emergency.REVIEWERS),
        problem=problem,
        zone=web.practice().time_zone,
        said=take_notice(),
    )


def _offer(session: Session, _person: Person, now: dt.datetime) -> Iterable[Banner]:
    """The banner on every page of the desk."""

    def words(name: str, row: EmergencyAccess) -> str:
        if now < row.ends_at:
            return f"{name} has emergency access until {_clock(row.ends_at)}"
        return f"{name} had emergency access, {_period(row)}. Not reviewed yet"

    return emergency.banner(session, now, words)


def _clock(moment: dt.datetime) -> str:
    """A time of the practice's day, with its zone."""
    zone = web.practice().time_zone
    return f"{filters.clock(moment, zone)} {filters.zone_word(zone)}"


def _moment(moment: dt.datetime) -> str:
    """A day and a time at the practice, with the zone."""
    zone = web.practice().time_zone
    return f"{filters.instant(moment, zone)} {filters.zone_word(zone)}"


def _period(row: EmergencyAccess) -> str:
    """From when until when."""
    return f"{filters.instant(row.began_at, web.practice().time_zone)} to {_clock(row.ends_at)}"


def _on_every_page(state: BlueprintSetupState) -> None:
    """Put the banner on the desk of the application."""
    banners.offer(cast(Flask, state.app), _offer)


blueprint.record_once(_on_every_page)
