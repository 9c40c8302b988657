"""Numbers a day; nothing here belongs to a person."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base


class Count(Base):
    """How often something happened on one day of the practice.

    ``kind`` and ``name`` say what; ``version`` is the definition's, 0 where there is none.
    """

    __tablename__ = "count"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
