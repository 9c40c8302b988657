"""What the check adds to the anonymous figures; a check that staff enter for a caller adds none."""

from __future__ import annotations

from flask import current_app, request

from intake import counters
from intake.questionnaire.walk import Standing
from intake.visit import Draft


def seen(here: Standing, question_id: str) -> None:
    """The page of a question was shown; counted while the question is not answered."""
    if question_id not in here.draft.answers:
        _note("seen", question_id, here.draft)


def answered(draft: Draft, question_id: str) -> None:
    """A question of ``draft``, as it was before, was answered; another answer to it is not counted.

    The first answer of all is where a check begins: a page that is opened may be a robot's.
    """
    if not draft.answers:
        _note("started", draft.source or counters.NO_ARTICLE, draft)
    if question_id not in draft.answers:
        _note("answered", question_id, draft)


def ended(draft: Draft, page: str) -> None:
    """A page that ends or stops the check was shown: crisis, stop, area or age."""
    _note("ended", page, draft)


def check_seen(draft: Draft) -> None:
    """Check answers was shown."""
    _note("check_seen", "check", draft)


def sent(draft: Draft, outcome: str) -> None:
    """A check was sent, by its outcome and by the article that led to it, each for itself."""
    _note("sent", outcome, draft)
    _note("sent_from", draft.source or counters.NO_ARTICLE, draft)


def _note(kind: counters.Kind, name: str, draft: Draft) -> None:
    """Count one, unless staff enter it or only the headers were asked for."""
    if draft.entered_by is None and request.method != "HEAD":
        counters.note(current_app, kind, name, draft.version)
