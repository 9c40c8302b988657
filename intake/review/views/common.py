"""What the pages of the desk share: the blueprint, what rows are seen against, refusals."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import NoReturn

from flask import Blueprint, abort, current_app, request
from sqlalchemy.orm import Session

from intake import audit, rulebook
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
    facts = practice()
    return Desk(
        practice=facts,
        schedule=schedule_of(facts) if facts.shows_hours else None,
        names={staff.id: staff.name for staff in people.all_staff(session)},
        outcomes={ending.code.value: ending.staff for ending in rulebook.live().endings},
        now=now,
    )


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
