"""A clinician changes a rule: in a browser without JavaScript, from the sign-in to the patient."""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from intake.accounts.models import StaffSession
from intake.cli.prepare import House, prepare
from intake.config import Settings
from intake.rulebook import store
from tests.accounts.desk import Member
from tests.browser.door import hire, new_page
from tests.browser.shots import SCHEMES
from tests.browser.test_every_page import EVERYTHING, NARROWEST, TOO_WIDE, findings
from tests.browser.test_keyboard import Hands
from tests.browser.walk import begin, go_on, path_of, press, walk
from tests.browser.witness import Witness
from tests.review.made import Maker
from tests.support.process import free_port, serving
from tests.support.walker import answers

NAME = "Benjamin Soffer, DO"
RULE = "blood_pressure_high_controlled"
CONTROLLED = {"blood_pressure": "high_controlled"}
# A check takes about a minute of both cores; nothing waits for longer than this.
LONGEST_SECONDS = 420
PAUSE_MS = 500


@dataclasses.dataclass(frozen=True, slots=True)
class Clinic:
    """A practice of one physician, served with its clock; a submission that the change moves."""

    origin: str
    house: House
    member: Member
    moved: str

    def ten_minutes_pass(self) -> None:
        """The sign-in is not fresh any more."""
        earlier = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=11)
        with Session(self.house.engine) as session:
            session.execute(update(StaffSession).values(confirmed_at=earlier))
            session.commit()


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    """The practice, with four stored submissions."""
    with tempfile.TemporaryDirectory(prefix="intake-rules-") as folder:
        instance = Path(folder) / "instance"
        quiet = {"INTAKE_INSTANCE": str(instance), "INTAKE_LIMITS": "off"}
        house = prepare(Settings.from_environment(quiet))
        with Session(house.engine, expire_on_commit=False) as session:
            member = hire(house, session, NAME, "intake", "clinician", "admin")
            maker, now = Maker(session, house.keys), dt.datetime.now(dt.UTC)
            moved = maker.send(now, given=answers(**CONTROLLED), demo=True)
            for given in (answers(), answers(heart="unstable"), answers(sitter="no")):
                maker.send(now, given=given, demo=True)
        port = free_port()
        with serving(instance, port, INTAKE_LIMITS="off"):
            yield Clinic(f"http://localhost:{port}", house, member, moved.reference)
        house.engine.dispose()


@pytest.fixture
def page(browser: Browser, clinic: Clinic) -> Iterator[Page]:
    """The physician's browser, without JavaScript; nothing else is asked or refused."""
    with browser.new_context(base_url=clinic.origin, java_script_enabled=False) as context:
        witness = Witness(context, clinic.origin)
        yield new_page(context.new_page())
        assert not witness.foreign()
        # The signature without the tick, and nothing else.
        assert witness.refused == [f"422 {clinic.origin}/staff/rules/2/sign"]
        assert all("422" in each for each in witness.complaints)


def sign_in(page: Page, member: Member) -> None:
    """Give e-mail and password, then the code."""
    page.goto("/staff/login")
    page.locator("[autocomplete=username]").fill(member.email)
    page.locator("[autocomplete=current-password]").fill(member.password)
    go_on(page)
    page.locator("[autocomplete=one-time-code]").fill(member.code(dt.datetime.now(dt.UTC)))
    go_on(page)
    assert path_of(page) == "/staff/"


def change_an_effect(page: Page) -> None:
    """From the menu to a candidate whose people with treated high pressure talk first."""
    press(page, "header nav a[href='/staff/rules']")
    expect(page.locator("#proposed")).to_be_visible()
    press(page, "td a[href='/staff/rules/1'], th a[href='/staff/rules/1']")
    press(page, "form[action='/staff/rules/1/copy'] button")
    assert path_of(page) == "/staff/rules/2"
    press(page, f"a[href='/staff/rules/2/rules/{RULE}']")
    page.locator("[name=effect]").select_option("talk_first")
    go_on(page)
    assert page.url.endswith(f"/staff/rules/2#{RULE}")
    expect(page.locator(f"#{RULE}")).to_contain_text("Talk first")


def read_the_differences(page: Page) -> None:
    """One difference, marked as stricter."""
    press(page, "a[href='/staff/rules/2/changes']")
    lines = page.locator(".differences > li")
    expect(lines).to_have_count(1)
    for words in ("Blood pressure", "Stricter", "note only", "talk first"):
        expect(lines).to_contain_text(words)


