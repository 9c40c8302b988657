"""Alerts: the banner on every page of the desk, the list, taking one, closing one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import structlog
from flask import Flask, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from intake import db
from intake.accounts import banners, gate
from intake.accounts.banners import Banner
from intake.accounts.sessions import Person
from intake.alerts import lists, store, timing
from intake.alerts.climb import addresses
from intake.alerts.lists import Seen
from intake.alerts.models import Alert
from intake.errors import OutOfDate, UnreadableRecord
from intake.hours.words import moment_words
from intake.practice import Practice
from intake.review import cursor, words
from intake.review.alert_forms import CloseAlertForm
from intake.review.listing import Desk
from intake.review.views.common import blueprint, desk_at, heard, keys, say
from intake.web import now, practice

log = structlog.get_logger()

MOST_LINES = 5
HERE = "alerts"
KIND_WORDS = {"crisis": "Asked from the crisis page", "same_day": "Same-day flag"}
KIND_TONES = {"crisis": "crisis", "same_day": "alarm"}
NOBODY_TOLD = {
    timing.ON_CALL: "Nobody is on the on-call list.",
    timing.PHYSICIAN: "No address of the physician is set.",
}
TOLD = {
    timing.ON_CALL: "The on-call list, by mail",
    timing.PHYSICIAN: "The on-call list and the physician, by mail",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One alert as the page shows it, in words; ``who`` has it, None while nobody has."""

    alert: Alert
    kind: str
    tone: str
    since: str
    due: str | None
    demo: bool
    told: str
    who: str | None
    taken: str | None
    who_closed: str | None
    closed: str | None
    ended: str | None
    done: str | None


@blueprint.get("/alerts")
@gate.allow("intake", "clinician", emergency=True)
def alerts() -> Response:
    """Open alerts, loud ones first; or those that were closed, the newest first."""
    session, at = db.session(), now()
    closed = request.args.get("show") == "closed"
    after = cursor.read(request.args.get("after"))
    page = lists.page(session, keys(), gate.actor(), at, closed=closed, after=after)
    return _render(session, at, page, closed=closed, later=after is not None)


@blueprint.post("/alerts/<alert>/acknowledge")
@gate.allow("intake", "clinician", emergency=True)
def acknowledge(alert: str) -> Response:
    """Take it: it stops climbing. Whoever comes second is told who was first."""
    session, at = db.session(), now()
    found = store.by_id(session, alert, lock=True)
    try:
        store.acknowledge(session, keys(), found, gate.actor(), at, practice())
    except OutOfDate:
        page = lists.page(session, keys(), gate.actor(), at, closed=False)
        first = _what_happened(found, desk_at(session, at), at)
        return _render(session, at, page, first=f"{found.reference}: {first}")
    session.commit()
    say(HERE, f"You have {found.reference} now. Close it when it is settled.")
    return redirect(url_for("review.alerts"), 303)


@blueprint.route("/alerts/<alert>/close", methods=["GET", "POST"])
@gate.allow("intake", "clinician", emergency=True)
def close_alert(alert: str) -> Response:
    """Close it, with how it ended and what was done."""
    session, at, form = db.session(), now(), CloseAlertForm()
    found = store.by_id(session, alert, lock=True)
    if request.method != "POST":
        return _closing_page(session, found, form, at)
    if not form.validate():
        return _closing_page(session, found, form, at, 422)
    try:
        store.close(
            session,
            keys(),
            found,
            form.reason.data,
            form.done.data or "",
            gate.actor(),
            at,
            revision=form.seen,
        )
    except OutOfDate:
        return _closing_page(session, found, form, at, 409)
    session.commit()
    say(HERE, f"The alert of {found.reference} is closed.")
    return redirect(url_for("review.alerts"), 303)


def _render(
    session: Session,
    at: dt.datetime,
    page: lists.Page,
    *,
    closed: bool = False,
    later: bool = False,
    first: str | None = None,
) -> Response:
    """The page of alerts, once its reading is on record; ``first``: who was first, in words."""
    desk = desk_at(session, at)
    rows = [_row(each, desk, at) for each in page.rows]
    count = lists.count_open(session)
    session.commit()
    text = render_template(
        "review/alerts.html",
        rows=rows,
        closed=closed,
        later=later,
        after=cursor.write(page.after) if page.after else None,
        count=words.count_words(count, store.MOST_COUNTED),
        first=first,
        said=heard(HERE),
        as_of=moment_words(at, desk.practice.zone, at),
    )
    return make_response(text, 409 if first else 200)


def _closing_page(
    session: Session, found: Alert, form: CloseAlertForm, at: dt.datetime, status: int = 200
) -> Response:
    """The page that closes an alert; with 409 it says what came between, and keeps the words."""
    desk = desk_at(session, at)
    form.revision.data = str(found.revision)
    happened = _what_happened(found, desk, at) if status == 409 or found.closed_at else None
    since = moment_words(found.opened_at, desk.practice.zone, at)
    kind = KIND_WORDS[found.kind]
    session.commit()
    text = render_template(
        "review/alert_close.html",
        alert=found,
        form=form,
        happened=happened,
        kept=status == 409,
        since=since,
        kind=kind,
    )
    return make_response(text, status)


