"""Flask's session interface over sealed cookies.

Two cookies exist: the visitor's (``visit``) on the check's and the callback's pages, and the
staff's (``staff``) below /staff. Every other page has no session: touching it is an error, which
keeps public pages free of cookies. The content is JSON, compressed, padded to a step of 256
bytes (so that its length tells little), sealed by AES-256-GCM for its name and version.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import zlib
from collections.abc import Iterator
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

from intake.crypto import KeyRing
from intake.errors import UnreadableRecord
from intake.visit.model import Draft, Receipt
from intake.web import now

VERSION = 1
PAD = 256
LARGEST = 3_500
# The first part of a path -> the cookie that its pages read.
KINDS = {"eligibility": "visit", "callback": "visit", "leave": "visit", "staff": "staff"}


class CookieSession(dict[str, Any], SessionMixin):
    """The content of one sealed cookie.

    ``state``: ``none`` (no cookie came), ``broken`` (it does not open), ``expired`` or ``sound``.
    ``locked``: it was entered for a caller by somebody who is not the one signed in now.
    """

    def __init__(self, kind: str, state: str, content: dict[str, Any] | None = None) -> None:
        super().__init__(content or {})
        self.kind = kind
        self.state = state
        self.modified = False
        self.draft: Draft | None = None
        self.receipt: Receipt | None = None
        self.locked = False

    @property
    def entered_by(self) -> str | None:
        """The staff member who entered this for a caller; None for a visitor's own."""
        held = self.draft or self.receipt
        return held.entered_by if held is not None else None

    def __setitem__(self, key: str, value: Any) -> None:
        self.modified = True
        super().__setitem__(key, value)

    def hold(
        self, *, until: dt.datetime, draft: Draft | None = None, receipt: Receipt | None = None
    ) -> None:
        """Keep a draft or a receipt until ``until`` (UTC); the form token stays."""
        self.draft, self.receipt = draft, receipt
        self["until"] = int(until.timestamp())
        self.state = "sound"

    def wipe(self) -> None:
        """Forget everything, the form token too."""
        self.clear()
        self.draft = self.receipt = None
        self.modified = True


class NoSession(dict[str, Any], SessionMixin):
    """Stands on pages without a cookie; whoever touches it has made a mistake."""

    modified = False
    accessed = False

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("this page has no session")

    __getitem__ = __setitem__ = __contains__ = get = setdefault = pop = _refuse

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("this page has no session")


class SealedCookies(SessionInterface):
    """Opens the cookie that belongs to the path, and seals it again when it changed.

    ``secure``: cookies for HTTPS alone; their names then carry the ``__Host-`` prefix.
    """

    def __init__(self, *, secure: bool) -> None:
        prefix = "__Host-" if secure else ""
        self._names = {kind: prefix + kind for kind in ("visit", "staff")}
        self._flags: dict[str, Any] = {
            "path": "/",
            "secure": secure,
            "httponly": True,
            "samesite": "Lax",
        }

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """The session of ``request``; never fails, whatever the cookie holds."""
        kind = kind_of(request.path)
        return NoSession() if kind is None else self.opened(app, request, kind)

    def opened(self, app: Flask, request: Request, kind: str) -> CookieSession:
        """What the cookie ``kind`` of ``request`` holds; never fails."""
        text = request.cookies.get(self._names[kind])
        if text is None:
            return CookieSession(kind, "none")
        try:
            content = open_cookie(app.extensions["keys"], kind, text)
            found = CookieSession(kind, "sound", content)
            if "d" in content:
                found.draft = Draft.unpack(found.pop("d"))
            elif "r" in content:
                found.receipt = Receipt.unpack(found.pop("r"))
            if found["until"] <= now().timestamp():
                return CookieSession(kind, "expired")
        except (UnreadableRecord, KeyError, TypeError, ValueError, AttributeError):
            return CookieSession(kind, "broken")
        found.modified = False
        return found

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie if it changed; delete it if nothing is left in it."""
        if not isinstance(session, CookieSession) or not session.modified:
            return
        name = self._names[session.kind]
        if "until" not in session:
            response.delete_cookie(name, **self._flags)
            return
        content = dict(session)
        if session.draft is not None:
            content["d"] = session.draft.pack()
        elif session.receipt is not None:
            content["r"] = session.receipt.pack()
        text = seal_cookie(app.extensions["keys"], session.kind, content)
        lasts = max(0, int(session["until"] - now().timestamp()))
        response.set_cookie(name, text, max_age=lasts, **self._flags)


def kind_of(path: str) -> str | None:
    """Which cookie a path reads: ``visit``, ``staff`` or none."""
    return KINDS.get(path[1:].partition("/")[0])


def seal_cookie(keys: KeyRing, kind: str, content: dict[str, Any]) -> str:
    """Seal ``content`` for the cookie ``kind``; raises ValueError past the browser's limit."""
    packed = zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 1)
    length = len(packed).to_bytes(2, "big")
    padded = (length + packed).ljust(-(-(len(packed) + 2) // PAD) * PAD, b"\0")
    text = base64.urlsafe_b64encode(keys.seal("cookie", f"{kind}:{VERSION}", padded)).decode()
    text = text.rstrip("=")
    if len(text) > LARGEST:
        raise ValueError("the cookie is too large")
    return text


def open_cookie(keys: KeyRing, kind: str, text: str) -> dict[str, Any]:
    """Open a sealed cookie.

    Raises UnreadableRecord or ValueError for one that is forged, cut, or another kind's.
    """
    if len(text) > LARGEST or not text.isascii():
        raise ValueError("not a cookie of ours")
    try:
        sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not a cookie of ours") from error
    padded = keys.open("cookie", f"{kind}:{VERSION}", sealed)
    length = int.from_bytes(padded[:2], "big")
    try:
        content = json.loads(zlib.decompress(padded[2 : 2 + length]))
    except zlib.error as error:
        raise ValueError("not a cookie of ours") from error
    if not isinstance(content, dict):
        raise TypeError("not a cookie of ours")
    return content
