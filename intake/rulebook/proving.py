"""Runs the proof of a definition on all cores; for the command line and for the desk.

The parts run in processes of their own that stand back behind everything else (nice 10), so that
a practice can be served meanwhile.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable

from intake.eligibility import Found, Proof, Report, load

NICE = 10
Progress = Callable[[int, int], None]


def prove(
    raw: bytes,
    *,
    processes: int | None = None,
    progress: Progress | None = None,
    stop_early: bool = False,
) -> Report:
    """Prove the eight properties of a definition file, and report.

    ``processes``: one for each core by default. ``progress`` is called in this process with the
    combinations done and all there are; what it raises ends the proof. ``stop_early``: run no
    more than what it takes to find a property broken. Raises ``DefinitionError`` where the file
    is not sound and ``TooManyCombinations`` where it branches too much.
    """
    began = time.monotonic()
    count = processes or os.cpu_count() or 1
    proof = Proof(load(raw))
    found = proof.first_look()
    done, parts = 0, len(proof.parts)
    # A fresh process each: this one may hold threads and open connections.
    context = multiprocessing.get_context("spawn")
    if not (stop_early and found.broken):
        with context.Pool(min(count, parts), initializer=_prepare, initargs=(raw, NICE)) as pool:
            for part in pool.imap(_run, range(parts)):
                done += 1
                found.add(part)
                if progress is not None:
                    progress(found.run, proof.space.whole.run)
                if stop_early and found.broken:
                    break
    seconds = time.monotonic() - began
    return proof.report(found, whole=done == parts, seconds=seconds, processes=count)


def stand_back(nice: int) -> None:
    """Let others go first: take the niceness ``nice``, whatever this process had from its parent.

    A process that stands back further stays there.
    """
    os.nice(max(0, nice - os.nice(0)))


def _prepare(raw: bytes, nice: int) -> None:
    """Stand back, and make the proof ready once for this process."""
    stand_back(nice)
    # Ctrl-C reaches the whole group; the process that asked ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _proofs.append(Proof(load(raw)))


_proofs: list[Proof] = []
"""What this process proves, set when it starts."""


def _run(number: int) -> Found:
    return _proofs[-1].run(number)
