"""Signing a version, ordering one live, going back, cancelling; each with a fresh sign-in."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from intake import db, rulebook, web
from intake.accounts import gate
from intake.clinician import steps
from intake.clinician.forms import SignForm, StartForm
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
from intake.errors import OutOfDate, Refused
from intake.rulebook import life, store
from intake.rulebook.models import DefinitionVersion


@blueprint.route(VERSION + "/sign", methods=["GET", "POST"])
@gate.allow("clinician", fresh=True)
def sign(number: int) -> Response:
    """Put one's name under a version, with everything that was found in view."""
    session = source()
    row = store.row_of(session, number)
    live, found = steps.against_live(session, rulebook.shelf(), row, web.now())
    now_in_view = life.in_view(session, row, live.version)
    if request.method != "POST":
        return _sign_page(row, SignForm(web.practice().zone, None, now_in_view))
    form = SignForm(web.practice().zone, request.form)
    if form.seen.data != now_in_view:
        return _read_again(row, form, now_in_view)
    if not form.validate():
        return _sign_page(row, form)
    try:
        life.sign(
            session,
            web.keys(),
            number,
            gate.actor(),
            gate.current().name,
            web.now(),
            seen=form.seen.data,
            against=live.version,
            difference=steps.difference_sentences(found),
            from_at=form.from_at(),
            urgent=form.urgent.data,
        )
    except OutOfDate:
        session.rollback()
        row = store.row_of(session, number)
        return _read_again(row, form, life.in_view(session, row, live.version))
    except Refused as error:
        session.rollback()
        return _sign_page(store.row_of(session, number), form, 422, str(error))
    session.commit()
    return see_other("/staff/rules")


def _read_again(row: DefinitionVersion, form: SignForm, now_in_view: str) -> Response:
    """The page to sign as it stands now; the tick is gone, since it was for something else."""
    form.seen.data, form.agree.data = now_in_view, False
    text = (
        "The rules, the check, the replay or the live version changed while you read. "
        "Read this page again before you sign."
    )
    return _sign_page(row, form, 409, text)


@blueprint.route(VERSION + "/start", methods=["GET", "POST"])
@gate.allow("clinician", fresh=True)
def start(number: int) -> Response:
    """Let a signed version go live, an older one too."""
    session = source()
    row = store.row_of(session, number)
    form = StartForm(web.practice().zone, request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.validate():
        return _start_page(row, form)
    try:
        life.order(
            session,
            web.keys(),
            number,
            gate.actor(),
            web.now(),
            from_at=form.from_at(),
            urgent=form.urgent.data,
        )
    except Refused as error:
        session.rollback()
        return _start_page(store.row_of(session, number), form, 422, str(error))
    session.commit()
    return see_other("/staff/rules")


@blueprint.route("/rules/orders/<int(max=999999):order_id>/cancel", methods=["GET", "POST"])
@gate.allow("clinician", fresh=True)
def cancel(order_id: int) -> Response:
    """Cancel a start that has not come yet; whoever had to sign in again sees the list first."""
    if request.method != "POST":
        return see_other("/staff/rules")
    session = db.session()
    life.cancel(session, web.keys(), order_id, gate.actor(), web.now())
    session.commit()
    return see_other("/staff/rules")


def _sign_page(
    row: DefinitionVersion, form: SignForm, status: int = 200, refused: str | None = None
) -> Response:
    """The page to sign: the differences, what the check and the replay found, the form."""
    session = source()
    live, found = steps.against_live(session, rulebook.shelf(), row, web.now())
    runs = {
        kind: steps.run_of(session, web.keys(), kind, row, web.now())
        for kind in ("check", "replay")
    }
    context: dict[str, Any] = {"live": live, "differences": found, **runs}
    return _form_page("sign", row, form, status, refused, **context)


def _start_page(
    row: DefinitionVersion, form: StartForm, status: int = 200, refused: str | None = None
) -> Response:
    """The page to order a version live, with what that changes."""
    session = source()
    live, found = steps.against_live(session, rulebook.shelf(), row, web.now())
    return _form_page("start", row, form, status, refused, live=live, differences=found)


def _form_page(
    name: str,
    row: DefinitionVersion,
    form: StartForm,
    status: int,
    refused: str | None,
    **context: Any,
) -> Response:
    """A page with a form, its errors, and where the version stands."""
    errors = errors_of(form)
    version = standing(source(), row)
    back = address_of(row.version, "/steps")
    status = 422 if errors else status
    return page(
        name,
        status,
        version=version,
        form=form,
        errors=errors,
        refused=refused,
        back=back,
        **context,
    )
