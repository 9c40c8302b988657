"""Triggers that refuse to change or delete an event, on both databases."""

from __future__ import annotations

from alembic import op

REFUSAL = "events are never changed"
NAMES = ("event_no_update", "event_no_delete")


def on_sqlite() -> bool:
    """Whether the migration runs on SQLite."""
    return op.get_bind().dialect.name == "sqlite"


def guard_events() -> None:
    """Refuse UPDATE and DELETE on ``event``; on PostgreSQL TRUNCATE too."""
    if on_sqlite():
        for name, act in zip(NAMES, ("UPDATE", "DELETE"), strict=True):
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {act} ON event "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    for name, act in zip(NAMES, ("UPDATE", "DELETE OR TRUNCATE"), strict=True):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON event "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change()"
        )


def unguard_events() -> None:
    """Take the triggers away again."""
    for name in NAMES:
        op.execute(f"DROP TRIGGER {name}" + ("" if on_sqlite() else " ON event"))
    if not on_sqlite():
        op.execute("DROP FUNCTION refuse_event_change()")
