"""``intake mail``: send what is due, or one letter that shows whether sending works."""

from __future__ import annotations

import datetime as dt
import os
import secrets

import click

from intake.cli.prepare import House, open_house
from intake.config import MailServer, Settings
from intake.errors import SetupError
from intake.mail import store, transport, worker
from intake.mail.transport import Sender

NO_SERVER = (
    "No mail server is set: set INTAKE_SMTP_URL. Letters wait in the outbox; nothing is lost."
)
TEST_SUBJECT = "A test letter"
TEST_BODY = "This letter shows that the desk can send mail. There is nothing to do.\n"


@click.group()
def mail() -> None:
    """Letters of the outbox."""


def _way(house: House) -> tuple[MailServer, Sender]:
    """Server and sender; raises ``SetupError`` where they are not set."""
    sender = transport.sender_of(house.settings, house.practice)
    if house.settings.mail_server is None or sender is None:
        raise SetupError(NO_SERVER)
    return house.settings.mail_server, sender


@mail.command()
def send() -> None:
    """Send every letter that is due; exit code 1 when one was given up."""
    with open_house(Settings.from_environment(os.environ)) as house:
        office = worker.Office(house.engine, house.keys, *_way(house))
        sent = put_off = given_up = 0
        while True:
            done = worker.work(office, dt.datetime.now(dt.UTC))
            sent, put_off = sent + done.sent, put_off + done.put_off
            given_up += done.given_up
            if done.sent + done.put_off + done.given_up < worker.MOST:
                break
    click.echo(f"{sent} sent, {put_off} to be tried again later, {given_up} given up.")
    if given_up:
        click.echo("What was given up stands at /staff/mail.", err=True)
        raise SystemExit(1)


@mail.command()
@click.argument("address")
def test(address: str) -> None:
    """Send one letter to ADDRESS now, and say what the server answered."""
    try:
        to = store.address(address)
    except ValueError as error:
        raise SetupError("That is no mail address: write it like desk@example.org.") from error
    with open_house(Settings.from_environment(os.environ)) as house:
        server, sender = _way(house)
    words = store.Words(to, TEST_SUBJECT, TEST_BODY)
    message_id = f"<{secrets.token_hex(16)}@{sender.domain}>"
    letter = transport.compose(sender, message_id, words, dt.datetime.now(dt.UTC))
    try:
        code = transport.send(server, sender, letter)
    except transport.NotSent as problem:
        click.echo(f"intake: the letter was not taken ({problem.why}).", err=True)
        raise SystemExit(1) from problem
    click.echo(f"The server took the letter (code {code}).")
