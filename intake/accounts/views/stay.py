"""What the notice of the time-out asks for."""

from __future__ import annotations

from flask import Response

from intake.accounts import gate
from intake.accounts.views.pages import blueprint


@blueprint.post("/staff/account/stay")
@gate.signed_in
def stay() -> Response:
    """Stay signed in: the gate has noted that the session was used, and that is all."""
    return Response(status=204)
