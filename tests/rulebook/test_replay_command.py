"""``intake replay``: what it says, what it writes, what it records, and how much it takes."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from intake.audit import Event
from intake.cli.prepare import House
from intake.cli.replay import replay
from intake.rulebook.replay import Stored, Unopened
from intake.submissions import stored
from tests.conftest import FULL_SIZE
from tests.eligibility import made
from tests.rulebook import bulk
from tests.rulebook import made as candidates
from tests.rulebook.bulk import Person

SUBMISSIONS = 100_000 if FULL_SIZE else 2_000
# What one process may need more for all of them than for a tenth, in MiB.
GROWTH = 16

CHILD = """
import resource, sys, time
from intake.cli.replay import replay
began = time.perf_counter()
replay.main(sys.argv[1:], standalone_mode=False)
took = time.perf_counter() - began
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(took, int(peak.split()[1]) / 1024, file=sys.stderr)
"""


def environment(house: House) -> dict[str, str]:
    """Where the command finds ``house``."""
    return {
        "INTAKE_INSTANCE": str(house.settings.instance),
        "INTAKE_DATABASE_URL": house.settings.database_url,
    }


def run(house: House, *words: str) -> Result:
    """Run the command on ``house``, in this process."""
    return CliRunner().invoke(replay, words, env=environment(house))


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Version 2 as a file."""
    path = tmp_path / "v2.toml"
    path.write_bytes(bulk.second())
    return str(path)


@pytest.fixture
def crowd(house: House) -> list[Person]:
    """Three hundred people in the database."""
    with Session(house.engine) as session:
        return list(bulk.fill(session, house.keys, 300))


@pytest.mark.both_databases
def test_table_and_files_say_what_deciding_afresh_says(
    house: House, crowd: list[Person], file: str, tmp_path: Path
) -> None:
    """Matrix, movers and what stands apart, in the table, the CSV and the JSON alike."""
    table, document = tmp_path / "out.csv", tmp_path / "out.json"
    result = run(house, file, "--csv", str(table), "--json", str(document))
    assert result.exit_code == 0, result.output
    compare(json.loads(document.read_text()), crowd)
    assert table.stat().st_mode & 0o777 == document.stat().st_mode & 0o777 == 0o600
    assert sorted(tmp_path.glob("*.part")) == []
    raw = table.read_bytes()
    lines = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    movers = json.loads(document.read_text())["movers"]
    assert [line["reference"] for line in lines] == [mover["reference"] for mover in movers]
    for line, mover in zip(lines, movers, strict=True):
        assert (line["outcome_before"], line["outcome_after"], line["definition_version"]) == (
            mover["outcome_before"], mover["outcome_after"], "1",
        )  # fmt: skip
        assert line["rules_after"].split() == mover["rules_after"]
        assert line["rules_before"].split() == mover["rules_before"]
    summary = json.loads(document.read_text())["summary"]
    assert f"Moved: {summary['moved']}. The same: {summary['same']}." in result.stdout
    assert "sitter has an answer that this version cannot read" in result.stdout
    assert "rash was not asked then" in result.stdout
    for caller in summary["call_first"]["first"]:
        assert caller["reference"] in result.stdout
    assert run(house, file, "--csv", str(table)).exit_code == 2
    assert table.read_bytes() == raw


def compare(document: dict[str, Any], everybody: list[Person]) -> None:
    """The JSON of a replay of version 2 against deciding each check by itself."""
    matrix: Counter[tuple[str, str]] = Counter()
    apart: Counter[str] = Counter()
    moved = []
    for person in everybody:
        found = bulk.afresh(person)
        if isinstance(found, str):
            apart[found] += 1
            continue
        ends = (person.decision.outcome.value, found.outcome.value)
        matrix[ends] += 1
        if ends[0] != ends[1]:
            rules = (bulk.rules_of(person.decision), bulk.rules_of(found))
            moved.append((person.reference, *ends, *rules))
    summary: dict[str, Any] = document["summary"]
    assert summary["submissions"] == len(everybody)
    assert {
        (before, after): count
        for before, found in summary["matrix"].items()
        for after, count in found.items()
    } == matrix
    assert {each["question"]: each["submissions"] for each in summary["apart"]} == apart
    keys = ("reference", "outcome_before", "outcome_after", "rules_before", "rules_after")
    assert [tuple(each[key] for key in keys) for each in document["movers"]] == moved
    assert {each[2] for each in moved} >= {"may_fit", "not_now"} and set(apart) == {
        "sitter",
        "rash",
    }


