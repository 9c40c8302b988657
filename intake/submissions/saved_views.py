"""Lists of the queue that somebody keeps under a name; never commits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from intake import audit
from intake.audit import Actor
from intake.crypto import KeyRing
from intake.errors import NotFound, Refused
from intake.submissions.models import SavedView
from intake.visit.model import new_id

LONGEST_NAME = 60
MOST_VIEWS = 20
# However many people share theirs, the page stays a page.
MOST_SHOWN = 60


def visible(session: Session, staff_id: str) -> Sequence[SavedView]:
    """The views of ``staff_id`` and those that others share, by name."""
    return session.scalars(
        select(SavedView)
        .where(or_(SavedView.owner_id == staff_id, SavedView.shared))
        .order_by(func.lower(SavedView.name), SavedView.id)
        .limit(MOST_SHOWN)
    ).all()


def save(
    session: Session,
    keys: KeyRing,
    name: str,
    query: str,
    actor: Actor,
    now: dt.datetime,
    *,
    shared: bool,
) -> SavedView:
    """Keep ``query``, filters as they stand in an address, for the acting staff member.

    Raises ``Refused`` for a name that they use already, and past ``MOST_VIEWS``.
    """
    owner = actor.id or ""
    mine = session.scalars(select(SavedView.name).where(SavedView.owner_id == owner)).all()
    if len(mine) >= MOST_VIEWS:
        raise Refused(f"You have {MOST_VIEWS} saved views. Drop one first.")
    if name in mine:
        raise Refused("You have a view of this name. Choose another name.")
    view = SavedView(
        id=new_id(), owner_id=owner, name=name, query=query, shared=shared, created_at=now
    )
    try:
        with session.begin_nested():
            session.add(view)
    except IntegrityError as error:
        raise Refused("You have a view of this name. Choose another name.") from error
    audit.record(session, keys, "view.saved", actor, now, subject=owner, shared=shared)
    return view


def drop(
    session: Session,
    keys: KeyRing,
    number: str,
    actor: Actor,
    now: dt.datetime,
    *,
    gone: Collection[str],
) -> str:
    """Drop a view for good, and give its name.

    One's own, or a shared one of somebody among ``gone``, who works here no more. Raises
    ``NotFound`` for any other.
    """
    view = session.get(SavedView, number, with_for_update=True)
    if view is None or not may_drop(view, actor.id or "", gone):
        raise NotFound(number)
    name = view.name
    session.delete(view)
    audit.record(session, keys, "view.dropped", actor, now, subject=actor.id, shared=view.shared)
    return name


def may_drop(view: SavedView, staff_id: str, gone: Collection[str]) -> bool:
    """Whether ``staff_id`` may drop ``view``."""
    return view.owner_id == staff_id or (view.shared and view.owner_id in gone)
