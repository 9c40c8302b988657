"""The pages of the desk, full, empty and wrong; see ``desk_made`` for the words in addresses."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.accounts.desk import PASSWORD
from tests.browser.place import Place
from tests.browser.walk import go_on, press

Act = Callable[[Page], object]
SHOW = "form[action$='/contact'] button"
MAIN = "main form[method=post] .button"
FOUND = "Nora Quist"
EVENTS = "main details:has(#what)"


def _fills(selector: str, text: str, button: str = MAIN) -> Act:
    """Type ``text``, and press ``button``."""

    def act(page: Page) -> None:
        page.locator(selector).fill(text)
        press(page, button)

    return act


def _opens(selector: str) -> Act:
    """Open what stands folded under ``selector``, on the same page."""
    return lambda page: page.locator(selector).click()


def _bulk(to: str) -> Act:
    """Choose every row of the page, and look at what ``to`` would do."""

    def act(page: Page) -> None:
        press(page, "a[href*='all=1']")
        page.locator("[name=act]").select_option(to)
        press(page, ".bulk button")

    return act


def _filters_events(page: Page) -> None:
    """Ask for the events of one kind."""
    page.locator(EVENTS + " summary").click()
    page.locator("#what").select_option(index=1)
    press(page, EVENTS + " button")


def _filters_wrongly(page: Page) -> None:
    """Ask for the events of a record that cannot be."""
    page.locator(EVENTS + " summary").click()
    page.locator("#reference").fill("no reference")
    press(page, EVENTS + " button")


def _saves_nothing(page: Page) -> None:
    """Save a list without a name."""
    page.locator(".sieve details:last-child summary").click()
    press(page, ".sieve form[method=post] button")


def _overtaken(page: Page) -> None:
    """Press a move on a page that is older than the record, with a note begun."""
    page.locator("#write [name=revision]").evaluate("each => each.value = '0'")
    page.locator("form[action$='/move'] [name=revision]").first.evaluate("each => each.remove()")
    page.locator("[name=body]").fill("She asked to be called after work.")
    press(page, "button[formaction$='to=in_review']")


def _half_way(page: Page) -> None:
    """E-mail and password, and not the code yet."""
    page.locator("[autocomplete=username]").fill("ada@example.org")
    page.locator("[autocomplete=current-password]").fill(PASSWORD)
    go_on(page)


def _wrong_code(page: Page) -> None:
    """E-mail and password, and a code that is none."""
    _half_way(page)
    page.locator("[autocomplete=one-time-code]").fill("no code")
    go_on(page)


def _of(name: str, word: str, holds: str, rest: str = "", **more: str) -> Place:
    """A page of the record that ``word`` stands for."""
    return Place(name, f"/staff/submissions/{word}{rest}", holds=holds, **more)


SIGN_IN = (
    Place("login", "/staff/login"),
    Place("login-error", "/staff/login", press=MAIN, holds=".summary"),
    Place("login-code-error", "/staff/login", then=_wrong_code, holds=".summary"),
)
LISTS = (
    Place("queue", "/staff/", holds=".banner.crisis"),
    Place("queue-filtered", "/staff/?show=unassigned&state=nj", holds="details[open] select"),
    Place("queue-nothing", "/staff/?state=nj&outcome=crisis", holds=".empty"),
    Place("queue-mine-empty", "/staff/?show=mine", holds=".empty", role="intake"),
    Place("queue-closed", "/staff/?show=closed", holds="td"),
    Place("queue-no-contact", "/staff/?show=no_contact", holds="td"),
    Place("queue-since", "/staff/", then=_opens("details.since summary"), holds=".since[open] li"),
    Place("queue-view-error", "/staff/", then=_saves_nothing, holds=".summary"),
    Place("bulk", "/staff/?show=unassigned", then=_bulk("move:in_review"), holds="table"),
    Place("bulk-refused", "/staff/?show=safety", then=_bulk("move:closed"), holds="main ul li"),
    Place("search", "/staff/search"),
    Place("search-found", "/staff/search", then=_fills("#term", FOUND), holds="td"),
    Place("search-error", "/staff/search", press=MAIN, holds=".summary"),
)
RECORDS = (
    _of("submission", "REFERENCE", "#decided"),
    _of("submission-contact", "REFERENCE", "main [href^='tel:']", press=SHOW),
    _of("submission-crisis", "CRISIS", ".banner.alarm", press=SHOW),
    _of("submission-merged", "MERGED", "#reopen-reason"),
    _of("submission-cleared", "CLEARED", "form[action$='/restore']"),
    _of("submission-wrong-number", "WRONG", "#next"),
    _of("submission-kept", "BEGUN", "form[action$='/kept/drop']"),
    _of("submission-error", "REFERENCE", ".summary", press="#write .button"),
    Place(
        "submission-conflict",
        "/staff/submissions/FLAGGED",
        then=_overtaken,
        holds="#conflict",
    ),
    _of("override", "FLAGGED", "#reason", "/override"),
    _of("override-error", "FLAGGED", ".summary", "/override", press=MAIN),
    _of("merge", "TWIN", "#into", "/duplicate"),
    _of("merge-confirm", "TWIN", MAIN, "/duplicate?into=FLAGGED"),
    _of("merge-error", "TWIN", ".summary", "/duplicate?into=TWIN"),
)
REST = (
    Place("alerts", "/staff/alerts", holds=".alert-acts"),
    Place("alerts-closed", "/staff/alerts?show=closed", holds="td"),
    Place("alert-close", "/staff/alerts/ALERT/close", holds="[type=radio]"),
    Place("alert-close-error", "/staff/alerts/ALERT/close", press=MAIN, holds=".summary"),
    Place("caller", "/staff/check", holds="main form .button"),
    Place("caller-question", "/staff/check", press=MAIN, holds="[type=radio]"),
    Place("dashboard", "/staff/dashboard", holds=".bar"),
    Place("dashboard-admin", "/staff/dashboard?days=7", holds=".bar", role="admin"),
    Place("mail", "/staff/mail", holds=".letter-acts"),
    Place("audit", "/staff/audit", holds="td"),
    Place("audit-filtered", "/staff/audit", then=_filters_events, holds="details[open] #what"),
    Place("audit-error", "/staff/audit", then=_filters_wrongly, holds=".summary"),
    Place("audit-export", "/staff/audit/export"),
    Place("emergency", "/staff/emergency", holds="#taken-1"),
    Place("emergency-error", "/staff/emergency", press=MAIN, holds=".summary"),
    Place("export", "/staff/export"),
    Place("team", "/staff/team", holds="td"),
    Place("invite", "/staff/team/invite"),
    Place("member", "/staff/team/MEMBER"),
    Place("account", "/staff/account"),
    Place("passkeys", "/staff/account/passkeys", holds="dl.rows"),
    Place("password", "/staff/account/password"),
)
EMPTY = (
    Place("queue-empty", "/staff/", holds=".empty", empty=True),
    Place("alerts-empty", "/staff/alerts", holds=".empty", empty=True),
    Place("dashboard-empty", "/staff/dashboard?days=90", holds=".empty", empty=True),
    Place("mail-empty", "/staff/mail", holds=".empty", empty=True),
)
DESK = (*SIGN_IN, *LISTS, *RECORDS, *REST, *EMPTY)
