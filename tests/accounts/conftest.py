"""The staff side of a test house; its password hasher is cheap."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.accounts.desk import CHEAP, Desk


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    """The desk of ``app``."""
    app.extensions["passwords"] = CHEAP
    return Desk(app, session)
