"""The system's package manager, where we may use it."""

from __future__ import annotations

import os
import shutil
import subprocess

ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}


class Missing(Exception):
    """Something the tests need is not on this machine; the message is one line that says how."""


def can_install() -> bool:
    """Whether this process may install packages: root, on a Debian or Ubuntu."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> None:
    """Install ``packages`` of the system; raises ``Missing`` with apt's own last word."""
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(
            command,
            env={**os.environ, **ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            raise Missing(f"{' '.join(command)} failed: {last_line(done.stdout + done.stderr)}")


def last_line(output: str) -> str:
    """The last line of a program's ``output`` that says something."""
    lines = [line.strip() for line in output.splitlines() if any(map(str.isalpha, line))]
    return lines[-1] if lines else "it said nothing"
