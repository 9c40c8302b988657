"""A built wheel carries everything that the tree has beside the code, and serves the same."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Folder in the tree -> where the wheel has it.
CARRIED = {
    "templates": "intake/_shipped/templates",
    "static": "intake/_shipped/static",
    "intake/articles/content": "intake/articles/content",
    "intake/eligibility/definitions": "intake/eligibility/definitions",
    "intake/migrations": "intake/migrations",
}
PATIENCE = 60.0  # seconds until a server that does not answer is given up


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"),
            *("--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return next(folder.glob("intake-*.whl"))


@pytest.fixture
def unpacked(wheel: Path, tmp_path: Path) -> Path:
    """The wheel's files, in a folder far from the tree."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    return tmp_path / "site"


def _files(folder: Path) -> Iterator[str]:
    """Every file below ``folder`` that belongs to the project."""
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix()


@pytest.mark.parametrize(("folder", "place"), CARRIED.items())
def test_wheel_carries_the_folder(wheel: Path, folder: str, place: str) -> None:
    """Each file of the folder is in the wheel, and no other."""
    expected = sorted(_files(ROOT / folder))
    assert expected, f"{folder} holds nothing"
    with zipfile.ZipFile(wheel) as archive:
        carried = [name for name in archive.namelist() if name.startswith(f"{place}/")]
    assert sorted(name.removeprefix(f"{place}/") for name in carried) == expected


def test_wheel_carries_every_module_and_the_example(wheel: Path) -> None:
    """All code and the example of a practice are there; nothing of an instance is."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        example = archive.read("intake/_shipped/practice.example.toml")
    assert example == (ROOT / "instance" / "practice.example.toml").read_bytes()
    modules = {f"intake/{name}" for name in _files(ROOT / "intake") if name.endswith(".py")}
    assert modules <= names
    private = (".sqlite3", "keys.json", "practice.toml")
    assert not [name for name in names if name.endswith(private) or name.startswith("tests/")]


def test_wheel_serves(unpacked: Path, tmp_path: Path) -> None:
    """`intake serve` from the wheel sets itself up and shows pages with their style."""
    port = _free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(unpacked),
        "INTAKE_INSTANCE": str(tmp_path / "instance"),
        "INTAKE_PORT": str(port),
    }
    said = tmp_path / "said"
    with said.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-c", "from intake.cli import main; main()", "serve"],
            cwd=tmp_path,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        address = f"http://localhost:{port}"
        _wait_for(f"{address}/readyz", server, said)
        page = _get(f"{address}/")
        assert "<h1" in page
        style = page.split('rel="stylesheet" href="', 1)[1].split('"', 1)[0]
        assert "{" in _get(f"{address}{style}")
        assert "<h1" in _get(f"{address}/eligibility")
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(PATIENCE)
    assert str(ROOT) not in said.read_text()


def _free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _get(url: str) -> str:
    """The body of a page of our own server."""
    with urllib.request.urlopen(url, timeout=10) as response:
        assert response.status == 200
        return str(response.read().decode())


def _wait_for(url: str, server: subprocess.Popen[bytes], said: Path) -> None:
    """Return when ``url`` answers; fail with what the server said when it does not."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            _get(url)
        except urllib.error.HTTPError as error:
            error.close()
            time.sleep(0.1)
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"no answer from {url}: {said.read_text()}", pytrace=False)