def run(page: Page, kind: str) -> None:
    """Ask for a check or a replay, and look again until it is done."""
    press(page, f"form[action='/staff/rules/2/run/{kind}'] button")
    patience = time.monotonic() + LONGEST_SECONDS
    again = f"[aria-labelledby={kind}-runs] a"
    while page.locator(again).count():
        assert time.monotonic() < patience, page.inner_text("main")
        page.wait_for_timeout(PAUSE_MS)
        press(page, again)
    assert path_of(page) == "/staff/rules/2/steps"


def read_the_movers(page: Page, clinic: Clinic) -> None:
    """One of four is told something else; the record opens, and shows the answer."""
    main = page.locator("main")
    expect(main).to_contain_text("4 stored submissions: 3 end the same, 1 ends otherwise")
    expect(page.locator("a.reference")).to_have_text([clinic.moved])
    press(page, "a.reference")
    assert path_of(page) == f"/staff/submissions/{clinic.moved}"
    page.go_back()
    expect(page.locator("#replay")).to_be_visible()


def sign_by_keyboard(page: Page, member: Member) -> None:
    """Tab, Space and Enter alone, with password and code once more on the way."""
    hands = Hands(page)
    hands.enter("a[href='/staff/rules/2/sign']")
    assert path_of(page) == "/staff/confirm"
    hands.type_in("password", member.password)
    hands.type_in("code", member.code(dt.datetime.now(dt.UTC), steps=1))
    hands.enter("main form .button")
    assert path_of(page) == "/staff/rules/2/sign"
    expect(page.locator("main")).to_contain_text(NAME)
    hands.enter("main form .button")
    assert is_refused(page)
    hands.reach("[name=agree]")
    page.keyboard.press("Space")
    hands.enter("main form .button")
    assert path_of(page) == "/staff/rules"


def is_refused(page: Page) -> bool:
    """Whether the form came back with what is wrong, and with the focus there."""
    return page.title().startswith("Error: ") and page.locator(".summary:focus").count() == 1


def wait_until_live(page: Page) -> None:
    """The list of versions says so within seconds."""
    patience = time.monotonic() + LONGEST_SECONDS
    while "Version 2 is live since" not in page.inner_text("main"):
        assert time.monotonic() < patience, page.inner_text("main")
        page.wait_for_timeout(PAUSE_MS)
        page.reload()
    expect(page.locator("main")).to_contain_text(f"signed by {NAME}")
    expect(page.locator("#proposed")).to_have_count(0)


def patient(browser: Browser, clinic: Clinic) -> None:
    """A new check is decided by version 2, and everybody reads whose rules these are."""
    with browser.new_context(base_url=clinic.origin, java_script_enabled=False) as context:
        phone = new_page(context.new_page())
        begin(phone)
        assert walk(phone, **CONTROLLED) == "check"
        go_on(phone)
        expect(phone.locator("[data-outcome=talk_first]")).to_have_count(1)
        expect(phone.locator("main")).to_contain_text("Rules, version 2.")
        phone.goto("/how-we-decide")
        expect(phone.locator("main")).to_contain_text(f"Signed rules. {NAME} of this practice")


def is_sound(page: Page, address: str) -> None:
    """The page of a signed practice passes the gates of every page."""
    page.goto(address)
    page.evaluate(AXE_SCRIPT)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert findings(page, EVERYTHING) == []
    page.set_viewport_size(NARROWEST)
    assert page.evaluate(TOO_WIDE) == []


def test_a_whole_change(browser: Browser, clinic: Clinic, page: Page) -> None:
    """Edit, differences, check, replay, movers, signature, live: no terminal, no JavaScript."""
    sign_in(page, clinic.member)
    change_an_effect(page)
    read_the_differences(page)
    press(page, "a[href='/staff/rules/2/steps']")
    expect(page.locator("a[href$='/sign']")).to_have_count(0)
    run(page, "check")
    expect(page.locator(".properties .done")).to_have_count(8)
    run(page, "replay")
    read_the_movers(page, clinic)
    clinic.ten_minutes_pass()
    sign_by_keyboard(page, clinic.member)
    wait_until_live(page)
    patient(browser, clinic)
    with Session(clinic.house.engine) as session:
        row = store.row_of(session, 2)
    assert (row.signed_by, row.signed_against) == (NAME, 1)
    assert "from note only to talk first" in (row.signed_difference or "")
    state = page.context.storage_state()
    with browser.new_context(
        base_url=clinic.origin, storage_state=state, bypass_csp=True
    ) as context:
        sighted = new_page(context.new_page())
        for address in ("/staff/rules", "/staff/rules/2", "/how-we-decide"):
            is_sound(sighted, address)
