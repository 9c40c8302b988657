"""The crisis page: 988 first, and below it "Please have someone call me".

A door of this room: the check shows the page at /eligibility/help. It stands here because a form
with a mistake in it is shown again by /callback/urgent.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, make_response, render_template

from intake import rulebook
from intake.callback import phrases
from intake.callback.forms import UrgentForm
from intake.eligibility import Decision, Definition, Effect, Outcome, explain, outcome
from intake.eligibility.trail import CRISIS_PAGE
from intake.hours.slots import Schedule
from intake.hours.store import schedule_of
from intake.visit import Draft
from intake.web import now, practice


def crisis_of(draft: Draft | None) -> tuple[Definition, Decision] | None:
    """The rules by which the draft is a crisis, and what they decide; None where there are none.

    Its own rules are asked first, then an urgent version that has taken over. Where the crisis
    page was shown for an answer that still stands, the rules that showed it are heard as well,
    whatever became live since: a call for help is never turned away.
    """
    if draft is None:
        return None
    for definition in _rules_of(draft):
        decision = outcome.decide(definition, draft.answers, draft.trail)
        if decision.outcome is Outcome.CRISIS:
            return definition, decision
    return None


def _rules_of(draft: Draft) -> Iterator[Definition]:
    """The versions that may make ``draft`` a crisis."""
    own = rulebook.version(draft.version)
    if own is None:
        return
    yield own
    if rulebook.overtaken(draft.version):
        yield rulebook.live()
    shown = any(
        entry.page == CRISIS_PAGE and draft.answers.get(entry.question) == entry.before
        for entry in draft.trail
    )
    if shown:
        yield from rulebook.shelf().versions.values()


def in_crisis(draft: Draft) -> bool:
    """Whether the draft's answers end in a crisis."""
    return crisis_of(draft) is not None


def call_form() -> UrgentForm:
    """The call request of this request: as posted, or empty."""
    return UrgentForm()


def render_help(form: UrgentForm, draft: Draft, status: int = 200) -> Response:
    """The crisis page for ``draft``, which must be in crisis; 422 with a form that has errors."""
    return make_response(
        render_template(
            "callback/help.html",
            form=form,
            problems=form.problems(),
            sentence=_sentence(draft),
            consent=phrases.URGENT.words,
            when=phrases.someone_will_call(shown_hours(), now()),
        ),
        status,
    )


def shown_hours() -> Schedule | None:
    """The practice's hours, or None while they may not be shown."""
    return schedule_of(practice()) if practice().shows_hours else None


def _sentence(draft: Draft) -> str:
    """What the person told us, for the one code that was chosen; empty where nothing stands."""
    found = crisis_of(draft)
    reasons = explain.reasons(found[0], draft.answers, found[1].flags) if found else []
    return next((reason.text for reason in reasons if reason.effect is Effect.CRISIS), "")
