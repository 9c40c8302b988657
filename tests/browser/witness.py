"""Watches what a browser asks for, is told and complains about."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response


class Witness:
    """Keeps every request, refusal and complaint of one context."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.host = urlsplit(origin).netloc
        self.asked: list[str] = []
        self.refused: list[str] = []
        self.complaints: list[str] = []
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def saw_nothing_wrong(self) -> None:
        """Fail where another origin was asked, something was refused, or the browser complained."""
        assert not self.foreign(), "another origin was asked"
        assert not self.refused
        assert not self.complaints

    def foreign(self) -> list[str]:
        """The requests to other origins."""
        return [each for each in self.asked if urlsplit(each).netloc != self.host]

    def _request(self, request: Request) -> None:
        """Keep an address that was asked for."""
        self.asked.append(request.url)

    def _response(self, response: Response) -> None:
        """Keep a refusal."""
        if response.status >= 400:
            self.refused.append(f"{response.status} {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        """Keep an error of the console."""
        if message.type == "error":
            self.complaints.append(message.text)
