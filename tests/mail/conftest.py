"""A mail server, an office that sends through it, and letters to put into its outbox."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from intake.cli.prepare import House
from intake.config import MailServer as Way
from intake.mail.transport import Sender
from intake.mail.worker import Office
from tests.accounts.desk import CHEAP, Desk
from tests.mail.post import SENDER, Post
from tests.support.smtp import MailServer, mail_server


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server of this test."""
    with mail_server() as started:
        yield started


@pytest.fixture
def office(house: House, server: MailServer) -> Office:
    """A worker's office before ``server``."""
    way = Way("127.0.0.1", server.controller.port, "none")
    return Office(house.engine, house.keys, way, Sender("Soffer Health, PLLC", SENDER))


@pytest.fixture
def post(house: House) -> Iterator[Post]:
    """The outbox of ``house``."""
    with Session(house.engine, expire_on_commit=False) as session:
        yield Post(session, house.keys)


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    """The desk of ``app``, with a cheap password hasher."""
    app.extensions["passwords"] = CHEAP
    return Desk(app, session)


@pytest.fixture
def mailing(app: Flask, office: Office) -> Flask:
    """The application, with a mail server and a sender."""
    settings = dataclasses.replace(app.extensions["settings"], mail_server=office.server)
    practice = dataclasses.replace(app.extensions["practice"], mail_sender=SENDER)
    app.extensions.update(settings=settings, practice=practice)
    app.jinja_env.globals["practice"] = practice
    return app
