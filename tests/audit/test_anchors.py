"""Anchors: one a day among several processes, read back from any log, held by the command."""

from __future__ import annotations

import datetime as dt
import json
import threading
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.orm import Session

from intake import audit
from intake.cli import commands
from intake.cli.prepare import House

ZONE = ZoneInfo("America/New_York")
EVENING = dt.datetime(2026, 11, 24, 4, 59, tzinfo=dt.UTC)


def intake(house: House, *arguments: str) -> Result:
    """Run the command line on ``house``."""
    environ = {
        "INTAKE_INSTANCE": str(house.settings.instance),
        "INTAKE_DATABASE_URL": house.settings.database_url,
    }
    return CliRunner().invoke(commands, list(arguments), env=environ, standalone_mode=False)


@pytest.mark.both_databases
def test_one_anchor_a_day_among_processes(house: House) -> None:
    """Eight at once make one; the day is the practice's, so the next begins at its midnight."""
    made: list[str | None] = []

    def try_it() -> None:
        with Session(house.engine) as session:
            made.append(audit.anchor_daily(session, house.keys, EVENING, ZONE))
            session.commit()

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [line] = [each for each in made if each]
    with Session(house.engine) as session:
        assert not audit.anchor_due(session, EVENING, ZONE)
        assert audit.anchor_due(session, EVENING + dt.timedelta(minutes=1), ZONE)
        assert audit.check(session, house.keys, [audit.read_anchor(line)]).broken is None


def test_anchors_are_found_in_log_lines() -> None:
    """Among other lines, with the day that the line bears; nothing that only looks alike."""
    head = "ab" * 32
    lines = [
        '{"event": "started", "timestamp": "2026-11-22T01:02:03Z"}',
        f'{{"head": "12:{head}", "event": "audit_head", "timestamp": "2026-11-23T01:02:03Z"}}',
        f"13:{head}",
        f"14:{head}ab",
    ]
    assert audit.anchors_in(lines) == (
        audit.Anchor(12, bytes.fromhex(head), "2026-11-23"),
        audit.Anchor(13, bytes.fromhex(head)),
    )


@pytest.mark.both_databases
def test_the_command_holds_the_chain_against_what_was_kept(house: House, tmp_path: Path) -> None:
    """`head` gives a line that `verify` takes, alone or in a file; a cut end is named, exit 1."""
    line = intake(house, "audit", "head").output.strip()
    kept = tmp_path / "log"
    kept.write_text(f"2026-11-23 {line}\n")
    assert (
        "It holds 2 anchors"
        in intake(house, "audit", "verify", "--anchor", line, "--anchors", str(kept)).output
    )
    with house.engine.begin() as connection:
        suffix = "" if connection.dialect.name == "sqlite" else " ON event"
        connection.execute(text(f"DROP TRIGGER event_no_delete{suffix}"))
        connection.execute(text("DELETE FROM event"))
        connection.execute(
            text("UPDATE event_head SET sequence = 0, hash = :none"), {"none": bytes(32)}
        )
    result = intake(house, "audit", "verify", "--anchors", str(kept), "--json")
    assert isinstance(result.exception, SystemExit) and result.exception.code == 1
    said = json.loads(result.output)
    assert said["broken"] == {"kind": "cut", "sequence": 1}
    assert "were there on 2026-11-23" in said["words"]


def test_a_wrong_anchor_is_wrong_usage(house: House, tmp_path: Path) -> None:
    """Neither half an anchor nor a file without one passes for a check against it."""
    empty = tmp_path / "log"
    empty.write_text("nothing\n")
    for wrong in (("--anchor", "12:ab"), ("--anchors", str(empty))):
        result = intake(house, "audit", "verify", *wrong)
        assert type(result.exception).__name__ in ("BadParameter", "UsageError")
