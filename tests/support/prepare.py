"""Makes sure, before the tests run, that there is a PostgreSQL and a Chromium.

Run as ``python -m tests.support.prepare``. Exit codes: 0 both are there, 2 one is missing, after
one line that says how to mend it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.support import browser, postgres, system


def main() -> int:
    """Find or install both; gives the exit code."""
    try:
        _ensure("PostgreSQL", postgres.binaries, "postgresql")
        _ensure("Chromium", browser.executable, "chromium", "fonts-dejavu-core")
    except system.Missing as missing:
        print(missing, file=sys.stderr)  # noqa: T201 - a program's one line
        return 2
    return 0


def _ensure(name: str, find: Callable[[], object], *packages: str) -> None:
    """Leave when ``find`` finds something; else install, and look again."""
    if find() is not None:
        return
    print(f"Installing {name} for the tests, once.", flush=True)  # noqa: T201 - a long step
    problem = ""
    if system.can_install():
        problem = _attempt(lambda: system.install(*packages))
    if find() is None and name == "Chromium":
        problem = _attempt(browser.download) or problem
    if find() is None:
        raise system.Missing(
            f"The tests need {name}: install it (on Debian or Ubuntu: apt-get install "
            f"{packages[0]}){f'; {problem}' if problem else ''}"
        )


def _attempt(act: Callable[[], None]) -> str:
    """Do ``act``; gives what went wrong, or nothing."""
    try:
        act()
    except system.Missing as missing:
        return str(missing)
    return ""


if __name__ == "__main__":
    sys.exit(main())
