"""Passkeys in a browser with an authenticator of its own, under the policy that is served."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from intake import audit
from intake.accounts import store
from intake.accounts.models import StaffSession
from tests.accounts.desk import CHEAP, PASSWORD, Member
from tests.browser.door import Door, new_page
from tests.browser.shots import SCHEMES
from tests.browser.test_every_page import EVERYTHING, NARROWEST, TOO_WIDE, findings
from tests.browser.test_keyboard import Hands
from tests.browser.walk import go_on, path_of, press
from tests.browser.witness import Witness

BUTTON = "form[data-passkey] button"
SAID = ".passkey-said"
OWN = "/staff/account/passkeys"


@dataclass(frozen=True, slots=True)
class Seat:
    """A person at a browser whose device keeps passkeys."""

    page: Page
    device: Device
    witness: Witness


class Device:
    """Chromium's own authenticator: it is there, holds passkeys, and looks who is there."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.wire = context.new_cdp_session(page)
        self.wire.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
        }
        made = self.wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.id = made["authenticatorId"]

    def knows_its_person(self, known: bool) -> None:
        """Whether the finger, face or PIN is right from now on."""
        sent = {"authenticatorId": self.id, "isUserVerified": known}
        self.wire.send("WebAuthn.setUserVerified", sent)


def hired(door: Door, name: str) -> Member:
    """A new person with every role, whose codes nobody else uses."""
    now, keys = dt.datetime.now(dt.UTC), door.app.extensions["keys"]
    email = f"{name.split()[0].lower()}@example.org"
    with Session(door.app.extensions["engine"], expire_on_commit=False) as session:
        roles = ("intake", "clinician", "admin")
        staff, _ = store.invite(session, keys, email, name, roles, audit.OPERATOR, now)
        secret = store.enrol(session, keys, staff, PASSWORD, now, CHEAP)
        session.commit()
    return Member(staff.id, email, secret)


def ten_minutes_pass(door: Door, member: Member) -> None:
    """The sign-in of ``member`` is not fresh any more."""
    earlier = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=11)
    theirs = StaffSession.staff_id == member.id
    with Session(door.app.extensions["engine"]) as session:
        session.execute(update(StaffSession).where(theirs).values(confirmed_at=earlier))
        session.commit()


@pytest.fixture
def seat(browser: Browser, door: Door) -> Iterator[Seat]:
    """A browser with JavaScript and a device; nothing foreign is asked, nothing is blocked."""
    with browser.new_context(base_url=door.origin) as context:
        witness = Witness(context, door.origin)
        page = new_page(context.new_page())
        yield Seat(page, Device(context, page), witness)
        assert not witness.foreign()
        assert all("422" in each for each in witness.complaints), witness.complaints


def sign_in(page: Page, member: Member) -> None:
    """Give e-mail and password, then the code."""
    page.goto("/staff/login")
    page.locator("[autocomplete=username]").fill(member.email)
    page.locator("[autocomplete=current-password]").fill(member.password)
    go_on(page)
    page.locator("[autocomplete=one-time-code]").fill(member.code(dt.datetime.now(dt.UTC)))
    go_on(page)
    assert path_of(page) == "/staff/"


def sign_out(page: Page) -> None:
    """Press "Sign out"."""
    press(page, "form[action='/staff/logout'] button")
    assert path_of(page) == "/staff/login"


def add_by_keyboard(page: Page) -> None:
    """From the account to a new passkey: Tab, letters and Enter."""
    page.goto(OWN)
    hands = Hands(page)
    hands.type_in("name", "Laptop at the desk")
    hands.enter(BUTTON)
    expect(page.locator("dl.rows dt")).to_have_text(["Laptop at the desk"])


def is_refused(seat: Seat, words: str) -> None:
    """A press is answered by ``words``, aloud for a screen reader, and the page stays."""
    seat.page.locator(BUTTON).click()
    expect(seat.page.locator(f"{SAID}[role=status]")).to_contain_text(words)
    assert path_of(seat.page) == "/staff/login"


def test_a_passkey_from_first_to_last(door: Door, seat: Seat) -> None:
    """Add, sign in by one press or by keyboard, confirm, fail unverified, remove, be refused."""
    member, page = hired(door, "Piotr Stone"), seat.page
    sign_in(page, member)
    add_by_keyboard(page)
    sign_out(page)
    press(page, BUTTON)
    assert path_of(page) == "/staff/"

    ten_minutes_pass(door, member)
    page.goto("/staff/export")
    assert path_of(page) == "/staff/confirm"
    press(page, BUTTON)
    assert path_of(page) == "/staff/export"

    sign_out(page)
    seat.device.knows_its_person(False)
    is_refused(seat, "No passkey was used")
    seat.device.knows_its_person(True)
    # The press had put the focus there by pointer, which shows no ring.
    page.reload()
    Hands(page).enter(BUTTON)
    assert path_of(page) == "/staff/"

    page.goto(OWN)
    press(page, "form[action$='/remove'] button")
    expect(page.locator("main")).to_contain_text("The passkey is removed.")
    sign_out(page)
    is_refused(seat, "does not open the desk")
    assert seat.witness.refused == [f"422 {door.origin}/staff/login/passkey"]


def test_a_passkey_in_the_place_of_a_phone(door: Door, seat: Seat) -> None:
    """A new person sets up a passkey alone, and gives it after the password."""
    now, page = dt.datetime.now(dt.UTC), seat.page
    with Session(door.app.extensions["engine"]) as session:
        keys = door.app.extensions["keys"]
        email = "quinn@example.org"
        _, token = store.invite(session, keys, email, "Quinn", ["intake"], audit.OPERATOR, now)
        session.commit()
    page.goto(f"/staff/setup/{token}")
    page.locator("[autocomplete=new-password]").fill(PASSWORD)
    go_on(page)
    page.locator("form[data-passkey] [name=name]").fill("Tablet")
    press(page, BUTTON)
    assert path_of(page) == "/staff/recovery-codes"
    go_on(page)
    sign_out(page)
    page.locator("[autocomplete=username]").fill(email)
    page.locator("[autocomplete=current-password]").fill(PASSWORD)
    go_on(page)
    assert path_of(page) == "/staff/login/code"
    press(page, BUTTON)
    assert path_of(page) == "/staff/"
    assert not seat.witness.refused


def test_the_pages_are_sound_with_their_script(browser: Browser, door: Door, seat: Seat) -> None:
    """With the form that the script shows: no finding of axe, no sideways scroll at 320 px."""
    member = hired(door, "Wanda Stone")
    sign_in(seat.page, member)
    add_by_keyboard(seat.page)
    state = seat.page.context.storage_state()
    # The checker itself is a script that the policy would not let run.
    with browser.new_context(base_url=door.origin, storage_state=state, bypass_csp=True) as context:
        page = new_page(context.new_page())
        for address in (OWN, "/staff/account", "/staff/confirm", "/staff/login"):
            if address == "/staff/login":
                context.clear_cookies()
            page.goto(address)
            page.evaluate(AXE_SCRIPT)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                assert findings(page, EVERYTHING) == [], address
            size = page.viewport_size
            page.set_viewport_size(NARROWEST)
            assert page.evaluate(TOO_WIDE) == [], address
            page.set_viewport_size(size or NARROWEST)