def test_a_version_of_the_database_and_a_pipe(house: House, crowd: list[Person]) -> None:
    """A candidate by its number; standard output carries data alone, the table stands beside."""
    with Session(house.engine) as session:
        candidates.candidate(session, house.keys)
        session.commit()
    result = run(house, "2", "--json", "-")
    document = json.loads(result.stdout)
    assert document["movers"] == [] and document["summary"]["submissions"] == len(crowd)
    assert "Moved: 0." in result.stderr and "\r" not in result.stderr
    piped = run(house, "1", "--csv", "-")
    assert piped.stdout_bytes.startswith(b"\xef\xbb\xbf") and piped.stdout_bytes.endswith(b"\r\n")
    for wrong in (("7",), ("missing.toml",), ("1", "--csv", "-", "--json", "-")):
        assert run(house, *wrong).exit_code == 2
    assert run(house, "1", "--from", "2026-02-02", "--to", "2026-02-01").exit_code == 2


def test_a_faulty_file_names_every_fault(house: House, crowd: list[Person], tmp_path: Path) -> None:
    """Exit code 1, each fault by name, nothing read and no file made."""
    broken = tmp_path / "broken.toml"
    body = bulk.second().decode().replace("version = 2", "version = 0", 1)
    broken.write_text(body.replace('"one"', '"two"', 1))
    result = run(house, str(broken), "--csv", str(tmp_path / "out.csv"))
    assert result.exit_code == 1 and result.stderr.count(f"  {broken}") == 2
    assert not list(tmp_path.glob("out.csv*")) and "rules.replayed" not in names(house)


def test_whole_days_of_the_practice(house: House, crowd: list[Person]) -> None:
    """Both days are included, as the practice's clock shows them, and the event says which."""
    result = run(house, "1", "--json", "-", "--from", "2026-01-05", "--to", "2026-01-05")
    zone = house.practice.zone
    first = [person for person in crowd if person.sent_at.astimezone(zone).day == 5]
    assert json.loads(result.stdout)["summary"]["submissions"] == len(first) > 0
    with Session(house.engine) as session:
        event = session.scalars(select(Event).where(Event.name == "rules.replayed")).one()
    assert event.actor_kind == "operator" and json.loads(event.detail) == {
        "version": 1,
        "sha256": made.definition().sha256,
        "from": "2026-01-05",
        "to": "2026-01-05",
    }


def names(house: House) -> list[str]:
    """The names of all events."""
    with Session(house.engine) as session:
        return list(session.scalars(select(Event.name)))


def test_the_event_stands_before_anything_is_read(
    house: House,
    crowd: list[Person],
    file: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever breaks while it reads: the event is kept, and no half file has the final name."""
    seen: list[list[str]] = []

    def broken(*_: object) -> Iterator[list[Stored | Unopened]]:
        seen.append(names(house))
        yield [crowd[0].stored()]
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(stored, "each", broken)
    result = run(house, file, "--csv", str(tmp_path / "out.csv"))
    assert isinstance(result.exception, RuntimeError)
    assert "rules.replayed" in seen[0] and not list(tmp_path.glob("out.csv*"))


@pytest.mark.both_databases
def test_a_record_that_does_not_open_hides_no_other(house: House, crowd: list[Person]) -> None:
    """It is counted and named, the rest is tried, and the exit code says so."""
    with house.engine.begin() as connection:
        statement = text("UPDATE submission SET check_sealed = :sealed WHERE reference = :one")
        connection.execute(statement, {"sealed": b"nothing", "one": crowd[3].reference})
    result = run(house, "1", "--json", "-")
    summary = json.loads(result.stdout)["summary"]
    assert result.exit_code == 1 and crowd[3].reference in result.stderr
    assert summary["unopened"] == {"submissions": 1, "references": [crowd[3].reference]}
    assert summary["same"] == len(crowd) - 1


@pytest.mark.soak
def test_a_great_many(
    house: House, file: str, tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    """All are decided as afresh; a process that tries all needs hardly more than for a tenth."""
    with Session(house.engine) as session:
        everybody = list(bulk.fill(session, house.keys, SUBMISSIONS))
    last = everybody[SUBMISSIONS // 10].sent_at.astimezone(house.practice.zone).date()
    peaks, document = [], tmp_path / "out.json"
    for words in (["--to", str(last)], ["--json", str(document)]):
        child = subprocess.run(
            [sys.executable, "-c", CHILD, file, *words],
            env=environment(house),
            capture_output=True,
            text=True,
            check=True,
        )
        seconds, peak = map(float, child.stderr.splitlines()[-1].split())
        peaks.append(peak)
    compare(json.loads(document.read_text()), everybody)
    rate = f"{SUBMISSIONS:,} submissions, {SUBMISSIONS / seconds:,.0f} rows/s"
    record_property(
        "figure", f"replay: {rate}, peak {peaks[1]:.0f} MiB, for a tenth {peaks[0]:.0f} MiB"
    )
    assert peaks[1] < peaks[0] + GROWTH