def _what_happened(alert: Alert, desk: Desk, at: dt.datetime) -> str:
    """What somebody, or the clock, did with an alert in the meantime."""
    zone = desk.practice.zone
    if alert.closed_at is not None:
        name = desk.names.get(alert.closed_by or "", "Somebody")
        return f"{name} closed it {moment_words(alert.closed_at, zone, at)}."
    if alert.acknowledged_at is not None:
        name = desk.names.get(alert.acknowledged_by or "", "Somebody")
        return f"{name} acknowledged it {moment_words(alert.acknowledged_at, zone, at)}."
    return "It went one step up in the meantime, and nobody has it now."


def _row(seen: Seen, desk: Desk, at: dt.datetime) -> Row:
    """One alert in words."""
    alert, zone = seen.alert, desk.practice.zone

    def said(moment: dt.datetime | None) -> str | None:
        return moment_words(moment, zone, at) if moment else None

    return Row(
        alert=alert,
        kind=KIND_WORDS[alert.kind],
        tone=KIND_TONES[alert.kind],
        since=moment_words(alert.opened_at, zone, at),
        due=_due_words(seen, desk.practice, at),
        demo=seen.demo,
        told=_told_words(alert, desk.practice),
        who=desk.names.get(alert.acknowledged_by or ""),
        taken=said(alert.acknowledged_at),
        who_closed=desk.names.get(alert.closed_by or ""),
        closed=said(alert.closed_at),
        ended=store.REASON_WORDS.get(alert.closed_reason or ""),
        done=_done(alert),
    )


def _done(alert: Alert) -> str | None:
    """What was done; words in their place where they do not open."""
    try:
        return store.read_done(keys(), alert)
    except UnreadableRecord as problem:
        log.error("record_unreadable", place=str(problem).split(":", 1)[0])
        return "This text cannot be read. Tell the person who runs this system."


def _told_words(alert: Alert, facts: Practice) -> str:
    """Who has been told so far."""
    if alert.level == timing.DESK:
        return "The desk" if alert.mails else "The desk only, no mail"
    if not addresses(facts, alert.level):
        return NOBODY_TOLD[alert.level]
    if alert.level == timing.PHYSICIAN and not facts.on_call:
        return "The physician, by mail"
    return TOLD[alert.level]


def _due_words(seen: Seen, facts: Practice, at: dt.datetime) -> str | None:
    """When the call is due, or was, by the practice's clock."""
    if seen.due_at is None:
        return None
    verb = "was" if seen.due_at < at else "is"
    return f"{verb} due {moment_words(seen.due_at, facts.zone, at)}"


def _banner(session: Session, person: Person, at: dt.datetime) -> Iterator[Banner]:
    """What nobody has acknowledged, for those who work the queue; at most ``MOST_LINES`` lines."""
    if not person.may("intake", "clinician"):
        return
    found = lists.loud(session, MOST_LINES)
    first = {kind: [each for each in found.first if each.alert.kind == kind] for kind in KIND_WORDS}
    for kind, count in (("crisis", found.crisis), ("same_day", found.same_day)):
        if count:
            yield Banner(
                KIND_TONES[kind], TITLES[kind](count), tuple(_lines(first[kind], count, at))
            )


def _crisis_title(count: int) -> str:
    """How many asked to be called from the crisis page."""
    people, them = ("One person", "it") if count == 1 else (f"{_count(count)} people", "them")
    return f"{people} asked to be called from the crisis page, and nobody has taken {them} yet"


def _same_day_title(count: int) -> str:
    """How many have a flag that asks for a call on the same day."""
    people = "One person has" if count == 1 else f"{_count(count)} people have"
    return f"{people} a same-day flag, and nobody has taken {'it' if count == 1 else 'them'} yet"


TITLES: dict[str, Callable[[int], str]] = {"crisis": _crisis_title, "same_day": _same_day_title}


def _count(count: int) -> str:
    """A count as a sentence begins with it."""
    return words.capital(words.count_words(count, store.MOST_COUNTED))


def _lines(shown: Sequence[Seen], count: int, at: dt.datetime) -> Iterator[tuple[str, str]]:
    """A line for each alert that is shown, then how many more there are."""
    facts = practice()
    for each in shown:
        alert = each.alert
        sentences = [f"{alert.reference} asked {moment_words(alert.opened_at, facts.zone, at)}."]
        due = _due_words(each, facts, at)
        sentences += [f"The call {due}."] if due else []
        if alert.level != timing.DESK and not addresses(facts, alert.level):
            sentences.append(NOBODY_TOLD[alert.level])
        sentences += ["A made-up person."] if each.demo else []
        yield (
            " ".join(sentences),
            url_for("review.submission", reference=alert.reference),
        )
    if count > len(shown):
        more = words.count_words(count - len(shown), store.MOST_COUNTED - len(shown))
        yield (f"{words.capital(more)} more" if shown else "See them", url_for("review.alerts"))


@blueprint.record_once
def _offer(state: BlueprintSetupState) -> None:
    """Say it on every page of the desk."""
    banners.offer(cast(Flask, state.app), _banner)
