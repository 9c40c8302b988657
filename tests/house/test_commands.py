"""The command line: what it does, what it says, and its exit codes."""

from __future__ import annotations

import csv
import fcntl
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from intake.audit import Event
from intake.cli import commands
from intake.cli.prepare import House
from intake.eligibility import packaged
from intake.errors import SetupError
from intake.submissions.models import Submission
from intake.submissions.record import read_contact
from tests.support.client import Visitor
from tests.support.process import run
from tests.support.walker import SAFE, answers, check_and_send


def intake(house: House, *words: str) -> Result:
    """Run the console script on ``house``, in this process."""
    environ = {
        "INTAKE_INSTANCE": str(house.settings.instance),
        "INTAKE_DATABASE_URL": house.settings.database_url,
    }
    return CliRunner().invoke(commands, words, env=environ)


def names(house: House) -> list[str]:
    """The names of all events, oldest first."""
    with Session(house.engine) as session:
        return list(session.scalars(select(Event.name).order_by(Event.sequence)))


@pytest.mark.both_databases
def test_demo_makes_marked_people_and_no_real_numbers(house: House) -> None:
    """Made-up people stand beside no real one, with numbers reserved for fiction."""
    assert intake(house, "demo", "--people", "60").exit_code == 0
    with Session(house.engine) as session:
        made = session.scalars(select(Submission)).all()
        assert 30 < len(made) <= 60 and all(each.demo for each in made)
        contacts = [contact for each in made if (contact := read_contact(house.keys, each))]
        assert contacts and all("55501" in contact.phone for contact in contacts)
        assert len({each.outcome for each in made}) >= 3
    assert "demo.filled" in names(house)
    assert intake(house, "demo", "--people", "5", "--seed", "2").exit_code == 0


def test_demo_refuses_real_submissions(client: Visitor, house: House) -> None:
    """One real submission, and nothing is made up beside it."""
    check_and_send(client, SAFE)
    result = intake(house, "demo")
    assert isinstance(result.exception, SetupError)
    assert "real submissions" in str(result.exception)
    with Session(house.engine) as session:
        assert len(session.scalars(select(Submission)).all()) == 1


def test_staff_from_a_terminal(house: House) -> None:
    """Add gives a one-time link, list shows everyone, reset and disable do what they say."""
    added = intake(house, "staff", "add", "ana@example.org", "--name", "Ana", "--role", "intake")
    assert added.exit_code == 0 and "http://localhost:8000/staff/setup/" in added.output
    listed = json.loads(intake(house, "staff", "list", "--json").output)
    assert [(row["email"], row["roles"], row["state"]) for row in listed] == [
        ("ana@example.org", ["intake"], "invited")
    ]
    assert "ana@example.org" in intake(house, "staff", "list").output
    number = listed[0]["id"]
    assert "/staff/setup/" in intake(house, "staff", "reset", number).output
    assert "/staff/setup/" in intake(house, "staff", "reset", number, "--lost-phone").output
    assert intake(house, "staff", "disable", number).exit_code == 0
    assert intake(house, "staff", "disable", "nobody").exit_code == 1
    assert {"staff.invited", "staff.reset", "staff.disabled", "team.listed"} <= set(names(house))


@pytest.mark.parametrize("odd", ["Kim\u202eLee", "Kim\nLee", "Kim\x1b[2J", "\u3164", "Ki\u200bm"])
def test_hidden_characters_are_refused_in_a_terminal(house: House, odd: str) -> None:
    """In a name, an address or an id: refused with its name, and nobody is added."""
    for words in (
        ("add", "kim@example.org", "--role", "intake", "--name", odd),
        ("add", odd, "--role", "intake", "--name", "Kim"),
        ("reset", odd),
        ("disable", odd),
    ):
        refused = intake(house, "staff", *words).exception
        assert isinstance(refused, SetupError) and "hidden" in str(refused)
        assert "\n" not in str(refused)
    assert json.loads(intake(house, "staff", "list", "--json").output) == []


def test_bytes_that_are_no_text_are_one_line_in_a_terminal(tmp_path: Path) -> None:
    """Exit code 2 and one line on standard error, without a trace."""
    person = ("kim@example.org", "--role", "intake", "--name", "Kim \udcff")
    done = run(tmp_path / "instance", "staff", "add", *person)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("intake: The name holds")


