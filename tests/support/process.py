"""The console script as a real process."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

PROGRAM = [sys.executable, "-c", "from intake.cli import main; main()"]
TREE = Path(__file__).resolve().parents[2]


def environment(instance: Path, **more: str) -> dict[str, str]:
    """A bare environment: a path, the tree, and the product's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONPATH": str(TREE), "INTAKE_INSTANCE": str(instance), **more}


def run(instance: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run ``intake`` to its end."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        env=environment(instance, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(instance: Path, port: int, **more: str) -> Iterator[subprocess.Popen[str]]:
    """``intake serve`` until the block ends; it answers when the block begins."""
    instance.parent.mkdir(parents=True, exist_ok=True)
    log = (instance.parent / f"serve-{port}.log").open("w+")
    server = subprocess.Popen(
        [*PROGRAM, "serve"],
        env=environment(instance, INTAKE_PORT=str(port), **more),
        stdout=log,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_until_it_answers(server, port, Path(log.name))
        yield server
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def wait_until_it_answers(server: subprocess.Popen[str], port: int, log: Path) -> None:
    """Wait for /healthz; raises AssertionError with the log when the server ends first."""
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=20).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"no answer: {log.read_text()}")


def printed(instance: Path, port: int) -> str:
    """What a server has printed so far."""
    return (instance.parent / f"serve-{port}.log").read_text()
