"""``intake audit``: whether the chain of events is whole, and where it ends."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy.orm import Session

from intake.audit import (
    OPERATOR,
    Anchor,
    Verdict,
    anchors_in,
    check,
    head_line,
    note_check,
    read_anchor,
)
from intake.cli.prepare import open_house
from intake.config import Settings
from intake.review.export_rows import snapshot


class AnchorType(click.ParamType[Anchor]):
    """An anchor on the command line."""

    name = "SEQUENCE:HASH"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Anchor:
        """Read the anchor; a wrong one is wrong usage."""
        try:
            return read_anchor(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.group()
def audit() -> None:
    """The record of who saw and did what."""


@audit.command(name="head")
def head_() -> None:
    """Print the end of the chain as SEQUENCE:HASH, to be kept elsewhere."""
    with (
        open_house(Settings.from_environment(os.environ)) as house,
        snapshot(house.engine) as session,
    ):
        line = head_line(session)
    click.echo(line)


@audit.command(name="verify")
@click.option("--anchor", "given", multiple=True, type=AnchorType(), help="An end that was kept.")
@click.option(
    "--anchors",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of ends that were kept, or a log that holds them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def verify_(given: Sequence[Anchor], file: Path | None, as_json: bool) -> None:
    """Walk the whole chain; names the first event that was changed or is missing."""
    anchors = [*given, *_read(file)]
    with open_house(Settings.from_environment(os.environ)) as house:
        with snapshot(house.engine) as session:
            verdict = check(session, house.keys, anchors)
        _say(verdict, len(anchors), as_json=as_json)
        with Session(house.engine) as session:
            noted = note_check(session, house.keys, verdict, OPERATOR, dt.datetime.now(dt.UTC))
            session.commit()
    if not noted:
        click.echo("intake: the end of the chain is broken: no event can be recorded.", err=True)
    if verdict.broken is not None:
        raise SystemExit(1)


def _read(file: Path | None) -> tuple[Anchor, ...]:
    """The anchors in ``file``; a file that holds none is wrong usage."""
    if file is None:
        return ()
    with file.open(encoding="utf-8", errors="replace") as lines:
        anchors = anchors_in(lines)
    if not anchors:
        raise click.UsageError(f"{file} holds no anchor: no line has SEQUENCE:HASH.")
    return anchors


def _say(verdict: Verdict, anchors: int, *, as_json: bool) -> None:
    """Print how the check ended."""
    broken = verdict.broken
    if as_json:
        result = {
            "whole": broken is None,
            "events": verdict.events,
            "head": verdict.anchor,
            "anchors": anchors,
            "broken": broken and {"kind": broken.kind, "sequence": broken.sequence},
            "words": broken and broken.words,
        }
        click.echo(json.dumps(result))
        return
    if broken is not None:
        click.echo(f"intake: the chain of events is broken: {broken.words}.", err=True)
        return
    held = f" It holds {anchors} anchors." if anchors else ""
    click.echo(f"{verdict.events} events, one unbroken chain.{held} Head: {verdict.anchor}")
    click.echo("Keep the head elsewhere: it shows later whether the end was cut off.")
