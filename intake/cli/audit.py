"""``intake audit verify``: whether the chain of events is whole."""

from __future__ import annotations

import os

import click
from sqlalchemy import select

from intake.audit import EventHead, verify
from intake.cli.prepare import open_house
from intake.config import Settings
from intake.review.export_rows import snapshot


@click.group()
def audit() -> None:
    """The record of who saw and did what."""


@audit.command(name="verify")
def verify_() -> None:
    """Walk the whole chain; names the first event that was changed or is missing."""
    with (
        open_house(Settings.from_environment(os.environ)) as house,
        snapshot(house.engine) as session,
    ):
        wrong = verify(session, house.keys)
        head = session.scalars(select(EventHead)).one()
    if wrong is not None:
        click.echo(f"intake: the chain of events is broken: {wrong}.", err=True)
        raise SystemExit(1)
    click.echo(f"{head.sequence} events, one unbroken chain. Head: {head.hash.hex()}")
    click.echo("Keep the head elsewhere: it shows later whether the end was cut off.")
