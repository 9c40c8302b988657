"""Measures 6 and 7, the desk at a million submissions beside a thousand; and sign-in's silence."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from tests.benchmarks import crowd, servers
from tests.benchmarks.crowd import PASSWORD, TOKEN, Crowd
from tests.benchmarks.measures import Outcome, Plan, interleave, ratios
from tests.benchmarks.table import AT_MOST, Fact, Row

FEW, MANY = 1_000, 1_000_000
PRESETS = ("unassigned", "mine", "due_today", "overdue", "safety")
GOAL = 1.10
# How often each page is asked for in a round; the median counts.
TIMES = 15
TRIES = 200
NEXT = re.compile(r'rel="next" href="([^"]+)"')


class Wrong(Exception):
    """An answer that is not the page that was asked for."""


@dataclass
class Browser:
    """One line to a server with the cookie of a staff member."""

    port: int
    cookie: str

    def __post_init__(self) -> None:
        self._line = http.client.HTTPConnection("localhost", self.port, timeout=60)

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """GET ``path``, or POST ``form`` to it; gives status and text."""
        headers = {"Cookie": f"staff={self.cookie}"}
        if form is None:
            self._line.request("GET", path, headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            self._line.request("POST", path, urlencode({"csrf_token": TOKEN, **form}), headers)
        response = self._line.getresponse()
        return response.status, response.read().decode()

    def seconds(self, path: str, form: dict[str, str] | None, holds: str) -> float:
        """The median time of one page; raises ``Wrong`` for another page."""
        taken = []
        # The server has closed a line that was idle while the other side was measured.
        self._line.close()
        for _ in range(TIMES):
            began = time.perf_counter()
            status, text = self.ask(path, form)
            taken.append(time.perf_counter() - began)
            if status != 200 or holds not in text:
                raise Wrong(f"{path}: {status}")
        return median(taken)


def pages(browser: Browser, made: Crowd) -> dict[str, Callable[[], float]]:
    """What is measured on one practice, by name."""

    def page(path: str, holds: str, form: dict[str, str] | None = None) -> Callable[[], float]:
        return lambda: browser.seconds(path, form, holds)

    later = "/staff/"
    for _ in range(3):
        found = NEXT.search(browser.ask(later)[1])
        if found is None:
            raise Wrong("the queue has too few pages")
        later = found[1].replace("&amp;", "&")
    sides = {
        "queue, first page": page("/staff/", 'rel="next"'),
        "queue, later page": page(later, 'rel="prev"'),
        "queue, filtered": page("/staff/?state=nj&outcome=not_now&status=new", "<table"),
    }
    for preset in PRESETS:
        sides[f"queue, {preset}"] = page(f"/staff/?show={preset}", "<table")
    sides["search by phone"] = page(
        "/staff/search", made.reference, {"term": made.phone.removeprefix("+1")}
    )
    sides["open a record"] = page(f"/staff/submissions/{made.reference}", made.reference)
    return sides


def growth(folder: Path, plan: Plan, many: int = MANY) -> Outcome:
    """Each page at ``many`` submissions ÷ at a thousand."""
    outcome = Outcome()
    with ExitStack() as running:
        sides = []
        for count in (FEW, many):
            instance = folder / f"crowd-{count}"
            instance.mkdir(mode=0o700)
            began = time.monotonic()
            made = crowd.fill(instance, count)
            outcome.facts.append(
                Fact(f"to write {count:,} submissions", [time.monotonic() - began], "s")
            )
            server = running.enter_context(servers.product(instance))
            sides.append(pages(Browser(server.port, made.cookie), made))
        few, crowded = sides
        for name in few:
            found = interleave({"few": few[name], "many": crowded[name]}, plan.rounds)
            number = "7" if name == "open a record" else "6"
            words = f"{name}: {many:,} submissions ÷ {FEW:,}"
            outcome.rows.append(
                Row(number, words, ratios(found["many"], found["few"]), AT_MOST, GOAL)
            )
            outcome.facts.append(
                Fact(f"{name}, {many:,}", [each * 1000 for each in found["many"]], "ms")
            )
    return outcome


def silence(folder: Path, tries: int = TRIES) -> Outcome:
    """Whether the time of a refused sign-in tells that an address is known: it must not."""
    instance = folder / "silence"
    instance.mkdir(mode=0o700)
    made = crowd.fill(instance, 10)
    with servers.product(instance) as server:
        browser = Browser(server.port, made.cookie)
        found = interleave(
            {
                "known": lambda: _try(browser, made.email),
                "unknown": lambda: _try(browser, "nobody@example.org"),
            },
            tries,
        )
    known, unknown = median(found["known"]), median(found["unknown"])
    apart = max(known, unknown) / min(known, unknown)
    words = f"refused sign-in, known ÷ unknown address ({tries} tries each, slower ÷ faster)"
    return Outcome(
        [Row("S", words, [apart], AT_MOST, GOAL)],
        [
            Fact("refused sign-in, known address", [each * 1000 for each in found["known"]], "ms"),
            Fact("refused sign-in, unknown", [each * 1000 for each in found["unknown"]], "ms"),
        ],
    )


def _try(browser: Browser, email: str) -> float:
    """The seconds that a wrong password takes to be refused."""
    form = {"username": email, "password": PASSWORD + " wrong"}
    began = time.perf_counter()
    status, _text = browser.ask("/staff/login", form)
    taken = time.perf_counter() - began
    if status != 422:
        raise Wrong(f"sign-in: {status}")
    return taken


def measures(folder: Path, plan: Plan, only: frozenset[str]) -> Iterator[Outcome]:
    """The measures of the desk that ``only`` names."""
    if only & {"6", "7"}:
        yield growth(folder, plan)
    if "S" in only:
        yield silence(folder)
