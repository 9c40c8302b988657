"""People who come to the callback step: their answers, their contact, their way there."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from intake.submissions.models import Submission
from tests.support.client import Visitor
from tests.support.page import Page

SAFE: dict[str, str] = {
    "state": "fl",
    "age_band": "30_44",
    "reason": "depression",
    "safety": "no",
    "recent_crisis": "no",
    "trials": "2_plus",
    "mind": "none",
    "heart": "none",
    "blood_pressure": "normal",
    "body": "none",
    "pregnancy": "no",
    "substances": "no",
    "medicines": "none",
    "ketamine_before": "never",
    "sitter": "yes",
}
# Monday 10 am in New York: the windows of that afternoon and the next days are offered.
FIRST_WINDOW = "2026-11-23T18:00:00Z"
TUESDAY_NINE = "2026-11-24T14:00:00Z"
MARY = {
    "window": TUESDAY_NINE,
    "zone": "America/New_York",
    "name": "Mary O'Brien",
    "phone": "(305) 555-0142",
    "email": "mary@example.com",
    "birth_date-day": "7",
    "birth_date-month": "March",
    "birth_date-year": "1988",
    "voicemail": "number",
    "language": "en",
}
URGENT = {"name": "Mary O'Brien", "phone": "305 555 0142", "voicemail": "practice"}


def answer_until(client: Visitor, last: str, **changes: str) -> Page:
    """Answer the check as rendered, up to the question ``last``; gives the page after it."""
    answers = SAFE | changes
    page = client.open("/eligibility/state")
    while page.address.startswith("/eligibility/"):
        question = page.address.rpartition("/")[2]
        if question == "stop":
            client.submit()
        elif question in answers and page.root.xpath("//input[@name='answer']"):
            client.submit(answer=answers[question])
        else:
            break
        page = client.follow()
        if question == last:
            break
    return page


def send_check(client: Visitor, **changes: str) -> Page:
    """Answer everything and press Send; gives the result page."""
    page = answer_until(client, "sitter", **changes)
    assert page.address == "/eligibility/check", page.address
    client.submit()
    return client.follow()


def to_callback(client: Visitor, **changes: str) -> Page:
    """Answer, send, and open the callback step."""
    send_check(client, **changes)
    return client.open("/callback")


def book(client: Visitor, **changes: str | None) -> Page:
    """Fill in the booking form as rendered and follow to the next page."""
    fields: dict[str, str | list[str] | None] = {**MARY, **changes}
    client.submit(None, **fields)
    return client.follow()


def only_submission(session: Session) -> Submission:
    """The one submission of the database."""
    session.expire_all()
    found = session.scalars(select(Submission).options(selectinload(Submission.callbacks))).one()
    session.expunge_all()
    session.rollback()  # an open read would hold up the next write on SQLite
    return found
