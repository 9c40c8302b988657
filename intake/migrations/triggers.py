"""Triggers that hold what must never change: events, signed versions, orders to go live."""

from __future__ import annotations

from alembic import op

REFUSAL = "events are never changed"
NAMES = ("event_no_update", "event_no_delete")

FIXED = "a version that was signed or live is never changed"
ORDERED = "an order to go live is only ever cancelled"
EVER_ORDERED = "EXISTS (SELECT 1 FROM going_live WHERE going_live.version = OLD.version)"


def changed(*columns: str) -> str:
    """A condition: an UPDATE gives one of ``columns`` another value."""
    return "(" + " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns) + ")"


SIGNED = "OLD.signed_at IS NOT NULL"
SIGNATURE = changed("signed_at", "signed_by", "signed_by_id", "signed_against", "signed_difference")
FILE = changed("version", "sha256", "body", "imported_at", "origin", "based_on", "created_by")
ORDER = changed("id", "version", "from_at", "urgent", "ordered_at", "ordered_by")
# An order lies ahead of its making, and is for a signed version, or the first of all.
EARLY = "an order to go live is for a signed version and a time to come"
NO_ORDER = (
    "NEW.from_at < NEW.ordered_at OR (EXISTS (SELECT 1 FROM going_live) AND NOT EXISTS "
    "(SELECT 1 FROM definition_version WHERE definition_version.version = NEW.version "
    "AND definition_version.signed_at IS NOT NULL))"
)
# Table -> what it says when it refuses, which changes it refuses, which removals.
GUARDED = {
    "definition_version": (
        FIXED,
        f"(({SIGNED} OR {EVER_ORDERED}) AND {FILE}) OR ({SIGNED} AND {SIGNATURE})",
        f"{SIGNED} OR {EVER_ORDERED}",
    ),
    "going_live": (
        ORDERED,
        f"OLD.cancelled_at IS NOT NULL OR {ORDER} OR NEW.cancelled_at >= OLD.from_at",
        "OLD.id = OLD.id",
    ),
}


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
    op.execute(_refusing("refuse_event_change", REFUSAL))
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


def guard_versions() -> None:
    """Refuse to change or remove what was signed or live, and orders but for their cancelling."""
    for table, (said, changes, removals) in GUARDED.items():
        if not on_sqlite():
            op.execute(_refusing(f"refuse_{table}", said))
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_{table}()"
            )
        _guard(table, "UPDATE", said, changes)
        _guard(table, "DELETE", said, removals)
    _guard("going_live", "INSERT", EARLY, NO_ORDER)


def _guard(table: str, act: str, said: str, when: str) -> None:
    """Refuse ``act`` on ``table`` where ``when`` holds."""
    name = f"{table}_no_{act.lower()}"
    if on_sqlite():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
        return
    # A condition of a trigger may not look into other tables there; a function may.
    op.execute(_refusing(f"refuse_{name}", said, when))
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_{name}()"
    )


def unguard_versions() -> None:
    """Take the triggers on versions and orders away again."""
    acts = {"definition_version": ("update", "delete")}
    for table in GUARDED:
        for act in acts.get(table, ("insert", "update", "delete")):
            op.execute(f"DROP TRIGGER {table}_no_{act}" + ("" if on_sqlite() else f" ON {table}"))
            if not on_sqlite():
                op.execute(f"DROP FUNCTION refuse_{table}_no_{act}()")
        if not on_sqlite():
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
            op.execute(f"DROP FUNCTION refuse_{table}()")


def _refusing(function: str, said: str, when: str | None = None) -> str:
    """A function of PostgreSQL that refuses, always or only ``when``."""
    refuse = f"RAISE EXCEPTION '{said}';"
    if when is not None:
        passed = "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
        refuse = f"IF {when} THEN {refuse} END IF; {passed}"
    return (
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse} END $$"
    )
