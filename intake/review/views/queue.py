"""The queue: whom to call next; beside it, to read, what is closed or cannot be called."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from intake import db, visit
from intake.accounts import gate
from intake.hours.words import clock_words, zone_words
from intake.practice import STATES
from intake.review import bulk, cursor, filters, lists, since, words
from intake.review.filters import NOBODY, Choices, Filters
from intake.review.forms import SearchForm
from intake.review.listing import Desk, queue_rows
from intake.review.queue_forms import ChooseForm, SaveViewForm
from intake.review.since import Since
from intake.review.views.common import blueprint, desk_at, heard, keys, say
from intake.submissions import looks, saved_views
from intake.submissions import queue as line
from intake.submissions.status import STATUS_WORDS
from intake.web import now, practice

# What the queue says of itself on its next showing is kept under this word.
HERE = "queue"
PART_WORDS = {
    "all": "All",
    "unassigned": "Unassigned",
    "mine": "Mine",
    "due_today": "Due today",
    "overdue": "Overdue",
    "safety": "Safety",
    "closed": words.LIST_WORDS["closed"],
    "no_contact": words.LIST_WORDS["no_contact"],
}
EMPTY_WORDS = {
    "all": "Nothing waiting.",
    "unassigned": "Everything has an owner.",
    "mine": "Nothing of yours is waiting.",
    "due_today": "No call is due today.",
    "overdue": "No call is overdue.",
    "safety": "No open submission has a safety flag.",
    "closed": "Nothing is closed yet.",
    "no_contact": "Everybody so far left a contact.",
}


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What was pressed on the queue and could not be done: ``errors`` as field ids with words.

    Each form comes back as it was sent; None for one that was not.
    """

    errors: Sequence[tuple[str, str]] = ()
    choose: ChooseForm | None = None
    save: SaveViewForm | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: a list, its filters, and in words what was left out of them."""

    part: str
    filters: Filters
    choices: Mapping[str, Choices]
    left_out: Sequence[str]

    @property
    def address(self) -> dict[str, Any]:
        """The parameters that lead back to it, without the page."""
        return filters.address(self.part, self.filters)


@blueprint.get("/")
@gate.allow("intake", "clinician", "admin", emergency=True)
def queue() -> Response:
    """The queue by urgency and due time, a page at a time; who is only admin goes to the team."""
    if not gate.current().may("intake", "clinician"):
        return redirect(url_for("accounts.team"), 303)
    return queue_page()


@blueprint.post("/seen")
@gate.allow("intake", "clinician", emergency=True)
def seen() -> Response:
    """Take what the queue told as new as seen."""
    session, up_to = db.session(), request.form.get("up_to", "")
    if up_to.isascii() and up_to.isdigit() and len(up_to) < 10:
        looks.seen(session, gate.current().id, int(up_to))
    session.commit()
    return redirect(url_for("review.queue", **asked_for(session, now()).address), 303)


def asked_for(session: Session, at: dt.datetime, desk: Desk | None = None) -> Asked:
    """What the address of this request asks for."""
    desk = desk or desk_at(session, at)
    part = filters.part_of(request.args.get("show"))
    choices = filters.offered(part, _choices(desk))
    chosen, left_out = filters.read(request.args, part, choices)
    return Asked(part, chosen, choices, left_out)


def queue_page(unsaved: Unsaved | None = None, status: int = 200) -> Response:
    """A list of the desk, as the address asks for it; its reading is recorded and committed.

    ``unsaved``: what could not be done, so that nothing which was chosen or typed is lost.
    """
    session, at = db.session(), now()
    desk, me, unsaved = desk_at(session, at), gate.current().id, unsaved or Unsaved()
    asked = asked_for(session, at, desk)
    reader = lists.Reader(me, at, desk.practice.zone, line.at_work_for(session, desk.gone))
    told = _since(session, me, desk)
    page = line.page(
        session,
        keys(),
        gate.actor(),
        at,
        lists.wanted(asked.part, reader, asked.filters),
        after=cursor.read(request.args.get("after")),
        before=cursor.read(request.args.get("before")),
    )
    counts, here = _counts(session, asked, reader)
    moved = line.calls_moved_at(session, [each.reference for each in page.rows])
    rows = queue_rows(keys(), page.rows, desk, moved)
    views = saved_views.visible(session, me)
    last_new = line.last_closed(session) if not rows and asked.part == "all" else None
    session.commit()
    _remember(asked.part)
    text = render_template(
        "review/queue.html",
        **_forms(unsaved, desk),
        errors=unsaved.errors,
        said=heard(HERE),
        told=told,
        as_of=f"{_clock(at, desk)} {zone_words(desk.practice.zone)}",
        since=lambda moment: words.moment_words(moment, desk.practice.zone, at),
        rows=rows,
        part=asked.part,
        title=words.LIST_WORDS[asked.part],
        parts=[(part, PART_WORDS[part], counts[part]) for part in filters.PARTS],
        to_call=asked.part in filters.QUEUE_PARTS,
        count=here,
        asked=asked,
        field_words=filters.LABELS,
        filter_words=filters.words(asked.filters, asked.choices),
        views=[(each, f"{url_for('review.queue')}?{each.query}") for each in views],
        names=desk.names,
        me=me,
        droppable=[each for each in views if saved_views.may_drop(each, me, desk.gone)],
        here={**asked.address, **_place()},
        chosen=_chosen(rows),
        empty=EMPTY_WORDS[asked.part],
        last_new=last_new,
        before=cursor.write(page.before) if page.before else None,
        after=cursor.write(page.after) if page.after else None,
        zone_word=zone_words(desk.practice.zone),
        business_hours=desk.schedule is not None,
        warnings=_warnings(),
    )
    return make_response(text, status)


def owners_at_work(desk: Desk) -> list[tuple[str, str]]:
    """Those to whom work can be given: staff ids with names, by name."""
    here = [(staff, name) for staff, name in desk.names.items() if staff not in desk.gone]
    return sorted(here, key=lambda each: (each[1].casefold(), each[0]))


def tell(text: str) -> None:
    """Keep ``text`` for the next showing of the queue."""
    say(HERE, text)


def _forms(unsaved: Unsaved, desk: Desk) -> dict[str, Any]:
    """The forms of the page, those that were sent as they were."""
    offered = bulk.acts(owners_at_work(desk), gate.current().id)
    return {
        "form": SearchForm(formdata=None),
        "choose": unsaved.choose or ChooseForm(offered),
        "save": unsaved.save or SaveViewForm(formdata=None),
        "saving": unsaved.save is not None,
    }


def _choices(desk: Desk) -> dict[str, Choices]:
    """What each filter offers: codes with words."""
    owners = {NOBODY: "Nobody", **dict(owners_at_work(desk))}
    owners |= {each: f"{desk.names[each]} (left)" for each in sorted(desk.gone)}
    statuses = {code: text for code, text in STATUS_WORDS.items() if code != "closed"}
    return {"state": STATES, "outcome": desk.outcomes, "status": statuses, "owner": owners}


def _counts(session: Session, asked: Asked, reader: lists.Reader) -> tuple[dict[str, str], str]:
    """How many each list holds, in words by its code, and how many the one that is shown holds."""
    some = lists.each_part(reader)
    if asked.filters.chosen():
        some.append(lists.wanted(asked.part, reader, asked.filters))
    said = [words.count_words(each, line.MOST_COUNTED) for each in line.counts(session, some)]
    counts = dict(zip(filters.PARTS, said, strict=False))
    return counts, said[-1] if asked.filters.chosen() else counts[asked.part]


def _since(session: Session, me: str, desk: Desk) -> Since:
    """What others did, and what came in, since the reader looked at the queue last."""
    look = looks.look(session, me, desk.now)
    events = since.by_others(looks.events_since(session, look, since.CHANGES), me)
    joined = looks.joined_at(session, since.joining(events))
    return since.told(events, joined, desk.names, look.since_at, look.seen)


def _place() -> dict[str, str]:
    """The page that is shown, as parameters of its address."""
    places = {name: cursor.read(request.args.get(name)) for name in ("after", "before")}
    return {name: cursor.write(place) for name, place in places.items() if place is not None}


def _chosen(rows: Sequence[Any]) -> set[str]:
    """The references whose boxes are ticked: all for the link that says so, else those sent."""
    if request.args.get("all") == "1" and request.method == "GET":
        return {row.reference for row in rows}
    return {text.partition(".")[0] for text in request.form.getlist("chosen")}


def _clock(at: dt.datetime, desk: Desk) -> str:
    """What the clock of the practice shows."""
    return clock_words(at.astimezone(desk.practice.zone).time())


def _remember(part: str) -> None:
    """Keep the list in the cookie, so that a record leads back to it."""
    cookie = visit.current()
    if cookie.get("part", "all") != part:
        cookie["part"] = part


def _warnings() -> list[str]:
    """What nobody has signed or confirmed yet, a sentence each."""
    said = [warn() for _, warn in current_app.extensions["warnings"]]
    found = [f"{each.rstrip('.')}." for each in said if each]
    unconfirmed = [words.FACT_WORDS.get(fact, fact) for fact in sorted(practice().unconfirmed)]
    if unconfirmed:
        found.append(f"Not confirmed in the practice file: {', '.join(unconfirmed)}.")
    if not practice().knows("hours"):
        found.append(
            "The example hours are used, since this is a trial on this machine."
            if practice().trial
            else "Until the hours are confirmed, no times are offered or shown."
        )
    return found
