"""The export: what it holds, then the file."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import structlog
from flask import Response, current_app, make_response, render_template, request
from sqlalchemy.orm import Session

from intake import db, rulebook, visit
from intake.accounts import gate
from intake.audit import Actor
from intake.crypto import KeyRing
from intake.eligibility import Outcome
from intake.errors import UnreadableRecord
from intake.practice import STATES
from intake.review import ledger
from intake.review.export import Form
from intake.review.export_rows import CsvFile, export_csv, snapshot
from intake.review.forms import DownloadForm
from intake.review.ledger import Order
from intake.review.views.common import blueprint, keys
from intake.submissions import rows
from intake.submissions.rows import Criteria
from intake.web import now, practice

log = structlog.get_logger()

# So many are opened before the first byte leaves: one that does not open is then a page in
# words, not half a file.
READ_AHEAD = 1000
# What the form asks for; no choice is longer.
CHOICES = ("start", "end", "outcome", "state", "form")
LONGEST_CHOICE = 20
# These endings are never stored.
NEVER_STORED = (Outcome.OUTSIDE_AREA, Outcome.UNDER_AGE)


@dataclass(frozen=True, slots=True)
class Ending:
    """Records how an export ended, in a session of its own, when the request is over."""

    sessions: Callable[[], Session]
    keys: KeyRing
    actor: Actor
    clock: Callable[[], dt.datetime]

    def finished(self, file: CsvFile) -> None:
        """The last byte left."""
        with self.sessions() as session:
            ledger.finish(session, self.keys, file, self.actor, self.clock())
            session.commit()

    def unreadable(self) -> None:
        """A record did not open, and the file was not finished."""
        with self.sessions() as session:
            ledger.refuse(session, self.keys, "unreadable", self.actor, self.clock())
            session.commit()


@blueprint.route("/export", methods=["GET", "POST"])
@gate.allow("clinician", fresh=True)
def export() -> Response:
    """Choose what the file holds; then the file, streamed."""
    endings = rulebook.live().endings
    kept = _kept() if request.method != "POST" else None
    form = DownloadForm(
        outcomes=[(e.code.value, e.staff) for e in endings if e.code not in NEVER_STORED],
        states=[(state, STATES[state]) for state in practice().states],
        kept=kept,
    )
    if request.method != "POST":
        return _page(form, 200, kept=kept is not None)
    if not form.validate():
        return _page(form, 422)
    order, session = _order(form), db.session()
    criteria = order.criteria(practice().zone)
    ledger.begin(session, keys(), order, criteria, gate.actor(), now())
    session.commit()
    return _send(form, order, criteria)


@blueprint.after_request
def keep_choices(response: Response) -> Response:
    """Keep what was chosen while the gate asks for password and code again."""
    led_to = response.headers.get("Location", "")
    asked = request.endpoint == "review.export" and request.method == "POST"
    if asked and response.status_code == 303 and led_to.startswith(gate.CONFIRM):
        chosen = {name: request.form.get(name, "")[:LONGEST_CHOICE] for name in CHOICES}
        visit.current()["export"] = chosen
    return response


def _kept() -> dict[str, str] | None:
    """What was chosen before password and code were asked for, once."""
    cookie = visit.current()
    if "export" not in cookie:
        return None
    kept: dict[str, str] = cookie["export"]
    del cookie["export"]
    # Only a value that is set is noticed.
    cookie.modified = True
    return kept


def _page(
    form: DownloadForm, status: int, problem: str | None = None, *, kept: bool = False
) -> Response:
    """The form; ``kept``: with what was chosen before password and code were asked for."""
    text = render_template("review/export.html", form=form, problem=problem, kept=kept)
    return make_response(text, status)


def _order(form: DownloadForm) -> Order:
    """What the form asks for."""
    return Order(
        form=Form(form.form.data),
        start=form.start.data,
        end=form.end.data,
        outcome=form.outcome.data or None,
        state=form.state.data or None,
    )


def _send(form: DownloadForm, order: Order, criteria: Criteria) -> Response:
    """The file; or the form again, where one of the first records does not open."""
    extensions = current_app.extensions
    ending = Ending(extensions["sessions"], keys(), gate.actor(), extensions["now"])
    held = ExitStack()
    session = held.enter_context(snapshot(extensions["engine"]))
    file = export_csv(
        session, keys(), rulebook.shelf().versions, practice().zone, criteria, order.form
    )
    try:
        ahead = list(itertools.islice(file, 1 + READ_AHEAD // rows.CHUNK))
    except UnreadableRecord as error:
        held.close()
        ending.unreadable()
        return _page(form, 409, problem=str(error))
    except BaseException:
        held.close()
        raise
    response = Response(_stream(held, ahead, file, ending), content_type="text/csv; charset=utf-8")
    day = f"{now().astimezone(practice().zone):%Y-%m-%d}"
    name = f"intake-{day}-{order.form.value.replace('_', '-')}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.call_on_close(held.close)
    return response


def _stream(held: ExitStack, ahead: list[bytes], file: CsvFile, ending: Ending) -> Iterator[bytes]:
    """The pieces; the second event follows the last of them."""
    with held:
        yield from ahead
        try:
            yield from file
        except UnreadableRecord as error:
            log.error("export_stopped", error=type(error).__name__)
            ending.unreadable()
            raise
    ending.finished(file)
