"""Pictures of every page, for people to look at; nothing is compared.

Run as ``python -m tests.browser.shots FOLDER [PLACE …]``, by default for all places; ``articles``
stands for every article. The files are called ``<place>-<width>-<scheme>.png``.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright

from tests.browser.door import open_door
from tests.browser.places import ALL, ARTICLES, PLACES, Guide
from tests.support.browser import ARGUMENTS, executable

WIDTHS = (360, 768, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main(arguments: list[str]) -> int:
    """Write the pictures; gives the exit code."""
    if not arguments:
        print("usage: python -m tests.browser.shots FOLDER [PLACE …]", file=sys.stderr)  # noqa: T201
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    names = _names(arguments[1:]) or [place.name for place in ALL]
    with sync_playwright() as playwright, open_door() as door, contextlib.ExitStack() as stack:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=list(ARGUMENTS), chromium_sandbox=False
        )
        guide = Guide(browser, door, stack)
        for name in names:
            take(guide, name, folder)
        browser.close()
    return 0


def _names(asked: list[str]) -> list[str]:
    """The places that were ``asked`` for by name, each article instead of ``articles``."""
    articles = [place.name for place in ARTICLES]
    return [name for each in asked for name in (articles if each == "articles" else [each])]


def take(guide: Guide, name: str, folder: Path) -> None:
    """One place at every width, light and dark."""
    with guide.at(PLACES[name], java_script_enabled=False) as page:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
