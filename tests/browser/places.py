"""Every page worth looking at, and how a visitor comes to stand on it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Browser, Page, StorageState

from intake.articles import library
from tests.browser.door import Door, new_page, open_door, sign_in
from tests.browser.place import Place
from tests.browser.places_desk import DESK
from tests.browser.places_rules import RULES
from tests.browser.walk import press
from tests.callback.people import MARY, URGENT, answer_until, book, send_check, to_callback
from tests.support.client import Visitor

# The one that the journeys begin with.
ARTICLE = "/blog/should-you-microdose-ketamine"
MANY_REASONS = {"safety": "thoughts", "heart": "history", "medicines": "stimulant"}


def _up_to(last: str, **changes: str) -> Callable[[Visitor], object]:
    """Answer the check up to the question ``last``."""
    return lambda visitor: answer_until(visitor, last, **changes)


def _sent(**changes: str) -> Callable[[Visitor], object]:
    """Answer the whole check, and send it."""
    return lambda visitor: send_check(visitor, **changes)


def _ready_to_book(visitor: Visitor) -> None:
    """A fit, about to choose a call."""
    to_callback(visitor)


def _booked(visitor: Visitor) -> None:
    """A fit who asked to be called as soon as possible."""
    to_callback(visitor)
    book(visitor, window="asap", zone=MARY["zone"])


def _called_for(visitor: Visitor) -> None:
    """Somebody in crisis who asked to be called."""
    answer_until(visitor, "safety", safety="now")
    fields: dict[str, str | list[str] | None] = {**URGENT}
    visitor.submit(None, **fields)


def _options(visitor: Visitor) -> None:
    """A hard stop, and the wish to see what else there is."""
    answer_until(visitor, "heart", heart="unstable")
    assert visitor.page is not None
    visitor.submit(visitor.page.form(1))


def _public(name: str) -> Place:
    """A page of the site under its own name."""
    return Place(name, f"/{name}")


ARTICLES = tuple(Place(slug, f"/blog/{slug}", holds=".sources") for slug in sorted(library.slugs()))
PUBLIC = (
    Place("home", "/"),
    Place("blog", "/blog/"),
    *ARTICLES,
    *map(_public, ("about", "physician", "how-we-decide", "help-now", "privacy")),
    *map(_public, ("accessibility", "language-help", "rights", "left")),
)
PATIENT = (
    Place("start", "/eligibility"),
    Place("welcome-back", "/eligibility", _up_to("reason"), holds="main form"),
    Place("one", "/eligibility/age_band", _up_to("state"), holds="[type=radio]"),
    Place("safety", "/eligibility/safety", _up_to("reason"), holds=".lead-in"),
    Place("many", "/eligibility/heart", _up_to("mind"), holds=".or"),
    Place(
        "question-error",
        "/eligibility/blood_pressure",
        _up_to("heart"),
        press="main form .button",
        holds=".summary",
    ),
    Place(
        "stop",
        "/eligibility/stop",
        _up_to("heart", heart="unstable"),
        holds="form[action='/eligibility/result']",
    ),
    Place("options", "/eligibility/result", _options, holds="[data-outcome=not_now]"),
    Place(
        "outside-area",
        "/eligibility/result",
        _up_to("state", state="other"),
        holds="[data-outcome=outside_area]",
    ),
    Place(
        "under-age",
        "/eligibility/result",
        _up_to("age_band", age_band="under_18"),
        holds="[data-outcome=under_age]",
    ),
    Place("check", "/eligibility/check", _up_to("sitter"), holds=".rows"),
    Place(
        "crisis",
        "/eligibility/help",
        _up_to("safety", safety="not_sure"),
        holds="[data-outcome=crisis]",
    ),
    Place(
        "crisis-error",
        "/eligibility/help",
        _up_to("safety", safety="not_sure"),
        press="main form .button",
        holds=".summary",
    ),
    Place("crisis-confirmed", "/callback/confirmed", _called_for, holds="main [href='tel:988']"),
    Place("may-fit", "/eligibility/result", _sent(), holds="[data-outcome=may_fit]"),
    Place(
        "talk-first",
        "/eligibility/result",
        _sent(**MANY_REASONS),
        holds="[data-outcome=talk_first]",
    ),
    Place(
        "not-now",
        "/eligibility/result",
        _sent(pregnancy="pregnant"),
        holds="[data-outcome=not_now]",
    ),
    Place("callback", "/callback", _ready_to_book, holds="[name=phone]"),
    Place(
        "callback-errors", "/callback", _ready_to_book, press="main form .button", holds=".summary"
    ),
    Place("confirmed", "/callback/confirmed", _booked, holds=".rows"),
    Place("missing", "/no-such-page"),
)
ALL = PUBLIC + PATIENT + DESK + RULES
PLACES = {place.name: place for place in ALL}


class Guide:
    """Brings a browser to each place; each walk is made once and kept as its cookie."""

    def __init__(self, browser: Browser, door: Door, stack: contextlib.ExitStack) -> None:
        """``stack`` closes what is opened on the way."""
        self.browser = browser
        self.door = door
        self.stack = stack
        self.empty: Door | None = None
        self.staff: dict[str, StorageState] = {}
        self.walked: dict[str, list[Any]] = {}

    @contextlib.contextmanager
    def at(self, place: Place, **options: Any) -> Iterator[Page]:
        """``place`` in a fresh context, made with Playwright's ``options`` for contexts."""
        # Colours that are still on their way from light to dark are nobody's colours.
        with self.browser.new_context(reduced_motion="reduce", **options) as context:
            context.add_cookies(self._cookies(place))
            page = new_page(context.new_page())
            self.go(page, place)
            yield page

    def go(self, page: Page, place: Place) -> None:
        """Open ``place`` in ``page``, which has the cookies for it."""
        door, address = self._door(place), place.address
        for word, known in door.known.items():
            address = address.replace(word, known)
        page.goto(door.origin + address)
        if place.press:
            press(page, place.press)
        if place.then:
            place.then(page)
        assert page.locator(place.holds).count(), f"{place.name}: {page.inner_text('body')}"

    def _cookies(self, place: Place) -> list[Any]:
        """The cookies with which a browser may stand at ``place``."""
        if place.is_desk:
            return [
                {"name": each["name"], "value": each["value"], "url": self._door(place).origin}
                for each in self._signed_in(place).get("cookies", [])
            ]
        if place.steps is None:
            return []
        if place.name not in self.walked:
            visitor = self.door.visitor()
            place.steps(visitor)
            value = visitor.cookie()
            assert value, f"nothing was answered on the way to {place.name}"
            self.walked[place.name] = [{"name": "visit", "value": value, "url": self.door.origin}]
        return self.walked[place.name]

    def _door(self, place: Place) -> Door:
        """The practice of ``place``; the empty one opens with the first that asks for it."""
        if not place.empty:
            return self.door
        if self.empty is None:
            self.empty = self.stack.enter_context(open_door(empty=True))
        return self.empty

    def _signed_in(self, place: Place) -> StorageState:
        """The cookies of somebody with every role, or with the one role of ``place``."""
        seat = "empty" if place.empty else place.role
        if seat not in self.staff:
            door = self._door(place)
            member = door.colleagues[seat] if place.role else door.member
            self.staff[seat] = sign_in(self.browser, door, member)
        return self.staff[seat]
