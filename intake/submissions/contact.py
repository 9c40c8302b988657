"""How a person may be reached: one frozen value, sealed as a whole. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

VOICEMAIL = ("none", "number", "practice")


@dataclass(frozen=True, slots=True)
class Contact:
    """Name to ask for, phone in E.164, and what may be said or sent.

    ``zone``: the person's IANA time zone. ``voicemail``: one of ``VOICEMAIL``. ``language``: a
    BCP 47 code. ``sms_consent``: the version of the text agreed to, or None.
    """

    name: str
    phone: str
    zone: str
    voicemail: str
    email: str | None = None
    birth_date: dt.date | None = None
    language: str = "en"
    relay: bool = False
    sms_consent: str | None = None

    def pack(self) -> dict[str, Any]:
        """The contact as JSON."""
        table = asdict(self)
        table["birth_date"] = self.birth_date.isoformat() if self.birth_date else None
        return table

    @classmethod
    def unpack(cls, table: Mapping[str, Any]) -> Contact:
        """Read what ``pack`` wrote."""
        born = table["birth_date"]
        return cls(**{**table, "birth_date": dt.date.fromisoformat(born) if born else None})

    @property
    def initials(self) -> str:
        """The first letters of the name's first and last word, such as ``M. G.``"""
        words = self.name.split()
        letters = [words[0][0], *([words[-1][0]] if len(words) > 1 else [])]
        return " ".join(f"{letter.upper()}." for letter in letters)
