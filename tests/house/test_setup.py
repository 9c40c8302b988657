"""Set-up: it starts from nothing, says where to go, and names each fault with its mend."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import sqlite3
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from intake.cli.prepare import House
from tests.support.client import Visitor
from tests.support.process import free_port, printed, run, serving
from tests.support.walker import SAFE, check_and_send


def contents(folder: Path) -> dict[str, str]:
    """Every file below ``folder`` with the digest of its bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def test_it_starts_from_nothing(tmp_path: Path) -> None:
    """The first start makes everything, prints address and link, and serves; TERM ends it."""
    instance, port = tmp_path / "new" / "instance", free_port()
    with serving(instance, port) as server:
        said = printed(instance, port)
        assert f"http://localhost:{port}" in said
        link = re.search(rf"http://localhost:{port}(/staff/setup/\S+)", said)
        assert link and "Still to confirm" in said and "hours" in said and "proposed" in said
        page = urllib.request.urlopen(f"http://localhost:{port}{link[1]}").read().decode()
        assert "<h1" in page
        ready = urllib.request.urlopen(f"http://localhost:{port}/readyz").read().decode()
        assert "proposed" in ready.lower()
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
    assert (instance / "keys.json").stat().st_mode & 0o777 == 0o600
    before = (instance / "keys.json").read_bytes()
    with serving(instance, free_port()):
        assert (instance / "keys.json").read_bytes() == before


@pytest.fixture
def used(client: Visitor, house: House) -> Path:
    """An instance folder whose database holds one submission."""
    check_and_send(client, SAFE)
    house.engine.dispose()
    return house.settings.instance


def refused(instance: Path, *words: str, command: str = "serve", **more: str) -> None:
    """``command`` ends with one line that holds ``words``, exit code 2, and changes nothing."""
    before = contents(instance) if instance.is_dir() else {}
    done = run(instance, command, INTAKE_PORT=more.pop("port", str(free_port())), **more)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("intake: ")
    assert all(word in done.stderr for word in words), done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert (contents(instance) if instance.is_dir() else {}) == before


def test_a_taken_port_is_named(used: Path) -> None:
    """The line names the address and the variable."""
    port = free_port()
    with serving(used, port):
        done = run(used, "serve", INTAKE_PORT=str(port))
    assert done.returncode == 2 and str(port) in done.stderr and "INTAKE_PORT" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file stands where the instance folder should be."""
    (tmp_path / "instance").write_text("a file")
    refused(tmp_path / "instance", "INTAKE_INSTANCE")


def test_a_folder_that_cannot_be_written_is_named(used: Path) -> None:
    """No right to write: the line says so. The superuser may write anywhere: asked as nobody."""
    if os.geteuid() == 0:
        refused(Path("/proc/intake-instance"), "INTAKE_INSTANCE")
        return
    used.chmod(0o500)
    refused(used, "INTAKE_INSTANCE")
    used.chmod(0o700)


def test_missing_keys_are_never_made_again(used: Path) -> None:
    """With sealed records in the database a missing key file is a stop, not a new file."""
    (used / "keys.json").unlink()
    refused(used, "keys.json", "restore")
    assert not (used / "keys.json").exists()


def test_the_keys_of_another_house_are_refused(used: Path, tmp_path: Path) -> None:
    """Keys that do not open the newest record stop the start."""
    other = tmp_path / "other"
    assert run(other, "init").returncode == 0
    shutil.copy(other / "keys.json", used / "keys.json")
    refused(used, "do not open")


def test_a_readable_key_file_is_refused(used: Path) -> None:
    """The line holds the command that mends it."""
    (used / "keys.json").chmod(0o644)
    refused(used, "chmod 600")


def test_a_newer_database_is_refused(used: Path) -> None:
    """A database of a later release is left as it is."""
    with sqlite3.connect(used / "intake.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    refused(used, "newer", "9999")


def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    """No PostgreSQL there, or an address that cannot be read: one line, exit code 2."""
    away = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none"
    done = run(tmp_path / "i", "init", INTAKE_DATABASE_URL=away)
    assert (
        done.returncode == 2 and done.stderr.count("\n") == 1 and "does not answer" in done.stderr
    )
    done = run(tmp_path / "i", "init", INTAKE_DATABASE_URL="postgres:/x:y@")
    assert done.returncode == 2 and done.stderr.count("\n") == 1


def test_a_broken_practice_file_is_refused(used: Path) -> None:
    """Each mistake has a line of its own."""
    path = used / "practice.toml"
    path.write_text(path.read_text().replace("lead_hours = 2", "lead_hours = -2"))
    done = run(used, "serve", INTAKE_PORT=str(free_port()))
    assert done.returncode == 2 and "callbacks.lead_hours" in done.stderr


def test_another_database_is_named(tmp_path: Path) -> None:
    """Only the two databases of the house are taken."""
    refused(tmp_path / "i", "INTAKE_DATABASE_URL", INTAKE_DATABASE_URL="mysql://localhost/x")


def test_the_definition_of_a_sent_check_is_never_edited(used: Path, house: House) -> None:
    """A definition in the database that was altered stops the start."""
    change = text("UPDATE definition_version SET body = CAST(body || ' ' AS BLOB)")
    with Session(house.engine) as session:
        with pytest.raises(IntegrityError, match="never changed"):
            session.execute(change)
        session.rollback()
        # Whoever owns the file can take the guard away; the digest still tells.
        session.execute(text("DROP TRIGGER definition_version_no_update"))
        session.execute(change)
        session.commit()
    house.engine.dispose()
    refused(used, "altered")


def test_init_says_what_is_there_and_remembers_the_copy(tmp_path: Path) -> None:
    """Until the operator says that the keys are copied, each start says so."""
    instance = tmp_path / "instance"
    assert "copy" in run(instance, "init").stdout
    port = free_port()
    with serving(instance, port):
        assert "lost key" in printed(instance, port)
    assert "as you confirmed" in run(instance, "init", "--keys-copied").stdout
    with serving(instance, port):
        assert "lost key" not in printed(instance, port)


@pytest.mark.parametrize("words", [["shoe"], ["staff", "add"], ["demo", "--people", "0"]])
def test_wrong_usage_is_exit_code_two(tmp_path: Path, words: list[str]) -> None:
    """Words that the command line does not know."""
    done = run(tmp_path / "instance", *words)
    assert done.returncode == 2 and "Traceback" not in done.stderr
