"""The measures: what runs in a round, and the ratios that come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from typing import TypeVar

from intake.crypto import read_key_file
from tests.benchmarks import bare, client, journeys, people
from tests.benchmarks.client import CONNECTIONS, Tally, Visitor, Wrong
from tests.benchmarks.journeys import Browser, Stage, Walk
from tests.benchmarks.servers import Server
from tests.benchmarks.table import AT_LEAST, AT_MOST, Fact, Row

Figure = TypeVar("Figure")
Kind = Callable[[Browser, Walk], Visitor]
CHECK = b"/eligibility/check"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: rounds after the warm-up, seconds a side and round."""

    rounds: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Pace:
    """One round of one side: how many a second, and processor milliseconds each."""

    rate: float
    cpu: float


@dataclass(slots=True)
class Outcome:
    """Rows with goals and the absolute figures behind them."""

    rows: list[Row] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Take over what another measure found."""
        self.rows += other.rows
        self.facts += other.facts


def interleave(sides: Mapping[str, Callable[[], Figure]], rounds: int) -> dict[str, list[Figure]]:
    """Run all sides in turn, A B A B …, once to warm up and then ``rounds`` times."""
    found: dict[str, list[Figure]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            figure = side()
            if number:
                found[name].append(figure)
    return found


def ratios(above: list[float], below: list[float]) -> list[float]:
    """One ratio a round."""
    return [one / other for one, other in zip(above, below, strict=True)]


def rates(paces: list[Pace]) -> list[float]:
    """How many a second, a round each."""
    return [pace.rate for pace in paces]


def cpus(paces: list[Pace]) -> list[float]:
    """Processor milliseconds each, a round each."""
    return [pace.cpu for pace in paces]


def ceiling(trivial: Server, plan: Plan) -> Outcome:
    """How fast the client itself is."""
    request = Browser(trivial.port).get(b"/")
    found = interleave({"": lambda: _repeat(trivial, [request], 200, plan)}, 2)
    return Outcome(
        facts=[Fact("the client's own ceiling (trivial server)", rates(found[""]), "/s")]
    )


def pages(product: Server, hello: Server, walk: Walk, plan: Plan) -> Outcome:
    """Measures 1 and 2: question pages and answers beside the smallest Flask application."""
    stages: list[Stage] = []
    walker = journeys.product(Browser(product.port), walk, stages)
    client.run(product.port, iter([walker]), connections=1)
    greeting = Browser(hello.port).get(b"/")
    found = interleave(
        {
            "hello": lambda: _repeat(hello, [greeting], 200, plan),
            "get": lambda: _repeat(product, [stage.get for stage in stages], 200, plan),
            "post": lambda: _repeat(product, [stage.post for stage in stages], 303, plan),
        },
        plan.rounds,
    )
    rate = {side: rates(paces) for side, paces in found.items()}
    get, post = (ratios(rate[side], rate["hello"]) for side in ("get", "post"))
    outcome = Outcome(
        [
            Row("1", "question GET/s ÷ Flask hello/s", get, AT_LEAST, 0.75),
            Row("2", "answer POST/s ÷ Flask hello/s", post, AT_LEAST, 0.65),
        ]
    )
    for side, words in (("hello", "Flask hello"), ("get", "question GET"), ("post", "answer POST")):
        outcome.facts += [
            Fact(words, rate[side], "/s"),
            Fact(f"CPU, {words}", cpus(found[side]), "ms"),
        ]
    return outcome


def _repeat(server: Server, requests: list[bytes], status: int, plan: Plan) -> Pace:
    """The same requests over and over, each visitor beginning elsewhere in the list."""
    turned = cycle([requests[at:] + requests[:at] for at in range(len(requests))])
    visitors = (journeys.again(each, status) for each in turned)
    before = server.cpu()
    tally = client.run(server.port, visitors, seconds=plan.seconds)
    return Pace(tally.rate, (server.cpu() - before) / tally.replies * 1000)


class Travel:
    """Whole journeys of one kind; rounds are about as long as the plan says."""

    def __init__(self, server: Server, kind: Kind, walk: Walk, plan: Plan) -> None:
        self._server = server
        self._kind = kind
        self._walk = walk
        self._plan = plan
        self._journeys = CONNECTIONS

    def __call__(self) -> Pace:
        """Send whole journeys, the same number on each connection, until all have ended."""
        before = self._server.cpu()
        visitors = (
            self._kind(Browser(self._server.port), self._walk) for _ in range(self._journeys)
        )
        tally = client.run(self._server.port, visitors)
        cpu = self._server.cpu() - before
        steps = tally.finished * self._walk.steps
        rate = tally.finished / tally.seconds
        each = round(rate * self._plan.seconds / CONNECTIONS)
        self._journeys = CONNECTIONS * max(1, each)
        return Pace(rate, cpu / steps * 1000)


def travel(product: Server, peer: Server, walk: Walk, plan: Plan, *, plain: bool) -> Outcome:
    """Measures 3 and 4: whole journeys beside the Django wizard."""
    kinds: dict[str, tuple[Server, Kind]] = {
        "ours": (product, journeys.product),
        "redirect": (peer, journeys.peer_redirect),
    }
    if plain:
        kinds["plain"] = (peer, journeys.peer_plain)
    trips = interleave(
        {name: Travel(*side, walk, plan) for name, side in kinds.items()}, plan.rounds
    )
    rate = {name: rates(paces) for name, paces in trips.items()}
    cpu = {name: cpus(paces) for name, paces in trips.items()}
    outcome = Outcome()
    for name, number, goal in (("redirect", "3a", 6.0), ("plain", "3b", 3.5)):
        if name in kinds:
            words = f"journeys/s ÷ Django wizard's ({name} form)"
            outcome.rows.append(
                Row(number, words, ratios(rate["ours"], rate[name]), AT_LEAST, goal)
            )
    words = "CPU ms a step ÷ Django wizard's (redirect form)"
    outcome.rows.append(Row("4", words, ratios(cpu["ours"], cpu["redirect"]), AT_MOST, 0.16))
    for name in kinds:
        label = "ours" if name == "ours" else f"Django, {name} form"
        outcome.facts += [
            Fact(f"journeys, {label}", rate[name], "/s"),
            Fact(f"CPU a step, {label}", cpu[name], "ms"),
        ]
    return outcome


class Sends:
    """Rounds of Send alone: drafts at their last page, sealed by the product's key."""

    def __init__(self, product: Server, instance: Path, walk: Walk, plan: Plan) -> None:
        self.answered = 0
        self._product = product
        self._plan = plan
        self._keys = read_key_file(instance / "keys.json")
        self._browser = Browser(product.port)
        self._form = b""
        self._ready = 4 * CONNECTIONS
        client.run(product.port, iter([self._walk(walk)]), connections=1)

    def _walk(self, walk: Walk) -> Visitor:
        """Walk to the last page once, and keep its cookie and form."""
        yield from journeys.product(self._browser, walk, stages=[])
        page = yield from journeys.ask(self._browser, CHECK)
        self._form = journeys.token_field(page)

    def __call__(self) -> Tally:
        """Send fresh drafts, 16 at a time, for about as long as the plan says."""
        kept = self._browser.cookies[b"visit"]
        requests = []
        for _ in range(self._ready):
            self._browser.cookies[b"visit"] = people.another_draft(self._keys, kept)
            requests.append(self._browser.post(CHECK, self._form))
        self._browser.cookies[b"visit"] = kept
        visitors = (journeys.once(each, b"/eligibility/result") for each in requests)
        tally = client.run(self._product.port, visitors)
        self.answered += tally.finished
        self._ready = max(4 * CONNECTIONS, int(tally.rate * self._plan.seconds))
        return tally


