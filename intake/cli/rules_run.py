"""``intake rules-run``: does one check or replay that was asked for on the desk."""

from __future__ import annotations

import datetime as dt
import os

import click
import structlog

from intake import logs
from intake.cli.prepare import open_house
from intake.clinician import work
from intake.config import Settings
from intake.rulebook.proving import NICE, stand_back

log = structlog.get_logger()


@click.command(name=work.COMMAND, hidden=True)
@click.argument("run_id")
def rules_run(run_id: str) -> None:
    """Do the run RUN_ID, behind everything else; the server calls this by itself."""
    logs.init()
    stand_back(NICE)
    with open_house(Settings.from_environment(os.environ)) as house:
        try:
            work.perform(house.engine, house.keys, run_id, lambda: dt.datetime.now(dt.UTC))
        except Exception as error:  # whatever it is, its message may hold an answer
            log.error(
                "rules_run_failed",
                error=type(error).__name__,
                where=logs.where(error.__traceback__),
            )
            raise SystemExit(1) from None
