"""A desk with a clinician at it, for the pages of the rules."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.accounts.desk import CHEAP, Desk
from tests.clinician.desk_pages import press
from tests.support.client import Visitor


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    """The desk of ``app``, with a cheap password hasher."""
    app.extensions["passwords"] = CHEAP
    return Desk(app, session)


@pytest.fixture
def clinic(desk: Desk) -> Visitor:
    """A browser in which a clinician is signed in."""
    return desk.sign_in(desk.member("clinician", name="Ana Ruiz"))


@pytest.fixture
def candidate(clinic: Visitor) -> Visitor:
    """A clinician's browser that shows a new candidate of version 1."""
    press(clinic, "/staff/rules/1", "/copy")
    return clinic
