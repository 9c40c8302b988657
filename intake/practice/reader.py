"""Reads the practice file: one TOML file, read once, every mistake named."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from email_validator import EmailNotValidError, validate_email

from intake.errors import SetupError
from intake.practice.facts import (
    CRISIS_CLIMBS,
    SAME_DAY_CLIMBS,
    STATES,
    Licence,
    Practice,
    Span,
)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CONFIRMABLE = frozenset({"hours", "price", "address", "licences", "calling_number", "help_lines"})
REQUIRED = frozenset({"confirm", "practice", "physician", "hours", "callbacks", "closed", "rules"})
TABLES = REQUIRED | {"mail", "alerts"}


def read_practice(path: Path, *, trial: bool) -> Practice:
    """Read the practice file at ``path``; ``trial`` when the base URL is on loopback.

    Raises ``SetupError`` that names every mistake in one message, a line each.
    """
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except FileNotFoundError as error:
        raise SetupError(
            f"The practice file {path} is missing: run `intake init`, then edit it."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SetupError(f"The practice file {path} cannot be read: {error}.") from error
    reader = _Reader(table)
    practice = reader.practice(trial=trial)
    reader.known_tables()
    if reader.problems:
        lines = "".join(f"\n  {problem}" for problem in reader.problems)
        raise SetupError(f"The practice file {path} has mistakes; mend each:{lines}")
    return practice


class _Reader:
    """Collects every mistake of one practice file instead of stopping at the first."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.table = table
        self.problems: list[str] = []

    def practice(self, *, trial: bool) -> Practice:
        """Build the practice; ``problems`` says what is wrong with it."""
        return Practice(
            name=self.text("practice.name"),
            short_name=self.text("practice.short_name"),
            phone=self.phone("practice.phone"),
            calling_number=self.phone("practice.calling_number"),
            time_zone=self.zone("practice.time_zone"),
            address=tuple(self.texts("practice.address")),
            price=self.text("practice.price"),
            states=tuple(self.states()),
            physician=self.text("physician.name"),
            physician_short=self.text("physician.short_name"),
            physician_title=self.text("physician.title"),
            licences=tuple(self.licences()),
            hours=self.hours(),
            closed=self.closed(),
            lead=dt.timedelta(hours=self.number("callbacks.lead_hours", 0, 72)),
            horizon=dt.timedelta(days=self.number("callbacks.horizon_days", 1, 60)),
            window=dt.timedelta(hours=self.number("callbacks.window_hours", 1, 4)),
            telehealth_controlled_until=self.date("rules.telehealth_controlled_until"),
            line_988_press_3=self.get("rules.line_988_press_3", bool, False),
            help_lines_checked=self.date("rules.help_lines_checked"),
            unconfirmed=frozenset(self.texts("confirm", allowed=CONFIRMABLE)),
            mail_sender=self.mail("mail.sender"),
            on_call=tuple(self.mails("alerts.on_call")),
            physician_mail=self.mail("alerts.physician"),
            crisis_climbs=self.climbs("alerts.crisis_minutes", CRISIS_CLIMBS, 60),
            same_day_climbs=self.climbs("alerts.same_day_hours", SAME_DAY_CLIMBS, 3600),
            trial=trial,
        )

    def get(self, key: str, kind: type, default: Any) -> Any:
        """Value at a dotted ``key``, of ``kind``; a mistake is noted and ``default`` given."""
        value: Any = self.table
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if type(value) is not kind:
            self.problems.append(f"{key}: is {value!r}, must be a {kind.__name__}")
            return default
        return value

    def text(self, key: str) -> str:
        """A text of 1 to 120 printable characters."""
        value: str = self.get(key, str, "-")
        if not (0 < len(value.strip()) <= 120 and value.isprintable()):
            self.problems.append(f"{key}: is {value!r}, must be 1 to 120 printable characters")
        return value.strip()

    def texts(self, key: str, allowed: Any = None) -> list[str]:
        """A list of texts, each among ``allowed`` where that is given."""
        values = self.get(key, list, [])
        for value in values:
            if not isinstance(value, str) or (allowed is not None and value not in allowed):
                choice = f"one of {', '.join(sorted(allowed))}" if allowed else "a text"
                self.problems.append(f"{key}: holds {value!r}, must be {choice}")
        return [str(value) for value in values]

    def has(self, key: str) -> bool:
        """Whether the file holds a value at a dotted ``key`` of a table and a name."""
        table, _, name = key.partition(".")
        return name in self.table.get(table, {})

    def mail(self, key: str) -> str | None:
        """A mail address, None where there is none."""
        return self.address(key, self.get(key, str, "")) if self.has(key) else None

    def mails(self, key: str) -> list[str]:
        """A list of mail addresses, empty where there is none."""
        return [self.address(key, each) for each in self.texts(key)] if self.has(key) else []

    def address(self, key: str, text: str) -> str:
        """``text`` as a mail address; looks nothing up."""
        try:
            checked = validate_email(text, check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            self.problems.append(f"{key}: holds {text!r}, must be like desk@example.org")
            return text
        return checked.normalized

    def climbs(
        self, key: str, usual: tuple[dt.timedelta, dt.timedelta], seconds: int
    ) -> tuple[dt.timedelta, dt.timedelta]:
        """Two whole numbers of a unit of ``seconds``, the second larger; ``usual`` without them."""
        if not self.has(key):
            return usual
        found = self.get(key, list, [])
        whole = [each for each in found if type(each) is int and 0 < each <= 600]
        if len(found) != 2 or whole != found or found[0] >= found[1]:
            self.problems.append(f"{key}: is {found!r}, must be two whole numbers such as [5, 15]")
            return usual
        return dt.timedelta(seconds=found[0] * seconds), dt.timedelta(seconds=found[1] * seconds)

    def states(self) -> list[str]:
        """Where the practice sees people: one state at least."""
        found = self.texts("practice.states", allowed=STATES)
        if not found:
            self.problems.append(f"practice.states: is empty, needs one of {', '.join(STATES)}")
        return found

    def known_tables(self) -> None:
        """Note a table that nothing reads, which is a slip of the pen."""
        for name in sorted(set(self.table) - TABLES):
            self.problems.append(
                f"{name}: is not known, must be one of {', '.join(sorted(TABLES))}"
            )

    def phone(self, key: str) -> str:
        """A US number in E.164 form."""
        value: str = self.get(key, str, "")
        if not re.fullmatch(r"\+1[2-9]\d{2}[2-9]\d{6}", value):
            self.problems.append(f"{key}: is {value!r}, must look like +15614686981")
        return value

    def zone(self, key: str) -> str:
        """An IANA time zone name."""
        value: str = self.get(key, str, "")
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.problems.append(f"{key}: is {value!r}, must be a name such as America/New_York")
        return value

    def number(self, key: str, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""
        value: int = self.get(key, int, low)
        if not low <= value <= high:
            self.problems.append(f"{key}: is {value}, must be from {low} to {high}")
        return value

    def date(self, key: str) -> dt.date:
        """A day, written 2026-12-31 without quotes."""
        value: dt.date = self.get(key, dt.date, dt.date.min)
        return value

    def licences(self) -> list[Licence]:
        """The physician's licences."""
        found = []
        for entry in self.get("physician.licences", list, []):
            state, number = (
                (entry.get("state"), entry.get("number")) if isinstance(entry, dict) else ("", "")
            )
            if not isinstance(state, str) or state not in STATES or not isinstance(number, str):
                self.problems.append(f"physician.licences: holds {entry!r}, needs state and number")
                continue
            found.append(Licence(state, number))
        return found

    def hours(self) -> dict[int, tuple[Span, ...]]:
        """Weekly hours by weekday number, Monday = 0."""
        found = {}
        for name, spans in self.get("hours", dict, {}).items():
            if name not in WEEKDAYS or not isinstance(spans, list):
                self.problems.append(f"hours.{name}: must be a weekday with a list of spans")
                continue
            parsed = [self.span(f"hours.{name}", text) for text in spans]
            whole = sorted(span for span in parsed if span)
            if any(first[1] > second[0] for first, second in zip(whole, whole[1:], strict=False)):
                self.problems.append(f"hours.{name}: spans overlap")
            found[WEEKDAYS.index(name)] = tuple(whole)
        return found

    def span(self, key: str, text: object) -> Span | None:
        """One span such as ``09:00-17:00``."""
        match = (
            re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", text) if isinstance(text, str) else None
        )
        try:
            if match:
                a, b, c, d = (int(part) for part in match.groups())
                if (a, b) < (c, d):
                    return dt.time(a, b), dt.time(c, d)
        except ValueError:
            pass
        self.problems.append(f"{key}: holds {text!r}, must look like 09:00-17:00")
        return None

    def closed(self) -> dict[dt.date, str]:
        """Days off with their reason."""
        found = {}
        for entry in self.get("closed", list, []) if "closed" in self.table else []:
            day, reason = (
                (entry.get("date"), entry.get("reason")) if isinstance(entry, dict) else (None, "")
            )
            if type(day) is not dt.date or not isinstance(reason, str):
                self.problems.append(f"closed: holds {entry!r}, needs date and reason")
                continue
            found[day] = reason
        return found
