"""What these pages share: the blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("oversight", __name__, url_prefix="/staff")
