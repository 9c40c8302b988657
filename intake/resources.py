"""Where the files beside the code lie: in the source tree, or inside an installed wheel."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
# The wheel carries here what stands beside the package in the tree.
SHIPPED = PACKAGE / "_shipped"


def templates_folder() -> Path:
    """The folder of the page templates, absolute."""
    return _find("templates", tree=PACKAGE.parent / "templates")


def static_folder() -> Path:
    """The folder of style sheets, fonts and drawings, absolute."""
    return _find("static", tree=PACKAGE.parent / "static")


def practice_example() -> Path:
    """The example of a practice's facts, which ``intake init`` copies; absolute."""
    name = "practice.example.toml"
    return _find(name, tree=PACKAGE.parent / "instance" / name)


def _find(name: str, tree: Path) -> Path:
    """The shipped copy of ``name`` where there is one, else its place in the source tree."""
    shipped = SHIPPED / name
    return shipped if shipped.exists() else tree
