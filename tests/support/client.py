"""A visitor who walks the product over WSGI, and whose every page and header is checked."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.page import Form, Page, check_page

HOST = "localhost:8000"


class Visitor:
    """One browser: it keeps its cookies, follows no redirect by itself, and reads each page."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.wsgi = app.test_client()
        self.page: Page | None = None
        self.response: TestResponse | None = None

    def get(self, address: str, **options: Any) -> TestResponse:
        """GET ``address``."""
        return self._send("GET", address, **options)

    def post(self, address: str, data: Any = None, **options: Any) -> TestResponse:
        """POST ``data`` to ``address``."""
        return self._send("POST", address, data=data or {}, **options)

    def head(self, address: str) -> TestResponse:
        """HEAD ``address``."""
        return self._send("HEAD", address)

    def submit(self, form: Form | None = None, /, **changes: Any) -> TestResponse:
        """Send a form of the page as rendered, with ``changes``; its first one by default."""
        assert self.page is not None
        form = form or self.page.form()
        return self.post(form.action, form.fill(**changes))

    def follow(self, most: int = 10) -> Page:
        """Follow redirects to a page, and give it."""
        assert self.response is not None
        for _ in range(most):
            if self.response.status_code not in (301, 302, 303, 307, 308):
                assert self.page is not None
                return self.page
            assert self.response.status_code == 303, "redirects are 303"
            self.get(self.response.headers["Location"])
        raise AssertionError("a redirect loop")

    def open(self, address: str) -> Page:
        """GET ``address`` and follow to a page."""
        self.get(address)
        return self.follow()

    def cookie(self, name: str = "visit") -> str | None:
        """The value of a cookie."""
        found = self.wsgi.get_cookie(name, domain="localhost")
        return found.value if found else None

    def set_cookie(self, value: str, name: str = "visit") -> None:
        """Put a cookie into the browser."""
        self.wsgi.set_cookie(name, value, domain="localhost")

    def clear_cookies(self) -> None:
        """Forget all cookies."""
        for name in ("visit", "staff"):
            self.wsgi.delete_cookie(name, domain="localhost")

    def _send(self, method: str, address: str, **options: Any) -> TestResponse:
        """Send one request and check what comes back."""
        parts = urlsplit(address)
        assert parts.netloc in ("", HOST), f"another host: {address}"
        options.setdefault("base_url", f"http://{HOST}")
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        options.setdefault("buffered", True)
        response = self.wsgi.open(target, method=method, **options)
        self.response = response
        self._check(method, parts.path, response)
        return response

    def _check(self, method: str, path: str, response: TestResponse) -> None:
        """Headers on every response, and a sound page on every HTML response."""
        for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
            assert name in response.headers, f"{path}: no {name}"
        location = response.headers.get("Location", "/")
        assert location.startswith("/") and not location.startswith("//"), "a host in Location"
        self.page = None
        if method == "HEAD" or response.mimetype != "text/html" or not response.data:
            return
        if response.status_code not in (301, 302, 303, 304, 307, 308):
            check_page(response.text, staff=path.startswith("/staff"))
            self.page = Page(response.text, path)
