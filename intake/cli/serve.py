"""``intake serve``: set up what is missing, say where to go, and serve."""

from __future__ import annotations

import datetime as dt
import os

import click
from sqlalchemy.orm import Session

from intake import rulebook, server
from intake.accounts import store as accounts
from intake.cli.prepare import House, prepare
from intake.config import Settings
from intake.errors import Refused


@click.command()
def serve() -> None:
    """Serve the product until stopped; the first time, make everything it needs."""
    settings = Settings.from_environment(os.environ)
    server.check_port(settings)
    house = prepare(settings)
    for line in greeting(house):
        click.echo(line)
    house.engine.dispose()
    server.serve(settings)


def greeting(house: House) -> list[str]:
    """What the operator should know at each start, a line each."""
    settings = house.settings
    lines = [f"{house.practice.name}: {settings.base_url}"]
    now = dt.datetime.now(dt.UTC)
    with Session(house.engine) as session:
        try:
            token = accounts.create_first_link(session, house.keys, now)
        except Refused:
            lines.append(f"Staff sign in at {settings.base_url}/staff/login")
        else:
            lines.append(f"First administrator: {settings.base_url}/staff/setup/{token}")
            lines.append("  (works once, for 24 hours; a new one is made at each start)")
        session.commit()
        shelf = rulebook.store.read_shelf(session)
        other = rulebook.store.passed_over(session)
    if house.practice.unconfirmed:
        names = ", ".join(sorted(house.practice.unconfirmed))
        lines.append(f"Still to confirm in {settings.practice_file}: {names}")
    if shelf.standing_at(now).signed_at is None:
        lines.append(
            f"Rules version {shelf.live_at(now).version} are proposed: no clinician has signed."
        )
    for number in other:
        lines.append(
            f"Rules version {number} of this release is not taken in: the desk gave its number to "
            "other rules. Upload the file there under a free number if it is wanted."
        )
    if not house.keys_copied:
        lines.append(
            f"Copy {settings.keys_file} to a safe place, then run `intake init --keys-copied`: "
            "a lost key is a lost record."
        )
    return lines
