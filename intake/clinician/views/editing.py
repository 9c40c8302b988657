"""Changing a candidate: a rule, a question, other words, a whole file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, abort, request
from wtforms import Form

from intake import db, web
from intake.accounts import gate
from intake.clinician import changing, forms, reading, steps
from intake.clinician.forms import RuleForm, SeenForm
from intake.clinician.views.common import (
    VERSION,
    address_of,
    blueprint,
    errors_of,
    page,
    see_other,
    source,
    standing,
)
from intake.eligibility import (
    Definition,
    DefinitionError,
    Rule,
    TrailRule,
    UnknownQuestion,
    UnknownRule,
    load,
)
from intake.eligibility.compare import differences
from intake.eligibility.loader import LARGEST
from intake.errors import OutOfDate, Refused
from intake.rulebook import editing, life
from intake.rulebook.changes import Change, DropRule
from intake.rulebook.models import DefinitionVersion

MOST_SHOWN = 12
CHANGED = "Somebody changed this candidate before you. Look it over, and save again."


@blueprint.route(VERSION + "/rules/<rule_id>", methods=["GET", "POST"])
@gate.allow("clinician")
def rule(number: int, rule_id: str) -> Response:
    """Change what a rule does and says."""
    row, definition = _open(number)
    try:
        found = definition.rule(rule_id)
    except UnknownRule:
        abort(404)
    sources = reading.sources(row.body)
    form = RuleForm(_posted(), definition, sources, **forms.rule_data(found, sources, _seen(row)))
    context = _rule_context(definition, found)
    if request.method != "POST" or not form.validate():
        return _page("rule", row, form, context)
    return _save("rule", row, form, changing.of_rule(form, found, sources), context)


@blueprint.post(VERSION + "/rules/<rule_id>/drop")
@gate.allow("clinician")
def drop(number: int, rule_id: str) -> Response:
    """Take a rule away: its answer leads to nothing more."""
    row, definition = _open(number)
    form = SeenForm(request.form)
    try:
        found = definition.rule(rule_id)
    except UnknownRule:
        abort(404)
    sources = reading.sources(row.body)
    back = RuleForm(None, definition, sources, **forms.rule_data(found, sources, row.sha256))
    context = _rule_context(definition, found)
    changes: list[Change] = [DropRule(rule_id)]
    return _save("rule", row, back, changes, context, seen=form.seen.data or "")


@blueprint.route(VERSION + "/questions/<question_id>/<code>", methods=["GET", "POST"])
@gate.allow("clinician")
def new_rule(number: int, question_id: str, code: str) -> Response:
    """Give an answer that leads to nothing a rule of its own."""
    row, definition = _open(number)
    question = _question(definition, question_id)
    choice = next((each for each in question.choices if each.code == code), None)
    if choice is None or code in definition.tables.single[question_id]:
        abort(404)
    sources = reading.sources(row.body)
    form = RuleForm(_posted(), definition, sources, **forms.new_rule_data(_seen(row)))
    context: dict[str, Any] = {
        "rule": None,
        "question": question,
        "choice": choice,
        "anchor": question_id,
    }
    if request.method != "POST" or not form.validate():
        return _page("rule", row, form, context)
    made: list[Change] = [changing.new_rule(form, question, code, definition.locale)]
    return _save("rule", row, form, made, context)


@blueprint.route(VERSION + "/questions/<question_id>", methods=["GET", "POST"])
@gate.allow("clinician")
def question(number: int, question_id: str) -> Response:
    """Change the words of a question and its answers."""
    row, definition = _open(number)
    asked = _question(definition, question_id)
    form = forms.question_form(_posted(), asked, _seen(row))
    context: dict[str, Any] = {"question": asked, "anchor": question_id}
    if request.method != "POST" or not form.validate():
        return _page("question", row, form, context)
    return _save("question", row, form, changing.of_question(form, asked), context)


@blueprint.route(VERSION + "/words", methods=["GET", "POST"])
@gate.allow("clinician")
def words(number: int) -> Response:
    """Change urgent texts, headings of outcomes, the check page and the consent."""
    row, definition = _open(number)
    form = forms.words_form(_posted(), definition, _seen(row))
    if request.method != "POST" or not form.validate():
        return _page("words", row, form, {"anchor": ""})
    return _save("words", row, form, changing.of_words(form, definition), {"anchor": ""})


@blueprint.route("/rules/upload", methods=["GET", "POST"])
@gate.allow("clinician")
@web.takes_file(LARGEST)
def upload() -> Response:
    """Take a whole file as a candidate, under the next free number."""
    session = source()
    if request.method != "POST":
        return page("upload", free=life.next_number(session), problems=[], refused=None)
    sent = request.files.get("file")
    body = sent.read() if sent is not None else b""
    try:
        if not body:
            raise Refused("Choose a definition file first.")
        made = life.add_candidate(
            session, web.keys(), body, gate.actor(), web.now(), origin="upload"
        )
    except (Refused, DefinitionError) as error:
        session.rollback()
        free = life.next_number(session)
        problems = getattr(error, "problems", [])
        refused = None if problems else str(error)
        return page("upload", 422, free=free, problems=problems, refused=refused)
    session.commit()
    return see_other(address_of(made.version))


@blueprint.post(VERSION + "/discard")
@gate.allow("clinician")
def discard(number: int) -> Response:
    """Throw a candidate away."""
    session, seen = db.session(), SeenForm(request.form).seen.data
    life.discard(session, web.keys(), number, gate.actor(), web.now(), seen=seen or "")
    session.commit()
    return see_other("/staff/rules")


def _open(number: int) -> tuple[DefinitionVersion, Definition]:
    """A candidate with its rules; what may not be changed any more is refused."""
    row, definition = steps.definition_of(source(), number)
    if not life.is_candidate(source(), row):
        raise Refused(
            f"Version {number} was signed or live, so it stays as it is. Make a candidate from it."
        )
    return row, definition


def _rule_context(definition: Definition, rule: Rule | TrailRule) -> dict[str, Any]:
    """What the form of a rule shows beside its fields."""
    words = reading.Named(definition).rule(rule.id)
    return {"rule": rule, "words": words, "question": None, "choice": None, "anchor": rule.id}


def _question(definition: Definition, question_id: str) -> Any:
    """The question, or 404."""
    try:
        return definition.question(question_id)
    except UnknownQuestion:
        abort(404)


def _seen(row: DefinitionVersion) -> str:
    """What a page that is opened has in view; a posted form must bring it along."""
    return "" if request.method == "POST" else row.sha256


def _posted() -> Any:
    """What was posted; None on a page that is only opened."""
    return request.form if request.method == "POST" else None


def _page(
    name: str, row: DefinitionVersion, form: Form, context: Mapping[str, Any], status: int = 200
) -> Response:
    """The form, with what is wrong with it."""
    errors = errors_of(form)
    shown = {"problems": [], "refused": None, "conflict": [], **context}
    status = 422 if errors else status
    version = standing(source(), row)
    return page(name, status, version=version, form=form, errors=errors, **shown)


def _conflict(row: DefinitionVersion, body: bytes) -> dict[str, Any]:
    """What to say where another change came first: what saving would do to what stands now."""
    try:
        found = differences(load(row.body), load(body))
    except DefinitionError:
        found = []
    return {"refused": CHANGED, "conflict": found}


def _save(
    name: str,
    row: DefinitionVersion,
    form: Form,
    changes: Sequence[Change],
    context: Mapping[str, Any],
    *,
    seen: str | None = None,
) -> Response:
    """Keep the changes and show them in their place; or the form again, with what was typed."""
    session, number = db.session(), row.version
    seen = form["seen"].data if seen is None else seen
    anchor = context["anchor"]
    try:
        body = editing.edit(row.body, changes, version=number)
        life.change_candidate(session, web.keys(), number, body, gate.actor(), web.now(), seen=seen)
    except DefinitionError as error:
        session.rollback()
        shown = {**context, "problems": error.problems[:MOST_SHOWN]}
        return _page(name, row, form, shown, 422)
    except OutOfDate:
        session.rollback()
        form["seen"].data = row.sha256
        return _page(name, row, form, {**context, **_conflict(row, body)}, 409)
    except Refused as error:
        session.rollback()
        return _page(name, row, form, {**context, "refused": str(error)}, 422)
    session.commit()
    return see_other(address_of(number) + (f"#{anchor}" if anchor else ""))
