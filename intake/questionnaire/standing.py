"""Where the draft of this request stands, or the way to where its visitor belongs."""

from __future__ import annotations

from flask import Response

from intake import visit, web
from intake.questionnaire import walk
from intake.questionnaire.walk import Standing


def to(address: str) -> Response:
    """Lead on to ``address`` with 303 and an empty body, which no browser shows."""
    return Response(status=303, headers={"Location": address})


def standing_or_way() -> Standing | Response:
    """The draft on the path of the version that it began with, or of an urgent one since.

    After Send the way leads to the result; without a draft, or with one of a version that this
    practice never had, to the start.
    """
    current = visit.current()
    if current.receipt is not None:
        return to(walk.RESULT)
    if current.draft is None:
        return to(walk.START)
    draft = walk.carried_over(current.draft)
    definition = walk.definition_of(draft)
    if definition is None:
        visit.notice(web.now())
        return to(walk.START)
    if draft is not current.draft:
        visit.replace(draft)
    return walk.stand(definition, draft)
