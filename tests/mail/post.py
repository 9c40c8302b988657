"""Letters of a test house, put in and looked at."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.crypto import KeyRing
from intake.mail import store
from intake.mail.models import Letter
from intake.mail.store import Claimed

SENDER = "desk@example.org"
TO = "quentin.marlowe@example.net"
SUBJECT = "A call is waiting: KQ7-4FXM"
BODY = "Sign in to take it.\nhttps://care.example.org/staff/alerts\n"


class Post:
    """The outbox of one test house."""

    def __init__(self, session: Session, keys: KeyRing) -> None:
        self.session = session
        self.keys = keys

    def put(self, now: dt.datetime, to: str = TO, kind: str = "alert") -> str:
        """Put a letter in, and commit."""
        letter_id = store.put(
            self.session,
            self.keys,
            kind=kind,
            to=to,
            subject=SUBJECT,
            body=BODY,
            about="KQ7-4FXM",
            now=now,
        )
        self.session.commit()
        return letter_id

    def dead(self, now: dt.datetime, error: str = "recipient 550", to: str = TO) -> str:
        """A letter that was refused for good."""
        letter_id = self.put(now, to)
        letter = self.claim(now)
        assert letter is not None and letter.id == letter_id
        store.failed(self.session, self.keys, letter, now, error=error, for_good=True)
        self.session.commit()
        return letter_id

    def claim(self, now: dt.datetime, worker: str = "one") -> Claimed | None:
        """Take what is due, and commit."""
        letter = store.claim(self.session, now, worker, "example.org")
        self.session.commit()
        return letter

    def letters(self) -> list[Letter]:
        """Every letter as it stands now, the oldest first."""
        self.session.rollback()
        self.session.expire_all()
        found = self.session.scalars(select(Letter).order_by(Letter.created_at, Letter.id)).all()
        self.session.expunge_all()
        self.session.rollback()
        return list(found)

    def letter(self) -> Letter:
        """The one letter."""
        (found,) = self.letters()
        return found
