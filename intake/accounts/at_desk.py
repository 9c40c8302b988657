"""Who is signed in at the desk, asked on a page of the check.

Only a check that staff enter for a caller asks; a visitor's own pages read no staff cookie.
"""

from __future__ import annotations

from intake import db, visit, web
from intake.accounts import sessions


def signed_in() -> str | None:
    """The staff id of whoever works the queue in this browser; None for anybody else.

    Entering a check is work: it keeps their session alive.
    """
    cookie = visit.beside("staff")
    token = cookie.get("token") if cookie.state == "sound" else None
    if token is None:
        return None
    person = sessions.find(db.reading(), token, web.now())
    db.reading().rollback()
    if person is None or person.level != "full" or not person.may("intake", "clinician"):
        return None
    if web.now() - person.last_seen_at >= sessions.SEEN_EVERY:
        sessions.see(db.session(), person, web.now())
        db.session().commit()
    return person.id
