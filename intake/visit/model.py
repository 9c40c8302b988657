"""What the visitor's cookie holds: a draft while the check is under way, then a receipt."""

from __future__ import annotations

import dataclasses
import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from intake.eligibility.journey import Answers, Trail, TrailEntry

DRAFT_LASTS = dt.timedelta(hours=24)
RESULT_SHOWN = dt.timedelta(hours=24)
PAGES = ("crisis", "stop", "area", "age", "result")


def new_id() -> str:
    """A random id of 128 bits as 32 hexadecimal characters."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Draft:
    """Answers on their way, kept only by the visitor's own device.

    ``id`` becomes the submission's id. ``started`` is in UTC. ``stop_seen`` holds the ids of the
    hard-stop rules whose page was shown. ``options``: the person chose "See other options".
    ``pressed``: Send was pressed once faster than a person reads. ``earlier``: the reference of
    an earlier submission. ``entered_by``: the staff member who enters the check for a caller.
    """

    version: int
    started: dt.datetime
    locale: str = "en"
    id: str = field(default_factory=new_id)
    answers: Answers = field(default_factory=dict)
    trail: Trail = ()
    source: str | None = None
    stop_seen: tuple[str, ...] = ()
    options: bool = False
    pressed: bool = False
    earlier: str | None = None
    entered_by: str | None = None

    @property
    def until(self) -> dt.datetime:
        """When the draft ends, in UTC: 24 hours from its start."""
        return self.started + DRAFT_LASTS

    def pack(self) -> dict[str, Any]:
        """The draft as short JSON."""
        return {
            "v": self.version,
            "t": int(self.started.timestamp()),
            "l": self.locale,
            "i": self.id,
            "a": {question: list(codes) for question, codes in self.answers.items()},
            "r": [_pack_entry(entry) for entry in self.trail],
            "s": self.source,
            "x": list(self.stop_seen),
            "o": int(self.options),
            "p": int(self.pressed),
            "e": self.earlier,
            "b": self.entered_by,
        }

    @classmethod
    def unpack(cls, table: Mapping[str, Any]) -> Draft:
        """Read what ``pack`` wrote; raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            version=int(table["v"]),
            started=dt.datetime.fromtimestamp(int(table["t"]), dt.UTC),
            locale=str(table["l"]),
            id=str(table["i"]),
            answers={question: tuple(codes) for question, codes in table["a"].items()},
            trail=tuple(_unpack_entry(entry) for entry in table["r"]),
            source=table["s"],
            stop_seen=tuple(table["x"]),
            options=bool(table["o"]),
            pressed=bool(table["p"]),
            earlier=table["e"],
            entered_by=table["b"],
        )

    def but(self, **changes: Any) -> Draft:
        """The same draft with ``changes``."""
        return dataclasses.replace(self, **changes)


def _pack_entry(entry: TrailEntry) -> list[Any]:
    """One trail entry as a short list."""
    after = None if entry.after is None else list(entry.after)
    page = PAGES.index(entry.page)
    return [entry.question, page, list(entry.before), after, entry.at, list(entry.rules)]


def _unpack_entry(packed: list[Any]) -> TrailEntry:
    """Read what ``_pack_entry`` wrote."""
    question, page, before, after, at, rules = packed
    return TrailEntry(
        question=question,
        page=PAGES[page],
        before=tuple(before),
        after=None if after is None else tuple(after),
        at=int(at),
        rules=tuple(rules),
    )


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is left after Send: which submission, and until when its result is shown.

    Instants are in UTC. ``until`` is when the receipt itself ends: the result's 24 hours, or
    the end of the booked window where that is later. ``late``: an old draft with other answers
    was sent again, and the page says that they were not sent. ``entered_by``: the staff member who
    entered the check for a caller.
    """

    submission: str
    sent: dt.datetime
    until: dt.datetime
    late: bool = False
    entered_by: str | None = None

    def shows_result(self, now: dt.datetime) -> bool:
        """Whether the result is still shown at ``now``."""
        return now < self.sent + RESULT_SHOWN

    def pack(self) -> dict[str, Any]:
        """The receipt as short JSON."""
        return {
            "i": self.submission,
            "t": int(self.sent.timestamp()),
            "u": int(self.until.timestamp()),
            "l": int(self.late),
            "b": self.entered_by,
        }

    @classmethod
    def unpack(cls, table: Mapping[str, Any]) -> Receipt:
        """Read what ``pack`` wrote."""
        return cls(
            submission=str(table["i"]),
            sent=dt.datetime.fromtimestamp(int(table["t"]), dt.UTC),
            until=dt.datetime.fromtimestamp(int(table["u"]), dt.UTC),
            late=bool(table["l"]),
            entered_by=table.get("b"),
        )

    def but(self, **changes: Any) -> Receipt:
        """The same receipt with ``changes``."""
        return dataclasses.replace(self, **changes)


def receipt_for(submission: str, now: dt.datetime, entered_by: str | None = None) -> Receipt:
    """The receipt that Send gives at ``now``; ``entered_by`` as the draft had it."""
    return Receipt(submission, sent=now, until=now + RESULT_SHOWN, entered_by=entered_by)
