"""What became of a call: reached, a message left, no answer, a wrong number. Never commits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy.orm import Session

from intake.audit import Actor
from intake.crypto import KeyRing
from intake.errors import OutOfDate, Refused
from intake.submissions import desk
from intake.submissions import status as table
from intake.submissions.models import Submission
from intake.submissions.reach import promise_of

# What staff may say of a call, in the order of the page, with the words of the button.
OUTCOMES = {
    "reached": "Reached",
    "left_message": "Left a message",
    "no_answer": "No answer",
    "wrong_number": "Wrong number",
}
AGAIN = "again"


def settle(
    session: Session,
    keys: KeyRing,
    submission: Submission,
    outcome: str,
    actor: Actor,
    now: dt.datetime,
    *,
    revision: int,
    roles: Collection[str],
    next_due: dt.datetime,
) -> None:
    """Say what became of the owed call of a locked ``submission``.

    ``outcome``: one of ``OUTCOMES``, or ``AGAIN`` where a wrong number was a slip. A message or
    no answer keeps the call owed, due at ``next_due`` (UTC). A reached person is ``contacted``;
    anything else takes a new submission into review. Raises ``OutOfDate`` since ``revision``, and
    ``Refused`` where no call is owed.
    """
    if submission.revision != revision:
        raise OutOfDate(submission.reference)
    if submission.status == "closed":
        raise Refused("It is closed. Open it again first.")
    if outcome == AGAIN:
        _owe_again(session, keys, submission, actor, now)
        return
    owed = promise_of(submission)
    if owed is None or outcome not in OUTCOMES:
        raise Refused("No call is owed on this record.")
    to = "contacted" if outcome == "reached" else "in_review"
    if submission.status == "new" or (to == "contacted" and submission.status != to):
        # The move to contacted settles the call as reached.
        desk.move(session, keys, submission, to, actor, now, revision=revision, roles=roles)
    if outcome in table.CALLBACK_OPEN:
        submission.due_at = max(next_due, now)
    if owed.status != "reached":
        desk.move_call(session, keys, submission, owed, outcome, actor, now)


def wrong_number(submission: Submission) -> bool:
    """Whether the last call ended at a wrong number, and none is owed."""
    last = submission.callbacks[-1] if submission.callbacks else None
    return last is not None and last.status == "wrong_number" and promise_of(submission) is None


def _owe_again(
    session: Session, keys: KeyRing, submission: Submission, actor: Actor, now: dt.datetime
) -> None:
    """Take back that the number was wrong."""
    if not wrong_number(submission):
        raise Refused("No call of this record ended at a wrong number.")
    call = submission.callbacks[-1]
    desk.move_call(session, keys, submission, call, desk.former_status(call), actor, now)
