"""`make` says in one line what the machine lacks, and then has changed nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh folder with what `make run` reads first; its path holds a space."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    return folder


def _make(clone: Path, *arguments: str, first_on_path: Path | None = None) -> tuple[int, list[str]]:
    """Run make in a bare environment; gives its exit code and every line it wrote."""
    path = os.environ["PATH"]
    done = subprocess.run(
        ["make", *arguments],
        cwd=clone,
        env={"PATH": f"{first_on_path}:{path}" if first_on_path else path, "HOME": str(clone)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def _files(folder: Path) -> list[str]:
    """Everything below ``folder``."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def _program(path: Path, answer: str) -> Path:
    """A program at ``path`` that gives ``answer`` whatever it is asked."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("target", ["run", "test", "check"])
def test_an_old_python_is_refused(clone: Path, tmp_path: Path, target: str) -> None:
    """Where python3 is too old, one line says what is needed and how; exit code 2."""
    old = _program(tmp_path / "bin" / "python3", "Python 3.10.13")
    before = _files(clone)
    code, lines = _make(clone, target, first_on_path=old.parent)
    assert code == 2
    assert len(lines) == 1
    assert "Python 3.11 or newer is needed and python3 is Python 3.10.13" in lines[0]
    assert "PYTHON=" in lines[0]
    assert _files(clone) == before


def test_a_missing_python_is_named(clone: Path, tmp_path: Path) -> None:
    """A Python that is not there is named in the one line; exit code 2."""
    code, lines = _make(clone, "run", f"PYTHON={tmp_path / 'no python'}")
    assert code == 2
    assert len(lines) == 1
    assert "no python is not there" in lines[0]


def test_a_named_python_must_be_right_even_when_all_is_set_up(clone: Path, tmp_path: Path) -> None:
    """`make run PYTHON=…` never passes over a wrong Python in silence."""
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").symlink_to(shutil.which("python3") or "python3")
    (clone / ".venv" / "home").write_text(f"{clone.resolve()}\n")
    (clone / ".venv" / "for-run").touch()
    old = _program(tmp_path / "bin" / "python3.9", "Python 3.9.2")
    code, lines = _make(clone, "run", f"PYTHON={old}")
    assert code == 2
    assert len(lines) == 1
    assert "is Python 3.9.2" in lines[0]


def test_help_lists_what_people_call(clone: Path) -> None:
    """`make` alone lists every target with one line about it."""
    code, lines = _make(clone)
    assert code == 0
    listed = [line.split()[1] for line in lines]
    phony = next(
        line
        for line in (clone / "Makefile").read_text().splitlines()
        if line.startswith(".PHONY: h")
    )
    assert listed == phony.removeprefix(".PHONY: ").split()
