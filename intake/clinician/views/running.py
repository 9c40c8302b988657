"""Check and replay of a version: asked for here, done beside the server, shown as they go."""

from __future__ import annotations

from flask import Response, abort

from intake import audit, db, rulebook, web
from intake.accounts import gate
from intake.clinician import reading, steps
from intake.clinician.views.common import (
    READERS,
    VERSION,
    address_of,
    blueprint,
    page,
    see_other,
    standing,
)
from intake.errors import Refused
from intake.rulebook import runs, store
from intake.rulebook.runs import KINDS


@blueprint.get(VERSION + "/steps")
@gate.allow(*READERS)
def way(number: int) -> Response:
    """What was found about a version, how far it has come, what is left to do."""
    session = db.reading()
    row, definition = steps.definition_of(session, number)
    found = {kind: steps.run_of(session, web.keys(), kind, row, web.now()) for kind in KINDS}
    sees_people = gate.current().may("intake", "clinician")
    live, differences = steps.against_live(session, rulebook.shelf(), row, web.now())
    shown = standing(session, row)
    if sees_people and found["replay"] and found["replay"].result:
        _record_reading(number)
    return page(
        "steps",
        version=shown,
        check=found["check"],
        replay=found["replay"],
        endings={ending.code.value: ending.staff for ending in definition.endings},
        live=live,
        differences=differences,
        named=reading.Named(definition),
        sees_people=sees_people,
    )


def _record_reading(number: int) -> None:
    """The page names people by their references: say who read it, before it is shown."""
    session, actor = db.session(), gate.actor()
    audit.record(session, web.keys(), "rules.movers_read", actor, web.now(), version=number)
    session.commit()


@blueprint.post(VERSION + "/run/<kind>")
@gate.allow("clinician")
def run(number: int, kind: str) -> Response:
    """Ask for a check or a replay; one that is under way stays the same."""
    if kind not in KINDS:
        abort(404)
    session = db.session()
    row = store.row_of(session, number)
    if row.signed_at is not None:
        raise Refused(f"Version {number} is signed; its check and replay stay as they are.")
    runs.ask(session, kind, row, gate.current().id, web.now())
    session.commit()
    return see_other(address_of(number, f"/steps#{kind}"))
