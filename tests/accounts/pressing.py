"""What static/passkeys.js does, without a browser: ask for a challenge, send an answer."""

from __future__ import annotations

import json
from typing import Any

from tests.accounts.authenticator import Authenticator
from tests.accounts.desk import Desk, Member, token_of
from tests.support.client import Visitor

OWN = "/staff/account/passkeys"


def send(browser: Visitor, address: str, **fields: str) -> dict[str, Any]:
    """Send a form as the script does; gives the answer, with its status."""
    token = browser.csrf = getattr(browser, "csrf", None) or token_of(browser)
    answer = browser.post(address, {"csrf_token": token, **fields})
    return {"status": answer.status_code, **(answer.get_json(silent=True) or {})}


def at(browser: Visitor, page: str) -> Visitor:
    """The browser on ``page``, whose form token is used from here on."""
    browser.open(page)
    browser.csrf = token_of(browser)
    return browser


def add(browser: Visitor, key: Authenticator, name: str = "Laptop") -> dict[str, Any]:
    """Add a passkey to the account of whoever is signed in."""
    at(browser, OWN)
    made = key.make(send(browser, f"{OWN}/challenge"))
    return send(browser, OWN, credential=made, name=name)


def with_passkey(desk: Desk, member: Member) -> Authenticator:
    """A passkey of ``member``, added through the front door."""
    key = Authenticator()
    assert add(desk.sign_in(member), key) == {"status": 200, "next": OWN}
    return key


def at_the_door(desk: Desk) -> tuple[Visitor, dict[str, Any]]:
    """A browser on the sign-in page, and what its script would ask a passkey for."""
    browser = at(desk.browser(), "/staff/login")
    return browser, send(browser, "/staff/passkey/challenge")


def sign_in(desk: Desk, key: Authenticator) -> tuple[Visitor, dict[str, Any]]:
    """Sign in with a passkey; gives the browser and the answer."""
    browser, options = at_the_door(desk)
    return browser, send(browser, "/staff/login/passkey", credential=key.answer(options))


def failures(desk: Desk) -> list[tuple[str | None, str]]:
    """Who failed to sign in, and at what."""
    failed = desk.events("staff.sign_in_failed")
    return [(event.subject, json.loads(event.detail)["step"]) for event in failed]