def test_check_names_every_problem(house: House, tmp_path: Path) -> None:
    """A broken definition is exit code 1 with each problem named."""
    broken = tmp_path / "v2.toml"
    body = packaged()[0][1].decode()
    broken.write_text(body.replace('kind = "one"', 'kind = "two"', 1).replace("version = 1", "", 1))
    result = intake(house, "check", str(broken), "--json")
    problems = json.loads(result.output)[0]["problems"]
    assert result.exit_code == 1 and len(problems) >= 2
    assert "problems" in intake(house, "check", str(broken)).output


@pytest.mark.both_databases
def test_export_to_a_file_and_to_a_pipe(client: Visitor, house: House, tmp_path: Path) -> None:
    """A private file under its final name only when whole; standard output carries data alone."""
    check_and_send(client, answers(trials="1"))
    target = tmp_path / "out.csv"
    assert intake(house, "export", "--output", str(target)).exit_code == 0
    assert target.stat().st_mode & 0o777 == 0o600 and list(tmp_path.glob("*.part")) == []
    rows = list(csv.DictReader(io.StringIO(target.read_bytes().decode("utf-8-sig"))))
    assert [row["outcome"] for row in rows] == ["talk_first"] and "phone" not in rows[0]
    piped = intake(house, "export", "--output", "-", "--identified")
    assert piped.stdout_bytes.startswith(b"\xef\xbb\xbf") and b"phone" in piped.stdout_bytes
    assert intake(house, "export", "--output", str(target)).exit_code == 2
    none = intake(house, "export", "--output", "-", "--deidentified", "--to", "2020-01-01")
    assert none.stdout_bytes.count(b"\r\n") == 1 and b"row_id" in none.stdout_bytes
    assert names(house).count("export.begun") == names(house).count("export.finished") == 3


def test_what_a_broken_export_left_is_never_written_into(
    client: Visitor, house: House, tmp_path: Path
) -> None:
    """A stale part that others may read is made anew; a link or a running export is refused."""
    check_and_send(client, SAFE)
    target, part = tmp_path / "out.csv", tmp_path / "out.csv.part"
    part.write_text("half a file")
    part.chmod(0o644)
    with part.open() as old:
        assert intake(house, "export", "--output", str(target)).exit_code == 0
        assert old.read() == "half a file"
    assert target.stat().st_mode & 0o777 == 0o600 and not part.exists()
    other, kept = tmp_path / "other.csv", tmp_path / "kept"
    kept.write_text("somebody's")
    for prepare in (lambda link: link.symlink_to(kept), lambda folder: folder.mkdir()):
        way = tmp_path / "other.csv.part"
        prepare(way)
        refused = intake(house, "export", "--output", str(other))
        assert refused.exit_code == 2 and "in the way" in refused.output
        assert kept.read_text() == "somebody's" and not other.exists()
        way.rmdir() if way.is_dir() else way.unlink()
    with (tmp_path / "other.csv.part").open("w") as running:
        fcntl.flock(running, fcntl.LOCK_EX)
        refused = intake(house, "export", "--output", str(other))
        assert refused.exit_code == 2 and "another export" in refused.output
        assert (tmp_path / "other.csv.part").exists() and not other.exists()


def test_audit_verify_names_what_was_done_to_the_chain(client: Visitor, house: House) -> None:
    """An event that is edited, removed or cut off behind the database's back is named."""
    for _ in range(3):
        client.clear_cookies()
        check_and_send(client, SAFE)
    whole = intake(house, "audit", "verify")
    assert whole.exit_code == 0 and "unbroken" in whole.output
    with house.engine.begin() as connection:
        for trigger in ("event_no_update", "event_no_delete"):
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        newest = connection.execute(text("SELECT max(sequence) FROM event")).scalar_one()
        connection.execute(
            text("UPDATE event SET detail = '{}' WHERE sequence = :n"), {"n": newest - 1}
        )
    assert f"event {newest - 1} was changed" in intake(house, "audit", "verify").output
    with house.engine.begin() as connection:
        connection.execute(text("DELETE FROM event WHERE sequence = :n"), {"n": newest - 1})
    result = intake(house, "audit", "verify")
    assert result.exit_code == 1 and f"event {newest - 1} is missing" in result.output
    with house.engine.begin() as connection:
        connection.execute(text("DELETE FROM event WHERE sequence >= :n"), {"n": newest - 1})
    assert "what follows are missing" in intake(house, "audit", "verify").output
