"""The marks by which a view below /staff says who may open it; ``gate`` reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from intake.accounts.models import ROLES

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class StaffAccess:
    """Who may open a staff view.

    ``level``: ``anonymous``, ``password`` (the first step is done) or ``full``. ``roles``: any
    one of them opens it; none named means any signed-in person. ``fresh``: password and code
    were given within the last ten minutes. ``emergency``: emergency access opens it too.
    ``use``: asking for it counts as use, and keeps the session alive.
    """

    level: str
    roles: frozenset[str] = frozenset()
    fresh: bool = False
    emergency: bool = False
    use: bool = True


def anonymous(view: View) -> View:
    """Mark a staff view that opens before sign-in."""
    return _mark(view, StaffAccess("anonymous"))


def password_step(view: View) -> View:
    """Mark a view between the password and the second step."""
    return _mark(view, StaffAccess("password"))


def signed_in(view: View) -> View:
    """Mark a view for every fully signed-in person."""
    return _mark(view, StaffAccess("full"))


def allow(
    *roles: str, fresh: bool = False, emergency: bool = False, use: bool = True
) -> Callable[[View], View]:
    """Mark a view for fully signed-in people who hold any of ``roles``.

    ``fresh``: only within ten minutes after password and code were given. ``emergency``: also for
    whoever took emergency access in this browser. ``use=False``: a page that asks by itself, which
    keeps no session alive. Raises ``ValueError`` for an unknown role.
    """
    if not roles or not set(roles) <= set(ROLES):
        raise ValueError(f"roles are {', '.join(ROLES)}")
    return lambda view: _mark(
        view, StaffAccess("full", frozenset(roles), fresh, emergency=emergency, use=use)
    )


def fresh(view: View) -> View:
    """Mark a view for every person who gave password and code within ten minutes."""
    return _mark(view, StaffAccess("full", fresh=True))


def _mark(view: View, access: StaffAccess) -> View:
    """Put ``access`` on ``view``, where the hook and the start-up check read it."""
    view.access = access  # type: ignore[attr-defined]  # read back by view_access
    return view
