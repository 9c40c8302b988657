"""The front door of the check: start, question, stop, check answers, help, leave."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, abort, render_template, request

from intake import db, rulebook, visit, web
from intake.articles import library
from intake.callback import crisis
from intake.eligibility import (
    AnswerError,
    Definition,
    Outcome,
    Question,
    UnknownQuestion,
    explain,
    journey,
)
from intake.questionnaire import noting, pages, walk
from intake.questionnaire.result_views import add_result_views
from intake.questionnaire.standing import standing_or_way, to
from intake.questionnaire.walk import Standing
from intake.submissions import store
from intake.visit import Draft
from intake.web import keys

blueprint = Blueprint("questionnaire", __name__)

LOST = (
    "We could not find your answers on this device. They may have ended after 24 hours, or your "
    "browser may be blocking cookies."
)


def crisis_rescue() -> Response | None:
    """A crisis answer without a usable cookie or token is led to the help page."""
    question = (request.view_args or {}).get("question_id", "")
    if walk.is_crisis_answer(question, request.form.getlist("answer")):
        return to(walk.HELP_NOW)
    return None


@blueprint.get("/eligibility")
@visit.page
def start() -> str:
    """Say what the check is; offer to continue, or the result that was sent."""
    current = visit.current()
    if current.locked:
        return render_template("check/start.html", locked=True, for_caller=False)
    source = request.args.get("from")
    lost = current.state in ("broken", "expired") or _asked_without_cookie()
    if current.state != "none" and current.draft is None and current.receipt is None:
        lost = True
        visit.clear()
    definition = walk.definition_of(current.draft) if current.draft else None
    if current.draft is not None and definition is None:
        lost = True
        visit.clear()
    if current.draft is not None and definition is not None:
        draft = walk.carried_over(current.draft)
        if draft is not current.draft:
            visit.replace(draft)
        onward = walk.stand(walk.definition_of(draft) or definition, draft).onward
    else:
        onward = walk.question_address(rulebook.live().questions[0].id)
        if source in library.slugs():
            onward = f"{onward}?from={source}"
    return render_template(
        "check/start.html",
        message=LOST if lost else None,
        draft=current.draft,
        receipt=current.receipt,
        result_open=current.receipt is not None and current.receipt.shows_result(web.now()),
        next=onward,
    )


def _asked_without_cookie() -> bool:
    """Whether a page of the check led here and no cookie came with it."""
    came_from = request.referrer or ""
    return visit.current().state == "none" and "/eligibility/" in came_from


@blueprint.post("/eligibility")
@visit.page
def start_again() -> Response:
    """Begin again: the answers go, the trail stays; after Send it is a new check."""
    current = visit.current()
    now = web.now()
    definition = rulebook.live()
    if current.locked:
        # Somebody else's caller: nothing of that check goes on.
        draft = _fresh(definition, now, None)
    elif current.draft is not None:
        _, trail = journey.start_again(current.draft.answers, current.draft.trail)
        draft = _fresh(definition, now, current.draft.source).but(
            trail=trail, earlier=current.draft.earlier, entered_by=current.draft.entered_by
        )
    else:
        draft = _after_sent(definition, now).but(entered_by=current.entered_by)
    visit.start(draft)
    return to(walk.question_address(definition.questions[0].id))


def _fresh(definition: Definition, now: dt.datetime, source: str | None) -> Draft:
    """A draft without answers."""
    return Draft(version=definition.version, locale=definition.locale, started=now, source=source)


def _after_sent(definition: Definition, now: dt.datetime) -> Draft:
    """A new check after a sent one: its trail goes on, its result counts as an adverse page."""
    receipt = visit.current().receipt
    sent = store.by_id(db.reading(), receipt.submission) if receipt else None
    if sent is None:
        return _fresh(definition, now, None)
    check = store.read_check(keys(), sent)
    trail = journey.new_check(
        check.trail, check.answers, check.flags, Outcome(sent.outcome), int(now.timestamp())
    )
    if sent.closed_reason == "under_age":
        trail = journey.note_under_age(definition, trail, int(now.timestamp()))
    return _fresh(definition, now, sent.source_article).but(trail=trail, earlier=sent.reference)


@blueprint.get("/eligibility/<question_id>")
@visit.page
def question(question_id: str) -> Any:
    """Show one question with the answer given before, if any."""
    if visit.current().draft is None:
        # Before anything else: an id that names no question is not there, for anybody.
        asked = _question_of(rulebook.live(), question_id)
        if asked is rulebook.live().questions[0]:
            _start_draft_unless_sent()
    here = standing_or_way()
    if isinstance(here, Response):
        return here
    if _of_another_version(here.definition, question_id):
        return to(here.onward)
    asked = _question_of(here.definition, question_id)
    waiting = question_id == here.path.gap and here.stop_waits
    if question_id not in here.path.questions or waiting:
        return to(here.onward)
    noting.seen(here, question_id)
    caption, back = here.caption(asked), here.back_from(asked)
    chosen = here.draft.answers.get(question_id, ())
    if here.draft.entered_by is not None:
        return pages.render_question(here.definition, asked, caption, back, chosen, for_caller=True)
    return pages.question_page(here.definition, asked).fill(caption, back, chosen)


def _start_draft_unless_sent() -> None:
    """Begin a draft, with the article that led here; a receipt stays."""
    if visit.current().receipt is not None:
        return
    source = request.args.get("from")
    known = source if source in library.slugs() else None
    visit.start(_fresh(rulebook.live(), web.now(), known))


def _question_of(definition: Definition, question_id: str) -> Question:
    """The question, or 404."""
    try:
        return definition.question(question_id)
    except UnknownQuestion:
        return abort(404)


def _of_another_version(definition: Definition, question_id: str) -> bool:
    """Whether another version asks this question, and ``definition`` does not."""
    if question_id in definition.tables.questions:
        return False
    versions = rulebook.shelf().versions.values()
    return any(question_id in version.tables.questions for version in versions)


@blueprint.post("/eligibility/<question_id>", endpoint="answer")
@visit.page(rescue=crisis_rescue)
def answer(question_id: str) -> Any:
    """Take the answer to one question; nothing leaves the visitor's own device."""
    here = standing_or_way()
    if isinstance(here, Response):
        # Whatever became of the draft, a crisis answer leads to help.
        return crisis_rescue() or here
    definition, draft = here.definition, here.draft
    if _of_another_version(definition, question_id):
        return crisis_rescue() or to(here.onward)
    asked = _question_of(definition, question_id)
    if question_id not in here.path.questions:
        return crisis_rescue() or to(here.onward)
    codes = request.form.getlist("answer")
    try:
        answers, trail = journey.answer(
            definition, draft.answers, draft.trail, question_id, codes, int(web.now().timestamp())
        )
    except AnswerError as error:
        return _ask_again(here, asked, codes, str(error))
    noting.answered(draft, question_id)
    draft = draft.but(answers=answers, trail=trail, options=False)
    visit.replace(draft)
    return to(walk.stand(definition, draft).onward)


