"""The table of confirmations: a clinician found that an article is still true to the rules."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base


class ArticleConfirmation(Base):
    """One article read against one version of the rules; ``by_name`` as it stood then."""

    __tablename__ = "article_confirmation"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    at: Mapped[dt.datetime]
    by_id: Mapped[str] = mapped_column(String(12))
    by_name: Mapped[str] = mapped_column(String(120))
