"""One-time links: made, dropped, forgotten. Only the SHA-256 of a token is kept."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import delete
from sqlalchemy.orm import Session

from intake.accounts.models import Invitation
from intake.crypto import token_digest

FIRST_LASTS = dt.timedelta(hours=24)
INVITE_LASTS = dt.timedelta(hours=72)
RESET_LASTS = dt.timedelta(hours=24)
KEPT = dt.timedelta(days=30)


def make(session: Session, staff_id: str | None, kind: str, expires: dt.datetime) -> str:
    """Make a one-time link and give its token; a person's earlier open links are gone."""
    if staff_id is not None:
        drop(session, staff_id)
    token = secrets.token_urlsafe(32)
    session.add(
        Invitation(
            id=secrets.token_hex(16),
            token_sha256=token_digest(token),
            staff_id=staff_id,
            kind=kind,
            expires_at=expires,
        )
    )
    session.flush()
    return token


def drop(session: Session, staff_id: str) -> None:
    """Delete the open links of a person."""
    session.execute(
        delete(Invitation).where(Invitation.staff_id == staff_id, Invitation.used_at.is_(None))
    )


def forget_old(session: Session, now: dt.datetime) -> None:
    """Delete links that ended more than thirty days ago."""
    session.execute(delete(Invitation).where(Invitation.expires_at < now - KEPT))
