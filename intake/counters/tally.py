"""The numbers of one process since its last batch: one addition under a lock, no statement."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from typing import Literal

from flask import Flask

# ``started``: a first answer was given, by the article that led to the check. ``seen``: the page
# of a question that is not answered yet was shown. ``answered``: a question was answered first.
# ``ended``: a page that ends or stops the check was shown. ``check_seen``: check answers was
# shown. ``sent``: by outcome; ``sent_from``: by article. ``booked``: by the time that was chosen.
# ``article_read``: the page of an article was opened.
Kind = Literal[
    "started",
    "seen",
    "answered",
    "ended",
    "check_seen",
    "sent",
    "sent_from",
    "booked",
    "article_read",
]
Key = tuple[str, str, int]

# No article has this name: it begins with a letter there.
NO_ARTICLE = "-"
NO_VERSION = 0


class Tally:
    """What one process counted and has not written yet. Threads may share it."""

    def __init__(self) -> None:
        self._numbers: dict[Key, int] = defaultdict(int)
        self._lock = threading.Lock()

    def add(self, key: Key, number: int = 1) -> None:
        """Add ``number`` to what ``key`` (kind, name, version) counts."""
        with self._lock:
            self._numbers[key] += number

    def take(self) -> Mapping[Key, int]:
        """Hand over everything, and begin at nothing."""
        with self._lock:
            taken, self._numbers = self._numbers, defaultdict(int)
        return taken

    def put_back(self, numbers: Mapping[Key, int]) -> None:
        """Add what was taken and could not be written."""
        for key, number in numbers.items():
            self.add(key, number)


def tally_of(app: Flask) -> Tally:
    """The numbers of this process for ``app``."""
    found: Tally | None = app.extensions.get("tally")
    # Of two threads at once the first one's is kept.
    return app.extensions.setdefault("tally", Tally()) if found is None else found


def note(app: Flask, kind: Kind, name: str, version: int = NO_VERSION) -> None:
    """Count one ``kind`` of ``name``: a question, an outcome, an article; never what was answered.

    ``name`` comes from the definition or the library, never from a request: so the table holds
    words of ours alone, and has a bounded size.
    """
    tally_of(app).add((kind, name, version))
