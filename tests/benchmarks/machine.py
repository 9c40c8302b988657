"""The machine and the versions that the figures come from."""

from __future__ import annotations

import datetime as dt
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "cryptography",
    "django",
    "django-formtools",
    "flask",
    "gunicorn",
    "intake",
    "jinja2",
    "sqlalchemy",
    "werkzeug",
)


def facts(folder: Path, sqlite: str) -> dict[str, str]:
    """What the figures depend on; ``folder`` is where the databases lie."""
    found = {
        "measured_at": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "cpu": _cpu(),
        "cores": str(len(os.sched_getaffinity(0))),
        "load_before": f"{os.getloadavg()[0]:.2f}",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite,
        "file_system": _file_system(folder),
    }
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "from the tree"
    return found


def _cpu() -> str:
    """The processor's own name."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system(folder: Path) -> str:
    """The kind of file system that holds ``folder``; tmpfs would make durability free."""
    best = ("", "unknown")
    for line in Path("/proc/mounts").read_text().splitlines():
        _device, place, kind, *_rest = line.split()
        inside = folder.resolve().is_relative_to(place)
        if inside and len(place) >= len(best[0]):
            best = (place, kind)
    return best[1]
