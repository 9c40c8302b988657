"""The crisis page: 988 first, and below it "Please have someone call me".

A door of this room: the check shows the page at /eligibility/help. It stands here because a form
with a mistake in it is shown again by /callback/urgent.
"""

from __future__ import annotations

from flask import Response, make_response, render_template

from intake import rulebook
from intake.callback import phrases
from intake.callback.forms import UrgentForm
from intake.eligibility import Decision, Definition, Effect, Outcome, explain, outcome
from intake.hours.slots import Schedule
from intake.hours.store import schedule_of
from intake.visit import Draft
from intake.web import now, practice


def crisis_of(draft: Draft | None) -> tuple[Definition, Decision] | None:
    """The draft's own definition and what it decides, where that is a crisis; else None."""
    definition = rulebook.version(draft.version) if draft else None
    if draft is None or definition is None:
        return None
    decision = outcome.decide(definition, draft.answers, draft.trail)
    return (definition, decision) if decision.outcome is Outcome.CRISIS else None


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
