"""The registry of events: complete, without doubles, each used; and what an event may hold."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import intake
from intake import audit
from intake.audit import Actor

FOLDER = Path(intake.__file__).parent
REGISTRY = FOLDER / "audit" / "events.py"
NAME = re.compile(r"[a-z]+\.[a-z_]+")


def literals(path: Path) -> Iterator[str]:
    """Every string in a file that has the form of an event's name."""
    yield from names_in(ast.walk(ast.parse(path.read_text())))


def recorded(path: Path) -> Iterator[str]:
    """The names that a file gives to a function that records."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and "record" in ast.unparse(node.func):
            yield from names_in(node.args)


def names_in(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The strings among ``nodes`` that have the form of an event's name."""
    for node in nodes:
        if isinstance(node, ast.Constant) and NAME.fullmatch(str(node.value)):
            yield str(node.value)


def sources() -> list[Path]:
    """The files that may record an event."""
    return [
        path
        for path in FOLDER.rglob("*.py")
        if path != REGISTRY and path.name not in ("event_words.py", "timeline.py")
    ]


def test_no_name_stands_twice() -> None:
    """A name that is written twice in the registry would silently take the later keys."""
    tables = [
        node for node in ast.walk(ast.parse(REGISTRY.read_text())) if isinstance(node, ast.Dict)
    ]
    names = [ast.literal_eval(key) for key in tables[0].keys if key is not None]
    assert len(names) == len(set(names)) == len(audit.EVENTS)


def test_every_recorded_name_is_registered() -> None:
    """A name that the registry does not hold is found before it is recorded."""
    unknown = {
        f"{path.name}: {name}"
        for path in sources()
        for name in recorded(path)
        if name not in audit.EVENTS
    }
    assert unknown == set()


def test_every_registered_name_is_recorded() -> None:
    """A name that nothing records any more is taken out of the registry."""
    used = {name for path in sources() for name in literals(path)}
    assert set(audit.EVENTS) - used == set()


@pytest.mark.parametrize("kind", ["visitor", "clock", "operator"])
def test_no_address_of_a_visitor_is_kept(kind: str) -> None:
    """From where is said of staff alone."""
    with pytest.raises(ValueError, match="staff member"):
        Actor(kind, network="192.0.2.7")


def test_events_from_before_networks_still_fit() -> None:
    """The bytes that an old event's HMAC covers are what they were."""
    event = audit.Event(
        sequence=7,
        at=dt.datetime(2026, 11, 20, 14, 5, 6, 70, tzinfo=dt.UTC),
        name="submission.noted",
        actor_kind="staff",
        actor_id="sABCDE",
        subject="ABC-2345",
        network=None,
        detail='{"type":"call"}',
    )
    assert audit.chained(event, b"\x01" * 32) == b"\x01" * 32 + (
        b'[7, "2026-11-20T14:05:06.000070Z", "submission.noted", "staff", "sABCDE", '
        b'"ABC-2345", "{\\"type\\":\\"call\\"}"]'
    )
