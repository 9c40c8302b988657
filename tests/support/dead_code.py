"""Names in the package that nothing uses: neither its code, nor a template, nor a framework.

Run as ``python -m tests.support.dead_code``. Tests do not count as use. What a framework calls by
name stands in ``[tool.vulture]`` of pyproject.toml. Exit codes: 0 none found, 1 some are.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment
from vulture import Vulture  # type: ignore[import-untyped]  # ships no types

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """List what is dead; gives the exit code."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["vulture"]
    vulture = Vulture(
        ignore_names=options["ignore_names"], ignore_decorators=options["ignore_decorators"]
    )
    vulture.scavenge([ROOT / path for path in options["paths"]])
    vulture.used_names.update(names_in_templates())
    vulture.used_names.update(columns(ROOT / "intake"))
    dead = vulture.get_unused_code(min_confidence=options["min_confidence"])
    for item in dead:
        place = Path(item.filename).resolve().relative_to(ROOT)
        print(f"{place}:{item.first_lineno}: {item.message}")  # noqa: T201 - a program's output
    return 1 if dead else 0


def names_in_templates() -> Iterator[str]:
    """Every name that a template reads: variables, attributes, filters, functions."""
    environment = Environment(autoescape=True)
    for path in (ROOT / "templates").rglob("*"):
        if path.is_file():
            for _line, kind, value in environment.lex(path.read_text()):
                if kind == "name":
                    yield value


def columns(package: Path) -> Iterator[str]:
    """The columns of every table: they are read by the database, and kept for people."""
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.target, ast.Name)
                and ast.unparse(node.annotation).startswith("Mapped[")
            ):
                yield node.target.id


if __name__ == "__main__":
    sys.exit(main())
