"""The core stands alone: the standard library, no clock, and nothing else of the house."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import intake.eligibility

CORE = Path(intake.eligibility.__file__).parent
ROOT = CORE.parent.parent
# Refuses everything that does not come with Python, then loads, walks and decides.
ALONE = """
import sys
sys.path.insert(0, sys.argv[1])

class Guard:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top != "intake":
            raise ImportError(f"{name} is not in the standard library")
        if top == "intake" and not ("intake.eligibility." in name + "." or name == "intake"):
            raise ImportError(f"{name} is no part of the core")

sys.meta_path.insert(0, Guard())
from intake import eligibility
for name, raw in eligibility.packaged():
    definition = eligibility.load(raw, file=name)
answers, trail = {}, ()
while (gap := eligibility.path(definition, answers).gap) is not None:
    code = definition.question(gap).choices[-1].code
    answers, trail = eligibility.answer(definition, answers, trail, gap, [code], 1)
decision = eligibility.decide(definition, answers, trail)
reasons = eligibility.explain.reasons(definition, answers, decision.flags)
print(decision.outcome, len(reasons))
outside = {name.partition(".")[0] for name in sys.modules} & {"flask", "sqlalchemy", "wtforms"}
print(sorted(outside))
"""


def test_the_core_runs_without_anything_installed() -> None:
    """With Python alone, isolated and without site packages, a check can be walked and decided."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcome, outside = done.stdout.splitlines()
    assert outcome.split()[0] in ("talk_first", "not_now", "crisis", "outside_area", "under_age")
    assert outside == "[]"


def test_the_core_has_no_clock_and_no_files() -> None:
    """No module of the core imports what tells the time, draws lots or reaches out.

    Packaged files are read in one place, through the import system.
    """
    barred = {"time", "datetime", "random", "secrets", "os", "pathlib", "io", "socket", "logging"}
    for file in CORE.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module or "")
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"open", "print", "eval", "exec"}, file.name
        tops = {name.partition(".")[0] for name in names}
        assert not tops & barred, file.name
        assert ("importlib.resources" in names) == (file.name == "loader.py"), file.name
        assert all(
            name.startswith("intake.eligibility")
            for name in names
            if name.partition(".")[0] == "intake"
        ), file.name


def test_no_file_of_the_core_is_long() -> None:
    """A reader takes in a file at once: 300 lines at most, with a first line that says what."""
    for file in CORE.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 300, file.name
        assert ast.get_docstring(ast.parse(text)), file.name
