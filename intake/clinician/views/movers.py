"""The movers of a replay as a file, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from flask import Response, abort, current_app

from intake import db, web
from intake.accounts import gate
from intake.clinician import movers, steps
from intake.clinician.views.common import VERSION, blueprint
from intake.review.export_rows import snapshot
from intake.rulebook.replay import Replay
from intake.submissions import stored
from intake.submissions.rows import Criteria

TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@blueprint.get(VERSION + "/movers.<form>", endpoint="movers")
@gate.allow("clinician", fresh=True)
def movers_file(number: int, form: str) -> Response:
    """Everybody whom the version would tell something else, by reference; recorded first."""
    if form not in movers.FORMATS:
        abort(404)
    session, keys = db.session(), web.keys()
    _, definition = steps.definition_of(session, number)
    stored.begin(session, keys, definition, None, None, gate.actor(), web.now())
    session.commit()
    held = ExitStack()
    reader = held.enter_context(snapshot(current_app.extensions["engine"]))
    chunks = stored.each(reader, keys, Criteria())
    found = movers.pieces(Replay(definition), chunks, movers.file_of(form, definition))
    response = Response(_stream(held, found), content_type=TYPES[form])
    name = f"movers-version-{number}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.call_on_close(held.close)
    return response


def _stream(held: ExitStack, found: Iterator[str]) -> Iterator[bytes]:
    """The pieces as bytes; the snapshot is given back after the last."""
    with held:
        for piece in found:
            yield piece.encode()
