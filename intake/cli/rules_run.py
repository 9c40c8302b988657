"""``intake rules-run``: does one check or replay that was asked for on the desk."""

from __future__ import annotations

import datetime as dt
import os

import click

from intake.cli.prepare import open_house
from intake.clinician import work
from intake.config import Settings
from intake.rulebook.proving import NICE


@click.command(name=work.COMMAND, hidden=True)
@click.argument("run_id")
def rules_run(run_id: str) -> None:
    """Do the run RUN_ID, behind everything else; the server calls this by itself."""
    os.nice(NICE)
    with open_house(Settings.from_environment(os.environ)) as house:
        work.perform(house.engine, house.keys, run_id, lambda: dt.datetime.now(dt.UTC))
