"""Check answers, Send, and the result in its five forms."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, render_template, request

from intake import db, limits, rulebook, visit, web
from intake.eligibility import Definition, Effect, Outcome, Urgent, explain, journey, outcome
from intake.questionnaire import noting, summary, walk
from intake.questionnaire.standing import standing_or_way, to
from intake.questionnaire.walk import Standing
from intake.submissions import store
from intake.submissions.models import Submission
from intake.visit import Draft
from intake.visit.model import receipt_for
from intake.web import keys

# Nobody reads 15 questions in this time; a faster Send is asked for one more press.
FASTEST_SEND = dt.timedelta(seconds=12)

ENDINGS = {Effect.OUTSIDE_AREA: Outcome.OUTSIDE_AREA, Effect.UNDER_AGE: Outcome.UNDER_AGE}
# What the anonymous figures call these pages.
ENDED_AS = {Outcome.OUTSIDE_AREA: "area", Outcome.UNDER_AGE: "age"}


def add_result_views(blueprint: Blueprint) -> None:
    """Put these views on the check's own blueprint."""
    blueprint.add_url_rule("/eligibility/check", view_func=check, methods=["GET"])
    blueprint.add_url_rule("/eligibility/check", view_func=send, methods=["POST"])
    blueprint.add_url_rule("/eligibility/result", view_func=result, methods=["GET"])
    blueprint.add_url_rule("/eligibility/result", view_func=other_options, methods=["POST"])


@visit.page
def check() -> Any:
    """List the answers, with a way to change each, before anything is sent."""
    here = _complete()
    if isinstance(here, Response):
        return here
    noting.check_seen(here.draft)
    return render_template(
        "check/check.html",
        sections=summary.sections(here),
        words=here.definition.check,
        consent=here.definition.consent.text,
        press_again=here.draft.pressed,
        changed=here.changed,
        back_href=walk.question_address(here.path.questions[-1]),
    )


def _complete() -> Standing | Response:
    """The draft whose path is complete, or the way to where it stands."""
    here = standing_or_way()
    if isinstance(here, Response) or here.onward == walk.CHECK:
        return here
    return to(here.onward)


@visit.page
def send() -> Any:
    """Store the check once, and give the receipt; a second Send gives the same page."""
    shown = visit.current().draft
    here = _complete()
    if isinstance(here, Response):
        return here
    definition, draft, now = here.definition, here.draft, web.now()
    if shown is not None and _consent_changed(shown.version, definition):
        return to(walk.CHECK)
    if _too_fast(draft, now):
        visit.replace(draft.but(pressed=True))
        return to(walk.CHECK)
    for question_id, codes in here.answers.items():
        journey.valid(definition.question(question_id), codes)
    decision = outcome.decide(definition, draft.answers, draft.trail)
    session = db.session()
    if web.settings().limits:
        limits.check(session, limits.SEND, limits.who_is(keys(), request.remote_addr), now)
    sent = store.submit(
        session,
        keys(),
        draft=draft,
        definition=definition,
        decision=decision,
        now=now,
        possible_abuse=draft.pressed,
    )
    session.commit()
    if sent.new:
        noting.sent(draft, decision.outcome.value)
    visit.give(receipt_for(draft.id, now, draft.entered_by).but(late=sent.differs))
    return to(walk.RESULT)


def _consent_changed(version: int, definition: Definition) -> bool:
    """Whether an urgent version took over since the check page, with another consent text.

    Nobody agrees to words that they have not seen: the page is shown once more.
    """
    before = rulebook.version(version)
    return before is not None and before.consent != definition.consent


def _too_fast(draft: Draft, now: dt.datetime) -> bool:
    """Whether this Send needs one more press: faster than a person, or a hidden field filled."""
    if draft.pressed or not web.settings().limits:
        return False
    return now - draft.started < FASTEST_SEND or bool(request.form.get("website"))


