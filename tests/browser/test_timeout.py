"""The notice before a session ends, in a browser whose clock is wound on."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from intake.accounts.models import StaffSession
from tests.accounts.desk import Desk, Member
from tests.browser.door import PATIENCE_MS, Door, new_page, sign_in
from tests.browser.test_every_page import (
    COLOURS,
    EVERYTHING,
    NARROWEST,
    TOO_SMALL,
    TOO_WIDE,
    findings,
)
from tests.browser.walk import go_on, path_of
from tests.browser.witness import Witness

NOTE = "She asked to be called after four."
NAMES = iter(("Tara Tick", "Tom Tock", "Tess Turn", "Tim Tide", "Ted Tarry", "Tia Toll"))

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def member(door: Door) -> Member:
    """Somebody of the queue, who is in nobody's way."""
    with Session(door.app.extensions["engine"], expire_on_commit=False) as session:
        return Desk(door.app, session).member("intake", name=next(NAMES))


@pytest.fixture
def context(browser: Browser, door: Door, member: Member) -> Iterator[BrowserContext]:
    """A browser in which they are signed in, whose clock the test winds on."""
    state = sign_in(browser, door, member)
    with browser.new_context(
        storage_state=state, base_url=door.origin, reduced_motion="reduce"
    ) as made:
        made.clock.install()
        witness = Witness(made, door.origin)
        yield made
        assert witness.foreign() == []
        # A session that has ended answers 401, which the console tells.
        assert [each for each in witness.complaints if "401" not in each] == []


@pytest.fixture
def record(context: BrowserContext, door: Door) -> Page:
    """The page of a record."""
    page = new_page(context.new_page())
    page.goto(f"/staff/submissions/{door.reference}")
    return page


def age(door: Door, member: Member, **changes: dt.timedelta) -> None:
    """Make the instants of the person's session on the server older."""
    now = dt.datetime.now(dt.UTC)
    values: dict[str, Any] = {column: now - by for column, by in changes.items()}
    with Session(door.app.extensions["engine"]) as session:
        session.execute(
            update(StaffSession).where(StaffSession.staff_id == member.id).values(values)
        )
        session.commit()


def test_it_says_so_two_minutes_before_and_one_press_stays(record: Page) -> None:
    """The notice opens with its time, takes the focus, gives it back, and begins anew."""
    notice, field = record.locator("#timeout"), record.locator("#body")
    field.fill(NOTE)
    record.clock.fast_forward("12:50")
    expect(notice).to_be_hidden()
    record.clock.fast_forward("00:15")
    expect(notice).to_be_visible()
    expect(notice).to_contain_text("You will be signed out at")
    assert record.locator("#timeout-at").inner_text().split()[1] in ("am", "pm")
    expect(record.locator("#timeout-stay")).to_be_focused()
    with record.expect_response("**/staff/account/stay") as told:
        record.keyboard.press("Enter")
    assert told.value.status == 204
    expect(notice).to_be_hidden()
    expect(field).to_be_focused()
    record.clock.fast_forward("12:50")
    expect(notice).to_be_hidden()
    expect(field).to_have_value(NOTE)


def test_the_notice_is_accessible(record: Page) -> None:
    """Axe finds nothing, light and dark; it fits 320 px, and its buttons are large enough."""
    record.clock.fast_forward("13:10")
    notice = record.locator("#timeout")
    expect(notice).to_be_visible()
    record.evaluate(AXE_SCRIPT)
    assert findings(record, EVERYTHING) == []
    record.emulate_media(color_scheme="dark")
    assert findings(record, COLOURS) == []
    record.set_viewport_size(NARROWEST)
    assert record.evaluate(TOO_WIDE) == []
    assert record.evaluate(TOO_SMALL) == []
    record.keyboard.press("Tab")
    expect(record.locator("#timeout-out")).to_be_focused()


def test_a_note_is_kept_and_the_page_is_left(record: Page, door: Door, member: Member) -> None:
    """Before the end the note goes to the server; then sign-in, and the note is there again."""
    record.locator("#body").fill(NOTE)
    with record.expect_response("**/keep") as told:
        record.clock.fast_forward("14:41")
    assert told.value.status == 204
    age(door, member, last_seen_at=dt.timedelta(minutes=16))
    record.locator("#body").evaluate("(field) => { field.value += ' Truly.' }")
    with record.expect_response("**/keep") as told:
        record.clock.fast_forward("00:25")
    assert told.value.status == 401
    record.wait_for_url(re.compile("/staff/login.next="))
    assert "submissions" in record.url
    record.locator("[autocomplete=username]").fill(member.email)
    record.locator("[autocomplete=current-password]").fill(member.password)
    go_on(record)
    code = member.code(dt.datetime.now(dt.UTC), steps=1)
    record.locator("[autocomplete=one-time-code]").fill(code)
    go_on(record)
    assert path_of(record) == f"/staff/submissions/{door.reference}"
    expect(record.locator("#body")).to_have_value(f"{NOTE} Truly.")


def test_after_twelve_hours_it_cannot_be_extended(
    context: BrowserContext, door: Door, member: Member
) -> None:
    """The notice says so, and offers no button that would not help."""
    age(door, member, created_at=dt.timedelta(hours=11, minutes=59))
    page = new_page(context.new_page())
    page.goto("/staff/account")
    expect(page.locator("#timeout")).to_be_visible()
    expect(page.locator("#timeout-whole")).to_contain_text("cannot be extended")
    expect(page.locator("#timeout-stay")).to_be_hidden()
    expect(page.locator("#timeout-out")).to_be_focused()


def test_use_in_one_tab_is_use_in_all(record: Page, context: BrowserContext) -> None:
    """Somebody who goes on in another tab is not warned in this one."""
    record.clock.fast_forward("13:30")
    expect(record.locator("#timeout")).to_be_visible()
    other = new_page(context.new_page())
    other.goto("/staff/account")
    expect(record.locator("#timeout")).to_be_hidden()


def test_sign_out_from_the_notice_keeps_the_note_too(record: Page, door: Door) -> None:
    """Whoever signs out there loses nothing that they typed."""
    record.locator("#body").fill(NOTE)
    record.clock.fast_forward("13:30")
    with record.expect_response("**/keep") as told:
        record.locator("#timeout-out").click()
    assert told.value.status == 204
    record.wait_for_url("**/staff/login")