def sends(product: Server, instance: Path, folder: Path, walk: Walk, plan: Plan) -> Outcome:
    """Measure 5: durable sends over HTTP beside a bare loop of writers on the same disk.

    Raises ``Wrong`` unless every send that was answered is stored.
    """
    ours, beside = instance / "intake.sqlite3", folder / "bare.sqlite3"
    before = bare.stored(ours)
    send = Sends(product, instance, walk, plan)
    send()
    example = bare.sample(ours)
    bare.prepare(beside, example)
    sides: dict[str, Callable[[], Tally]] = {
        "bare": lambda: bare.commits(beside, example, plan.seconds),
        "sends": send,
    }
    found = interleave(sides, plan.rounds)
    kept = bare.stored(ours) - before
    if kept != send.answered:
        raise Wrong(f"{send.answered} sends were answered and {kept} are stored")
    rate = {name: [tally.rate for tally in tallies] for name, tallies in found.items()}
    slow = [quantiles(tally.latencies, n=100)[98] * 1000 for tally in found["sends"]]
    words = f"durable sends/s ÷ bare loop of {bare.WRITERS} writers"
    return Outcome(
        [
            Row("5a", words, ratios(rate["sends"], rate["bare"]), AT_LEAST, 0.40),
            Row("5b", f"p99 of a send, {CONNECTIONS} senders", slow, AT_MOST, 120, "ms"),
        ],
        [
            Fact("durable sends", rate["sends"], "/s"),
            Fact("bare loop", rate["bare"], "/s"),
        ],
    )
