"""A real SMTP server in the test process, which can be told to refuse, to dawdle or to hang up."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.process import free_port

OK = "250 OK"


class MailServer:
    """What it answers is set by the test; ``letters`` holds what it took, in order.

    ``recipient`` and ``letter``: the answers to RCPT and to a letter's last line. ``hangs_up``: end
    the line instead of answering. ``taken`` is set with every letter; while ``go_on`` is not, a
    letter is taken and its answer waits.
    """

    def __init__(self) -> None:
        self.recipient = self.letter = OK
        self.hangs_up = False
        self.letters: list[bytes] = []
        self.to: list[str] = []
        self.lines = 0
        self.taken = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        loop = asyncio.new_event_loop()
        self.controller = Controller(
            self,
            hostname="127.0.0.1",
            port=free_port(),
            loop=loop,
            ident="mail.example.org",
        )
        # Each connection would make a loop of its own, and leave it open.
        self.controller.SMTP_kwargs["loop"] = loop

    @property
    def url(self) -> str:
        """What INTAKE_SMTP_URL is set to."""
        return f"smtp://127.0.0.1:{self.controller.port}"

    async def handle_EHLO(
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        answers: list[str],
    ) -> list[str]:
        """Count the lines that were opened."""
        session.host_name = hostname
        self.lines += 1
        return answers

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Take or refuse a recipient."""
        if self.recipient == OK:
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take a letter, or refuse it, or end the line."""
        if self.letter == OK and not self.hangs_up:
            self.letters.append(bytes(envelope.content or b""))
            self.to += envelope.rcpt_tos
            self.taken.set()
            await server.loop.run_in_executor(None, self.go_on.wait)
        if self.hangs_up:
            assert server.transport is not None
            server.transport.close()
        return self.letter

    def read(self, number: int = 0) -> EmailMessage:
        """One of the letters, parsed."""
        return cast(EmailMessage, message_from_bytes(self.letters[number], policy=POLICY))


@contextlib.contextmanager
def mail_server() -> Iterator[MailServer]:
    """A server that takes everything, on a free port, until the block ends."""
    server = MailServer()
    server.controller.start()
    try:
        yield server
    finally:
        server.go_on.set()
        server.controller.stop()
