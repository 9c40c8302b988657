"""A real Chromium for the tests: the system's, else the one that Playwright keeps."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.system import Missing, last_line

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_A_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# Nothing but this machine is ever asked, neither by the pages nor by the browser itself.
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
HOW = (
    "no Chromium for the tests: run `make test`, which installs one, "
    "or install the system's (on Debian or Ubuntu: apt-get install chromium)"
)


def executable() -> Path | None:
    """Chromium's program on this machine; None where there is none."""
    for name in NAMES:
        found = shutil.which(name)
        if found and _answers(Path(found)):
            return Path(found)
    if ON_A_MAC.exists():
        return ON_A_MAC
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.exists() else None


def _answers(program: Path) -> bool:
    """Whether ``program`` is a browser, not a sign that points to one (as a snap's is)."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def download() -> None:
    """Let Playwright fetch its own Chromium; raises ``Missing`` with its last word."""
    done = subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Missing(f"playwright install failed: {last_line(done.stdout + done.stderr)}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium of this test process; open a fresh context for each visitor."""
    program = executable()
    if program is None:
        pytest.fail(HOW, pytrace=False)
    with sync_playwright() as playwright:
        # Only our own pages are opened, so the sandbox, which root cannot have, stays off.
        running = playwright.chromium.launch(
            executable_path=program, args=list(ARGUMENTS), chromium_sandbox=False
        )
        yield running
        running.close()
