"""The lock files say exactly what is installed, and nothing about where it came from."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = {
    "requirements.lock": ["build"],
    "requirements-dev.lock": ["dev", "build"],
    "requirements-bench.lock": ["bench"],
}
PIN = re.compile(r"([a-z0-9-]+)==([0-9][\w.]*)( ; [\w.' ()=!<>]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
NOTE = re.compile(
    r"    #( via)?( {1,3}[\w.-]+)?( \(pyproject\.toml(:\w+)?\))?( -c [\w.-]+\.lock)?"
    r"|    #  ( -c [\w.-]+\.lock| [\w.-]+:\w+)"
)
# Declared, though no line of ours imports them.
USED_UNSEEN = {
    "gunicorn": "serves the app",
    "psycopg": "SQLAlchemy loads it by the name in the URL",
    "pysqlite3": "loaded by name, where a wheel bundles it",
    "tzdata": "time zones where the system has none",
}


def _declared(groups: list[str]) -> list[Requirement]:
    """What pyproject.toml asks for in ``groups``, with the runtime's unless it is the peer's."""
    asked = [] if groups == ["bench"] else list(PROJECT["project"]["dependencies"])
    for group in groups:
        asked += [each for each in PROJECT["dependency-groups"][group] if isinstance(each, str)]
    return [Requirement(each) for each in asked]


def _pins(lock: str) -> dict[str, str]:
    """Package name -> version, as pinned in ``lock``."""
    found = (PIN.fullmatch(line) for line in (ROOT / lock).read_text().splitlines())
    return {match[1]: match[2] for match in found if match}


def _imported() -> Iterator[str]:
    """The top-level names that the package imports."""
    for path in (ROOT / "intake").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                yield node.module.split(".")[0]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_covers_what_is_asked_for(lock: str) -> None:
    """Every dependency of pyproject.toml is pinned at a version within its bounds."""
    pins = _pins(lock)
    for asked in _declared(LOCKS[lock]):
        version = pins.get(canonicalize_name(asked.name))
        assert version is not None, f"{asked.name} is not in {lock}: run make lock"
        assert asked.specifier.contains(version), f"{asked} but {lock} has {version}"


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_pins_and_hashes_only(lock: str) -> None:
    """Each pin has a hash; no line names a host, an address or a folder of a machine."""
    lines = (ROOT / lock).read_text().splitlines()
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        assert any(form.fullmatch(line) for form in (PIN, HASH, NOTE)), line
        if PIN.fullmatch(line):
            assert HASH.fullmatch(after), f"no hash under {line}"


def test_what_is_tested_is_what_runs() -> None:
    """The test environment pins the same versions as the runtime."""
    tested = _pins("requirements-dev.lock")
    runs = _pins("requirements.lock")
    assert {name: tested.get(name) for name in runs} == runs


def test_imports_and_dependencies_agree() -> None:
    """The package imports only what it declares, and declares only what it uses."""
    homes = packages_distributions()
    names = set(_imported()) - set(sys.stdlib_module_names) - {"intake"}
    imported = {canonicalize_name(home) for name in names for home in homes.get(name, [name])}
    declared = {canonicalize_name(each.name) for each in _declared([])}
    assert imported - declared == set(), "imported, but not declared"
    assert declared - imported - set(USED_UNSEEN) == set(), "declared, but not used"
