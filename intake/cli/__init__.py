"""The console script ``intake``; exit codes: 0 fine, 1 found a problem, 2 wrong usage or set-up."""

from __future__ import annotations

import os
import sys

import click
from sqlalchemy.exc import DBAPIError

from intake.cli import audit, check, demo, export, init, mail, replay, rules_run, serve, staff
from intake.errors import SetupError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="intake")
def commands() -> None:
    """The front door of a small telehealth practice."""


for command in (
    serve.serve,
    init.init,
    staff.staff,
    check.check,
    replay.replay,
    rules_run.rules_run,
    export.export,
    audit.audit,
    mail.mail,
    demo.demo,
):
    commands.add_command(command)


def main() -> None:
    """Run the console script; a wrong set-up is one line on standard error and exit code 2."""
    # Whatever is made here - keys, database, exports - is for its owner alone.
    os.umask(0o077)
    try:
        commands(standalone_mode=False)
    except SetupError as error:
        click.echo(f"intake: {error}", err=True)
        sys.exit(2)
    except DBAPIError as error:
        click.echo(
            f"intake: The database does not answer ({type(error.orig).__name__}): see that it runs "
            "and that INTAKE_DATABASE_URL names it.",
            err=True,
        )
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        click.echo("intake: stopped.", err=True)
        sys.exit(2)
