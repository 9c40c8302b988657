"""How the parts of the house are: what stops it from serving, and what is merely not settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import structlog

from intake.errors import SetupError

log = structlog.get_logger()

Check = tuple[str, Callable[[], object]]
FAILED = "failed; the log says why"


class State(NamedTuple):
    """``checks`` by name: ``ok`` or what is wrong; ``warnings`` by name; ``ready`` if all is ok."""

    ready: bool
    checks: dict[str, str]
    warnings: dict[str, str]


def state(checks: Iterable[Check], warnings: Iterable[Check]) -> State:
    """Run every check and warning once; nothing that they raise gets out."""
    found = {name: _problem(name, check) or "ok" for name, check in checks}
    told = {name: text for name, check in warnings if (text := _problem(name, check))}
    return State(all(text == "ok" for text in found.values()), found, told)


def _problem(name: str, check: Callable[[], object]) -> str | None:
    """What ``check`` says is wrong: the text that it gives, or raises as a set-up error."""
    try:
        said = check()
    except SetupError as error:
        log.error("not_ready", check=name, problem=str(error))
        return FAILED
    except Exception as error:  # a probe must answer whatever breaks
        log.error("not_ready", check=name, error=type(error).__name__)
        return FAILED
    return said if isinstance(said, str) else None
