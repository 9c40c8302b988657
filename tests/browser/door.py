"""The practice that the browser visits: made-up people at its desk, and a real `intake serve`."""

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page, StorageState
from sqlalchemy.orm import Session

from intake import audit
from intake.accounts import store
from intake.app import create_app
from intake.cli.prepare import House, prepare
from intake.config import Settings
from intake.submissions import looks
from intake.submissions.store import Promise
from tests.accounts.desk import CHEAP, PASSWORD, Member
from tests.browser.desk_made import furnish_desk
from tests.browser.rules_made import furnish_rules
from tests.browser.walk import go_on, path_of
from tests.review.made import Maker, named
from tests.support.client import Visitor
from tests.support.process import free_port, serving
from tests.support.walker import answers

# No step waits for this long unless something is broken, however busy the machine is.
PATIENCE_MS = 45_000
# With the three who have much to say, enough for a second page of the queue.
OTHERS = [
    f"{first} {last}"
    for last in ("Brooks", "Duarte", "Haddad", "Nguyen", "O'Brien")
    for first in ("Dwight", "Elena", "Grace", "Luis", "Priya")
]


@dataclass(frozen=True, slots=True)
class Door:
    """An open practice: where it is served, an application on the same keys, a staff member.

    ``member`` has every role; ``colleagues`` have one each, by role.
    """

    origin: str
    app: Flask
    member: Member
    reference: str
    colleagues: dict[str, Member]
    # References and numbers, by the words that stand for them in the address of a place.
    known: dict[str, str]

    def visitor(self) -> Visitor:
        """Somebody who walks the check in this process; their cookie opens the served pages."""
        return Visitor(self.app)


@contextlib.contextmanager
def open_door(*, empty: bool = False) -> Iterator[Door]:
    """Serve a furnished practice until the block ends; ``empty``: one where nothing happened."""
    with tempfile.TemporaryDirectory(prefix="intake-browser-") as folder:
        instance = Path(folder) / "instance"
        settings = Settings.from_environment(
            {"INTAKE_INSTANCE": str(instance), "INTAKE_LIMITS": "off"}
        )
        house = prepare(settings)
        member, colleagues, known = open_house(house) if empty else furnish(house)
        port = free_port()
        with serving(instance, port, INTAKE_LIMITS="off"):
            app = create_app(settings, house.engine)
            origin = f"http://localhost:{port}"
            yield Door(origin, app, member, known.get("REFERENCE", ""), colleagues, known)
        house.engine.dispose()


def furnish(house: House) -> tuple[Member, dict[str, Member], dict[str, str]]:
    """Hire staff, let made-up people come, bring versions of the rules to every stage.

    Gives a member with every role, those with one, and references by their words.
    """
    now = dt.datetime.now(dt.UTC)
    with Session(house.engine, expire_on_commit=False) as session:
        member = hire(house, session, "Robin Reyes", "intake", "clinician", "admin")
        colleagues = {
            "intake": hire(house, session, "Sam Sol", "intake"),
            "admin": hire(house, session, "Ada Stone", "admin"),
        }
        store.invite(
            session,
            house.keys,
            "new@example.org",
            "Noor Haddad",
            ["clinician"],
            audit.OPERATOR,
            now,
        )
        session.commit()
        looks.look(session, member.id, now)
        known = furnish_desk(house, session, member, colleagues["admin"], now)
        reference = _people(Maker(session, house.keys), now)
        furnish_rules(house, session, member.id, reference)
        return member, colleagues, known | {"REFERENCE": reference, "MEMBER": member.id}


def open_house(house: House) -> tuple[Member, dict[str, Member], dict[str, str]]:
    """Hire one member with every role, and nobody else; gives what ``furnish`` gives."""
    with Session(house.engine, expire_on_commit=False) as session:
        member = hire(house, session, "Robin Reyes", "intake", "clinician", "admin")
        session.commit()
    return member, {}, {"MEMBER": member.id}


def hire(house: House, session: Session, name: str, *roles: str) -> Member:
    """Enrol one person, as their invitation would."""
    now = dt.datetime.now(dt.UTC)
    email = f"{name.split()[0].lower()}@example.org"
    staff, _ = store.invite(session, house.keys, email, name, roles, audit.OPERATOR, now)
    secret = store.enrol(session, house.keys, staff, PASSWORD, now, CHEAP)
    return Member(staff.id, email, secret)


def _people(maker: Maker, now: dt.datetime) -> str:
    """Calls of every kind on the queue; gives the reference of the submission with most to say."""
    hour = dt.timedelta(hours=1)
    maker.crisis(now - hour / 2, named("Ana Alvarez"), demo=True)
    told = answers(safety="thoughts", heart=("unstable", "history"), medicines=("stimulant",))
    full = maker.send(
        now - 30 * hour,
        named("Bela Wojciechowska-Montgomery"),
        Promise("asap", due_at=now - 3 * hour),
        given=told,
        age_differs=True,
        possible_abuse=True,
        demo=True,
        source="should-you-microdose-ketamine",
    )
    maker.window(
        now - 20 * hour,
        now + 20 * hour,
        named("Carmen Ibarra", zone="America/Chicago"),
        given=answers(state="nj", mind=("bipolar",)),
        demo=True,
    )
    for number, name in enumerate(OTHERS):
        promise = Promise("asap", due_at=now + (number + 2) * hour)
        person = named(name, phone=f"+13055551{number:03}", email=None)
        maker.send(now - number * hour, person, promise, demo=True)
    return full.reference


def sign_in(browser: Browser, door: Door, member: Member | None = None) -> StorageState:
    """Sign in at the desk as people do, with both steps; gives the browser's cookies."""
    member = member or door.member
    with browser.new_context(java_script_enabled=False) as context:
        page = new_page(context.new_page())
        page.goto(f"{door.origin}/staff/login")
        page.locator("[autocomplete=username]").fill(member.email)
        page.locator("[autocomplete=current-password]").fill(member.password)
        go_on(page)
        code = member.code(dt.datetime.now(dt.UTC))
        page.locator("[autocomplete=one-time-code]").fill(code)
        go_on(page)
        assert path_of(page) in ("/staff/", "/staff/team"), page.inner_text("main")
        return context.storage_state()


def new_page(page: Page) -> Page:
    """Give ``page`` the patience of these tests."""
    page.set_default_timeout(PATIENCE_MS)
    return page
