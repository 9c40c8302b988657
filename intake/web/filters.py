"""What every template may use: phone numbers, instants, and the facts of the practice."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from flask import Flask, request

from intake.web import now, practice, settings
from intake.web.headers import script_nonce

ZONE_WORDS = {"America/New_York": "Eastern", "America/Chicago": "Central"}


def init(app: Flask) -> None:
    """Register filters and globals."""
    env = app.jinja_env
    env.trim_blocks = True
    env.lstrip_blocks = True
    env.filters["phone"] = phone
    env.filters["day"] = day
    env.filters["clock"] = clock
    env.filters["instant"] = instant
    env.filters["date"] = date
    env.filters["zone_word"] = zone_word
    env.globals["practice"] = app.extensions["practice"]
    env.globals["now"] = now
    env.globals["today"] = lambda: now().astimezone(practice().zone).date()
    env.globals["canonical_url"] = lambda: settings().base_url + request.path
    app.context_processor(lambda: {"here": request.path})
    env.globals["script_nonce"] = script_nonce
    env.globals["trial"] = app.extensions["settings"].loopback


def phone(e164: str) -> str:
    """A US number as people write it: ``+15614686981`` -> ``561-468-6981``."""
    if e164.startswith("+1") and len(e164) == 12:
        return f"{e164[2:5]}-{e164[5:8]}-{e164[8:]}"
    return e164


def zone_word(zone: str) -> str:
    """The zone's everyday name: ``America/New_York`` -> ``Eastern``."""
    return ZONE_WORDS.get(zone, zone)


def day(moment: dt.datetime, zone: str) -> str:
    """The local day of an aware instant: ``Tuesday, November 24``."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%A}, {local:%B} {local.day}"


def clock(moment: dt.datetime, zone: str) -> str:
    """The local time of an aware instant: ``9 am`` or ``2:30 pm``."""
    local = moment.astimezone(ZoneInfo(zone))
    hour = local.hour % 12 or 12
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{hour}{minutes} {'am' if local.hour < 12 else 'pm'}"


def instant(moment: dt.datetime, zone: str) -> str:
    """Day and time of an aware instant: ``Nov 24, 9 am``, short enough for a table."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%b} {local.day}, {clock(moment, zone)}"


def date(value: dt.date) -> str:
    """A day as people write it: ``November 23, 2026``."""
    return f"{value:%B} {value.day}, {value.year}"