@visit.page
def result() -> Any:
    """The stored result, or the referral of a draft that ended or asked for other options."""
    if visit.current().receipt is not None:
        return _stored_result()
    here = standing_or_way()
    if isinstance(here, Response):
        return here
    ended_by = here.path.ended_by
    if ended_by is not None and ended_by.effect in ENDINGS:
        return _referral(here, ENDINGS[ended_by.effect])
    if here.draft.options and here.hard_stops:
        return _options_page(here)
    return to(walk.START)


def _stored_result() -> Any:
    """The result page of a receipt, as it was decided when it was sent."""
    receipt = visit.current().receipt
    sent = store.by_id(db.reading(), receipt.submission) if receipt else None
    if receipt is None or sent is None or not receipt.shows_result(web.now()):
        return to(walk.START)
    if sent.closed_reason == "under_age":
        return _under_age(sent)
    if sent.outcome == Outcome.CRISIS:
        return to("/callback/confirmed")
    definition = rulebook.version(sent.definition_version)
    if definition is None:
        raise LookupError("the definition of a stored submission is gone")
    stored = store.read_check(keys(), sent)
    return render_template(
        "check/result.html",
        outcome=sent.outcome,
        sent=sent,
        late=receipt.late,
        reasons=_told(explain.reasons(definition, stored.answers, stored.flags)),
        urgent=explain.urgent_texts(definition, stored.flags),
        state=sent.state,
        **_rules(definition.version),
        promise=store.promise_of(sent),
        in_person=web.practice().in_person_visit_needed(_today()),
    )


def _rules(version: int) -> dict[str, object]:
    """Which rules decided, and whether a clinician has signed them."""
    return {"version": version, "signed": version in rulebook.shelf().signatures}


def _told(reasons: Any) -> list[Any]:
    """The reasons that the patient is told: all but notes."""
    return [reason for reason in reasons if reason.effect is not Effect.NOTE]


def _today() -> dt.date:
    """The practice's day."""
    return web.now().astimezone(web.practice().zone).date()


def _urgent_of(sent: Submission) -> list[Urgent]:
    """The words that stand above everything on each page after ``sent``."""
    definition = rulebook.version(sent.definition_version)
    flags = store.read_check(keys(), sent).flags
    return explain.urgent_texts(definition, flags) if definition is not None else []


def _under_age(sent: Submission) -> str:
    """The under-age page after a birth date that says so; urgent words stand here as well."""
    return render_template(
        "check/referral.html",
        outcome=Outcome.UNDER_AGE.value,
        state=sent.state,
        back_href=None,
        reasons=[],
        urgent=_urgent_of(sent),
        **_rules(sent.definition_version),
    )


def _referral(here: Standing, ending: Outcome) -> str:
    """The page of a path that ended by state or age; nothing is stored."""
    noting.ended(here.draft, ENDED_AS[ending])
    return render_template(
        "check/referral.html",
        outcome=ending.value,
        state=here.answers["state"][0],
        back_href=walk.question_address(here.path.questions[-1]),
        reasons=_told(explain.reasons(here.definition, here.answers, here.flags)),
        urgent=explain.urgent_texts(here.definition, here.flags),
        **_rules(here.definition.version),
    )


def _options_page(here: Standing) -> str:
    """Other options after a hard stop, worked out from the draft; nothing is stored."""
    return render_template(
        "check/options.html",
        outcome=Outcome.NOT_NOW.value,
        reasons=_told(explain.reasons(here.definition, here.answers, here.flags)),
        urgent=explain.urgent_texts(here.definition, here.flags),
        state=here.answers["state"][0],
        **_rules(here.definition.version),
        in_person=web.practice().in_person_visit_needed(_today()),
    )


@visit.page
def other_options() -> Any:
    """Take the choice "See other options" on the hard-stop page."""
    here = standing_or_way()
    if isinstance(here, Response):
        return here
    if not here.hard_stops:
        return to(here.onward)
    visit.replace(here.draft.but(options=True))
    return to(walk.RESULT)
