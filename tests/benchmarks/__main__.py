"""The speed table: ``python -m tests.benchmarks [--quick] [--json FILE] [--only 1,2]``."""

from __future__ import annotations

import json
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import click

from tests.benchmarks import bare, desk, machine, measures, people, servers, table
from tests.benchmarks.client import CONNECTIONS
from tests.benchmarks.measures import Outcome, Plan

FULL = Plan(rounds=7, seconds=2.0)
QUICK = Plan(rounds=5, seconds=0.7)
# The last is no goal of speed: whether the time of a refused sign-in tells who works here.
NUMBERS = ("1", "2", "3", "4", "5", "6", "7", "S")
LONG = frozenset({"6", "7", "S"})


def numbers(_context: click.Context, _option: click.Parameter, given: str) -> frozenset[str]:
    """The measures that ``--only`` names."""
    wanted = frozenset(given.split(","))
    if not wanted <= set(NUMBERS):
        raise click.BadParameter(f"give numbers out of {','.join(NUMBERS)}")
    return wanted


@click.command()
@click.option("--quick", is_flag=True, help="Shorter rounds, one wizard: under a minute.")
@click.option("--json", "report", type=click.Path(path_type=Path), help="Write the figures here.")
@click.option("--only", default=",".join(NUMBERS), callback=numbers, help="Measures such as 1,2.")
def main(quick: bool, report: Path | None, only: frozenset[str]) -> None:
    """Measure the product beside others, in one run, and print the ratios with their goals."""
    began = time.monotonic()
    plan = QUICK if quick else FULL
    if quick:
        # A million submissions take minutes to write.
        only -= LONG
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        facts = machine.facts(folder, bare.sqlite_version())
        for line in preface(facts, plan):
            click.echo(line)
        outcome = measure(folder, plan, only, plain=not quick)
    click.echo(table.render(outcome.rows, outcome.facts))
    click.echo(f"\n{time.monotonic() - began:.0f} s in all.")
    if report is not None:
        report.write_text(as_json(facts, plan, outcome))


def measure(folder: Path, plan: Plan, only: frozenset[str], *, plain: bool) -> Outcome:
    """Start what ``only`` needs, and measure it."""
    asked = people.definition()
    walk = people.walk(asked)
    outcome = Outcome()
    with ExitStack() as running:
        trivial = running.enter_context(servers.trivial())
        outcome.add(measures.ceiling(trivial, plan))
        trivial.stop()
        instance = folder / "instance"
        instance.mkdir(mode=0o700)
        product = running.enter_context(servers.product(instance))
        if only & {"1", "2"}:
            hello = running.enter_context(servers.hello())
            outcome.add(measures.pages(product, hello, walk, plan))
            hello.stop()
        if only & {"3", "4"}:
            people.write_questions(asked, walk, folder)
            peer = running.enter_context(servers.peer(folder))
            outcome.add(measures.travel(product, peer, walk, plan, plain=plain))
            peer.stop()
        if "5" in only:
            outcome.add(measures.sends(product, instance, folder, walk, plan))
        product.stop()
        for found in desk.measures(folder, plan, only):
            outcome.add(found)
    outcome.rows = [row for row in outcome.rows if row.number[0] in only]
    return outcome


def preface(facts: dict[str, str], plan: Plan) -> list[str]:
    """What the reader should know before any figure."""
    place = f"SQLite {facts['sqlite']} on {facts['file_system']}"
    hardware = f"{facts['cpu']}, {facts['cores']} cores, Python {facts['python']}, {place}"
    method = "both sides measured in turn, a warm-up round dropped"
    busy = (
        "other programs are busy: expect a wide spread" if float(facts["load_before"]) > 1 else ""
    )
    return [
        f"{hardware}.",
        f"Load before: {facts['load_before']}{'; ' + busy if busy else ''}.",
        f"Servers and the client share these cores; {CONNECTIONS} connections at a time.",
        f"Each figure: the median of {plan.rounds} rounds' ratios, {method}.",
        "The peer asks the same questions, keeps nothing until the end, and stores a row then.",
        "For measure 5 one draft is walked over HTTP; the others are its copies under new ids,",
        "sealed by the product's own key, so that the rounds hold nothing but the Send.",
        "",
    ]


def as_json(facts: dict[str, str], plan: Plan, outcome: Outcome) -> str:
    """The whole run for a program."""
    return json.dumps(
        {
            "machine": facts,
            "rounds": plan.rounds,
            "seconds_a_side": plan.seconds,
            "connections": CONNECTIONS,
            "goals": [row.as_json() for row in outcome.rows],
            "figures": [fact.as_json() for fact in outcome.facts],
        },
        indent=1,
        ensure_ascii=False,
    )


if __name__ == "__main__":
    main()
