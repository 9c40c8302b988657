"""What the desk has met before the browser comes: records, alerts and letters of every kind."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy.orm import Session

from intake.accounts.models import EmergencyAccess, Passkey
from intake.alerts import store as alerts
from intake.audit import Actor
from intake.cli.prepare import House
from intake.counters import NO_ARTICLE, NO_VERSION
from intake.counters import store as counters
from intake.mail import store as mail
from intake.submissions import calls, duplicates, flags, kept, saved_views
from intake.submissions.models import Submission
from intake.submissions.store import Promise
from intake.visit.model import new_id
from tests.accounts.desk import Member
from tests.review.made import PRACTICE, Maker, named
from tests.support.walker import answers

HOUR = dt.timedelta(hours=1)
ROLES = ("intake", "clinician", "admin")
THOUGHTS = {"safety": "thoughts", "mind": ("bipolar",)}


class Past:
    """What one member of the staff did at the desk of a house; all of it before ``now``."""

    def __init__(self, house: House, session: Session, member: Member, now: dt.datetime) -> None:
        self.keys = house.keys
        self.session = session
        self.now = now
        self.member = member
        self.actor = Actor("staff", member.id)
        self.maker = Maker(session, house.keys)

    def come(self, name: str, phone: str, **answered: str | tuple[str, ...]) -> Submission:
        """Somebody who asked to be called as soon as possible."""
        given = answers(**answered)
        promise = Promise("asap", due_at=self.now + (1 if answered else 30) * HOUR)
        person = named(name, phone=phone, email=None)
        return self.maker.send(self.now - HOUR, person, promise, given=given, demo=True)

    def records(self) -> dict[str, str]:
        """A record in each state that has a page of its own; references by what they show."""
        twin, other = (self.come("Nora Quist", "+13055550177") for _ in range(2))
        merged = self.come("Nora Quist", "+13055550177")
        revisions = {"revision": merged.revision, "kept_revision": other.revision}
        duplicates.merge(
            self.session, self.keys, merged, other, self.actor, self.now, roles=ROLES, **revisions
        )
        flagged = self.come("Omar Price", "+13055550178", **THOUGHTS)
        cleared = self.come("Pia Ross", "+13055550179", **THOUGHTS)
        flags.override(
            self.session,
            self.keys,
            cleared,
            "Spoken to this morning; safe, with her sister until Friday.",
            self.actor,
            self.now,
            revision=cleared.revision,
            roles=ROLES,
            due_at=self.now + 30 * HOUR,
        )
        wrong = self.come("Quentin Sachs", "+13055550180")
        calls.settle(
            self.session,
            self.keys,
            wrong,
            "wrong_number",
            self.actor,
            self.now,
            revision=wrong.revision,
            roles=ROLES,
            next_due=self.now + 20 * HOUR,
        )
        begun = self.come("Rita Thorne", "+13055550181")
        text = "Reached her sister, who says that she is back after four."
        kept.keep(
            self.session, self.keys, begun, new_id(), "call", text, self.actor, self.now - HOUR
        )
        self.maker.send(self.now - 2 * HOUR, None, given=answers(**THOUGHTS), demo=True)
        made = {"TWIN": twin, "MERGED": merged, "FLAGGED": flagged, "CLEARED": cleared}
        made |= {"WRONG": wrong, "BEGUN": begun}
        return {name: each.reference for name, each in made.items()}

    def alerts(self) -> dict[str, str]:
        """One that somebody has, and one that is closed; their numbers."""
        taken = self.maker.crisis(self.now - 2 * HOUR, named("Sol Unger"), demo=True)
        ended = self.maker.crisis(self.now - 5 * HOUR, named("Tess Vance"), demo=True)
        alerts.taken(self.session, self.keys, taken, self.actor, self.now, PRACTICE)
        gone = alerts.open_of(self.session, ended.id)[0]
        alerts.close(
            self.session,
            self.keys,
            gone,
            "reached_safe",
            "Spoke with her. Her brother stays the night. A call is agreed for the morning.",
            self.actor,
            self.now - 4 * HOUR,
            revision=gone.revision,
        )
        mine = alerts.open_of(self.session, taken.id)[0]
        return {"ALERT": mine.id, "ENDED": gone.id, "CRISIS": taken.reference}

    def letter(self) -> None:
        """A letter that no server takes."""
        mail.put(
            self.session,
            self.keys,
            kind="alert",
            to="on-call@example.org",
            subject="A call is waiting",
            body="Sign in to take it.",
            about=None,
            now=self.now - 2 * HOUR,
        )
        claimed = mail.claim(self.session, self.now - HOUR, "one", "example.org")
        assert claimed is not None
        mail.failed(
            self.session, self.keys, claimed, self.now, error="recipient 550", for_good=True
        )

    def emergency(self, colleague: Member) -> None:
        """Emergency access that is over, and that nobody has reviewed."""
        number, began = secrets.token_hex(16), self.now - 3 * HOUR
        reason = "A person on the phone was in danger, and nobody else answered."
        sealed = self.keys.seal_field(EmergencyAccess.reason_sealed, number, reason)
        self.session.add(
            EmergencyAccess(
                id=number,
                staff_id=colleague.id,
                session_id=secrets.token_hex(16),
                began_at=began,
                ends_at=began + HOUR / 2,
                reason_sealed=sealed,
            )
        )

    def passkey(self) -> None:
        """A passkey of the member."""
        self.session.add(
            Passkey(
                id=secrets.token_hex(16),
                staff_id=self.member.id,
                credential_id=secrets.token_bytes(16),
                public_key=b"none",
                sign_count=0,
                name="Laptop at the desk",
                created_at=self.now - 40 * HOUR,
            )
        )

    def views(self) -> None:
        """A list that is saved for everybody, and one for the member alone."""
        for name, query, shared in (
            ("Florida, nobody’s", "show=unassigned&state=fl", True),
            ("Mine of today", "show=mine", False),
        ):
            saved_views.save(
                self.session, self.keys, name, query, self.actor, self.now, shared=shared
            )

    def figures(self) -> None:
        """Visitors of two weeks, fewer at each question."""
        definition = self.maker.definition
        for back in (0, 9):
            left = 2400 - 100 * back
            seen = {("started", NO_ARTICLE, definition.version): left}
            seen[("article_read", "should-you-microdose-ketamine", NO_VERSION)] = 2 * left
            seen[("started", "should-you-microdose-ketamine", definition.version)] = left // 3
            seen[("sent_from", "should-you-microdose-ketamine", definition.version)] = left // 8
            for question in definition.questions:
                seen[("seen", question.id, definition.version)] = left
                left = left * 15 // 16
                seen[("answered", question.id, definition.version)] = left
            counters.add(self.session, seen, (self.now - back * 24 * HOUR).date())


def furnish_desk(
    house: House, session: Session, member: Member, colleague: Member, now: dt.datetime
) -> dict[str, str]:
    """A past for the desk; references and numbers by the words that stand for them in a place."""
    past = Past(house, session, member, now)
    known = past.records() | past.alerts()
    past.letter()
    past.emergency(colleague)
    past.passkey()
    past.views()
    past.figures()
    session.commit()
    return known
