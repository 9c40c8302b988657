"""The page of one submission; its contact on demand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import structlog
from flask import make_response, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from intake import db, rulebook, visit
from intake.accounts import gate
from intake.accounts import store as people
from intake.errors import UnreadableRecord
from intake.hours.words import zones_of
from intake.review import closing, words
from intake.review.forms import NoteForm
from intake.review.listing import asked_in_crisis
from intake.review.record import build, last_change
from intake.review.views.common import blueprint, desk_at, heard, keys, typed, works_here
from intake.review.views.kept import restore
from intake.submissions import desk as acts
from intake.submissions.contact import Contact
from intake.submissions.models import Submission
from intake.submissions.status import REASON_WORDS, STATUS_WORDS
from intake.web import now, practice

log = structlog.get_logger()

NOBODY = ("", "Nobody")


@dataclass(frozen=True, slots=True)
class Unsaved:
    """An act that was not saved, so that nothing which was typed is lost.

    ``errors``: field ids with what to do. ``conflict``: somebody else's change came first, and
    ``wanted`` says what was to be. ``to`` and ``reason`` are what the move's form held, and
    ``owner`` what the owner's did.
    """

    errors: Sequence[tuple[str, str]] = ()
    conflict: bool = False
    wanted: str = ""
    to: str = ""
    reason: str = ""
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A contact that was asked for, with its rules in words; None where none can be shown."""

    contact: Contact | None = None
    clocks: str = ""
    language: str = ""
    voicemail: str = ""


@blueprint.get("/submissions/<reference>")
@gate.allow("intake", "clinician", emergency=True)
def submission(reference: str) -> Response:
    """One submission: what was said, what decided it, what happened, what to do."""
    session, at = db.session(), now()
    found = acts.open_for(session, keys(), reference.upper(), gate.actor(), at)
    return render_record(session, found, at)


@blueprint.post("/submissions/<reference>/contact")
@gate.allow("intake", "clinician", emergency=True)
def contact(reference: str) -> Response:
    """The same page with the contact shown, which is recorded."""
    session, at = db.session(), now()
    found = acts.by_reference(session, reference.upper())
    return render_record(session, found, at, shown=show_again(session, found, at))


def render_record(
    session: Session,
    found: Submission,
    at: dt.datetime,
    *,
    shown: Shown | None = None,
    note: NoteForm | None = None,
    unsaved: Unsaved | None = None,
    status: int = 200,
) -> Response:
    """Gather the page, commit the event of its reading, and render it.

    A record of which a part does not open gives 409, and names the part.
    """
    me, desk = gate.current(), desk_at(session, at)
    page = build(session, keys(), found, rulebook.version(found.definition_version), desk, me.roles)
    changed = last_change(session, found, desk) if unsaved and unsaved.conflict else None
    owners = owners_of(session, found, me.id)
    needs_note = found.status != "closed" and closing.needs_note(session, found)
    note = note or note_form()
    kept = restore(session, found, note, at)
    session.commit()
    for problem in page.problems:
        log.error("record_unreadable", place=problem.split(":", 1)[0])
    note.body.data = typed(note.body.data)
    text = render_template(
        "review/submission.html",
        page=page,
        submission=found,
        shown=shown,
        note=note,
        kept=kept,
        needs_note=needs_note,
        said=heard(found.reference),
        part=visit.current().get("part", "all"),
        unsaved=unsaved or Unsaved(),
        changed=changed,
        owners=owners,
        owner_left=found.owner_id in desk.gone,
        zone=desk.practice.time_zone,
        words=words,
        status_word=STATUS_WORDS[found.status],
        reason_word=REASON_WORDS[found.closed_reason] if found.closed_reason else None,
        business_hours=desk.schedule is not None,
        day=lambda date: words.capital(
            words.day_words(date, at.astimezone(desk.practice.zone).date())
        ),
    )
    return make_response(text, 409 if page.problems and status == 200 else status)


def note_form() -> NoteForm:
    """The note's form, with what was typed into it, and the types that the reader may write."""
    kinds = acts.note_types(gate.current().roles)
    return NoteForm([(kind, words.NOTE_WORDS[kind]) for kind in kinds])


def show_again(session: Session, found: Submission, at: dt.datetime) -> Shown:
    """Open the contact and put its rules into words, which is recorded each time.

    One that does not open is not shown.
    """
    try:
        reached = acts.show_contact(session, keys(), found, gate.actor(), at)
    except UnreadableRecord:
        return Shown()
    if reached is None:
        return Shown()
    if asked_in_crisis(found):
        zones = [ZoneInfo(zone.name) for zone in zones_of(found.state, practice().zone)]
        clocks, language = words.possible_clocks_words(at, zones), "Not asked"
    else:
        clocks = words.clock_now_words(at, practice().zone, ZoneInfo(reached.zone))
        language = words.LANGUAGE_WORDS.get(reached.language, reached.language)
    return Shown(
        contact=reached,
        clocks=clocks,
        language=language,
        voicemail=words.VOICEMAIL_WORDS[reached.voicemail],
    )


def owners_of(session: Session, found: Submission, me: str) -> list[tuple[str, str]]:
    """Nobody, oneself (the staff id ``me``), and all others who work the queue.

    The present owner is among them in any case.
    """
    offered = [
        staff
        for staff in people.all_staff(session)
        if staff.id in (me, found.owner_id) or works_here(staff)
    ]
    offered.sort(key=lambda staff: staff.id != me)
    return [NOBODY, *((staff.id, _owner_words(staff, me)) for staff in offered)]


def _owner_words(staff: people.Staff, me: str) -> str:
    """A person's name, and whether that is oneself or somebody who works here no more."""
    if staff.id == me:
        return f"{staff.name} (you)"
    return staff.name if works_here(staff) else f"{staff.name} (left)"
