"""What the pages of the desk share: the blueprint, what rows are seen against, refusals."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import NoReturn

from flask import Blueprint, abort, current_app, request
from sqlalchemy.orm import Session

from intake import audit, rulebook, visit
from intake.accounts import gate
from intake.accounts import store as people
from intake.crypto import KeyRing
from intake.hours.store import schedule_of
from intake.review.listing import Desk
from intake.web import practice

blueprint = Blueprint("review", __name__, url_prefix="/staff")


def keys() -> KeyRing:
    """The key ring of the running application."""
    ring: KeyRing = current_app.extensions["keys"]
    return ring


def desk_at(session: Session, now: dt.datetime) -> Desk:
    """What rows and records are seen against at ``now``."""
    facts, everyone = practice(), people.all_staff(session)
    return Desk(
        practice=facts,
        schedule=schedule_of(facts) if facts.shows_hours else None,
        names={staff.id: staff.name for staff in everyone},
        gone=frozenset(staff.id for staff in everyone if not works_here(staff)),
        outcomes={ending.code.value: ending.staff for ending in rulebook.live().endings},
        now=now,
    )


def works_here(staff: people.Staff) -> bool:
    """Whether a submission can be given to ``staff``."""
    return staff.disabled_at is None and not staff.role_set.isdisjoint(("intake", "clinician"))


def say(about: str, text: str) -> None:
    """Keep ``text`` for the next page of the submission ``about``, in the sealed cookie."""
    visit.current()["said"] = [about, text]


def heard(about: str) -> str | None:
    """What ``say`` kept for this page, once; None where it kept nothing, or for another page."""
    cookie = visit.current()
    kept = cookie.get("said")
    if not kept or kept[0] != about:
        return None
    del cookie["said"]
    # Only a value that is set is noticed.
    cookie.modified = True
    return str(kept[1])


def typed(text: str | None) -> str:
    """What somebody typed, without the characters that no page may hold."""
    return "".join(
        character
        for character in text or ""
        if character in "\t\r\n" or unicodedata.category(character) not in ("Cc", "Cs")
    )


def refuse(session: Session, now: dt.datetime) -> NoReturn:
    """Refuse an act that needs another role, and record it, as the gate does."""
    endpoint = request.endpoint or ""
    audit.record(session, keys(), "access.refused", gate.actor(), now, endpoint=endpoint)
    session.commit()
    abort(403)
