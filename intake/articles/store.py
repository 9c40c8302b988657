"""Which articles a clinician confirmed against which version of the rules; never commits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import audit
from intake.articles.models import ArticleConfirmation
from intake.crypto import KeyRing


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The newest confirmation of an article: against which version, when (UTC), by whom."""

    version: int
    at: dt.datetime
    by: str


def confirmations(session: Session) -> dict[str, Confirmation]:
    """The newest confirmation of each article, by slug."""
    rows = session.scalars(select(ArticleConfirmation).order_by(ArticleConfirmation.id))
    return {row.slug: Confirmation(row.version, row.at, row.by_name) for row in rows}


def confirm(
    session: Session,
    keys: KeyRing,
    slug: str,
    version: int,
    actor: audit.Actor,
    name: str,
    now: dt.datetime,
) -> None:
    """Keep that the article is true to ``version``; said twice in a row it is kept once."""
    newest = confirmations(session).get(slug)
    if newest is not None and newest.version == version:
        return
    session.add(
        ArticleConfirmation(slug=slug, version=version, at=now, by_id=actor.id or "", by_name=name)
    )
    session.flush()
    audit.record(session, keys, "article.confirmed", actor, now, slug=slug, version=version)
