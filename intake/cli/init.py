"""``intake init``: make the instance folder, and confirm that the keys were copied elsewhere."""

from __future__ import annotations

import os
import sys

import click

from intake.cli.prepare import prepare
from intake.config import Settings


@click.command()
@click.option("--keys-copied", "copied", is_flag=True, help="The key file is copied elsewhere.")
def init(copied: bool) -> None:
    """Make keys, practice file and database, or bring them up to date."""
    house = prepare(Settings.from_environment(os.environ))
    settings = house.settings
    click.echo(f"Instance folder   {settings.instance}")
    click.echo(f"Practice file     {settings.practice_file}")
    click.echo(f"Key file          {settings.keys_file}  (fingerprint {house.keys.fingerprint()})")
    if house.keys_copied:
        click.echo("Keys              copied elsewhere, as you confirmed")
        return
    click.echo("A lost key is a lost record: copy the key file to a safe place off this machine.")
    if copied or (sys.stdin.isatty() and click.confirm("Have you copied it?")):
        house.confirm_copy()
        click.echo("Keys              copied elsewhere, as you confirmed")
