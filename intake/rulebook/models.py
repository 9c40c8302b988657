"""The table of definition versions."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base


class DefinitionVersion(Base):
    """One version: its bytes, their SHA-256, and since when it is live."""

    __tablename__ = "definition_version"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    imported_at: Mapped[dt.datetime]
    live_at: Mapped[dt.datetime]
    signed_at: Mapped[dt.datetime | None]
    signed_by: Mapped[str | None] = mapped_column(String(120))
