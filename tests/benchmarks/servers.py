"""Starts what is measured, each as a process group of its own on a loopback port."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import click

from intake import server
from intake.config import Settings

PATIENCE = 60.0  # seconds until a server that does not listen is given up
TICK = 1.0 / os.sysconf("SC_CLK_TCK")
ROOT = Path(__file__).resolve().parents[2]


class Server:
    """One running server: ``port``, and the processor time of its whole group."""

    def __init__(
        self, name: str, command: Sequence[str], port: int, environ: Mapping[str, str]
    ) -> None:
        self.name = name
        self.port = port
        self._command = list(command)
        self._environ = dict(environ)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the server is left
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it and wait until it listens; raises RuntimeError with its last words."""
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Stop it, whatever happened; after an error its last words are shown."""
        self.stop()
        if error is not None:
            click.echo(f"{self.name}: {self.last_words()}", err=True)
        self._log.close()

    def _wait(self) -> None:
        """Wait for the first whole answer to a request."""
        assert self._process is not None
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            if _answers(self.port):
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not start:\n{self.last_words()}")

    def last_words(self) -> str:
        """The end of what the server wrote."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-3000:]

    def cpu(self) -> float:
        """Processor seconds (user and system) that the group has used, its dead included."""
        assert self._process is not None
        ticks = 0
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            # proc(5): pgrp is field 5, utime stime cutime cstime are 14 to 17.
            if int(fields[2]) == self._process.pid:
                ticks += sum(int(field) for field in fields[11:15])
        return ticks * TICK

    def stop(self) -> None:
        """End the group that this server started, gently at first."""
        if self._process is None or self._process.poll() is not None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _answers(port: int) -> bool:
    """Whether a server on ``port`` answers a request."""
    request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % port
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(request)
            return bool(connection.recv(64))
    except OSError:
        return False


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environ(**more: str) -> dict[str, str]:
    """The environment without any setting of the product, and ``more``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INTAKE_")}
    return {**kept, **more}


def product(instance: Path) -> Server:
    """The product as its own command starts it; rate limits and human timing off."""
    port = free_port()
    # What the console script does, so that it need not be installed.
    command = [sys.executable, "-c", "from intake.cli import main; main()", "serve"]
    environ = _environ(INTAKE_INSTANCE=str(instance), INTAKE_PORT=str(port), INTAKE_LIMITS="off")
    return Server("the product", command, port, environ)


def options() -> str:
    """The product's gunicorn settings as JSON, without what only its own workers can run."""
    found = server.options(Settings.from_environment({}))
    return json.dumps({name: value for name, value in found.items() if not callable(value)})


def hello() -> Server:
    """The smallest Flask application with the product's server settings."""
    return _module("Flask hello", "serve", "hello", options())


def peer(folder: Path) -> Server:
    """The Django wizard with the same settings; ``folder`` holds its questions."""
    return _module("the peer", "serve", "peer", options(), str(folder))


def trivial() -> Server:
    """Fixed bytes, to show how fast the client can be."""
    return _module("the trivial server", "trivial")


def _module(name: str, module: str, *arguments: str) -> Server:
    """A server that a module of these benchmarks runs; it is told the port as ``PORT``."""
    port = free_port()
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", str(port), *arguments]
    return Server(name, command, port, _environ())
