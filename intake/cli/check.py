"""``intake check``: whether a definition file is whole, with every mistake named."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import click

from intake.articles import library
from intake.eligibility import DefinitionError, load, packaged


@click.command()
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def check(file: Path | None, as_json: bool) -> None:
    """Check the definition in FILE, or every definition that the package carries."""
    bodies = [(str(file), file.read_bytes())] if file else list(packaged())
    found = [_check(name, body) for name, body in bodies]
    found += _check_articles([body for _, body in bodies]) if file is None else []
    if as_json:
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        for entry in found:
            _tell(entry)
    if any(entry["problems"] for entry in found):
        raise SystemExit(1)


def _check(name: str, body: bytes) -> dict[str, object]:
    """Load one file; its facts, or its problems."""
    try:
        definition = load(body)
    except DefinitionError as error:
        problems = [str(problem) for problem in error.problems]
        return {"file": name, "problems": problems}
    return {
        "file": name,
        "problems": [],
        "version": definition.version,
        "sha256": definition.sha256,
        "questions": len(definition.questions),
        "rules": len(definition.rules),
    }


def _check_articles(bodies: list[bytes]) -> list[dict[str, object]]:
    """Articles that speak of a question which no definition in ``bodies`` asks."""
    asked: set[str] = set()
    for body in bodies:
        with contextlib.suppress(DefinitionError):
            asked |= {question.id for question in load(body).questions}
    return [
        {"file": f"article {article.slug}", "problems": [f"speaks_of names no question: {name}"]}
        for article in library.all_articles()
        for name in article.speaks_of
        if name not in asked
    ]


def _tell(entry: dict[str, object]) -> None:
    """Print the result of one file for a person."""
    problems = entry["problems"]
    if isinstance(problems, list) and problems:
        click.echo(f"{entry['file']}: {len(problems)} problems")
        for problem in problems:
            click.echo(f"  {problem}")
        return
    click.echo(
        f"{entry['file']}: version {entry['version']}, {entry['questions']} questions, "
        f"{entry['rules']} rules, sound"
    )
