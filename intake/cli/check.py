"""``intake check``: whether a definition is whole, with every mistake named, and proven."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from intake.articles import library, spoken
from intake.cli.prepare import open_house
from intake.clinician import spoken_of, work
from intake.config import Settings
from intake.eligibility import (
    Definition,
    DefinitionError,
    Report,
    TooManyCombinations,
    load,
    packaged,
)
from intake.errors import NotFound, SetupError
from intake.rulebook.proving import prove
from intake.rulebook.store import body_of


@click.command()
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--version", "version", type=click.IntRange(1), help="A version in the database.")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def check(file: Path | None, version: int | None, as_json: bool) -> None:
    """Check and prove the definition in FILE, a version of the database, or what is packaged.

    Every mistake is named. A definition without one is proven: the eight properties of the
    clinical rules are run over every combination of answers that its rules can tell apart.
    """
    if file is not None and version is not None:
        raise click.UsageError("Name a FILE or a --version, not both.")
    bodies = _bodies(file, version)
    found = [_check(name, body) for name, body in bodies]
    for entry, (_, body) in zip(found, bodies, strict=True):
        if not entry["problems"]:
            entry["articles"] = _to_read_again(load(body))
    if file is None and version is None:
        found += _check_articles([body for _, body in bodies])
    if as_json:
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        for entry in found:
            for line in _told(entry):
                click.echo(line)
    if any(entry["problems"] or not entry.get("proof", {}).get("proven", True) for entry in found):
        raise SystemExit(1)


def _bodies(file: Path | None, version: int | None) -> list[tuple[str, bytes]]:
    """Name and bytes of what is to be checked."""
    if file is not None:
        return [(str(file), file.read_bytes())]
    if version is None:
        return packaged()
    with (
        open_house(Settings.from_environment(os.environ)) as house,
        Session(house.engine) as session,
    ):
        try:
            return [(f"version {version}", body_of(session, version))]
        except NotFound as error:
            raise click.UsageError(f"The database holds no version {version}.") from error


def _check(name: str, body: bytes) -> dict[str, Any]:
    """Load and prove one definition; its facts, or its problems."""
    try:
        definition = load(body)
        report = _prove(name, body)
    except DefinitionError as error:
        return {"file": name, "problems": [str(problem) for problem in error.problems]}
    except TooManyCombinations as error:
        told = f"{error.args[0]} combinations of answers are too many to run: ask or branch less"
        return {"file": name, "problems": [told]}
    return {
        "file": name,
        "problems": [],
        "version": definition.version,
        "sha256": definition.sha256,
        "questions": len(definition.questions),
        "rules": len(definition.rules),
        "proof": report.pack(),
    }


def _prove(name: str, body: bytes) -> Report:
    """Prove, with progress where a person looks on."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=1, label=name, file=sys.stderr, hidden=hidden) as bar:

        def tell(done: int, every: int) -> None:
            bar.length = every
            bar.update(done - bar.pos)

        return prove(body, progress=tell)


def _check_articles(bodies: list[bytes]) -> list[dict[str, Any]]:
    """Articles that speak of a question or a rule which no definition in ``bodies`` has."""
    definitions = []
    for body in bodies:
        with contextlib.suppress(DefinitionError):
            definitions.append(load(body))
    found = []
    for article in library.all_articles():
        unknown = [set(spoken.unknown(article.speaks_of, each)) for each in definitions]
        for name in article.speaks_of:
            if unknown and all(name in each for each in unknown):
                told = f"speaks_of names no question and no rule: {name}"
                found.append({"file": f"article {article.slug}", "problems": [told]})
    return found


def _to_read_again(definition: Definition) -> list[str]:
    """Articles that speak of what changed since they were written, or confirmed on the desk."""
    try:
        house = open_house(Settings.from_environment(os.environ))
    except SetupError:
        # Without an instance there is no desk: the package's own versions are all there is.
        known = {rules.version: rules for rules in map(load, dict(packaged()).values())}
        return spoken_of.to_read_again(spoken_of.beside(definition, {}, known.get))
    with house, Session(house.engine) as session:
        return work.touched_articles(session, definition)


def _told(entry: dict[str, Any]) -> list[str]:
    """The result of one file, in lines for a person."""
    if entry["problems"]:
        many = len(entry["problems"])
        heading = f"{entry['file']}: {many} problem{'s' if many > 1 else ''}"
        return [heading, *(f"  {problem}" for problem in entry["problems"])]
    proof = entry["proof"]
    sound = "sound and proven" if proof["proven"] else "NOT PROVEN"
    sizes = f"{entry['questions']} questions, {entry['rules']} rules"
    lines = [
        f"{entry['file']}: version {entry['version']}, {sizes}, {sound}",
        f"  {proof['stands_for']:,} sets of answers stand in {proof['to_run']:,} combinations",
        f"  {proof['run']:,} run in {proof['seconds']:.1f} s by {proof['processes']} processes",
        "  Groups of answers that the rules can tell apart:",
    ]
    for question in proof["questions"]:
        sizes = " + ".join(str(group["size"]) for group in question["groups"])
        lines.append(f"    {question['id']}: {question['answers']} answers = {sizes}")
    lines += [f"  Grouping is not exact: {each}" for each in proof["unequal"]]
    for verdict in proof["properties"]:
        holds = "holds" if verdict["holds"] else "IS BROKEN"
        lines.append(f"  {verdict['number']}. {verdict['sentence']} {holds}")
        lines += [f"     {missing}" for missing in verdict["missing"]]
        lines += _counterexample(verdict["counterexample"])
    if entry["articles"]:
        lines.append("  Articles that speak of what changed, for a clinician to read again:")
        lines += [f"    {each}" for each in entry["articles"]]
    return lines


def _counterexample(counter: dict[str, Any] | None) -> list[str]:
    """The smallest set of answers that breaks a property; harmless ones are counted only."""
    if counter is None:
        return []
    telling = {key: counter["answers"][key] for key in counter["telling"]}
    others = len(counter["answers"]) - len(telling)
    answers = [f"{key} = {', '.join(codes)}" for key, codes in telling.items()]
    return [
        f"     {counter['what']}",
        f"     answers: {'; '.join([*answers, f'{others} harmless ones'])}",
        f"     flags: {', '.join(counter['flags']) or 'none'}; outcome: {counter['outcome']}",
        f"     look at: {', '.join(counter['rules']) or 'no rule speaks of it'}",
    ]
