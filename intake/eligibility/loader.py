"""Loads a definition file: TOML bytes in, a sound ``Definition`` or every problem out."""

from __future__ import annotations

import hashlib
import importlib.resources
import tomllib
from typing import Any

from intake.eligibility import checks
from intake.eligibility.builder import Builder
from intake.eligibility.definition import Definition
from intake.eligibility.faults import DefinitionError, Problem, shown
from intake.eligibility.reader import Table

LARGEST = 256 * 1024
MOST_LOCALES = 8


def load(raw: bytes, locale: str = "en", *, file: str = "definition") -> Definition:
    """Read and check a definition file; ``file`` is the name under which faults are told.

    Each locale that the file declares must be complete; the one asked for is returned. Raises
    ``DefinitionError``, which names every problem: one alone where the file cannot be read.
    """
    document = _parse(raw, file)
    problems: list[Problem] = []
    declared = Table(document, file, problems).locales("locales", MOST_LOCALES)
    if declared and locale not in declared:
        problems.append(Problem(file, "locales", shown(list(declared)), f"{locale!r} among them"))
    locales = declared or (locale,)
    sha256 = hashlib.sha256(raw).hexdigest()
    built: dict[str, Definition] = {}
    for each in locales:
        builder = Builder(Table(document, file, problems), each, locales)
        built[each] = builder.build(sha256)
        problems.extend(checks.find(built[each], file, builder.unread))
    if problems:
        raise DefinitionError(dict.fromkeys(problems))
    return built[locale]


def packaged() -> list[tuple[str, bytes]]:
    """Name and bytes of each definition file in the package, by name."""
    folder = importlib.resources.files("intake.eligibility") / "definitions"
    files = [each for each in folder.iterdir() if each.name.endswith(".toml")]
    return [(each.name, each.read_bytes()) for each in sorted(files, key=lambda each: each.name)]


def _parse(raw: bytes, file: str) -> dict[str, Any]:
    """The document; a file that cannot be read has one problem only."""
    if len(raw) > LARGEST:
        found = Problem(file, "size", f"{len(raw)} bytes", f"at most {LARGEST} bytes")
        raise DefinitionError([found])
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        found = Problem(file, "encoding", f"byte {error.start}", "UTF-8 throughout")
    except RecursionError:
        found = Problem(file, "TOML", "too deep", "tables and lists only a few levels deep")
    except ValueError as error:
        found = Problem(file, "TOML", shown(str(error)), "TOML as its version 1.0 defines it")
    raise DefinitionError([found])
