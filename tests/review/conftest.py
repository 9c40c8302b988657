"""The desk of a test house, people who are signed in there, and a maker of submissions."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.accounts.desk import CHEAP, Desk, Member
from tests.review.made import Maker
from tests.support.client import Visitor


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    """The desk of ``app``, with a cheap password hasher."""
    app.extensions["passwords"] = CHEAP
    return Desk(app, session)


@pytest.fixture
def maker(desk: Desk) -> Maker:
    """Stores submissions in the house of ``desk``."""
    return Maker(desk.session, desk.keys)


@pytest.fixture
def nurse(desk: Desk) -> Member:
    """A person with the role ``intake``."""
    return desk.member("intake", name="Ana Beltrán")


@pytest.fixture
def doctor(desk: Desk) -> Member:
    """A person with the role ``clinician``."""
    return desk.member("clinician", name="Benjamin Soffer")


@pytest.fixture
def at_desk(desk: Desk, nurse: Member) -> Visitor:
    """A browser in which the nurse is signed in."""
    return desk.sign_in(nurse)


@pytest.fixture
def clinic(desk: Desk, doctor: Member) -> Visitor:
    """A browser in which the doctor is signed in."""
    return desk.sign_in(doctor)
