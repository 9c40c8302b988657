"""A load client: keep-alive connections over raw sockets, one process, one loop.

A visitor is a generator that yields whole requests and is given whole replies; the loop drives
as many of them at once as there are connections. Only replies with a Content-Length are read.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

CONNECTIONS = 16
PATIENCE = 30.0  # seconds without any reply until the run is given up
LENGTH = b"\r\nContent-Length: "


class Reply(NamedTuple):
    """One answer of a server: status, the head without its blank line, the body."""

    status: int
    head: bytes
    body: bytes


Visitor = Generator[bytes, Reply, None]


class Wrong(Exception):
    """A server answered something that the measure did not ask for."""


@dataclass(slots=True)
class Tally:
    """What a run brought: replies, visitors that reached their end, seconds, latencies (s)."""

    replies: int = 0
    finished: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Replies a second."""
        return self.replies / self.seconds


class _Line:
    """One connection and the visitor who uses it."""

    __slots__ = ("buffer", "sent_at", "socket", "visitor", "wanted")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.visitor: Visitor | None = None
        self.buffer = b""
        self.wanted = 0
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        """Send a whole request; it fits the socket's buffer, so it never waits for long."""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> Reply | None:
        """Read what has come; the reply once it is whole."""
        data = self.socket.recv(131072)
        if not data:
            raise Wrong(f"the server hung up after {self.buffer[:200]!r}")
        self.buffer = self.buffer + data if self.buffer else data
        if not self.wanted:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return None
            self.wanted = end + 4 + _length(self.buffer[: end + 2])
        if len(self.buffer) < self.wanted:
            return None
        whole, self.buffer, self.wanted = self.buffer, b"", 0
        end = whole.find(b"\r\n\r\n")
        return Reply(int(whole[9:12]), whole[:end], whole[end + 4 :])


def _length(head: bytes) -> int:
    """The Content-Length that ``head`` names; raises ``Wrong`` where it names none."""
    start = head.find(LENGTH)
    if start < 0:
        raise Wrong(f"a reply without Content-Length: {head[:300]!r}")
    start += len(LENGTH)
    return int(head[start : head.find(b"\r\n", start)])


def run(
    port: int,
    visitors: Iterator[Visitor],
    *,
    seconds: float | None = None,
    connections: int = CONNECTIONS,
) -> Tally:
    """Let ``visitors`` in, ``connections`` at a time, to the server on ``port``.

    Ends after ``seconds``, or when all visitors have finished. Raises ``Wrong`` for an answer
    that a visitor refuses, or for silence.
    """
    tally = Tally()
    poll = select.epoll()
    lines = {}
    for _ in range(connections):
        line = _Line(port)
        lines[line.socket.fileno()] = line
        poll.register(line.socket, select.EPOLLIN)
    try:
        started = time.perf_counter()
        deadline = started + seconds if seconds is not None else float("inf")
        busy = sum(_admit(line, visitors) for line in lines.values())
        while busy:
            events = poll.poll(PATIENCE)
            if not events:
                raise Wrong(f"silence for {PATIENCE:.0f} s")
            for number, _event in events:
                if _turn(lines[number], visitors, tally, deadline):
                    busy -= 1
        tally.seconds = time.perf_counter() - started
    finally:
        poll.close()
        for line in lines.values():
            line.socket.close()
    return tally


def _turn(line: _Line, visitors: Iterator[Visitor], tally: Tally, deadline: float) -> bool:
    """Read from ``line`` and send its next request; whether the line has come to its end."""
    reply = line.receive()
    if reply is None:
        return False
    moment = time.perf_counter()
    tally.replies += 1
    tally.latencies.append(moment - line.sent_at)
    if moment > deadline:
        return True
    assert line.visitor is not None
    try:
        line.send(line.visitor.send(reply))
    except StopIteration:
        tally.finished += 1
        return not _admit(line, visitors)
    return False


def _admit(line: _Line, visitors: Iterator[Visitor]) -> bool:
    """Give ``line`` its next visitor; whether there was one."""
    line.visitor = next(visitors, None)
    if line.visitor is None:
        return False
    line.send(next(line.visitor))
    return True