def _ask_again(here: Standing, asked: Question, codes: list[str], error: str) -> tuple[str, int]:
    """The same question with what to do, and the choices kept."""
    page = pages.render_question(
        here.definition,
        asked,
        here.caption(asked),
        here.back_from(asked),
        tuple(codes),
        error,
        for_caller=here.draft.entered_by is not None,
    )
    return page, 422


@blueprint.get("/eligibility/stop")
@visit.page
def stop() -> Any:
    """Say why the answers point away from at-home ketamine, before the check goes on."""
    here = standing_or_way()
    if isinstance(here, Response):
        return here
    if not here.hard_stops:
        return to(here.onward)
    if not here.draft.stop_seen:
        noting.ended(here.draft, "stop")
    visit.replace(_stop_shown(here))
    return render_template(
        "check/stop.html",
        reasons=explain.reasons(here.definition, here.answers, here.hard_stops),
        urgent=explain.urgent_texts(here.definition, here.flags),
        back_href=walk.question_address(here.hard_stops[-1].question),
    )


def _stop_shown(here: Standing) -> Draft:
    """The draft, with every hard stop that stands now noted as shown."""
    shown = (*here.draft.stop_seen, *(flag.rule_id for flag in here.hard_stops))
    return here.draft.but(stop_seen=tuple(dict.fromkeys(shown)))


@blueprint.post("/eligibility/stop")
@visit.page
def finish() -> Any:
    """Go on with the check after the hard-stop page."""
    here = standing_or_way()
    if isinstance(here, Response):
        return here
    draft = here.draft.but(options=False)
    visit.replace(draft)
    return to(walk.stand(here.definition, draft).onward)


@blueprint.get("/eligibility/help")
@visit.page
def help() -> Any:
    """988 at once; below it the form that asks us to call."""
    draft = visit.current().draft
    if draft is None or not crisis.in_crisis(draft):
        return to(walk.HELP_NOW)
    noting.ended(draft, "crisis")
    return crisis.render_help(crisis.call_form(), draft)


@blueprint.post("/leave")
@visit.page(open_form=True)
def leave() -> Response:
    """Forget everything on this device, and lead to a page that says so."""
    visit.clear()
    response = to("/left")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.get("/left")
@web.public
def left() -> str:
    """Say what is gone, what is not, and whom to ask."""
    return render_template("check/left.html")


add_result_views(blueprint)
