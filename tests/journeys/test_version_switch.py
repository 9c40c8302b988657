"""Rules that change while four processes serve people: nobody notices, nothing is mixed up."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import threading
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.cli.prepare import House, open_house
from intake.rulebook import life
from intake.submissions.models import Submission
from tests.conftest import FULL_SIZE, settings_for
from tests.rulebook.made import ANA, body, signed
from tests.support.process import free_port, serving
from tests.support.walker import SAFE

PEOPLE = 8 if FULL_SIZE else 4
AFTERWARDS = 40 if FULL_SIZE else 2  # whole journeys of each person after the switch
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
# A text of version 1, and what stands in its place in version 2: first, last, and check page.
WORDS = {
    "state": ("Where do you live", "In which state do you live"),
    "sitter": ("Will a sober adult stay", "Can a sober adult stay"),
    "check": ("Nothing is sent yet.", "Nothing has been sent yet."),
}


class Person:
    """Takes one check after the other, each request at another server, until told to stop."""

    def __init__(self, ports: tuple[int, int], number: int) -> None:
        self.ports = ports
        self.turn = number
        self.shown: list[int] = []
        self.whole = 0
        self.wrong: list[str] = []
        # One client, so one set of cookies; a port makes no difference to them.
        self.client = httpx.Client(timeout=30, verify=False)

    def run(self, switched: threading.Event) -> None:
        """Walk until a few journeys were made after the switch; what goes wrong is kept."""
        after = 0
        try:
            while after < AFTERWARDS:
                began_after = switched.is_set()
                self.shown.append(self.journey())
                after += began_after
        except (AssertionError, httpx.HTTPError) as error:
            self.wrong.append(str(error))
        finally:
            self.client.close()

    def journey(self) -> int:
        """One whole check; gives the version that all its pages showed."""
        self.client.cookies.clear()
        version, page = 0, self.ask("GET", "/eligibility/state")
        for question, codes in SAFE.items():
            version = self.read(question, page, version)
            page = self.say(f"/eligibility/{question}", page, list(codes))
        version = self.read("check", page, version)
        page = self.say("/eligibility/check", page, [])
        assert f"rules, version {version}." in page.lower(), "the result names other rules"
        return version

    def read(self, place: str, page: str, version: int) -> int:
        """The version that a page shows, which must be that of the pages before."""
        if place not in WORDS:
            return version
        (found,) = [number for number, words in enumerate(WORDS[place], 1) if words in page]
        assert version in (0, found), f"{place} is of version {found} after pages of {version}"
        return found

    def say(self, path: str, page: str, answer: list[str]) -> str:
        """Send the form of ``page``, and open where it leads."""
        found = TOKEN.findall(page)
        assert found, f"no form on the page before {path}"
        form = {"csrf_token": found[-1], "answer": answer}
        return self.ask("POST", path, form)

    def ask(self, method: str, path: str, form: dict[str, object] | None = None) -> str:
        """One request to the next server, and where it leads."""
        self.turn += 1
        base = f"http://localhost:{self.ports[self.turn % 2]}"
        answer = self.client.request(method, base + path, data=form)
        if answer.status_code == 303:
            return self.ask("GET", answer.headers["Location"])
        assert answer.status_code == 200, f"{method} {path} is {answer.status_code}"
        return answer.text


@pytest.fixture
def instance(tmp_path: Path, model_house: Path) -> Path:
    """An instance folder whose database holds version 1."""
    folder = tmp_path / "instance"
    shutil.copytree(model_house, folder)
    return folder


def test_a_switch_under_load_fails_nobody(instance: Path) -> None:
    """Four processes, several people: every page answers, and each check ends as it began."""
    ports = (free_port(), free_port())
    off = {"INTAKE_LIMITS": "off"}
    with serving(instance, ports[0], **off), serving(instance, ports[1], **off):
        people = [Person(ports, number) for number in range(PEOPLE)]
        switched = threading.Event()
        threads = [threading.Thread(target=each.run, args=(switched,)) for each in people]
        for thread in threads:
            thread.start()
        with open_house(settings_for(instance)) as house:
            live_from = go_live(house)
            while dt.datetime.now(dt.UTC) < live_from + dt.timedelta(seconds=2):
                switched.wait(0.2)
            switched.set()
            for thread in threads:
                thread.join()
            assert [wrong for each in people for wrong in each.wrong] == []
            with Session(house.engine) as session:
                stored = session.scalars(select(Submission.definition_version)).all()
    shown = [version for each in people for version in each.shown]
    assert sorted(stored) == sorted(shown)
    assert set(shown) == {1, 2}
    # Whoever began two seconds after the time met the new rules, at whichever process.
    assert all(each.shown[-AFTERWARDS:] == [2] * AFTERWARDS for each in people)


def go_live(house: House) -> dt.datetime:
    """Sign version 2 as the desk does; gives the instant from which it is live."""
    now = dt.datetime.now(dt.UTC)
    with Session(house.engine) as session:
        changed = body(2, **dict(WORDS.values()))
        life.add_candidate(session, house.keys, changed, ANA, now, origin="desk", based_on=1)
        signed(session, house.keys, 2, now)
        session.commit()
        return life.all_orders(session)[0].from_at
