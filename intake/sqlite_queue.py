"""One line for all writers of an SQLite database, over its threads and processes.

SQLite has no line of its own: a writer that finds the database busy sleeps, longer each time, and
whoever comes at the right moment goes first. Here they wait in line instead. Only the order comes
from here; that one writer writes at a time is still SQLite's own lock, so that a program that
knows nothing of the line does no harm.

Threads wait for a lock of this process. Its first thread then waits for two locked files: who
holds ``-next`` may wait for ``-turn``, so that a process that has just written cannot push in
before one that waits. The system frees both when a process dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE = 5.0
PAUSE = 0.0002


class WriteQueue:
    """The line before one database file; ``patience`` in seconds."""

    def __init__(self, database: Path, patience: float = PATIENCE) -> None:
        self._database = database
        self._patience = patience
        self._threads = threading.Lock()
        self._turn = -1
        self._writer: object = None
        self._thread: int | None = None

    def enter(self, writer: object) -> None:
        """Wait until it is the turn of ``writer``, which must leave again.

        Raises ``TimeoutError`` when others keep their turn for too long, another ``OSError`` when
        the files beside the database cannot be used, and ``RuntimeError`` where this thread
        writes already and would wait for itself.
        """
        if self._thread == threading.get_ident():
            raise RuntimeError("this thread writes already: end that transaction first")
        until = time.monotonic() + self._patience
        if not self._threads.acquire(timeout=self._patience):
            raise TimeoutError("other threads write")
        try:
            with self._locked("next", until):
                self._turn = self._lock("turn", until)
        except BaseException:
            self._threads.release()
            raise
        self._writer, self._thread = writer, threading.get_ident()

    def leave(self, writer: object) -> None:
        """Let the next one write; nothing happens where it is not the turn of ``writer``."""
        if self._writer is not writer:
            return
        turn, self._writer, self._thread = self._turn, None, None
        os.close(turn)
        self._threads.release()

    @contextlib.contextmanager
    def _locked(self, name: str, until: float) -> Iterator[None]:
        """Hold the file ``name``."""
        file = self._lock(name, until)
        try:
            yield
        finally:
            os.close(file)

    def _lock(self, name: str, until: float) -> int:
        """Open and lock the file ``name``; closing it frees it. Raises ``TimeoutError``."""
        file = self._open(name)
        try:
            while not _taken(file):
                if time.monotonic() > until:
                    raise TimeoutError("another process writes")
                time.sleep(PAUSE)
        except BaseException:
            os.close(file)
            raise
        return file

    def _open(self, name: str) -> int:
        """Open a file beside the database, made where it is missing, with the same owner."""
        path = f"{self._database}-{name}"
        with contextlib.suppress(FileNotFoundError):
            return os.open(path, os.O_RDONLY)
        like = self._database.stat()
        file = os.open(path, os.O_RDONLY | os.O_CREAT, stat.S_IMODE(like.st_mode))
        if os.geteuid() == 0:
            # A command run by root must not lock the service out.
            os.fchown(file, like.st_uid, like.st_gid)
        return file


def _taken(file: int) -> bool:
    """Whether ``file`` could be locked now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
