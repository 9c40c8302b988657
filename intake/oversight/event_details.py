"""The details of events in words, by allowlist. Pure.

What is shown is a number, a day, or a code that has words here; anything else is left out. What
tells of a person's answers (outcome, kind of alert, reason of a closing) is told only to those
who may open the record.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from intake.accounts.store import ROLES
from intake.alerts import store as alerts
from intake.review.timeline import CALL_MOVED_WORDS
from intake.review.words import NOTE_WORDS
from intake.submissions.desk import REFERENCE
from intake.submissions.status import REASON_WORDS, STATUS_WORDS

HEX = re.compile(r"[0-9a-f]{64}")
SLUG = re.compile(r"[a-z0-9-]{1,80}")
ENDPOINT = re.compile(r"[a-z_]{1,40}\.[a-z_]{1,60}")
LONGEST_NUMBER = 10**15
UNREADABLE = "Cannot be read"

ALERT_KINDS = {"crisis": "Crisis page", "same_day": "Same-day flag"}
CALL_KINDS = {"window": "A booked time", "asap": "As soon as possible", "urgent": "At once"}
SEARCHED = {"name": "By name", "phone": "By phone", "email": "By e-mail", "reference": "By code"}
STEPS = {
    "password": "Password",
    "code": "Code",
    "recovery": "Recovery code",
    "passkey": "Passkey",
    "confirm": "Confirmation",
    "change": "Change of password",
}
MAIL_KINDS = {"alert": "Nobody took an alert", "emergency": "Emergency access"}
EXPORT_FORMS = {
    "without_contact": "Without contact details",
    "deidentified": "De-identified",
    "identified": "Identified, with contact details",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom details are told: ``names`` of staff by id, whether they may open a record."""

    names: Mapping[str, str]
    opens: bool


@dataclass(frozen=True, slots=True)
class Told:
    """The details of one event: ``words``, and the ``references`` that it names."""

    words: str = ""
    references: tuple[str, ...] = ()


Detail = Mapping[str, Any]
Teller = Callable[[Detail, Reader], str]


def told(name: str, detail: str, reader: Reader) -> Told:
    """The details of the event ``name``, whose ``detail`` is JSON; whatever it holds, no error."""
    try:
        values = json.loads(detail)
        references = _references(values.get("references") or [])
        teller = TELLERS.get(name)
        return Told(teller(values, reader) if teller else "", references)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Told(UNREADABLE)


def _references(values: Any) -> tuple[str, ...]:
    """Those of ``values`` that have the form of a reference."""
    return tuple(each for each in values if isinstance(each, str) and REFERENCE.fullmatch(each))


def _number(value: Any) -> str:
    """A count, as people write it; TypeError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LONGEST_NUMBER:
        raise TypeError("no number")
    return f"{value:,}"


def _of(pattern: re.Pattern[str], value: Any) -> str:
    """A text that has the form of ``pattern``; ValueError for another."""
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise ValueError("another form")
    return value


def _count(key: str, one: str, several: str) -> Teller:
    """A number of things."""

    def tell(detail: Detail, _reader: Reader) -> str:
        return f"{_number(detail[key])} {one if detail[key] == 1 else several}"

    return tell


def _coded(key: str, words: Mapping[Any, str], *, private: bool = False) -> Teller:
    """A code in words; ``private``: only for those who may open the record."""

    def tell(detail: Detail, reader: Reader) -> str:
        return "" if private and not reader.opens else words.get(detail[key], UNREADABLE)

    return tell


def _version(detail: Detail, _reader: Reader) -> str:
    """A version of the rules."""
    return f"Version {_number(detail['version'])}"


def _listed(detail: Detail, _reader: Reader) -> str:
    """How many records a list held."""
    number = len(_references(detail["references"]))
    return "1 record" if number == 1 else f"{number} records"


def _searched(detail: Detail, reader: Reader) -> str:
    """What was looked for by, and how many were found."""
    return f"{SEARCHED.get(detail['field'], UNREADABLE)}; {_listed(detail, reader)}"


def _moved(detail: Detail, reader: Reader) -> str:
    """A change of status; why it was closed, for those who may know."""
    words = f"{STATUS_WORDS[detail['from']]} → {STATUS_WORDS[detail['to']]}"
    reason = detail["reason"] if reader.opens else None
    return f"{words}: {REASON_WORDS[reason]}" if reason else words


def _owner(detail: Detail, reader: Reader) -> str:
    """The new owner."""
    owner = detail["owner"]
    return f"To {reader.names[owner]}" if owner else "To nobody"


def _checked(detail: Detail, reader: Reader) -> str:
    """A check of a version, and how it ended."""
    return f"{_version(detail, reader)}; {'passed' if detail['passed'] is True else 'failed'}"


def _between(detail: Detail, *, some: str = "") -> str:
    """The days that were asked for, the first and the last included; ``some`` for all."""
    first, last = (dt.date.fromisoformat(d[:10]) if (d := detail[key]) else None for key in PERIOD)
    parts = [f"from {first}" if first else "", f"to {last}" if last else ""]
    return " ".join(part for part in parts if part) or some


PERIOD = ("from", "to")


def _replayed(detail: Detail, reader: Reader) -> str:
    """A version that was replayed, and over which days."""
    return f"{_version(detail, reader)}; {_between(detail, some='all days')}"


def _ordered(detail: Detail, reader: Reader) -> str:
    """A version that was ordered live, and whether it was urgent."""
    return f"{_version(detail, reader)}{'; urgent' if detail['urgent'] is True else ''}"


def _confirmed(detail: Detail, reader: Reader) -> str:
    """An article, and the version against which it was read."""
    return f"{_of(SLUG, detail['slug'])}; {_version(detail, reader).lower()}"


def _climbed(detail: Detail, reader: Reader) -> str:
    """How far an alert climbed."""
    level = {1: "to the on-call list", 2: "to the physician"}.get(detail["level"], UNREADABLE)
    kind = ALERT_KINDS.get(detail["kind"], UNREADABLE)
    return f"{kind}, {level}" if reader.opens else level.capitalize()


def _closed(detail: Detail, reader: Reader) -> str:
    """How an alert ended."""
    if not reader.opens:
        return ""
    kind, reason = ALERT_KINDS[detail["kind"]], alerts.REASON_WORDS[detail["reason"]]
    return f"{kind}: {reason}"


def _verified(detail: Detail, _reader: Reader) -> str:
    """How a check of the chain ended."""
    number = _number(detail["sequence"])
    return f"{number} events, unbroken" if detail["whole"] is True else f"Broken at event {number}"


def _anchored(detail: Detail, _reader: Reader) -> str:
    """The end of the chain, in short."""
    return f"Event {_number(detail['sequence'])}, {_of(HEX, detail['head'])[:12]}…"


def _export(detail: Detail, _reader: Reader) -> str:
    """What an export was to hold."""
    form = EXPORT_FORMS.get(detail["form"], UNREADABLE)
    return f"{form}; {_between(detail, some='all days')}; {_number(detail['rows'])} rows"


def _failed(detail: Detail, _reader: Reader) -> str:
    """The step at which a sign-in failed; a passkey that counted back may be a copy."""
    step = str(detail["step"])
    words = STEPS.get(step.removesuffix("_count"), UNREADABLE)
    return f"{words}; it may be a copy" if step.endswith("_count") else words


def _sets_of_roles(*keys: str) -> Teller:
    """Sets of roles, one after the other."""

    def tell(detail: Detail, _reader: Reader) -> str:
        sets = [str(detail[key]).split() for key in keys]
        return " → ".join(", ".join(role for role in each if role in ROLES) for each in sets)

    return tell


def _shared(detail: Detail, _reader: Reader) -> str:
    """Whose a saved view was."""
    return "Shown to everybody" if detail["shared"] is True else "Their own"


# Events that are not here have no details that are shown.
TELLERS: dict[str, Teller] = {
    "definition.imported": _version,
    "rules.changed": _version,
    "rules.discarded": _version,
    "rules.checked": _checked,
    "rules.replayed": _replayed,
    "rules.signed": _version,
    "rules.ordered": _ordered,
    "rules.cancelled": _version,
    "rules.movers_read": _version,
    "article.confirmed": _confirmed,
    "submission.sent": lambda detail, _: f"Version {_number(detail['definition_version'])}",
    "submission.moved": _moved,
    "submission.assigned": _owner,
    "submission.noted": _coded("type", NOTE_WORDS),
    "submission.closed_by_rule": _coded("reason", REASON_WORDS, private=True),
    "submission.merged": lambda detail, _: f"Into {_of(REFERENCE, detail['into'])}",
    "submission.identity_checked": _coded("matched", {True: "It matched", False: "No match"}),
    "submission.searched": _searched,
    "view.saved": _shared,
    "view.dropped": _shared,
    "alert.opened": _coded("kind", ALERT_KINDS, private=True),
    "alert.climbed": _climbed,
    "alert.acknowledged": _coded("kind", ALERT_KINDS, private=True),
    "alert.lapsed": _coded("kind", ALERT_KINDS, private=True),
    "alert.closed": _closed,
    "alerts.listed": _listed,
    "queue.listed": _listed,
    "callback.booked": _coded("kind", CALL_KINDS),
    "callback.moved": _coded("to", CALL_MOVED_WORDS),
    "callback.urgent": lambda detail, _: "Possible abuse" if detail["possible_abuse"] else "",
    "mail.tried_again": _coded("kind", MAIL_KINDS),
    "mail.dropped": _coded("kind", MAIL_KINDS),
    "mail.gave_up": _coded("kind", MAIL_KINDS),
    "audit.read": _count("events", "event", "events"),
    "audit.verified": _verified,
    "audit.anchored": _anchored,
    "audit.exported": _count("rows", "row", "rows"),
    "export.begun": _export,
    "export.finished": _count("rows", "row", "rows"),
    "export.refused": _coded("why", {"unreadable": "A record could not be read"}),
    "staff.invited": _sets_of_roles("roles"),
    "staff.sign_in_failed": _failed,
    "staff.roles_changed": _sets_of_roles("from", "to"),
    "access.refused": lambda detail, _: _of(ENDPOINT, detail["endpoint"]),
    "demo.filled": _count("people", "record", "records"),
}
